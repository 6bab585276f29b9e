// C strings in the read-only data of vmlinux and of modules: format strings, names of trace events.
// Where it lies: vmlinux from __start_rodata to __end_rodata without its BTF, whose names of types
// and functions are no strings of the source; a module's part of struct module (mem[MOD_RODATA]
// since ac3b43283923, v6.4; before that core_layout, or module_core before v4.5), again without
// BTF. Section .rodata.str of a module keeps each string by itself; vmlinux was linked, which puts
// a string that is the end of another one inside it.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "arguments/code_facts.h"
#include "dump/memory.h"
#include "layout/modules.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::arguments {

class ReadOnlyData {
public:
    // All must outlive it. Nothing is read before a question.
    ReadOnlyData(const dump::Memory& memory, const layout::Symbols& symbols,
                 const layout::Types& types, std::span<const layout::Module> modules);

    // Whether `text` is a C string in the data of `module` ("" is vmlinux). No only if all of the
    // data was read. Unknown: no_symbol (no such module loaded, or vmlinux's bounds are not known),
    // budget (more than 64 MiB), or why memory is absent.
    CodeAnswer has_string(std::string_view module, std::string_view text);

private:
    struct Data {
        std::vector<dump::VRange> ranges;
        Maybe<void> found = {};  // or why nothing is known of the ranges
    };
    Data of_vmlinux() const;
    Data of_module(const layout::Module& module) const;

    const dump::Memory& memory_;
    const layout::Symbols& symbols_;
    const layout::Types& types_;
    std::span<const layout::Module> modules_;
};

}  // namespace nfstriage::arguments
