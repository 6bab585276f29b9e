// Variables of a kernel whose symbol table has functions only (CONFIG_KALLSYMS_ALL is off): the
// code of a function that uses one has its address.
#pragma once

#include <cstdint>
#include <set>

#include "arguments/function_code.h"

namespace nfstriage::arguments {

// Addresses that the code makes out of constants: `lea sym(%rip)`, `mov $sym`, `adrp` and `add`,
// and the places of memory operands that are based on one or relative to the instruction. Along the
// text, not along the paths: what is found is to be tried, not believed.
std::set<std::uint64_t> made_addresses(const FunctionCode& code);

}  // namespace nfstriage::arguments
