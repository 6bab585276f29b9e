// Bytes laid over a dump's memory: what a reader is given instead of what the file holds. Pages
// that the file lacks stay absent.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/address.h"

namespace nfstriage::dump {

class Overlay {
public:
    // Later bytes replace earlier ones. A range that wraps is left out.
    void put(PAddr at, std::span<const std::uint8_t> bytes);
    bool empty() const { return pages_.empty(); }

    // Lays what falls into [at, at + bytes.size()) over `bytes`.
    void apply(PAddr at, std::span<std::uint8_t> bytes) const;

private:
    struct Piece {
        std::uint32_t offset;  // in its page
        std::vector<std::uint8_t> bytes;
    };
    // By 4 KiB page, in the order they were put; no piece crosses a page.
    std::map<std::uint64_t, std::vector<Piece>> pages_;
};

}  // namespace nfstriage::dump
