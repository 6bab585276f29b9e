// The section `orc` of a kernel profile: .orc_unwind_ip and .orc_unwind of vmlinux or a module,
// packed for layout/orc_table.h.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "debuginfo/elf_object.h"

namespace nfstriage::debuginfo {

// Empty when the object has no ORC. Errors: sections that contradict each other or are damaged.
Result<std::vector<std::uint8_t>> orc_section(const ElfObject& elf, int level = 15);

}  // namespace nfstriage::debuginfo
