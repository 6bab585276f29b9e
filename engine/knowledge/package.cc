#include "knowledge/package.h"

#include <algorithm>

#include "base/text.h"
#include "knowledge/release.h"

namespace nfstriage::knowledge {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of one character of a part without digits: '~' sorts before the end, the end before letters,
// letters before all else.
int order(char c) {
    if (c == '~') return -1;
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter ? static_cast<unsigned char>(c) : static_cast<unsigned char>(c) + 256;
}
int order_at(std::string_view text) {
    return text.empty() || is_digit(text.front()) ? 0 : order(text.front());
}

std::string_view take_number(std::string_view& text) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    std::string_view number = text.substr(0, digits);
    text.remove_prefix(digits);
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

std::strong_ordering compare_part(std::string_view left, std::string_view right) {
    while (!left.empty() || !right.empty()) {
        while (order_at(left) != 0 || order_at(right) != 0) {
            if (auto by = order_at(left) <=> order_at(right); by != 0) return by;
            left.remove_prefix(1);
            right.remove_prefix(1);
        }
        std::string_view a = take_number(left), b = take_number(right);
        if (auto by = a.size() <=> b.size(); by != 0) return by;
        if (auto by = a.compare(b) <=> 0; by != 0) return by;
    }
    return std::strong_ordering::equal;
}

}  // namespace

std::optional<Package> package_of(std::string_view version) {
    constexpr std::string_view kMark = "Debian ";
    auto at = version.find(kMark);
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = version.substr(at + kMark.size());
    std::string_view word = rest.substr(0, rest.find(' '));
    if (word.find('-') == std::string_view::npos || !base_release(word)) return std::nullopt;
    return Package{"debian", std::string(word)};
}

std::strong_ordering compare_versions(std::string_view left, std::string_view right) {
    auto halves = [](std::string_view version) {
        auto dash = version.rfind('-');
        return dash == std::string_view::npos
                   ? std::pair{version, std::string_view()}
                   : std::pair{version.substr(0, dash), version.substr(dash + 1)};
    };
    auto [left_upstream, left_revision] = halves(left);
    auto [right_upstream, right_revision] = halves(right);
    if (auto by = compare_part(left_upstream, right_upstream); by != 0) return by;
    return compare_part(left_revision, right_revision);
}

std::string_view without_rebuild(std::string_view version) {
    for (std::string_view mark : {"~bpo", "~deb"})
        if (auto at = version.rfind(mark); at != std::string_view::npos)
            return version.substr(0, at);
    return version;
}

}  // namespace nfstriage::knowledge
