// The section `code` of a kernel profile: functions, inlined calls, lines and parameters of one
// object, out of its DWARF, packed for layout/code_table.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "debuginfo/dwarf_object.h"

namespace nfstriage::debuginfo {

// Which units of an object are read. Folders are told from the root of the kernel tree, with a
// slash at the end ("drivers/"); a unit is in a folder when its DW_AT_name is.
struct CodeOptions {
    std::vector<std::string> left_out_folders;   // units that are not read at all
    std::vector<std::string> parameter_folders;  // units whose parameters are kept; empty: all
    std::vector<std::string> call_folders;       // units whose call arguments are kept; empty: all
    std::vector<std::string> inlined_units;      // units whose inlined calls' are kept; empty: all
    std::vector<std::string> inlined_left_out;   // but not those of functions defined here
    int level = 17;                              // of zstd
};

// For vmlinux: everything that appears in the stacks of NFS, within a few megabytes.
CodeOptions vmlinux_code_options();
// For a module: everything.
CodeOptions module_code_options();

struct CodeSection {
    std::vector<std::uint8_t> bytes;
    std::vector<std::string> remarks;  // what is missing or damaged, one sentence each
    std::uint64_t functions = 0, inlined = 0, rows = 0, parameters = 0;
};

// Errors: no line and no function could be read at all. What is damaged is left out with a remark.
Result<CodeSection> code_section(const DwarfObject& object, const CodeOptions& options);

}  // namespace nfstriage::debuginfo
