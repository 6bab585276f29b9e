// The call by which a crashing CPU left for the capture kernel (kernel/kexec_core.c, v6.x
// kernel/crash_core.c): oops_end() or die() calls crash_kexec(), which calls __crash_kexec(), which
// calls machine_kexec().
#pragma once

#include <vector>

#include "base/budget.h"
#include "unwind/walk.h"

namespace nfstriage::unwind {

// The places, innermost first, on the stack of `fault` below its stack pointer, or anywhere on the
// CPU's other stacks, that hold the return address of a direct call to machine_kexec or
// __crash_kexec, as starts for an unwind. They are candidates: old stack contents look alike.
std::vector<Start> calls_to_kexec(const Kernel& kernel, const Start& fault, Budget& budget);

}  // namespace nfstriage::unwind
