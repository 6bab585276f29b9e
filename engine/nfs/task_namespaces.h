// The namespaces that tasks are in, by their nsproxy (include/linux/nsproxy.h).
#pragma once

#include <string_view>
#include <vector>

#include "kernel/object.h"
#include "kernel/task.h"
#include "nfs/listing.h"

namespace nfstriage::nfs {

struct TaskNamespace {
    kernel::Object space;
    const kernel::TaskInfo* task;  // the first one that is in it, of the list
};

// The different namespaces that the member `kind` of struct nsproxy ("mnt_ns", "net_ns") leads to,
// in the order of tasks. Tasks that have none, or of whom it cannot be read, are passed over.
std::vector<TaskNamespace> namespaces_of(const kernel::Reader& reader,
                                         const Listing<kernel::TaskInfo>& tasks,
                                         std::string_view kind);

}  // namespace nfstriage::nfs
