// What of a dump belongs into its mini-dump.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/types.h"

namespace nfstriage {

// Reads memory, so that its pages count as read; what is absent stays so.
void touch(const dump::Dump& dump, const std::vector<dump::VRange>& ranges);

// Reads what `nfstriage show` reads.
void touch_state(const facts::Scene& scene);

// Those of `pages` (in units of the file's pages) that programs or files own: page cache and
// anonymous memory.
std::vector<Pfn> user_pages(const dump::Dump& dump, const layout::Types& types,
                            const std::vector<Pfn>& pages);

// Which bytes were read, until it is stopped.
class ReadBytes final : public dump::Observer {
public:
    void read(dump::PRange given) override;
    void secret(std::span<const dump::PRange>, dump::Secret) override {}

    void stop() { stopped_ = true; }
    // Pages of `page_size` bytes of which any byte was read, ascending.
    std::vector<Pfn> pages(std::uint32_t page_size) const;
    // Zeroes the bytes at `at` that nobody read.
    void clear_unread(PAddr at, std::span<std::uint8_t> bytes) const;

private:
    static constexpr std::uint64_t kPiece = 4096;
    bool stopped_ = false;
    std::map<std::uint64_t, std::bitset<kPiece>> pieces_;  // by physical address / kPiece
};

}  // namespace nfstriage
