// Where something stands in a JSON text, for errors: the JSON library does not keep places.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace nfstriage::knowledge {

// Offset of the value that a path such as "/affected/0/ranges" leads to, in a text that is valid
// JSON; where the path ends early, of the last value that it led through. Keys are compared as
// written.
std::optional<std::size_t> json_place(std::string_view json, std::string_view path);

}  // namespace nfstriage::knowledge
