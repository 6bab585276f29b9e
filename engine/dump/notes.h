// ELF notes of a crash: the kernel writes one NT_PRSTATUS per CPU that answered and a VMCOREINFO
// note (kernel/crash_core.c, include/linux/elfcore.h: struct elf_prstatus); QEMU adds its own CPU
// state. All sizes in them are foreign; a damaged note ends the list and is reported.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/arch.h"
#include "dump/dump.h"

namespace nfstriage::dump {

struct Notes {
    std::vector<CpuNote> cpus;
    std::string vmcoreinfo;  // text of the VMCOREINFO note, empty if there is none
    std::string erase_info;  // makedumpfile's list of what it erased, usually empty
    std::string damage;      // one sentence if the list did not end cleanly
};

// Parses a PT_NOTE segment. `arch` decides the register layout; notes of other architectures leave
// registers empty.
Notes parse_notes(std::span<const std::uint8_t> bytes, Arch arch);

// The machine whose struct elf_prstatus the first NT_PRSTATUS note has the size of, for files that
// do not name their architecture.
std::optional<Arch> arch_from_notes(std::span<const std::uint8_t> bytes);

}  // namespace nfstriage::dump
