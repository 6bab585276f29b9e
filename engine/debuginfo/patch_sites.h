// Where a kernel patches its own text, by the tables that it carries for that: alternatives,
// paravirt calls, static keys and calls, ftrace, SMP locks, retpolines, return thunks. A table lies
// between two symbols; an entry is an absolute address or one relative to itself.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "debuginfo/elf_object.h"

namespace nfstriage::debuginfo {

// One bit for each byte of a stretch of text.
class PatchMap {
public:
    PatchMap(std::uint64_t address, std::uint64_t size)
        : address_(address), size_(size), bits_((size + 63) / 64) {}

    // Marks what of [address, address + size) is in the stretch. False if `address` is outside.
    bool mark(std::uint64_t address, std::uint64_t size);
    bool has(std::uint64_t address) const {
        std::uint64_t at = address - address_;
        return at < size_ && (bits_[at / 64] >> at % 64 & 1) != 0;
    }

private:
    std::uint64_t address_, size_;
    std::vector<std::uint64_t> bits_;
};

// Marks every site of every table that `elf`, a vmlinux with these symbols, has.
void mark_patch_sites(const ElfObject& elf, std::span<const ElfSymbol> symbols,
                      std::span<PatchMap> maps);

}  // namespace nfstriage::debuginfo
