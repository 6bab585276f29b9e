// Kleene's three-valued logic: the answer of a clause over a dump that may not say.
#pragma once

#include <cstdint>
#include <string_view>

namespace nfstriage {

enum class Tri : std::uint8_t { no, unknown, yes };

constexpr Tri tri(bool value) { return value ? Tri::yes : Tri::no; }

constexpr Tri operator!(Tri a) { return a == Tri::unknown ? a : tri(a == Tri::no); }

constexpr Tri operator&(Tri a, Tri b) { return a < b ? a : b; }
constexpr Tri operator|(Tri a, Tri b) { return a > b ? a : b; }

constexpr std::string_view to_string(Tri value) {
    return value == Tri::yes ? "true" : value == Tri::no ? "false" : "unknown";
}

}  // namespace nfstriage
