// Finds the items of a table by the hash of their names, of which it keeps none: the table compares
// them. Items of one hash may be many, for names may all be the same.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nfstriage::layout {

class NameChains {
public:
    NameChains() : NameChains(0, 0) {}
    // For items numbered below `items`, of which `named` will be added.
    NameChains(std::size_t items, std::size_t named)
        : first_(std::bit_ceil(named / 2 + 2)), next_(items) {}

    // In front of those added before: called from the last item on, chains are in the items' order.
    void add(std::uint32_t hash, std::uint32_t item) {
        std::uint32_t& first = first_[slot_of(hash)];
        next_[item] = first;
        first = item + 1;
    }

    class Iterator {
    public:
        Iterator(const NameChains& chains, std::uint32_t at) : chains_(chains), at_(at) {}
        std::uint32_t operator*() const { return at_ - 1; }
        Iterator& operator++() {
            at_ = chains_.next_[at_ - 1];
            return *this;
        }
        bool operator!=(const Iterator& other) const { return at_ != other.at_; }

    private:
        const NameChains& chains_;
        std::uint32_t at_;
    };
    struct Chain {
        Iterator first, last;
        Iterator begin() const { return first; }
        Iterator end() const { return last; }
    };
    // Items whose name may have this hash: all that have, and some others.
    Chain of(std::uint32_t hash) const {
        return {Iterator(*this, first_[slot_of(hash)]), Iterator(*this, 0)};
    }

private:
    // The high bits of a product, in which all of the hash has its part.
    std::size_t slot_of(std::uint32_t hash) const {
        return (hash * 0x9e3779b1u) >> (32 - std::countr_zero(first_.size()));
    }

    std::vector<std::uint32_t> first_;  // by slot: item + 1, 0 for none
    std::vector<std::uint32_t> next_;   // by item: the same
};

}  // namespace nfstriage::layout
