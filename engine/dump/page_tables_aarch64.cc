// aarch64 page tables: granules of 4, 16 and 64 KiB, kernel addresses of 36 to 52 bits (Arm ARM D8;
// Documentation/arch/arm64/memory.rst). The root is swapper_pg_dir, an address of the kernel image,
// which lies kimage_voffset below its virtual address.
#include "dump/page_tables.h"

#include <algorithm>

namespace nfstriage::dump {
namespace {

constexpr std::uint64_t kValid = 1, kTable = 2;
constexpr unsigned kEntryShift = 3;  // 8-byte entries
constexpr unsigned kLeastVaBits = 36, kLargestVaBits = 52, kWideFrom = 48;

std::uint64_t bits(unsigned high, unsigned low) {  // a mask of the bits high:low
    return (~std::uint64_t{0} >> (63 - high)) & (~std::uint64_t{0} << low);
}

struct Geometry {
    unsigned page_shift = 0;
    unsigned va_bits = 0;
    PAddr root;  // of the first entry that this geometry uses

    unsigned level_bits() const { return page_shift - kEntryShift; }
    unsigned levels() const { return (va_bits - page_shift + level_bits() - 1) / level_bits(); }
    // The output address of a table, block or page descriptor. 64K granules keep address bits 51:48
    // in descriptor bits 15:12 (zero on machines without them); 4K and 16K granules with 52-bit
    // addresses (LPA2) keep bits 51:50 in 9:8, which otherwise hold the shareability.
    std::uint64_t output(std::uint64_t entry) const {
        if (page_shift == 16) return (entry & bits(47, 16)) | (entry & bits(15, 12)) << 36;
        if (va_bits > kWideFrom) return (entry & bits(49, page_shift)) | (entry & bits(9, 8)) << 42;
        return entry & bits(47, page_shift);
    }
};

class Aarch64PageTables final : public PageTables {
public:
    Aarch64PageTables(const PhysicalReader& memory, const Geometry& geometry)
        : memory_(memory), geometry_(geometry) {}

    Maybe<PAddr> translate(VAddr address) const override {
        // Kernel addresses (TTBR1) have all bits above the used ones set.
        if (address.value >> geometry_.va_bits != ~std::uint64_t{0} >> geometry_.va_bits)
            return unknown(Reason::unmapped, hex(address) + " is no kernel address");
        PAddr table = geometry_.root;
        std::uint64_t rest = address.value & bits(geometry_.va_bits - 1, 0);
        for (unsigned level = geometry_.levels(); level > 0; --level) {
            unsigned shift = geometry_.page_shift + geometry_.level_bits() * (level - 1);
            std::uint64_t index = rest >> shift;
            std::uint64_t offset_mask = (std::uint64_t{1} << shift) - 1;
            rest &= offset_mask;
            auto entry = memory_.u64(table + index * 8);
            if (!entry)
                return unknown(entry.error().reason,
                               "page table for " + hex(address) + ": " + entry.error().what);
            if ((*entry & kValid) == 0)
                return unknown(Reason::unmapped, hex(address) + " is not mapped");
            std::uint64_t output = geometry_.output(*entry);
            bool table_or_page = (*entry & kTable) != 0;
            if (level == 1) {
                if (!table_or_page)
                    return unknown(Reason::corrupt, "page table entry " + hex(*entry) + " for " +
                                                        hex(address) + " is reserved");
                return PAddr{output | rest};
            }
            if (!table_or_page)  // a block
                return PAddr{(output & ~offset_mask) | rest};
            table = PAddr{output};
        }
        return unknown(Reason::corrupt, "page tables without a last level");
    }

    std::string description() const override {
        return "aarch64, " + std::to_string((1u << geometry_.page_shift) / 1024) + "K pages, " +
               std::to_string(geometry_.va_bits) + "-bit addresses, " +
               std::to_string(geometry_.levels()) + " levels";
    }

private:
    const PhysicalReader& memory_;
    Geometry geometry_;
};

std::vector<unsigned> page_shifts(const Vmcoreinfo& info) {
    auto text = info.text("PAGESIZE");
    if (text == "4096") return {12};
    if (text == "16384") return {14};
    if (text == "65536") return {16};
    return {12, 16, 14};
}

std::vector<unsigned> va_bits(const Vmcoreinfo& info) {
    std::vector<unsigned> result;
    auto add = [&](std::int64_t count) {
        if (count < kLeastVaBits || count > kLargestVaBits) return;
        auto value = static_cast<unsigned>(count);
        if (std::find(result.begin(), result.end(), value) == result.end()) result.push_back(value);
    };
    // What the CPU really used (since v5.5), then what the kernel was built for, then the usual.
    if (auto t1sz = info.number("TCR_EL1_T1SZ")) add(64 - *t1sz);
    if (auto built = info.number("VA_BITS")) add(*built);
    for (unsigned usual : {48u, 52u, 47u, 42u, 39u, 36u}) add(usual);
    return result;
}

}  // namespace

Maybe<std::unique_ptr<PageTables>> aarch64_page_tables(const PhysicalReader& memory,
                                                       const Vmcoreinfo& info) {
    auto root = info.symbol("swapper_pg_dir");
    if (!root) return unknown(Reason::no_symbol, "VMCOREINFO names no swapper_pg_dir");
    auto voffset = info.number("kimage_voffset");
    if (!voffset) return unknown(Reason::no_symbol, "VMCOREINFO has no kimage_voffset");
    PAddr table{root->value - static_cast<std::uint64_t>(*voffset)};
    // A geometry is right if its tables map their own root where the kernel image lies. Kernels
    // built for 52-bit addresses with 64K pages have a root of 1024 entries, of which 48-bit
    // addresses use the last 64 (arch/arm64/include/asm/assembler.h: offset_ttbr1).
    Unknown last{Reason::corrupt,
                 "the tables at physical " + hex(table) + " do not map the kernel"};
    bool first = true;
    for (unsigned shift : page_shifts(info)) {
        for (unsigned count : va_bits(info)) {
            std::vector<std::uint64_t> offsets = {0};
            if (shift == 16 && count == 48) offsets.push_back((1024 - 64) * 8);
            for (std::uint64_t offset : offsets) {
                auto tables = std::make_unique<Aarch64PageTables>(
                    memory, Geometry{shift, count, table + offset});
                auto found = tables->translate(*root);
                if (found && *found == table) return tables;
                if (first && !found) last = found.error();
                first = false;
            }
        }
    }
    return tl::unexpected<Unknown>(last);
}

}  // namespace nfstriage::dump
