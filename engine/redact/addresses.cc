#include "redact/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

namespace nfstriage::redact {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct Place {
    std::size_t begin, size;
};

// Dotted quads: four numbers up to 255 without leading zeros.
std::optional<Place> ipv4_at(std::string_view text, std::size_t at) {
    if (at > 0 && (is_alnum(text[at - 1]) || text[at - 1] == '.')) return std::nullopt;
    std::size_t end = at;
    for (int part = 0; part < 4; ++part) {
        if (part > 0 && (end >= text.size() || text[end++] != '.')) return std::nullopt;
        std::size_t digits = 0;
        unsigned value = 0;
        while (end < text.size() && is_digit(text[end]) && digits < 4) {
            value = value * 10 + static_cast<unsigned>(text[end++] - '0');
            ++digits;
        }
        if (digits == 0 || digits > 3 || value > 255) return std::nullopt;
        if (digits > 1 && text[end - digits] == '0') return std::nullopt;
    }
    if (end < text.size() && is_alnum(text[end])) return std::nullopt;
    return Place{at, end - at};
}

void replace_ipv4(const Tokens& tokens, std::string& text, const Place& place) {
    Ipv4 address{};
    std::string own = text.substr(place.begin, place.size);
    if (inet_pton(AF_INET, own.c_str(), address.data()) != 1) return;
    address = tokens.address(address);
    std::array<char, INET_ADDRSTRLEN> out{};
    if (inet_ntop(AF_INET, address.data(), out.data(), out.size()) == nullptr) return;
    text.replace(place.begin, place.size, out.data());  // as long as it was
}

// The run of hexadecimal digits, colons and dots that begins here.
std::optional<Place> colons_at(std::string_view text, std::size_t at) {
    if (at > 0 && (is_alnum(text[at - 1]) || text[at - 1] == ':')) return std::nullopt;
    std::size_t end = at;
    while (end < text.size() && (is_hex(text[end]) || text[end] == ':')) ++end;
    if (end < text.size() && is_alnum(text[end])) return std::nullopt;
    // The end of one with an IPv4 address in it, "::ffff:192.0.2.1", is found by itself.
    if (end < text.size() && text[end] == '.') {
        auto last = text.rfind(':', end - 1);
        if (last != std::string_view::npos && last >= at && ipv4_at(text, last + 1))
            return std::nullopt;
    }
    if (std::count(text.begin() + static_cast<std::ptrdiff_t>(at),
                   text.begin() + static_cast<std::ptrdiff_t>(end), ':') < 2)
        return std::nullopt;
    return Place{at, end - at};
}

bool is_ethernet(std::string_view text) {
    if (text.size() != 17) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i])) return false;
    return true;
}

// Each group keeps its place and its width; "::" keeps standing for the same zero groups.
bool replace_ipv6(const Tokens& tokens, std::string& text, const Place& place) {
    Ipv6 address{};
    const std::string own = text.substr(place.begin, place.size);
    if (inet_pton(AF_INET6, own.c_str(), address.data()) != 1) return false;
    address = tokens.address(address);
    const auto gap = own.find("::");
    const auto groups_behind = [&](std::size_t from) {
        std::size_t groups = 0;
        for (std::size_t i = from; i < own.size(); ++i)
            if (own[i] != ':' && (i == 0 || own[i - 1] == ':')) ++groups;
        return groups;
    };
    constexpr std::string_view kHex = "0123456789abcdef";
    std::size_t group = 0;
    for (std::size_t i = 0; i < own.size();) {
        if (gap != std::string::npos && i == gap) group = 8 - groups_behind(gap);
        if (own[i] == ':') {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < own.size() && own[end] != ':') ++end;
        unsigned value = static_cast<unsigned>(address[2 * group] << 8 | address[2 * group + 1]);
        for (std::size_t at = end; at-- > i; value /= 16) text[place.begin + at] = kHex[value % 16];
        ++group;
        i = end;
    }
    return true;
}

}  // namespace

void replace_addresses(const Tokens& tokens, std::string& text, std::vector<bool>* touched) {
    auto note = [&](const Place& place) {
        if (touched == nullptr) return;
        for (std::size_t i = 0; i < place.size; ++i) (*touched)[place.begin + i] = true;
    };
    for (std::size_t at = 0; at < text.size();) {
        if (!is_hex(text[at]) && text[at] != ':') {
            ++at;
            continue;
        }
        if (auto place = ipv4_at(text, at)) {
            replace_ipv4(tokens, text, *place);
            note(*place);
            at += place->size;
            continue;
        }
        auto place = colons_at(text, at);
        if (place && is_ethernet(std::string_view(text).substr(place->begin, place->size))) {
            text.replace(place->begin, place->size,
                         tokens.digits(text.substr(place->begin, place->size)));
            note(*place);
            at += place->size;
            continue;
        }
        // A colon that follows the address belongs to the text.
        if (place && place->size > 2 && text[place->begin + place->size - 1] == ':' &&
            text[place->begin + place->size - 2] != ':')
            --place->size;
        if (place && replace_ipv6(tokens, text, *place)) {
            note(*place);
            at += place->size;
            continue;
        }
        do ++at;
        while (at < text.size() && is_alnum(text[at - 1]) && is_alnum(text[at]));
    }
}

}  // namespace nfstriage::redact
