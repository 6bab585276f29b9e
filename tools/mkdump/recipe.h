// Text recipes for dumps. One directive per line; a `#` that begins a line or stands by itself
// starts a comment. The kernel comes first:
//
//   kernel PAGING [image ADDRESS] [size BYTES] [root ADDRESS] [init_uts_ns ADDRESS] [uts_name N]
//       PAGING is x86_64-4, x86_64-5, aarch64-4K-48, aarch64-64K-48-built52 ...; the addresses are
//       virtual: of the image, the top page table and init_uts_ns in it; N is where the names
//       begin in init_uts_ns (4 before v5.11)
//
// The file:
//   format kdump|elf     codec none|zlib|lzo|snappy|zstd     block_size N      version N
//   dump_level N         flattened [RECORD_SIZE]             split PFN ...     qemu    incomplete
// The kernel's word of itself:
//   nodename|release|version_text TEXT
//   vmcoreinfo LINE      a line of VMCOREINFO as it is;  no_vmcoreinfo START removes lines
//   symbol NAME ADDRESS  SYMBOL(NAME)= in VMCOREINFO
//   kaslr OFFSET         KERNELOFFSET=
// Memory and CPUs:
//   map VADDR PADDR SIZE [LEAF]     LEAF is the size of the pages or blocks; unmap VADDR
//   u64 ADDRESS VALUE ...    bytes ADDRESS HEX ...    text ADDRESS TEXT
//   fill ADDRESS SIZE BYTE ...      the bytes over and over
//   filtered PADDR ...       pages that makedumpfile left out
//   cpu PID NAME=VALUE ...   registers of the next CPU;  cpus COUNT PID NAME=VALUE ... of several
// Scenes (scene.h):
//   symbols                  lines TYPE NAME ADDRESS [SIZE], then `end`
//   kallsyms ADDRESS         writes vmlinux's symbols there as v4.19 does
//   module NAME ADDRESS BASE SIZE TEXT_SIZE TABLES     lines as of symbols, then `end`
//   percpu CPU OFFSET        __per_cpu_offset[CPU]
//   object ADDRESS struct NAME     lines MEMBER VALUE or MEMBER "text", then `end`
//   ring struct NAME MEMBER HEAD|- OBJECT ...     a circle of list_heads
//   call RETURN_ADDRESS [TARGET]   the call instruction before that address
//   log                      lines [SECONDS.MICROSECONDS] TEXT, then `end`: the ring of v3.5 to
//                            v5.9
//   orc ADDRESS [MODULE]     lines ADDRESS call|regs|regs_partial sp|bp|... OFFSET [prev_sp|bp
//                            OFFSET], or ADDRESS end; then `end`: an ORC table of v4.18 to v6.2
//
// An ADDRESS of 2^52 and above is a kernel virtual one (pages are mapped as needed), below a
// physical one. Values are numbers (decimal or 0x), symbols, `SYMBOL@CPU` for a per-CPU symbol, and
// sums of these: `runqueues@3+0x10`. The word `invented` ahead of a directive or of a line in a
// block says that it is not from the case that the recipe rebuilds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dump/memory.h"
#include "layout/types.h"
#include "mkdump/machine.h"
#include "mkdump/scene.h"

namespace nfstriage::mkdump {

struct Symbols {
    std::uint64_t image = 0, kaslr = 0;  // run-time address; run-time minus link address
    std::vector<SceneSymbol> symbols;    // of vmlinux, in address order
};

struct Built {
    std::vector<File> files;                // the dump: one, or the parts of a split set
    std::vector<dump::VRange> shown;        // memory written by lines without `invented`
    std::vector<unsigned> shown_log_lines;  // the same of the log; its first line is 1
};

// `name` is for messages; `types` may be null when the recipe names no types. Errors name the line
// in `expected`.
Result<Built> build_scene(std::string_view recipe, const std::string& name,
                          const layout::Types* types);
Result<std::vector<File>> build_from_recipe(std::string_view recipe, const std::string& name);

// Reads no further than the symbols, so that no types are needed.
Result<Symbols> symbols_of_recipe(std::string_view recipe, const std::string& name);
Result<std::string> linker_script(std::string_view recipe, const std::string& name);

}  // namespace nfstriage::mkdump
