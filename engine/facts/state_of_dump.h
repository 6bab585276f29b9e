// The NFS state of a dump for its scene: what engine/nfs reads, told where the tasks are and how to
// unwind their stacks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "dump/dump.h"
#include "layout/kernel_layout.h"
#include "nfs/state.h"

namespace nfstriage::facts {

// `any_task`: a process that the ring of all processes leads through; nothing: symbols tell.
// `last_record_ns`: time of the last printk record. Reads nothing yet; `dump` and `layout` must
// outlive the result.
std::shared_ptr<nfs::State> state_of_dump(const dump::Dump& dump,
                                          const layout::KernelLayout& layout,
                                          std::optional<VAddr> any_task,
                                          std::int64_t last_record_ns);

}  // namespace nfstriage::facts
