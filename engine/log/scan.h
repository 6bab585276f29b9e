// Small steps over one line of text: what the readers of report lines are made of. Each `eat`
// removes what it matched from the front of the view and says whether it did.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace nfstriage::log {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }

inline bool eat(std::string_view& text, std::string_view literal) {
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    return true;
}

inline void eat_blanks(std::string_view& text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

inline std::string_view trim_right(std::string_view text) {
    while (!text.empty() && (is_blank(text.back()) || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

// The characters up to the next blank.
inline std::string_view eat_token(std::string_view& text) {
    std::size_t n = 0;
    while (n < text.size() && !is_blank(text[n])) ++n;
    auto token = text.substr(0, n);
    text.remove_prefix(n);
    return token;
}

// A decimal number of at most 18 digits.
inline std::optional<std::uint64_t> eat_number(std::string_view& text) {
    std::size_t n = 0;
    std::uint64_t value = 0;
    while (n < text.size() && n < 19 && is_digit(text[n])) value = value * 10 + (text[n++] - '0');
    if (n == 0 || n > 18) return std::nullopt;
    text.remove_prefix(n);
    return value;
}

// Hex digits, at most 16, with or without 0x.
inline std::optional<std::uint64_t> eat_hex(std::string_view& text) {
    auto rest = text;
    if (rest.starts_with("0x") || rest.starts_with("0X")) rest.remove_prefix(2);
    std::size_t n = 0;
    std::uint64_t value = 0;
    while (n < rest.size() && n < 17 && is_hex(rest[n])) {
        char c = rest[n++];
        value =
            value << 4 | static_cast<std::uint64_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (n == 0 || n > 16) return std::nullopt;
    rest.remove_prefix(n);
    text = rest;
    return value;
}

inline bool contains(std::string_view text, std::string_view needle) {
    return text.find(needle) != std::string_view::npos;
}

// What follows the first `literal`, if it is there.
inline std::optional<std::string_view> after(std::string_view text, std::string_view literal) {
    auto at = text.find(literal);
    if (at == std::string_view::npos) return std::nullopt;
    return text.substr(at + literal.size());
}

}  // namespace nfstriage::log
