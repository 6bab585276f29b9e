#include "nfs/task_namespaces.h"

#include <set>
#include <string>

namespace nfstriage::nfs {

std::vector<TaskNamespace> namespaces_of(const kernel::Reader& reader,
                                         const Listing<kernel::TaskInfo>& tasks,
                                         std::string_view kind) {
    std::vector<TaskNamespace> found;
    std::set<VAddr> proxies, spaces;
    const std::string from_task = "nsproxy->" + std::string(kind);
    for (const kernel::TaskInfo& task : tasks.items) {
        if (task.nsproxy && (task.nsproxy->is_null() || !proxies.insert(*task.nsproxy).second))
            continue;
        auto space = task.nsproxy
                         ? reader.object("struct nsproxy", *task.nsproxy).follow(kind)
                         : reader.object("struct task_struct", task.address).follow(from_task);
        if (space && spaces.insert(space->address()).second) found.push_back({*space, &task});
    }
    return found;
}

}  // namespace nfstriage::nfs
