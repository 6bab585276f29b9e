// x86_64 page tables: 4 or 5 levels of 512 entries, 1 GiB and 2 MiB pages (Intel SDM volume 3, 4.5;
// Documentation/arch/x86/x86_64/mm.rst). The root is init_top_pgt, an address of the kernel image,
// which lies at phys_base in physical memory.
#include "dump/page_tables.h"

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kStartKernelMap = 0xffffffff80000000;  // __START_KERNEL_map
constexpr std::uint64_t kPresent = 1, kHuge = 1 << 7;
constexpr std::uint64_t kAddressMask = 0x000ffffffffff000;  // bits 51:12
constexpr unsigned kPageShift = 12, kLevelBits = 9;

class X86PageTables final : public PageTables {
public:
    X86PageTables(const PhysicalReader& memory, PAddr root, unsigned levels, std::uint64_t sme_mask)
        : memory_(memory), root_(root), levels_(levels), mask_(kAddressMask & ~sme_mask) {}

    Maybe<PAddr> translate(VAddr address) const override {
        unsigned bits = kPageShift + kLevelBits * levels_;
        // Canonical: the bits above are copies of the topmost used one.
        std::int64_t top = static_cast<std::int64_t>(address.value) >> (bits - 1);
        if (top != 0 && top != -1)
            return unknown(Reason::unmapped, hex(address) + " is not canonical");
        PAddr table = root_;
        for (unsigned level = levels_; level > 0; --level) {
            unsigned shift = kPageShift + kLevelBits * (level - 1);
            std::uint64_t index = address.value >> shift & ((1u << kLevelBits) - 1);
            auto entry = memory_.u64(table + index * 8);
            if (!entry)
                return unknown(entry.error().reason,
                               "page table for " + hex(address) + ": " + entry.error().what);
            if ((*entry & kPresent) == 0)
                return unknown(Reason::unmapped, hex(address) + " is not mapped");
            std::uint64_t offset_mask = (std::uint64_t{1} << shift) - 1;
            bool leaf = level == 1 || (level <= 3 && (*entry & kHuge) != 0);
            if (leaf) return PAddr{(*entry & mask_ & ~offset_mask) | (address.value & offset_mask)};
            if ((*entry & kHuge) != 0)
                return unknown(Reason::corrupt, "page table entry " + hex(*entry) + " for " +
                                                    hex(address) + " has reserved bits set");
            table = PAddr{*entry & mask_};
        }
        return unknown(Reason::corrupt, "page tables without a last level");
    }

    std::string description() const override {
        return "x86_64, " + std::to_string(levels_) + " levels";
    }

private:
    const PhysicalReader& memory_;
    PAddr root_;
    unsigned levels_;
    std::uint64_t mask_;
};

// Where the kernel image's own address must lead, whatever the tables say.
PAddr image_address(VAddr address, std::uint64_t phys_base) {
    return PAddr{address.value - kStartKernelMap + phys_base};
}

}  // namespace

Maybe<std::unique_ptr<PageTables>> x86_64_page_tables(const PhysicalReader& memory,
                                                      const Vmcoreinfo& info,
                                                      const AddressHints& hints) {
    std::optional<VAddr> root = info.symbol("init_top_pgt");  // since v4.13
    if (!root) root = info.symbol("init_level4_pgt");
    if (!root) root = info.symbol("swapper_pg_dir");
    if (!root || root->value < kStartKernelMap)
        return unknown(Reason::no_symbol, "VMCOREINFO names no init_top_pgt");
    auto sme_mask = static_cast<std::uint64_t>(info.number("sme_mask").value_or(0));
    std::vector<std::uint64_t> bases;
    if (auto number = info.number("phys_base"))
        bases.push_back(static_cast<std::uint64_t>(*number));
    bases.insert(bases.end(), hints.phys_bases.begin(), hints.phys_bases.end());
    std::vector<unsigned> levels;
    if (auto five = info.number("pgtable_l5_enabled"))
        levels = {*five != 0 ? 5u : 4u};
    else
        levels = {4, 5};
    // The tables are right if they map their own root where the kernel image lies.
    Unknown last{Reason::no_symbol, "neither VMCOREINFO nor the headers tell phys_base"};
    for (std::uint64_t base : bases) {
        for (unsigned count : levels) {
            PAddr expected = image_address(*root, base);
            auto tables = std::make_unique<X86PageTables>(memory, expected, count, sme_mask);
            auto found = tables->translate(*root);
            if (found && *found == expected) return tables;
            last = found ? Unknown{Reason::corrupt, "the tables at physical " + hex(expected) +
                                                        " do not map the kernel"}
                         : found.error();
        }
    }
    return tl::unexpected<Unknown>(last);
}

}  // namespace nfstriage::dump
