#include "knowledge/release.h"

#include <cctype>
#include <tuple>

#include "base/text.h"

namespace nfstriage::knowledge {
namespace {

// Takes a decimal number of at most five digits off the front.
std::optional<unsigned> take_number(std::string_view& text) {
    std::size_t digits = 0;
    while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
    if (digits == 0 || digits > 5) return std::nullopt;
    auto value = parse_unsigned(text.substr(0, digits));
    text.remove_prefix(digits);
    return static_cast<unsigned>(*value);
}

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

// The upstream number at the front of `text`, which is left with the rest.
std::optional<Release> take_release(std::string_view& text) {
    auto major = take_number(text);
    if (!major || !take(text, ".")) return std::nullopt;
    auto minor = take_number(text);
    if (!minor) return std::nullopt;
    Release release{*major, *minor, 0, std::nullopt};
    std::string_view rest = text;
    if (take(rest, ".")) {
        if (auto patch = take_number(rest)) {
            release.patch = *patch;
            text = rest;
        }
    }
    rest = text;
    if (take(rest, "-rc")) {
        if (auto candidate = take_number(rest)) {
            release.candidate = candidate;
            text = rest;
        }
    }
    return release;
}

}  // namespace

std::strong_ordering Release::operator<=>(const Release& other) const {
    auto key = [](const Release& r) {
        return std::tuple(r.major, r.minor, r.patch, r.candidate ? 0u : 1u,
                          r.candidate.value_or(0));
    };
    return key(*this) <=> key(other);
}

std::optional<Release> parse_release(std::string_view text) {
    auto release = take_release(text);
    return text.empty() ? release : std::nullopt;
}

std::optional<Release> base_release(std::string_view uname_release) {
    return take_release(uname_release);
}

std::optional<Release> plain_release(std::string_view uname_release) {
    return parse_release(uname_release);
}

}  // namespace nfstriage::knowledge
