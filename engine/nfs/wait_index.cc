#include "nfs/wait_index.h"

#include <algorithm>

namespace nfstriage::nfs {
namespace {

template <class Map>
auto find_in(const Map& map, VAddr address) {
    auto found = map.find(address);
    return found == map.end() ? nullptr : found->second;
}

template <class T>
const std::vector<const T*>& group_of(
    const std::unordered_map<VAddr, std::vector<const T*>>& groups, VAddr address) {
    static const std::vector<const T*> kNone;
    auto found = groups.find(address);
    return found == groups.end() ? kNone : found->second;
}

}  // namespace

WaitIndex::WaitIndex(const Roots& roots, const WaitAreas& areas, const Listing<Sleeper>& sleepers)
    : roots_(roots), areas_(areas), listed_(sleepers) {
    for (const kernel::TaskInfo& task : roots.tasks.items) tasks_.emplace(task.address, &task);
    for (const Sleeper& sleeper : sleepers.items) {
        sleepers_.emplace(sleeper.task.address, &sleeper);
        for (const Frame& frame : sleeper.frames) {
            if (frame.trust == Trust::guess) continue;
            auto& inside = inside_[without_suffix(frame.function)];
            if (inside.empty() || inside.back() != &sleeper) inside.push_back(&sleeper);
        }
    }
    for (const RpcTask& task : areas.sunrpc.rpc_tasks.items) {
        rpc_tasks_.emplace(task.address, &task);
        if (task.xprt && !task.xprt->is_null()) xprt_tasks_[*task.xprt].push_back(&task);
        if (task.waitqueue && !task.waitqueue->is_null())
            queue_tasks_[*task.waitqueue].push_back(&task);
    }
    for (const RpcXprt& xprt : areas.sunrpc.rpc_xprts.items) xprts_.emplace(xprt.address, &xprt);
    for (const RpcWaitQueue& queue : areas.sunrpc.rpc_wait_queues.items)
        queues_.emplace(queue.address, &queue);
    for (const NfsClient& client : areas.client.nfs_clients.items)
        clients_.emplace(client.address, &client);
    for (const NfsPage& page : areas.writeback.nfs_pages.items) {
        pages_.emplace(page.address, &page);
        if (page.folio) folio_pages_[*page.folio].push_back(&page);
        if (page.inode) inode_pages_[*page.inode].push_back(&page);
    }
    for (const SvcThread& thread : areas.server.svc_threads.items) {
        if (thread.busy.is(false)) continue;
        if (thread.busy && thread.xid)
            calls_.emplace(*thread.xid, &thread);
        else
            all_calls_known_ = false;
    }
}

const Sleeper* WaitIndex::sleeper(VAddr task) const { return find_in(sleepers_, task); }
const kernel::TaskInfo* WaitIndex::task(VAddr task) const { return find_in(tasks_, task); }
const RpcTask* WaitIndex::rpc_task(VAddr address) const { return find_in(rpc_tasks_, address); }
const RpcXprt* WaitIndex::xprt(VAddr address) const { return find_in(xprts_, address); }
const NfsClient* WaitIndex::client(VAddr address) const { return find_in(clients_, address); }
const NfsPage* WaitIndex::page(VAddr address) const { return find_in(pages_, address); }
const RpcWaitQueue* WaitIndex::queue(VAddr address) const { return find_in(queues_, address); }

const std::vector<const NfsPage*>& WaitIndex::pages_of_folio(VAddr folio) const {
    return group_of(folio_pages_, folio);
}
const std::vector<const NfsPage*>& WaitIndex::pages_of_inode(VAddr nfs_inode) const {
    return group_of(inode_pages_, nfs_inode);
}
const std::vector<const RpcTask*>& WaitIndex::tasks_of_xprt(VAddr xprt) const {
    return group_of(xprt_tasks_, xprt);
}
const std::vector<const RpcTask*>& WaitIndex::tasks_of_queue(VAddr queue) const {
    return group_of(queue_tasks_, queue);
}

const std::vector<const Sleeper*>& WaitIndex::inside(std::string_view function) const {
    static const std::vector<const Sleeper*> kNone;
    auto found = inside_.find(function);
    return found == inside_.end() ? kNone : found->second;
}

const WaitPlace& WaitIndex::place(const Sleeper& sleeper) {
    auto found = places_.find(&sleeper);
    if (found == places_.end())
        found = places_.emplace(&sleeper, find_wait_place(roots_, sleeper)).first;
    return found->second;
}

std::vector<WaitIndex::Found> WaitIndex::tasks_inside(
    std::initializer_list<std::string_view> functions, std::string_view type, VAddr object) {
    std::vector<Found> result;
    for (std::string_view function : functions) {
        for (const Sleeper* sleeper : inside(function)) {
            auto argument = argument_of(*sleeper, function, 0, std::string(type) + " *");
            if (!argument || *argument->value != object.value) continue;
            bool is_known = std::any_of(result.begin(), result.end(), [&](const Found& known) {
                return known.sleeper == sleeper;
            });
            if (!is_known) result.push_back({sleeper, argument->trust});
        }
    }
    return result;
}

const SvcThread* WaitIndex::thread_of_call(std::uint64_t xid) const {
    auto found = calls_.find(xid);
    return found == calls_.end() ? nullptr : found->second;
}

}  // namespace nfstriage::nfs
