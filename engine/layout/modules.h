// struct module (include/linux/module.h): what is loaded, and where its text and data lie, which
// moved over the years: module_core (before v4.5), core_layout (7523e4dc5057, v4.5), mem[MOD_TEXT]
// (ac3b43283923, v6.4); we ask which member there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "dump/memory.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::layout {

struct Module {
    std::string name;
    VAddr address;                     // of its struct module
    std::vector<dump::VRange> text;    // executable parts
    std::vector<dump::VRange> ranges;  // all parts, text included
    std::uint64_t taints = 0;          // module.taints: bits of TAINT_*
    std::string srcversion;            // "" unless built with CONFIG_MODULE_SRCVERSION_ALL

    bool contains(VAddr a) const;
    bool contains_text(VAddr a) const;
};

struct ModuleList {
    std::vector<Module> modules;  // in list order: last loaded first
    bool complete = false;        // the list came round to its head
    std::string why;              // when it did not
};

// Walks module.list from `start`: the list head `modules`, or the list member of any one module
// (the head, which is no module, is then recognised by its name not being one). Unknown only when
// the type of struct module is not known.
Maybe<ModuleList> read_modules(const dump::Memory& memory, const Types& types, VAddr start,
                               Budget budget);

// The build id (hex) of a loaded module, from its note .note.gnu.build-id, which the kernel keeps
// for /sys/module/NAME/notes (struct module_notes_attrs, kernel/module/sysfs.c). Unknown: no_type,
// no_symbol (it has no such note), or why memory is absent.
Maybe<std::string> read_module_build_id(const dump::Memory& memory, const Types& types,
                                        const Module& module);

}  // namespace nfstriage::layout
