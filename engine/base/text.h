// Text from a dump or log on its way to people or JSON: nothing in it may act on a terminal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nfstriage {

// Control characters and invalid UTF-8 become \xNN; the result is valid UTF-8 on one line.
std::string escape(std::string_view text);

// Splits at `separator`; "a,,b" gives three parts. The views refer to `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

std::string_view trim(std::string_view text);

// `text` with every occurrence of `what`, from the left, made `with`; an empty `what` occurs nowhere.
std::string replace_all(std::string text, std::string_view what, std::string_view with);

// Integers as the kernel prints them: "12", "0x1f" or bare hex where `base` is 16. The whole text
// must be digits; overflow is no value.
std::optional<std::uint64_t> parse_unsigned(std::string_view text, int base = 10);

}  // namespace nfstriage
