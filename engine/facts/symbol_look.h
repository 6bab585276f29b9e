// What `nfstriage sym` shows: the symbols that a name means, or what stands at an address, with the
// source line where a profile knows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dump/dump.h"
#include "facts/look_address.h"
#include "layout/code_table.h"
#include "layout/kernel_layout.h"

namespace nfstriage::facts {

struct SymbolMatch {
    layout::Symbol symbol;
    std::uint64_t offset = 0;                 // bytes into it
    std::vector<layout::SourceFrame> source;  // of text: inlined functions first; empty: not known
    VAddr address() const { return symbol.address + offset; }
};

struct SymbolAnswer {
    std::string asked;                 // as it was typed
    std::optional<VAddr> address;      // where an address was asked for
    std::vector<SymbolMatch> matches;  // in vmlinux first, then by module; none: see below
    bool clones = false;               // no symbol has the name: these are the compiler's copies
    std::string why;                   // there is no match
    std::vector<std::string> nearest;  // names like the one that is not there
};

// What `word` means: an address ("0xffffffffc0a01000", "ffffffffc0a01000"), a name, "MODULE:name",
// "name+0x10". Modules are looked for where their list has no name.
SymbolAnswer look_up_symbol(const dump::Dump& dump, layout::KernelLayout& layout,
                            const std::string& word);

// "text", "data", "read-only data", "bss", "weak", "absolute": what the letter that nm prints says.
std::string_view section_of(char type);

}  // namespace nfstriage::facts
