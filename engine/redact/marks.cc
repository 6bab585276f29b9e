#include "redact/marks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

namespace nfstriage::redact {
namespace {

using dump::PRange;
using dump::Secret;

using Bytes = std::vector<std::uint8_t>;

// What is longer is no handle or uuid, but what was left behind somewhere.
constexpr std::size_t kLongestKept = 128;
// Printable bytes in a row that no number or pointer on a stack has: a kernel address has at most
// five below its sign.
constexpr std::size_t kTextRun = 6;
constexpr std::size_t kPiece = 4096;

std::uint64_t size_of(std::span<const PRange> places) {
    std::uint64_t size = 0;
    for (const PRange& place : places) size += place.size;
    return size;
}

// All bytes of a value; empty if one is absent.
Bytes read_all(const dump::Dump& dump, std::span<const PRange> places) {
    Bytes bytes(size_of(places));
    std::span<std::uint8_t> rest(bytes);
    for (const PRange& place : places) {
        if (!dump.read_physical(place.begin, rest.first(place.size))) return {};
        rest = rest.subspan(place.size);
    }
    return bytes;
}

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

template <std::size_t size>
void replace_address(const Tokens& tokens, Bytes& bytes) {
    if (bytes.size() != size) return;
    std::array<std::uint8_t, size> address;
    std::copy(bytes.begin(), bytes.end(), address.begin());
    address = tokens.address(address);
    std::copy(address.begin(), address.end(), bytes.begin());
}

void remove_text(Bytes& bytes) {
    auto printable = [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; };
    for (auto at = bytes.begin(); at != bytes.end();) {
        auto end = std::find_if_not(at, bytes.end(), printable);
        if (static_cast<std::size_t>(end - at) >= kTextRun) std::fill(at, end, std::uint8_t{0});
        at = end == bytes.end() ? end : end + 1;
    }
}

void replace(const Redactor& redactor, Secret kind, Bytes& bytes) {
    auto take = [&bytes](const std::string& text) {
        std::copy(text.begin(), text.end(), bytes.begin());
    };
    switch (kind) {
        case Secret::word:
            return take(redactor.name(text_of(bytes)));
        case Secret::sentence:
            return take(redactor.sentence(text_of(bytes)));
        case Secret::ipv4:
            return replace_address<4>(redactor.tokens(), bytes);
        case Secret::ipv6:
            return replace_address<16>(redactor.tokens(), bytes);
        case Secret::bytes:
            return redactor.tokens().bytes(bytes);
        case Secret::stack:
            return remove_text(bytes);
    }
}

// Large areas, page by page: some of their pages may be absent.
void clear(const dump::Dump& dump, Secret kind, const PRange& area, dump::Overlay& overlay) {
    Bytes bytes;
    for (std::uint64_t done = 0; done < area.size;) {
        const PAddr at = area.begin + done;
        bytes.resize(std::min<std::uint64_t>(kPiece - at.value % kPiece, area.size - done));
        done += bytes.size();
        if (!dump.read_physical(at, bytes)) continue;
        Bytes cleared(bytes.size());
        if (kind == Secret::stack) remove_text(cleared = bytes);
        if (cleared != bytes) overlay.put(at, cleared);
    }
}

}  // namespace

void Marks::secret(std::span<const PRange> places, Secret kind) {
    if (places.empty()) return;
    marks_.try_emplace({kind, places.front().begin.value, size_of(places)}, places.begin(),
                       places.end());
}

dump::Overlay Marks::overlay(const dump::Dump& dump, Redactor& redactor) const {
    for (const auto& [key, places] : marks_) {
        const Secret kind = std::get<Secret>(key);
        if (kind == Secret::word) redactor.learn_name(text_of(read_all(dump, places)));
        if (kind == Secret::sentence) redactor.learn_hosts_of(text_of(read_all(dump, places)));
        if (kind != Secret::ipv6) continue;
        const Bytes address = read_all(dump, places);
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (address.size() == 16 &&
            inet_ntop(AF_INET6, address.data(), text.data(), text.size()) != nullptr)
            redactor.learn_name(text.data());
    }
    dump::Overlay overlay;
    // Areas first, then sentences, then what is known most precisely.
    for (Secret kind :
         {Secret::stack, Secret::bytes, Secret::sentence, Secret::word, Secret::ipv4, Secret::ipv6})
        for (auto mark = marks_.lower_bound({kind, 0, 0});
             mark != marks_.end() && std::get<Secret>(mark->first) == kind; ++mark) {
            const Places& places = mark->second;
            const bool area = kind == Secret::stack || std::get<2>(mark->first) > kLongestKept;
            if (area && (kind == Secret::stack || kind == Secret::bytes)) {
                for (const PRange& place : places) clear(dump, kind, place, overlay);
                continue;
            }
            const Bytes before = read_all(dump, places);
            Bytes after = before;
            replace(redactor, kind, after);
            if (after == before) continue;
            std::span<const std::uint8_t> rest(after);
            for (const PRange& place : places) {
                overlay.put(place.begin, rest.first(place.size));
                rest = rest.subspan(place.size);
            }
        }
    return overlay;
}

}  // namespace nfstriage::redact
