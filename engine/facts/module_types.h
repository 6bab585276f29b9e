// The types of modules in a kernel without data symbols: the list btf_modules (kernel/bpf/btf.c)
// has no name there, but the code of functions that walk it has its address.
#pragma once

#include "dump/dump.h"
#include "layout/kernel_layout.h"

namespace nfstriage::facts {

// Adds them to `layout` if its modules are known, their types are not, and one of those functions
// leads to a list whose members are of those modules.
void find_module_types(const dump::Dump& dump, layout::KernelLayout& layout);

}  // namespace nfstriage::facts
