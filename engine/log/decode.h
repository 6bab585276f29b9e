// From bytes to lines of text: UTF-16, NUL and binary heads, quoted-printable, terminal escapes,
// HTML escapes, JSON journal lines.
#pragma once

#include <string>
#include <string_view>

namespace nfstriage::log {

// Whether a text that begins like that is UTF-16 or quoted-printable, which are decoded as a whole.
bool is_encoded(std::string_view head);

// The whole input as a one-byte text.
std::string decode_text(std::string_view input);

// One line without terminal escapes, control characters, HTML escapes, literal "^M" and JSON
// wrapping. `storage` backs the result when something had to be changed.
std::string_view clean_line(std::string_view line, std::string& storage);

}  // namespace nfstriage::log
