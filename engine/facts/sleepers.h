// The stacks of tasks that sleep in, or because of, NFS and SUNRPC, for the graph of who waits for
// whom (nfs/waits.h), and of those that run there: they may hold what others wait for.
// We promise: every task of the list is looked at; one whose stack cannot be read is given without
// frames and with the reason. Arguments are recovered when they are asked for.
#pragma once

#include <cstdint>

#include "dump/dump.h"
#include "layout/kernel_layout.h"
#include "nfs/waits.h"

namespace nfstriage::facts {

struct SleeperLimits {
    std::size_t tasks = 20'000;           // given; a gap says that there are more
    std::uint64_t unwind_steps = 20'000;  // of one stack
};

// In the order of `tasks`: those with a function of the NFS family on their stack, sleeping or
// running, or with one that has no name, those whose stack breaks off, and all that sleep
// uninterruptibly. `dump` and `layout` must outlive the result.
nfs::Listing<nfs::Sleeper> read_sleepers(const dump::Dump& dump, const layout::KernelLayout& layout,
                                         const nfs::Listing<kernel::TaskInfo>& tasks,
                                         const SleeperLimits& limits = {});

}  // namespace nfstriage::facts
