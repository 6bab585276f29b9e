#include "redact/tokens.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#include "base/files.h"
#include "base/replace_files.h"
#include "base/text.h"
#include "redact/addresses.h"

namespace nfstriage::redact {
namespace {

// No vowels: no token becomes a word. A token begins with a letter, so it is no number.
constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz";
constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz23456789";
constexpr unsigned kRounds = 160;  // swap-or-not, over at most 128 bits
constexpr std::size_t kShortestKey = 16, kLongestKeyFile = 4096;

// Names that stand for nobody, and words around names.
constexpr std::string_view kPublic[] = {"localhost", "localdomain", "none",  "unix",
                                        "nfs",       "host",        "gss",   "krb5",
                                        "krb5i",     "krb5p",       "Linux", "NFSv4"};

bool is_run(char c) {
    auto byte = static_cast<unsigned char>(c);
    bool letter = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                  (byte >= 'A' && byte <= 'Z');
    return letter || byte == '-' || byte == '_' || byte >= 0x7f || byte < 0x20;
}

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Two hexadecimal digits.
std::string byte_text(std::uint8_t byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    return {kDigits[byte >> 4], kDigits[byte & 15]};
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool stays(const Ipv4& a) { return a[0] == 127 || a == Ipv4{} || a == Ipv4{255, 255, 255, 255}; }

bool stays(const Ipv6& a) {
    Ipv6 loopback{};
    loopback[15] = 1;
    return a == Ipv6{} || a == loopback;
}

// Numbers with as many digits as `value`: [first, first + count).
struct Class {
    unsigned first, count;
};
Class decimal_class(unsigned value) {
    if (value < 10) return {0, 10};
    return value < 100 ? Class{10, 90} : Class{100, 156};
}
Class hex_class(unsigned value) {
    if (value == 0) return {0, 1};
    unsigned first = 1;
    while (value / first >= 16) first *= 16;
    return {first, first * 15};
}

}  // namespace

Key new_key() {
    Key key;
    randombytes_buf(key.data(), key.size());
    return key;
}

std::string to_text(const Key& key) {
    std::string text;
    for (std::uint8_t byte : key) text += byte_text(byte);
    return text;
}

Result<Key> key_of_file(const std::filesystem::path& path) {
    std::error_code failure;
    if (!std::filesystem::exists(path, failure)) {
        Key key = new_key();
        auto made = replace_file(path, to_text(key) + "\n", kOwnerOnly);
        if (!made) return tl::unexpected<Error>(made.error());
        return key;
    }
    auto text = read_small_file(path, kLongestKeyFile);
    if (!text) return tl::unexpected<Error>(text.error());
    std::string_view trimmed = trim(*text);
    if (trimmed.size() < kShortestKey)
        return error(path.string(), 0,
                     "a key of at least " + std::to_string(kShortestKey) + " characters, found " +
                         std::to_string(trimmed.size()),
                     "name a file that does not exist: a key is made there");
    Key key;
    std::size_t size = 0;
    if (trimmed.size() == 2 * key.size() &&
        sodium_hex2bin(key.data(), key.size(), trimmed.data(), trimmed.size(), nullptr, &size,
                       nullptr) == 0 &&
        size == key.size())
        return key;
    crypto_generichash(key.data(), key.size(), bytes_of(trimmed).data(), trimmed.size(), nullptr,
                       0);
    return key;
}

std::array<std::uint8_t, 64> Tokens::hash(std::string_view purpose,
                                          std::span<const std::uint8_t> data) const {
    std::array<std::uint8_t, 64> out;
    crypto_generichash_state state;
    crypto_generichash_init(&state, key_.data(), key_.size(), out.size());
    // The purpose ends at its NUL, so no two inputs run together.
    crypto_generichash_update(&state, bytes_of(purpose).data(), purpose.size());
    constexpr std::uint8_t kEnd = 0;
    crypto_generichash_update(&state, &kEnd, 1);
    crypto_generichash_update(&state, data.data(), data.size());
    crypto_generichash_final(&state, out.data(), out.size());
    return out;
}

// The swap-or-not shuffle (Hoang, Morris, Rogaway 2012): a permutation of [0, count).
Wide Tokens::permuted(std::string_view purpose, Wide value, Wide count) const {
    struct Round {
        std::uint8_t number, what;
        std::uint8_t bound[16], value[16];
    } in{};
    std::memcpy(in.bound, &count, 16);
    for (unsigned round = 0; round < kRounds; ++round) {
        in.number = static_cast<std::uint8_t>(round);
        in.what = 0;
        std::memset(in.value, 0, 16);
        std::span<const std::uint8_t> bytes{reinterpret_cast<const std::uint8_t*>(&in), sizeof in};
        Wide pivot;
        std::memcpy(&pivot, hash(purpose, bytes).data(), 16);
        pivot %= count;
        const Wide partner = pivot >= value ? pivot - value : pivot + (count - value);
        const Wide larger = std::max(value, partner);
        in.what = 1;
        std::memcpy(in.value, &larger, 16);
        if ((hash(purpose, bytes)[0] & 1) != 0) value = partner;
    }
    return value;
}

Ipv4 Tokens::address(const Ipv4& address) const {
    if (stays(address)) return address;
    std::array<Class, 4> classes;
    Wide count = 1, index = 0;
    std::string purpose = "ipv4";
    for (std::size_t i = 0; i < 4; ++i) {
        classes[i] = decimal_class(address[i]);
        count *= classes[i].count;
        index = index * classes[i].count + (address[i] - classes[i].first);
        purpose += std::to_string(classes[i].first);
    }
    Ipv4 out;
    do {  // what stays is nobody's token
        index = permuted(purpose, index, count);
        Wide rest = index;
        for (std::size_t i = 4; i-- > 0; rest /= classes[i].count)
            out[i] = static_cast<std::uint8_t>(classes[i].first +
                                               static_cast<unsigned>(rest % classes[i].count));
    } while (stays(out));
    return out;
}

Ipv6 Tokens::address(const Ipv6& address) const {
    if (stays(address)) return address;
    Ipv6 out = address;
    constexpr std::uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(std::begin(kMapped), std::end(kMapped), address.begin())) {
        Ipv4 inner;
        std::copy(address.begin() + 12, address.end(), inner.begin());
        inner = this->address(inner);
        std::copy(inner.begin(), inner.end(), out.begin() + 12);
        return out;
    }
    std::array<Class, 8> classes;
    Wide count = 1, index = 0;
    std::string purpose = "ipv6";
    for (std::size_t i = 0; i < 8; ++i) {
        unsigned group = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
        classes[i] = hex_class(group);
        count *= classes[i].count;
        index = index * classes[i].count + (group - classes[i].first);
        purpose += "," + std::to_string(classes[i].first);
    }
    do {
        index = permuted(purpose, index, count);
        Wide rest = index;
        for (std::size_t i = 8; i-- > 0; rest /= classes[i].count) {
            unsigned group = classes[i].first + static_cast<unsigned>(rest % classes[i].count);
            out[2 * i] = static_cast<std::uint8_t>(group >> 8);
            out[2 * i + 1] = static_cast<std::uint8_t>(group);
        }
    } while (stays(out));
    return out;
}

void Tokens::bytes(std::span<std::uint8_t> bytes) const {
    if (std::all_of(bytes.begin(), bytes.end(), [](auto b) { return b == 0; })) return;
    auto seed = hash("bytes", bytes);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0 && i % seed.size() == 0) seed = hash("more", seed);
        bytes[i] = seed[i % seed.size()];
    }
}

std::string Tokens::digits(std::string_view text) const {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string lower;
    for (char c : text)
        if (is_hex(c)) lower += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    auto seed = hash("digits", bytes_of(lower));
    std::string out(text);
    std::size_t i = 0;
    for (char& c : out) {
        if (!is_hex(c)) continue;
        if (i != 0 && i % seed.size() == 0) seed = hash("more", seed);
        c = kHex[seed[i++ % seed.size()] % 16];
    }
    return out;
}

std::string Tokens::word(std::string_view run) const {
    const bool digit = run.size() == 1 && run[0] >= '0' && run[0] <= '9';
    if (digit || std::find(std::begin(kPublic), std::end(kPublic), run) != std::end(kPublic))
        return std::string(run);
    auto seed = hash("word", bytes_of(run));
    std::string out(run.size(), ' ');
    do {
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (i != 0 && i % seed.size() == 0) seed = hash("more", seed);
            std::string_view from = i == 0 ? kLetters : kAlphabet;
            out[i] = from[seed[i % seed.size()] % from.size()];
        }
        seed = hash("more", seed);
    } while (out == run);
    return out;
}

std::string Tokens::name(std::string_view text) const {
    std::string out(text);
    std::vector<bool> done(out.size(), false);
    replace_addresses(*this, out, &done);
    for (std::size_t at = 0; at < out.size();) {
        std::size_t end = at;
        while (end < out.size() && !done[end] && is_run(out[end])) ++end;
        if (end == at) {
            ++at;
            continue;
        }
        out.replace(at, end - at, word(text.substr(at, end - at)));
        at = end;
    }
    return out;
}

std::string Tokens::label(std::string_view text) const {
    constexpr std::size_t kBytes = 8;
    std::string out;
    auto seed = hash("label", bytes_of(text));
    for (std::size_t i = 0; i < kBytes; ++i) out += byte_text(seed[i]);
    return out;
}

}  // namespace nfstriage::redact
