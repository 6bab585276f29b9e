// From a kernel address to its struct page (include/linux/mm_types.h). Sparse memory keeps for each
// section of physical memory where its struct pages are (struct mem_section in
// include/linux/mmzone.h), and VMCOREINFO describes that table, so no symbol table is needed. With
// SPARSEMEM_VMEMMAP, which x86_64 and aarch64 use, all sections share one array, the vmemmap.
// We promise: a struct page that is answered was readable and belongs to the address asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/dump.h"
#include "layout/types.h"

namespace nfstriage::kernel {

class PageMap {
public:
    // Both must outlive the map. Nothing is read yet.
    PageMap(const dump::Dump& dump, const layout::Types& types);

    // The struct page of a mapped kernel address. Unknown: unmapped, no_symbol (VMCOREINFO does not
    // describe mem_section), no_type, the memory's reasons.
    Maybe<VAddr> page_of(VAddr address) const;

    // The struct page of a page frame. Unknown as page_of().
    Maybe<VAddr> page_of_frame(Pfn frame) const;

    // Whether programs or files own what stands in the page: page cache or anonymous memory, by the
    // same members that makedumpfile goes by. Slabs and what the kernel took for itself is not.
    // Unknown: no_type when nothing tells where these members are; the memory's reasons.
    Maybe<bool> is_user_data(VAddr page) const;

    // The head of the compound page that `page` belongs to; `page` itself if it is alone.
    Maybe<VAddr> head_of(VAddr page) const;

    // The mapped address of the first byte of the compound page of `address`: slabs and folios are
    // seen through the linear mapping. Unknown(corrupt) when what is mapped there is another page.
    Maybe<VAddr> begin_of(VAddr address, VAddr page, VAddr head) const;

    // Whether the page is one of the slab allocator's: flag PG_slab, since v6.10 a page type
    // (46df8e73a4a3). Unknown: no_type when nothing tells how this kernel marks them.
    Maybe<bool> is_slab(VAddr head) const;

    // Whether `address` is that of a struct page of memory that this kernel has: inside the array
    // of some section and on the boundary of an element. Unknown where the array is not known.
    Maybe<bool> is_page(VAddr address) const;

    std::uint64_t page_size() const { return page_size_; }

private:
    Maybe<VAddr> array_of(std::uint64_t pfn) const;  // the struct page of page frame 0
    Maybe<VAddr> array_of(std::uint64_t pfn, unsigned section_bits) const;
    Maybe<std::uint64_t> element_size() const;
    // Where a member of struct page is: VMCOREINFO tells makedumpfile, else the types do.
    Maybe<std::uint64_t> offset_of(std::string_view member) const;

    const dump::Dump& dump_;
    const layout::Types& types_;
    std::uint64_t page_size_;
    mutable std::optional<VAddr> array_;  // of the last page frame asked for
};

}  // namespace nfstriage::kernel
