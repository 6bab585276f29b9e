#include "dump/overlay.h"

#include <algorithm>

#include "base/bytes.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kPage = 4096;

}  // namespace

void Overlay::put(PAddr at, std::span<const std::uint8_t> bytes) {
    if (!checked_add(at.value, bytes.size())) return;
    while (!bytes.empty()) {
        std::uint64_t offset = at.value % kPage;
        std::size_t count =
            std::min<std::size_t>(static_cast<std::size_t>(kPage - offset), bytes.size());
        pages_[at.value / kPage].push_back(
            {static_cast<std::uint32_t>(offset),
             {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)}});
        bytes = bytes.subspan(count);
        at = at + count;
    }
}

void Overlay::apply(PAddr at, std::span<std::uint8_t> bytes) const {
    if (bytes.empty()) return;
    const std::uint64_t end = at.value + bytes.size();
    for (auto page = pages_.lower_bound(at.value / kPage);
         page != pages_.end() && page->first * kPage < end; ++page)
        for (const Piece& piece : page->second) {
            std::uint64_t begin = page->first * kPage + piece.offset;
            std::uint64_t from = std::max(begin, at.value);
            std::uint64_t to = std::min(begin + piece.bytes.size(), end);
            if (from >= to) continue;
            std::copy(piece.bytes.begin() + static_cast<std::ptrdiff_t>(from - begin),
                      piece.bytes.begin() + static_cast<std::ptrdiff_t>(to - begin),
                      bytes.begin() + static_cast<std::ptrdiff_t>(from - at.value));
        }
}

}  // namespace nfstriage::dump
