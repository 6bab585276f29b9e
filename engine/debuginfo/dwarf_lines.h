// The line table of one compilation unit (.debug_line, DWARF 4 and 5): which file and line each
// instruction comes from. The rows are what `addr2line` answers with: of several rows at one
// address the last one counts, whatever is_stmt says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "debuginfo/dwarf_object.h"
#include "layout/code_blocks_model.h"

namespace nfstriage::debuginfo {

struct LineRow {
    std::uint64_t address = 0;
    std::uint32_t file = 0;  // string of the model; 0 behind the end of a sequence
    std::uint32_t line = 0;
    bool end = false;  // nothing is known from here on
};

struct LineTable {
    std::vector<LineRow> rows;         // ascending addresses, each once
    std::vector<std::uint32_t> files;  // string of the model by the unit's file number
    bool damaged = false;

    std::uint32_t file(std::uint64_t number) const {
        return number < files.size() ? files[number] : 0;
    }
};

// The lines of the unit that `unit` (its first DIE) describes; `directory` is its DW_AT_comp_dir.
// Empty when it has none.
LineTable read_lines(const Libdwarf& library, const Die& unit, std::string_view directory,
                     layout::CodeStrings& strings);

// "fs/nfs/write.c" for a name as a unit or a line table has it, below the root of the kernel tree
// as far as that can be told; `directory` is where the compiler ran.
std::string source_path(std::string_view directory, std::string_view name);

}  // namespace nfstriage::debuginfo
