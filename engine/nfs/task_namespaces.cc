#include "nfs/task_namespaces.h"

#include <map>
#include <optional>
#include <string>

namespace nfstriage::nfs {

Listing<TaskNamespace> namespaces_of(const kernel::Reader& reader,
                                     const Listing<kernel::TaskInfo>& tasks,
                                     std::string_view kind) {
    Listing<TaskNamespace> found;
    std::map<VAddr, std::size_t> by_space;
    std::map<VAddr, std::optional<std::size_t>> by_proxy;  // nothing: it leads to none
    const std::string from_task = "nsproxy->" + std::string(kind);
    auto find = [&](const kernel::TaskInfo& task) -> std::optional<std::size_t> {
        auto space = task.nsproxy
                         ? reader.object("struct nsproxy", *task.nsproxy).follow(kind)
                         : reader.object("struct task_struct", task.address).follow(from_task);
        if (!space) {
            if (space.error().reason != Reason::null && found.complete)
                found.add_gap(space.error(), from_task + " of task " + hex(task.address));
            return std::nullopt;
        }
        auto [at, is_new] = by_space.emplace(space->address(), found.items.size());
        if (is_new) found.items.push_back({*space, &task});
        return at->second;
    };
    for (const kernel::TaskInfo& task : tasks.items) {
        if (task.nsproxy && task.nsproxy->is_null()) continue;
        std::optional<std::size_t> index;
        if (!task.nsproxy) {
            index = find(task);
        } else {
            auto known = by_proxy.find(*task.nsproxy);
            if (known == by_proxy.end()) known = by_proxy.emplace(*task.nsproxy, find(task)).first;
            index = known->second;
        }
        if (index && task.pid < found.items[*index].task->pid) found.items[*index].task = &task;
    }
    return found;
}

}  // namespace nfstriage::nfs
