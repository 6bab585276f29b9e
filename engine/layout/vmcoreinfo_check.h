// VMCOREINFO tells some sizes and offsets of the crashed kernel by itself: a third source that
// types from elsewhere must agree with.
#pragma once

#include <string>
#include <vector>

#include "dump/vmcoreinfo.h"
#include "layout/types.h"

namespace nfstriage::layout {

// Where SIZE() and OFFSET() lines contradict `types`, one sentence each, in order of the lines.
// Structures and members that `types` does not know are passed over.
std::vector<std::string> contradictions(const dump::Vmcoreinfo& info, const Types& types);

}  // namespace nfstriage::layout
