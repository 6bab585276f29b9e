// The namespaces that tasks are in, by their nsproxy (include/linux/nsproxy.h).
#pragma once

#include <string_view>

#include "kernel/object.h"
#include "kernel/task.h"
#include "nfs/listing.h"

namespace nfstriage::nfs {

struct TaskNamespace {
    kernel::Object space;
    const kernel::TaskInfo* task;  // of those in it the one with the lowest pid
};

// The different namespaces that the member `kind` of struct nsproxy ("mnt_ns", "net_ns") leads to,
// in the order of `tasks`, which is that of a ring and begins anywhere. Tasks that have none are
// passed over; where it cannot be read of one, that is the gap: there may be more, and that task
// may have a lower pid.
Listing<TaskNamespace> namespaces_of(const kernel::Reader& reader,
                                     const Listing<kernel::TaskInfo>& tasks, std::string_view kind);

}  // namespace nfstriage::nfs
