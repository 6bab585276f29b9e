// Types and symbols of the crashed kernel from the dump itself: kallsyms, vmlinux's BTF, the
// modules and their split BTF. What could not be had is said in `remarks`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dump/dump.h"
#include "layout/btf_types.h"
#include "layout/kernel_symbols.h"

namespace nfstriage::layout {

struct KernelLayout {
    std::unique_ptr<KernelSymbols> symbols;  // never null; may be empty
    std::unique_ptr<Types> types;            // never null; NoTypes when the dump holds no BTF
    BtfTypes* btf = nullptr;                 // `types`, when it is made from BTF
    std::vector<std::string> remarks;        // what is missing and why, one sentence each
    bool modules_complete = false;
};

// Reads what is needed to answer questions; symbol and type tables of modules are read when asked
// for. `dump` must outlive the result.
KernelLayout load_kernel_layout(const dump::Dump& dump);

// Adds the modules, walking their list from any one struct module's address: for kernels without
// data symbols, whose list head has no name. No effect when modules are known already.
void add_modules_from(KernelLayout& layout, const dump::Dump& dump, VAddr module);

}  // namespace nfstriage::layout
