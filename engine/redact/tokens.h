// What stands in place of a name: a token made of the name and a secret key, of the same length, so
// that it fits where the name stood. The same name gives the same token under one key, everywhere;
// without the key a token tells nothing but the length and the shape of what it replaced.
//
// Names: runs of letters, digits, '-' and '_' become tokens of the same length, what divides them
// (dots, slashes, colons, blanks) stays: "srv1.example.com" and "srv1" share their first token.
// IPv4 addresses become others with as many digits in each part, IPv6 addresses with as many in
// each group and the same groups zero; no two addresses become the same. Loopback, unspecified and
// broadcast addresses stay: they name nobody. Very short names may share a token.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace nfstriage::redact {

using Key = std::array<std::uint8_t, 32>;

// From the system's random numbers.
Key new_key();
// 64 hexadecimal digits.
std::string to_text(const Key& key);
// The key that a file holds: to_text(), or any other text of at least 16 bytes, of which a key is
// made. A file that does not exist is made, readable by its owner only, with a new key. Errors: not
// readable, too short, cannot be made.
Result<Key> key_of_file(const std::filesystem::path& path);

__extension__ typedef unsigned __int128 Wide;

using Ipv4 = std::array<std::uint8_t, 4>;   // network byte order
using Ipv6 = std::array<std::uint8_t, 16>;  // network byte order

class Tokens {
public:
    explicit Tokens(const Key& key) : key_(key) {}

    Ipv4 address(const Ipv4& address) const;
    Ipv6 address(const Ipv6& address) const;

    // Bytes that nobody reads as text: a file handle, a uuid. Bytes that are all zero stay.
    void bytes(std::span<std::uint8_t> bytes) const;

    // Hexadecimal digits for hexadecimal digits of either case; what divides them stays.
    std::string digits(std::string_view text) const;

    // Text that holds nothing but names and addresses.
    std::string name(std::string_view text) const;

    // 16 hexadecimal digits that stand for this text and, but for an accident, for no other.
    std::string label(std::string_view text) const;

private:
    std::array<std::uint8_t, 64> hash(std::string_view purpose,
                                      std::span<const std::uint8_t> data) const;
    std::string word(std::string_view run) const;
    Wide permuted(std::string_view purpose, Wide value, Wide count) const;

    Key key_;
};

}  // namespace nfstriage::redact
