// The stacks of a verdict as text: which of them, which of their frames, and with what beside them.
#pragma once

#include "report/page.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

// The blamed stacks: first error and crash, or the panic's if it is the crash; then what the other
// CPUs did in NFS code at that moment. Of the functions inlined into a frame those out of headers
// are left out, except at the blamed instruction itself.
void write_stacks(Page& page, const verdict::Verdict& verdict);

}  // namespace nfstriage::report
