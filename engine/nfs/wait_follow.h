// From an object that somebody waits for to what keeps it: locks to the tasks that hold them,
// folios and requests to the RPCs that carry them, RPCs to queues, transports and servers, calls of
// a server in the same kernel to its threads. We promise: an edge is only drawn where memory or a
// stack shows it; where nothing shows what holds an object, the chain ends there and says so.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kernel/locks.h"
#include "kernel/wait_queue.h"
#include "kernel/workqueue.h"
#include "nfs/file_path.h"
#include "nfs/wait_graph.h"
#include "nfs/wait_index.h"

namespace nfstriage::nfs {

class WaitFollower {
public:
    // Both must outlive it.
    WaitFollower(WaitIndex& index, WaitGraph& graph);

    std::size_t add_task(VAddr task);
    // Draws the edges of one node, adding the nodes that they lead to.
    void expand(std::size_t node);
    // Whether the lock's or completion's own list of waiters has the task; nothing: the list was
    // not read, or not to its end.
    std::optional<bool> is_listed(VAddr lock, VAddr task) const;
    // "i_rwsem of /mnt/a/file", "server 10.9.9.1": a name for what a task waits on; "" if it has
    // none.
    std::string name_of(std::string_view type, VAddr object);

private:
    using Object = kernel::Object;

    // wait_follow.cc
    void expand_task(std::size_t node);
    std::size_t add_place(const WaitPlace& place, const Sleeper& sleeper);
    std::size_t add_delay(const WaitPlace& place);
    std::size_t add_outside(std::string name, std::string what);
    // `net`: the struct net that it is spoken to from; in containers the same name is another one.
    std::size_t add_server(const std::string& name, std::optional<VAddr> net);
    Tri is_here(const RpcXprt& xprt) const;
    bool may_miss_threads() const;
    void break_off(std::size_t node, std::string what);
    std::string outside_of(const WaitPlace& place);
    void expand_object(std::size_t node);
    void expand_state_manager(std::size_t node);
    void expand_client_init(std::size_t node, const Object& client);
    void to_task(std::size_t from, VAddr task, std::string relation, Trust trust);
    void to_tasks_inside(std::size_t from, std::initializer_list<std::string_view> functions,
                         std::string_view type, VAddr object, const std::string& relation);

    // wait_follow_lock.cc
    void keep_lock(std::size_t node, const kernel::Lock& lock);
    void to_holder(std::size_t node, const kernel::Lock& lock);
    void expand_spinlock(std::size_t node, VAddr lock);
    void expand_lock(std::size_t node, const Object& lock);
    void expand_percpu_rwsem(std::size_t node, const Object& rwsem);
    void expand_work(std::size_t node, const Object& work);
    void expand_completion(std::size_t node, const Object& completion);
    std::string name_of_lock(std::string_view type, VAddr lock);

    // wait_follow_rpc.cc
    std::size_t add_rpc_task(VAddr task);
    std::size_t add_xprt(VAddr xprt);
    void expand_rpc_task(std::size_t node);
    void expand_queued(std::size_t node, const Object& task, const Object& queue);
    bool expand_on_xprt(std::size_t node, const Object& task, const Object& queue);
    bool expand_on_client(std::size_t node, const Object& queue);
    void expand_running(std::size_t node, const Object& task);
    void expand_slot_table(std::size_t node, const Object& table);
    void expand_queue(std::size_t node, VAddr queue);
    void expand_sending(std::size_t node, const Object& task, const Object& xprt);
    bool expand_call(std::size_t node, const Object& task);
    bool expand_pending_work(std::size_t node, const Object& task);
    void expand_server(std::size_t node);
    void expand_xprt(std::size_t node);
    std::string server_of(const Object& task);

    // wait_follow_file.cc
    void expand_folio(std::size_t node, VAddr folio);
    void expand_request(std::size_t node, VAddr request);
    void expand_commit(std::size_t node, VAddr nfs_inode);
    void expand_direct(std::size_t node, const Object& request);
    void expand_super_block(std::size_t node, const Object& super_block);
    void expand_io_counter(std::size_t node, VAddr lock_context);
    void expand_rpc_client(std::size_t node, VAddr clnt);
    std::string name_of_folio(VAddr folio);
    std::string nothing_carries() const;
    // To the RPCs that carry requests, the oldest first.
    void to_rpc_tasks(std::size_t from, const std::vector<VAddr>& tasks, const std::string& how);

    WaitIndex& index_;
    WaitGraph& graph_;
    const Roots& roots_;
    FilePaths paths_;
    struct Waiters {
        std::set<VAddr> tasks;
        bool complete = false;
    };
    std::unordered_map<VAddr, Waiters> waiters_;         // by lock
    std::unordered_map<std::uint64_t, VAddr> deferred_;  // svc_deferred_req, by XID
    std::unordered_map<std::size_t, VAddr> nets_;        // of server nodes
    std::optional<kernel::Workqueues> workqueues_;       // read when asked for
};

}  // namespace nfstriage::nfs
