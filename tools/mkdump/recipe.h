// Text recipes for dumps. One directive per line, `#` starts a comment:
//
//   kernel PAGING            first line: x86_64-4, x86_64-5, aarch64-4K-48, aarch64-64K-48-built52
//   ... format kdump|elf         codec none|zlib|lzo|snappy|zstd      block_size N       version N
//   dump_level N             flattened [RECORD_SIZE]              split PFN ...      qemu
//   nodename|release|version_text TEXT
//   vmcoreinfo LINE          a line of VMCOREINFO as it is
//   symbol NAME ADDRESS      SYMBOL(NAME)= in VMCOREINFO
//   map VADDR PADDR SIZE [LEAF]     LEAF is the size of the pages or blocks, by default the page
//   size unmap VADDR u64 ADDRESS VALUE ...    bytes ADDRESS HEX ...    text ADDRESS TEXT    fill
//   ADDRESS SIZE BYTE filtered PADDR ...       pages that makedumpfile left out cpu PID NAME=VALUE
//   ...   registers of one CPU incomplete               set makedumpfile's flag
//
// An ADDRESS of 2^52 and above is a kernel virtual one (pages are mapped as needed), below a
// physical one. Numbers are decimal or 0x.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mkdump/machine.h"

namespace nfstriage::mkdump {

// The files of the dump: one, or the parts of a split set. `name` is for messages. Errors name the
// line in `expected`.
Result<std::vector<File>> build_from_recipe(std::string_view recipe, const std::string& name);

}  // namespace nfstriage::mkdump
