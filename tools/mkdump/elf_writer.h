// Writes ELF vmcores: the shape of /proc/vmcore, of makedumpfile -E, and of QEMU with its quirks.
#pragma once

#include <cstdint>

#include "mkdump/machine.h"

namespace nfstriage::mkdump {

struct ElfOptions {
    bool qemu = false;              // e_ehsize 8, section header first, p_vaddr 0
    bool count_in_section = false;  // e_phnum 0xffff, the count in section 0 (PN_XNUM)
    std::uint64_t kernel_vaddr = 0, kernel_physical = 0, kernel_size = 0;  // one more PT_LOAD
};

File write_elf(const Machine& machine, const ElfOptions& options);

}  // namespace nfstriage::mkdump
