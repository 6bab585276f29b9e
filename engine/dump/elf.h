// ELF vmcores: /proc/vmcore, makedumpfile -E, QEMU's and virsh's ELF dumps, /proc/kcore. Each
// PT_LOAD is a range of physical memory; PT_NOTE holds the notes (notes.h). Addresses are never
// translated by p_vaddr: QEMU leaves it 0, and on aarch64 /proc/vmcore's kernel segment covers
// addresses that are really mapped elsewhere.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "dump/file_bytes.h"
#include "dump/native_dump.h"

namespace nfstriage::dump {

bool is_elf(const FileBytes& file);

// Whether it is an ELF core of a machine that we read ourselves (64-bit little endian x86_64 or
// aarch64).
bool is_native_elf(const FileBytes& file);

// Errors: not a core file, headers cut off or damaged.
Result<Contents> open_elf(const std::shared_ptr<const FileBytes>& file);

}  // namespace nfstriage::dump
