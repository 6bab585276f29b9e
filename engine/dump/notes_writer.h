// ELF notes of a crash as the kernel writes them (notes.h reads them back).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "dump/dump.h"

namespace nfstriage::dump {

// One NT_PRSTATUS note per CPU, for x86_64 and aarch64; registers that are not known are 0.
std::vector<std::uint8_t> encode_notes(std::span<const CpuNote> cpus, Arch arch);
// The VMCOREINFO note.
std::vector<std::uint8_t> encode_vmcoreinfo(std::string_view text);

}  // namespace nfstriage::dump
