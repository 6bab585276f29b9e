// Kernel virtual memory on top of physical memory and page tables, with a small cache of
// translations.
#pragma once

#include <memory>
#include <vector>

#include "dump/memory.h"
#include "dump/page_tables.h"
#include "dump/physical.h"

namespace nfstriage::dump {

class KernelMemory final : public Memory {
public:
    // `tables` may be the reason why there are none; every read answers it then.
    // Of the options it takes the observer, who learns what is marked, and the spending.
    KernelMemory(const PhysicalReader& physical, Maybe<std::unique_ptr<PageTables>> tables,
                 const OpenOptions& options);

    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override;
    void prefetch(std::span<const VRange> ranges) const override;
    void mark(VRange bytes, Secret kind) const override;
    Maybe<PAddr> translate(VAddr address) const;

private:
    // Most reads are of one member of an object, of which another one was read just before. False,
    // and nothing written, where more has to be done.
    bool copy_at_hand(VAddr address, std::span<std::uint8_t> out) const;
    // Bytes from `begin` on, at most `most`, that stand one behind the other in physical memory;
    // `physical` is where the first `first` of them do.
    std::size_t run_of(VAddr begin, PAddr physical, std::size_t first, std::size_t most) const;

    struct Entry {
        std::uint64_t page = UINT64_MAX;  // virtual page number; physical pages below
        std::uint64_t frame = 0;
    };
    const PhysicalReader& physical_;
    Maybe<std::unique_ptr<PageTables>> tables_;
    std::shared_ptr<Observer> observer_;
    std::shared_ptr<Spending> spending_;
    mutable std::vector<Entry> translations_;
};

}  // namespace nfstriage::dump
