// What crash and drgn read of a kernel's modules (tool_memory.h): their descriptions, and the
// memory of those that matter here, from which crash takes their symbols.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "kernel/object.h"
#include "layout/modules.h"

namespace nfstriage {

// `wanted`: the names of modules whose memory is to be had first; others follow while there is
// room. `bare`: of their data only what is needed for symbols.
std::vector<dump::VRange> memory_of_modules(const kernel::Reader& reader,
                                            const std::vector<layout::Module>& modules,
                                            const std::set<std::string>& wanted, bool bare);

}  // namespace nfstriage
