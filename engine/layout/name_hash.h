// FNV-1a over a name (http://www.isthe.com/chongo/tech/comp/fnv/), for the open hash tables of this
// room.
#pragma once

#include <cstdint>
#include <string_view>

namespace nfstriage::layout {

constexpr std::uint32_t kNameHashSeed = 2166136261u;

constexpr std::uint32_t hash_more(std::uint32_t hash, std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

// A hash of which that of a name follows from those of its parts, without going through its text.
struct JoinedHash {
    std::uint32_t value = 0, factor = 1;
    constexpr JoinedHash operator+(const JoinedHash& behind) const {
        return {value * behind.factor + behind.value, factor * behind.factor};
    }
};

constexpr JoinedHash joined_hash(std::string_view text) {
    JoinedHash hash;
    for (char c : text) hash = hash + JoinedHash{static_cast<unsigned char>(c), 16777619u};
    return hash;
}

constexpr std::uint32_t name_hash(std::string_view name) { return hash_more(kNameHashSeed, name); }

// What tables in a profile keep of a name, to pass over most others without reading them.
constexpr std::uint16_t name_fingerprint(std::string_view name) {
    std::uint32_t hash = name_hash(name);
    return static_cast<std::uint16_t>(hash ^ hash >> 16);
}

}  // namespace nfstriage::layout
