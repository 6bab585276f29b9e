// Call frame information out of .debug_frame and .eh_frame (DWARF 5 section 6.4, LSB section
// 10.6), run to the rows that hold at each address. The kernel is built with one or the other or
// none, by architecture and configuration. We promise: bounded work for any input; a damaged entry
// is left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "debuginfo/elf_object.h"
#include "layout/cfi_table.h"

namespace nfstriage::debuginfo {

struct CfiSection {
    std::vector<std::uint8_t> bytes;   // for layout::CfiTable; empty when the object has no CFI
    std::vector<std::string> remarks;  // what is damaged, one sentence each
    std::uint64_t rows = 0;
};

// The section `cfi` of a kernel profile. Errors: a section that cannot be unpacked.
Result<CfiSection> cfi_section(const ElfObject& elf, int level = 15);

}  // namespace nfstriage::debuginfo
