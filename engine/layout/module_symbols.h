// The symbols of a loaded module, from the table that the kernel keeps of it (struct mod_kallsyms,
// include/linux/module.h; before v4.5 members of struct module itself, which we do not read).
#pragma once

#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/modules.h"
#include "layout/symbol_list.h"
#include "layout/types.h"

namespace nfstriage::layout {

// The core symbols of one module as the kernel would search them: undefined and mapping symbols
// ("$x", ".L") left out, by address; of equal ones in table order. A size is the distance to the
// next one, or to the end of the part of the module that the symbol lies in. Unknown: no_type,
// corrupt, or why memory is absent.
Maybe<SymbolList> read_module_symbols(const dump::Memory& memory, const Types& types,
                                      const Module& module);

}  // namespace nfstriage::layout
