// ORC: the x86_64 kernel's own unwind tables (arch/x86/include/asm/orc_types.h, arch/x86/kernel/
// unwind_orc.c). A table is two parallel arrays: `orc_unwind_ip`, sorted 32-bit distances from each
// element's own address to the text address where its entry begins to hold, and `orc_unwind`, the
// entries: how to find the caller's stack pointer and rbp at that text address. vmlinux has one
// table between linker symbols, every module has its own in struct mod_arch_specific.
// We promise: an entry is found by binary search, touching a few pages and never the whole table;
// the bit layout is asked from the type information, not from a version.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::unwind {

struct OrcTable {
    VAddr text_begin, text_end;  // half open range of text that the table describes
    VAddr ip;                    // s32[count]
    VAddr entries;               // struct orc_entry[count]
    std::uint64_t count = 0;

    // The fast index of vmlinux (orc_lookup, one u32 per 256 bytes of text); null when there is
    // none.
    VAddr lookup;
    std::uint64_t lookup_count = 0;
};

// Base registers, ORC_REG_*: the same numbers since v4.14.
enum class OrcRegister : std::uint8_t {
    undefined = 0,
    prev_sp,
    dx,
    di,
    bp,
    sp,
    r10,
    r13,
    bp_indirect,
    sp_indirect
};

enum class OrcType : std::uint8_t {
    undefined,     // objtool knows nothing about this text
    end_of_stack,  // outermost frame by design (kernel thread start, idle)
    call,          // an ordinary function: the return address is below the caller's stack pointer
    regs,          // a whole struct pt_regs stands at the computed address
    regs_partial   // only the frame that the CPU pushes (ip, cs, flags, sp, ss) stands there
};

struct OrcEntry {
    std::int16_t sp_offset = 0;  // bytes
    std::int16_t bp_offset = 0;  // bytes
    OrcRegister sp_reg = OrcRegister::undefined;
    OrcRegister bp_reg = OrcRegister::undefined;
    OrcType type = OrcType::undefined;
    bool signal = false;  // the address found in the caller is exact, not a return address
};

// Where the fields of struct orc_entry are. Three shapes exist:
//   ee9f8fce9964 (v4.14) sp_reg:4 bp_reg:4 type:2, and d31a580266ee (v4.18) adds end:1;
//   ffb1b4a41016 (v6.3)  puts signal:1 before end:1;
//   fb799447ae29 (v6.4)  type:3 signal:1; `end` is gone and the types are numbered anew.
struct OrcLayout {
    struct Field {
        unsigned bit = 0;    // first bit of the little endian entry
        unsigned width = 0;  // bits; 0: this kernel has no such field
    };
    std::uint64_t size = 6;  // bytes
    Field sp_offset{0, 16}, bp_offset{16, 16}, sp_reg{32, 4}, bp_reg{36, 4}, type{40, 2};
    Field signal{}, end{42, 1};

    // True for the numbering that begins with UNDEFINED and END_OF_STACK (v6.4).
    bool types_include_end() const { return type.width >= 3; }

    // From `struct orc_entry` where it is described, else the shape of v4.18 to v6.2.
    static OrcLayout from(const layout::Types& types);

    // The meaning of the `size` bytes of one entry.
    Maybe<OrcEntry> decode(ByteSpan bytes) const;
};

// vmlinux's table between __start_orc_unwind_ip and __stop_orc_unwind_ip, once for its text and
// once for its init text (start_kernel stands there, the outermost frames of the boot CPU's idle
// task). Unknown(no_symbol): the kernel unwinds by frame pointers, or its table has no data
// symbols; Unknown(corrupt): the symbols contradict each other.
Maybe<std::vector<OrcTable>> vmlinux_orc_tables(const layout::Symbols& symbols,
                                                const OrcLayout& layout);

// The table of the module whose struct module is at `module` and whose text lies in
// [text_begin, text_end). Unknown: no_type, null (a module without tables), or why memory is
// absent.
Maybe<OrcTable> module_orc_table(const dump::Memory& memory, const layout::Types& types,
                                 VAddr module, VAddr text_begin, VAddr text_end);

class OrcTables {
public:
    OrcTables(const dump::Memory& memory, OrcLayout layout, std::vector<OrcTable> tables);

    bool empty() const { return tables_.empty(); }
    const OrcLayout& layout() const { return layout_; }

    // The entry that holds at `address`. Unknown(no_symbol): outside of every table; otherwise why
    // the table could not be read.
    Maybe<OrcEntry> find(VAddr address) const;

private:
    Maybe<std::uint64_t> search(const OrcTable& table, VAddr address, std::uint64_t first,
                                std::uint64_t last) const;

    const dump::Memory& memory_;
    OrcLayout layout_;
    std::vector<OrcTable> tables_;  // by text_begin
};

}  // namespace nfstriage::unwind
