// Finds what waits lead to among everything that was read: tasks by their stacks, RPCs, requests of
// folios, server threads by the call that they work on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nfs/wait_place.h"
#include "nfs/waits.h"

namespace nfstriage::nfs {

class WaitIndex {
public:
    // All must outlive it.
    WaitIndex(const Roots& roots, const WaitAreas& areas, const Listing<Sleeper>& sleepers);

    // Null where there is none.
    const Sleeper* sleeper(VAddr task) const;
    const kernel::TaskInfo* task(VAddr task) const;
    const RpcTask* rpc_task(VAddr address) const;
    const RpcXprt* xprt(VAddr address) const;
    const NfsClient* client(VAddr address) const;
    const NfsPage* page(VAddr address) const;
    const RpcWaitQueue* queue(VAddr address) const;

    // Requests of a struct page or folio; of a struct nfs_inode.
    const std::vector<const NfsPage*>& pages_of_folio(VAddr folio) const;
    const std::vector<const NfsPage*>& pages_of_inode(VAddr nfs_inode) const;
    // RPCs over a transport; on a queue.
    const std::vector<const RpcTask*>& tasks_of_xprt(VAddr xprt) const;
    const std::vector<const RpcTask*>& tasks_of_queue(VAddr queue) const;

    const Listing<Sleeper>& sleepers() const { return listed_; }
    // Those with this function on their stack.
    const std::vector<const Sleeper*>& inside(std::string_view function) const;

    // What was asked of areas.sunrpc.rpc_tasks, to walk over.
    const Listing<RpcTask>& rpc_tasks() const { return areas_.sunrpc.rpc_tasks; }

    // Where that sleeper is; asked for once.
    const WaitPlace& place(const Sleeper& sleeper);

    // The tasks with one of these functions on their stack whose argument 0 is `object`.
    struct Found {
        const Sleeper* sleeper;
        Trust trust;  // of the argument
    };
    std::vector<Found> tasks_inside(std::initializer_list<std::string_view> functions,
                                    std::string_view type, VAddr object);

    // The thread of this machine's server that works on the call, as its client sees it.
    const SvcThread* thread_of_call(std::uint64_t xid) const;
    // Whether of each thread that was found it was read which call it works on, if any.
    bool all_calls_known() const { return all_calls_known_; }

    const Roots& roots() const { return roots_; }
    const WaitAreas& areas() const { return areas_; }

private:
    template <class T>
    using ByAddress = std::unordered_map<VAddr, const T*>;
    template <class T>
    using Groups = std::unordered_map<VAddr, std::vector<const T*>>;

    const Roots& roots_;
    const WaitAreas& areas_;
    const Listing<Sleeper>& listed_;
    ByAddress<Sleeper> sleepers_;
    ByAddress<kernel::TaskInfo> tasks_;
    ByAddress<RpcTask> rpc_tasks_;
    ByAddress<RpcXprt> xprts_;
    ByAddress<NfsClient> clients_;
    ByAddress<NfsPage> pages_;
    ByAddress<RpcWaitQueue> queues_;
    Groups<NfsPage> folio_pages_, inode_pages_;
    Groups<RpcTask> xprt_tasks_, queue_tasks_;
    std::unordered_map<std::uint64_t, const SvcThread*> calls_;
    bool all_calls_known_ = true;
    std::unordered_map<const Sleeper*, WaitPlace> places_;
    // Sleepers by the functions on their stacks.
    std::unordered_map<std::string_view, std::vector<const Sleeper*>> inside_;
};

}  // namespace nfstriage::nfs
