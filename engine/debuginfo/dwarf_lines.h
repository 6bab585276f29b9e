// The line table of one compilation unit (.debug_line, DWARF 2 to 5, section 6.2): which file and
// line each instruction comes from. The rows are what `addr2line` answers with: of several rows at
// one address the last one counts, whatever is_stmt says. Read by ourselves: libdwarf 20210528
// starts DWARF 5 programs with file 0 where the standard has 1, which gives wrong names.
// We promise: a damaged table ends where the damage is; nothing is allocated for its own counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "debuginfo/elf_object.h"
#include "layout/code_blocks_model.h"

namespace nfstriage::debuginfo {

// The sections that line tables are in; views into the object.
struct LineSections {
    Bytes lines, line_strings, strings;

    // Errors: a section that cannot be unpacked.
    static Result<LineSections> of(const ElfObject& elf);
};

struct LineRow {
    std::uint64_t address = 0;
    std::uint32_t file = 0;  // string of the model; 0 behind the end of a sequence
    std::uint32_t line = 0;
    bool end = false;  // nothing is known from here on
};

class LineTable {
public:
    LineTable() = default;
    // The table at `offset` of .debug_line; `directory` is the unit's DW_AT_comp_dir.
    LineTable(const LineSections& sections, std::uint64_t offset, std::string_view directory,
              layout::CodeStrings& strings);

    const std::vector<LineRow>& rows() const { return rows_; }  // ascending, each address once
    void set_rows(std::vector<LineRow> rows) { rows_ = std::move(rows); }
    bool damaged() const { return damaged_; }

    // The path of the unit's file number as a string of the model; 0 when there is none.
    std::uint32_t file(std::uint64_t number);

private:
    friend class LineReader;
    struct File {
        std::string_view name;
        std::uint64_t directory = 0;
        std::optional<std::uint32_t> string;  // once asked for
    };
    std::vector<LineRow> rows_;
    std::vector<File> files_;
    std::vector<std::string_view> directories_;
    std::string directory_;
    layout::CodeStrings* strings_ = nullptr;
    bool damaged_ = false;
};

// "fs/nfs/write.c" for a name as a unit or a line table has it, below the root of the kernel tree
// as far as that can be told; `directory` is where the compiler ran.
std::string source_path(std::string_view directory, std::string_view name);

}  // namespace nfstriage::debuginfo
