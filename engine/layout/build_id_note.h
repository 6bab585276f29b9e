// NT_GNU_BUILD_ID: the note that the linker puts into vmlinux and every module, and that stays in
// memory (Elf64_Nhdr, /usr/include/elf.h).
#pragma once

#include <cstdint>
#include <string>

#include "dump/memory.h"

namespace nfstriage::layout {

// The build id (hex) among the notes in [at, at + size). Unknown: corrupt, no_symbol (no such note
// there), or why memory is absent.
Maybe<std::string> read_build_id(const dump::Memory& memory, VAddr at, std::uint64_t size);

}  // namespace nfstriage::layout
