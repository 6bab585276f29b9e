#include "kernel/page_map.h"

#include <array>
#include <vector>

namespace nfstriage::kernel {
namespace {

// Low bits of section_mem_map: SECTION_MARKED_PRESENT, SECTION_HAS_MEM_MAP and further flags; an
// element of the array is at least that large.
constexpr std::uint64_t kPresent = 1, kHasMap = 2, kSectionFlags = 63;

// SECTION_SIZE_BITS is in VMCOREINFO since v5.13 (4f5aecdff25f). Before: 27 on x86_64; on aarch64
// 30, since v5.12 (f0b13ee23241) 27, and 29 with pages of 64 KiB. Which of them holds shows in
// whether the section has struct pages; the array is the same for all sections.
std::vector<unsigned> section_bits(const dump::Dump& dump) {
    if (auto bits = dump.vmcoreinfo().number("SECTION_SIZE_BITS"); bits && *bits > 12 && *bits < 48)
        return {static_cast<unsigned>(*bits)};
    if (dump.arch() == Arch::aarch64) return {30, 27, 29};
    return {27};
}

}  // namespace

PageMap::PageMap(const dump::Dump& dump, const layout::Types& types)
    : dump_(dump), types_(types), page_size_(dump.page_size()) {}

Maybe<std::uint64_t> PageMap::element_size() const {
    auto size = dump_.vmcoreinfo().size("page");
    if (!size) {
        auto described = types_.size_of("struct page");
        if (!described) return described;
        size = *described;
    }
    if (*size < 32 || *size > 512) return unknown(Reason::corrupt, "size of struct page");
    return *size;
}

Maybe<VAddr> PageMap::array_of(std::uint64_t pfn, unsigned bits) const {
    const dump::Vmcoreinfo& info = dump_.vmcoreinfo();
    auto roots = info.symbol("mem_section");
    auto length = info.length("mem_section");
    auto size = info.size("mem_section");
    auto map = info.offset("mem_section.section_mem_map");
    if (!roots || !length || !size || !map)
        return unknown(Reason::no_symbol, "VMCOREINFO does not describe mem_section");
    if (*size == 0 || *size > page_size_) return unknown(Reason::corrupt, "SIZE(mem_section)");
    std::uint64_t section = pfn * page_size_ >> bits;
    std::uint64_t per_root = page_size_ / *size;
    std::uint64_t root = section / per_root;
    if (root >= *length) return unknown(Reason::corrupt, "beyond the last section of memory");
    auto entries = dump_.memory().pointer(*roots + root * 8);
    if (!entries) return entries;
    if (entries->is_null()) return unknown(Reason::unmapped, "a section without memory");
    auto value = dump_.memory().u64(*entries + section % per_root * *size + *map);
    if (!value) return tl::unexpected<Unknown>(value.error());
    if ((*value & (kPresent | kHasMap)) != (kPresent | kHasMap))
        return unknown(Reason::unmapped, "a section without struct pages");
    return VAddr{*value & ~kSectionFlags};
}

Maybe<VAddr> PageMap::array_of(std::uint64_t pfn) const {
    Maybe<VAddr> array = unknown(Reason::no_symbol, "mem_section");
    for (unsigned bits : section_bits(dump_)) {
        array = array_of(pfn, bits);
        if (array) break;
    }
    if (array) array_ = *array;
    return array;
}

Maybe<VAddr> PageMap::page_of(VAddr address) const {
    auto physical = dump_.translate(address);
    if (!physical) return tl::unexpected<Unknown>(physical.error());
    return page_of_frame({physical->value / page_size_});
}

Maybe<VAddr> PageMap::page_of_frame(Pfn frame) const {
    auto size = element_size();
    if (!size) return tl::unexpected<Unknown>(size.error());
    auto array = array_of(frame.value);
    if (!array) return array;
    VAddr page = *array + frame.value * *size;
    if (auto flags = dump_.memory().u64(page); !flags)
        return tl::unexpected<Unknown>(flags.error());
    return page;
}

Maybe<std::uint64_t> PageMap::offset_of(std::string_view member) const {
    if (auto offset = dump_.vmcoreinfo().offset("page." + std::string(member))) return *offset;
    return types_.offset_of("struct page", member);
}

Maybe<bool> PageMap::is_user_data(VAddr page) const {
    auto head = head_of(page);
    if (!head) return tl::unexpected<Unknown>(head.error());
    auto slab = is_slab(*head);
    if (!slab || *slab) return slab ? Maybe<bool>(false) : slab;
    auto mapping = offset_of("mapping");
    if (!mapping) return tl::unexpected<Unknown>(mapping.error());
    auto owner = dump_.memory().u64(*head + *mapping);
    if (!owner) return tl::unexpected<Unknown>(owner.error());
    if (*owner != 0) return true;
    auto bit = dump_.vmcoreinfo().number("PG_lru");
    if (!bit) {
        auto described = types_.enumerator("PG_lru");
        if (!described) return tl::unexpected<Unknown>(described.error());
        bit = *described;
    }
    auto flags = dump_.memory().u64(*head);
    if (!flags) return tl::unexpected<Unknown>(flags.error());
    return *bit >= 0 && *bit < 64 && (*flags >> *bit & 1) != 0;
}

Maybe<VAddr> PageMap::head_of(VAddr page) const {
    auto offset = offset_of("compound_head");
    if (!offset) return tl::unexpected<Unknown>(offset.error());
    auto value = dump_.memory().u64(page + *offset);
    if (!value) return tl::unexpected<Unknown>(value.error());
    if ((*value & 1) == 0) return page;
    VAddr head{*value - 1};
    if (head > page) return unknown(Reason::corrupt, "the head of a compound page is behind it");
    return head;
}

Maybe<VAddr> PageMap::begin_of(VAddr address, VAddr page, VAddr head) const {
    auto size = element_size();
    if (!size) return tl::unexpected<Unknown>(size.error());
    std::uint64_t distance = page - head;
    if (head > page || distance % *size != 0)
        return unknown(Reason::corrupt, "the head of a compound page is no struct page");
    std::uint64_t pages = distance / *size;
    VAddr begin = VAddr{address.value & ~(page_size_ - 1)} - pages * page_size_;
    auto first = page_of(begin);
    if (!first) return first;
    if (*first != head)
        return unknown(Reason::corrupt, "the pages are not mapped one behind the other");
    return begin;
}

Maybe<bool> PageMap::is_slab(VAddr head) const {
    const dump::Vmcoreinfo& info = dump_.vmcoreinfo();
    if (auto value = info.number("PAGE_SLAB_MAPCOUNT_VALUE")) {
        auto offset = types_.offset_of("struct page", "page_type");
        std::optional<std::uint64_t> at;
        if (offset)
            at = *offset;
        else
            at = info.offset("page._mapcount");  // in a union with page_type
        if (!at) return unknown(Reason::no_type, "struct page.page_type");
        auto type = dump_.memory().u32(head + *at);
        if (!type) return tl::unexpected<Unknown>(type.error());
        // Since v6.12 (4ffca5a96678) the type is the highest byte, the rest is the owner's.
        auto wanted = static_cast<std::uint32_t>(*value);
        return (wanted & 0xffffff) == 0 ? (*type & 0xff000000) == wanted : *type == wanted;
    }
    auto bit = info.number("PG_slab");
    if (!bit) {
        auto described = types_.enumerator("PG_slab");
        if (!described) return tl::unexpected<Unknown>(described.error());
        bit = *described;
    }
    if (*bit < 0 || *bit > 63) return unknown(Reason::no_type, "PG_slab is no bit number");
    auto flags = dump_.memory().u64(head);
    if (!flags) return tl::unexpected<Unknown>(flags.error());
    return (*flags >> *bit & 1) != 0;
}

Maybe<bool> PageMap::is_page(VAddr address) const {
    if (!array_) {
        // Any memory leads to the array: the kernel's own description of itself is mapped.
        auto roots = dump_.vmcoreinfo().symbol("mem_section");
        if (!roots) return unknown(Reason::no_symbol, "VMCOREINFO does not describe mem_section");
        auto page = page_of(*roots);
        if (!page) return tl::unexpected<Unknown>(page.error());
    }
    auto size = element_size();
    if (!size) return tl::unexpected<Unknown>(size.error());
    if (address < *array_) return false;
    std::uint64_t distance = address - *array_;
    if (distance % *size != 0) return false;
    // Physical addresses have at most 52 bits.
    if (distance / *size >= (std::uint64_t{1} << 52) / page_size_) return false;
    auto own = array_of(distance / *size);
    if (!own) {
        if (own.error().reason == Reason::unmapped || own.error().reason == Reason::corrupt)
            return false;
        return tl::unexpected<Unknown>(own.error());
    }
    return *own + distance == address;
}

}  // namespace nfstriage::kernel
