// Kernel virtual addresses to physical ones, by walking the crashed kernel's own page tables as the
// MMU does. Tables are foreign bytes like any other: a walk has as many steps as there are levels.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/arch.h"
#include "base/maybe.h"
#include "dump/physical.h"
#include "dump/vmcoreinfo.h"

namespace nfstriage::dump {

class PageTables {
public:
    virtual ~PageTables() = default;
    // Unknown: unmapped (also user-space and non-canonical addresses), or why a table is absent.
    virtual Maybe<PAddr> translate(VAddr address) const = 0;
    virtual std::string description() const = 0;  // "x86_64, 4 levels"
};

// What a format knows besides VMCOREINFO. All of it is tried, none of it believed.
struct AddressHints {
    std::vector<std::uint64_t> phys_bases;  // x86_64: sub header, or PT_LOAD of the kernel text
};

// Unknown: no_symbol when VMCOREINFO lacks what the architecture needs, corrupt when the tables
// that it points to do not map the kernel.
Maybe<std::unique_ptr<PageTables>> x86_64_page_tables(const PhysicalReader& memory,
                                                      const Vmcoreinfo& info,
                                                      const AddressHints& hints);
Maybe<std::unique_ptr<PageTables>> aarch64_page_tables(const PhysicalReader& memory,
                                                       const Vmcoreinfo& info);

}  // namespace nfstriage::dump
