// Locks and their holders (kernel/locks.h), works and the threads that do them
// (kernel/workqueue.h).
#include <algorithm>
#include <array>

#include "nfs/wait_follow.h"

namespace nfstriage::nfs {
namespace {

using kernel::Hold;
using kernel::Object;

// Locks that are members of well-known objects, to name them.
struct Home {
    std::string_view lock, type, member, word;
};
constexpr std::array kHomes{
    Home{"struct rw_semaphore", "struct inode", "i_rwsem", "i_rwsem of "},
    Home{"struct rw_semaphore", "struct super_block", "s_umount", "s_umount of "},
    Home{"struct mutex", "struct super_block", "s_vfs_rename_mutex", "s_vfs_rename_mutex of "},
    Home{"struct mutex", "struct nfs_inode", "commit_mutex", "commit_mutex of "},
    Home{"struct qspinlock", "struct inode", "i_lock", "i_lock of "},
    Home{"struct qspinlock", "struct inode", "i_data.private_lock", "private_lock of "},
    Home{"struct qspinlock", "struct inode", "i_data.i_private_lock", "i_private_lock of "},
};

// Spinlocks of a transport.
constexpr std::array<std::string_view, 3> kXprtLocks{"transport_lock", "reserve_lock",
                                                     "queue_lock"};
constexpr std::array<std::string_view, 4> kXprtQueues{"pending", "sending", "backlog", "binding"};

// An inode's mapping is mostly its own.
bool is_inode(const Object& inode) {
    auto mapping = inode.pointer("i_mapping");
    auto own = inode.address_of("i_data");
    auto host = inode.pointer("i_data.host");
    return mapping && own && host && *mapping == *own && *host == inode.address();
}

bool is_super_block(const Object& super_block) {
    auto root = super_block.follow("s_root");
    auto back = root ? root->pointer("d_sb") : unknown(Reason::null);
    return back && *back == super_block.address();
}

}  // namespace

std::optional<bool> WaitFollower::is_listed(VAddr lock, VAddr task) const {
    auto known = waiters_.find(lock);
    if (known == waiters_.end()) return std::nullopt;
    if (known->second.tasks.count(task) != 0) return true;
    return known->second.complete ? std::optional(false) : std::nullopt;
}

// Those that the lock lists wait for it even if their stacks cannot be read.
void WaitFollower::keep_lock(std::size_t node, const kernel::Lock& lock) {
    Waiters& waiters = waiters_[lock.address];
    waiters.complete = lock.complete && lock.hold.known();
    for (const kernel::LockWaiter& waiter : lock.waiters) {
        waiters.tasks.insert(waiter.task);
        const Sleeper* sleeper = index_.sleeper(waiter.task);
        if (sleeper != nullptr && !sleeper->frames.empty()) continue;
        graph_.connect(add_task(waiter.task), {node, "is listed as waiting for", Trust::registers});
    }
}

void WaitFollower::to_holder(std::size_t node, const kernel::Lock& lock) {
    std::string& what = graph_.node(node).what;
    if (!lock.hold) {
        break_off(node, "cannot be read: " + std::string(to_string(lock.hold.why())));
    } else if (*lock.hold == Hold::free) {
        what = "is not held";
    } else if (lock.owner && !lock.owner->is_null()) {
        to_task(node, *lock.owner, *lock.hold == Hold::shared ? "held by" : "held for writing by",
                Trust::registers);
    } else if (lock.last_holder && !lock.last_holder->is_null() &&
               index_.sleeper(*lock.last_holder) != nullptr) {
        to_task(node, *lock.last_holder, "held by readers, of which the last was", Trust::scan);
    } else {
        what = *lock.hold == Hold::shared ? "is held by readers that no kernel records"
                                          : "is held by a task that it does not name";
    }
}

void WaitFollower::expand_lock(std::size_t node, const Object& object) {
    Budget budget = roots_.budget();
    kernel::Lock lock;
    if (object.type() == "struct mutex")
        lock = kernel::read_mutex(object, budget);
    else if (object.type() == "struct semaphore")
        lock = kernel::read_semaphore(object, budget);
    else
        lock = kernel::read_rwsem(object, roots_.clock, budget);
    keep_lock(node, lock);
    to_holder(node, lock);
}

void WaitFollower::expand_percpu_rwsem(std::size_t node, const Object& rwsem) {
    Budget budget = roots_.budget();
    keep_lock(node, kernel::read_percpu_rwsem(rwsem, roots_.clock, budget));
    for (unsigned level = 0; level < 3; ++level) {
        auto super_block = rwsem.container("struct super_block",
                                           "s_writers.rw_sem[" + std::to_string(level) + "]");
        if (!super_block) break;
        auto frozen = super_block->number("s_writers.frozen");
        if (!is_super_block(*super_block) || !frozen || *frozen == 0) continue;
        std::string name = name_of("struct super_block", super_block->address());
        if (name.empty()) name = hex(super_block->address());
        graph_.node(node).name = "s_writers of " + name;
        graph_.connect(node, {add_outside("frozen file system " + name,
                                          "lets nobody write until it is thawed"),
                              "closed by", Trust::registers});
        return;
    }
}

// A spinlock does not name its holder. If only one other task is inside of NFS without sleeping, it
// is likely that one; one whose stack was not read may be there, too.
void WaitFollower::expand_spinlock(std::size_t node, VAddr lock) {
    std::vector<const Sleeper*> others;
    bool all_read = index_.sleepers().complete;
    for (const Sleeper& sleeper : index_.sleepers().items) {
        if (!sleeper.running && sleeper.task.state != 0) continue;
        all_read = all_read && is_known_whole(sleeper);
        const WaitPlace& place = index_.place(sleeper);
        if (place.kind == WaitKind::spinlock && place.object == lock) continue;
        if (!place.caller.empty()) others.push_back(&sleeper);
    }
    if (!all_read)
        break_off(node, "does not tell who holds it, and not all stacks could be read");
    else if (others.size() == 1)
        to_task(node, others.front()->task.address,
                "held, as no other task is inside of NFS without sleeping, perhaps by",
                Trust::guess);
    else
        graph_.node(node).what = "does not tell who holds it";
}

void WaitFollower::expand_work(std::size_t node, const Object& work) {
    if (auto function = work.symbol("func")) graph_.node(node).name = "work " + *function;
    // process_one_work(worker, work)
    for (const Sleeper* sleeper : index_.inside("process_one_work")) {
        auto argument = argument_of(*sleeper, "process_one_work", 1, "struct work_struct *");
        if (argument && *argument->value == work.address().value)
            to_task(node, sleeper->task.address, "done by", argument->trust);
    }
    if (!graph_.edges(node).empty()) return;
    if (auto queue = kernel::workqueue_of(work))
        graph_.node(node).what = "is queued on workqueue " + *queue + ", taken up by no worker yet";
}

void WaitFollower::expand_completion(std::size_t node, const Object& completion) {
    Budget budget = roots_.budget();
    kernel::Completion read = kernel::read_completion(completion, budget);
    Waiters& waiters = waiters_[completion.address()];
    waiters.complete = read.waiters.complete;
    for (const kernel::QueueEntry& entry : read.waiters.entries) {
        if (entry.task)
            waiters.tasks.insert(*entry.task);
        else
            waiters.complete = false;
    }
    if (read.done && *read.done != 0) graph_.node(node).what = "is completed already";
}

// The work of an RPC waits for a thread of its workqueue: then what keeps those threads does.
bool WaitFollower::expand_pending_work(std::size_t node, const Object& task) {
    auto work = task.address_of("u.tk_work");
    if (!work) return false;
    if (!workqueues_) {
        Budget budget = roots_.budget();
        workqueues_ =
            kernel::read_workqueues(roots_.reader, roots_.tasks.items, roots_.clock, budget);
    }
    for (const kernel::Worker& worker : workqueues_->workers)
        if (worker.work && *worker.work == *work) {
            to_task(node, worker.task, "executed by", Trust::registers);
            return true;
        }
    auto found = std::find_if(workqueues_->pending.begin(), workqueues_->pending.end(),
                              [&](const auto& pending) { return pending.address == *work; });
    if (found == workqueues_->pending.end()) return false;
    std::string queue = found->workqueue ? *found->workqueue : "its workqueue";
    for (const kernel::Worker& worker : workqueues_->workers) {
        bool is_same = found->workqueue && worker.workqueue.is(*found->workqueue) && worker.work;
        if (is_same)
            to_task(node, worker.task, "waits for a thread of " + queue + " like",
                    Trust::registers);
    }
    if (graph_.edges(node).empty()) graph_.node(node).what = "waits for a thread of " + queue;
    return true;
}

std::string WaitFollower::name_of_lock(std::string_view type, VAddr lock) {
    Object object = roots_.reader.object(type, lock);
    for (const Home& home : kHomes) {
        if (home.lock != type) continue;
        auto owner = object.container(home.type, home.member);
        if (!owner) continue;
        bool is_it = home.type == "struct inode" ? is_inode(*owner)
                     : home.type == "struct super_block"
                         ? is_super_block(*owner)
                         : roots_.objects.looks_like(home.type, owner->address()) == Tri::yes;
        if (!is_it) continue;
        std::string name = name_of(home.type, owner->address());
        return std::string(home.word) + (name.empty() ? hex(owner->address()) : name);
    }
    for (const RpcXprt& xprt : index_.areas().sunrpc.rpc_xprts.items) {
        Object owner = roots_.reader.object(xprt.kType, xprt.address);
        std::string of = " of transport " + hex(xprt.address);
        for (std::string_view member : kXprtLocks)
            if (auto at = owner.address_of(member); at && *at == lock)
                return std::string(member) + of;
        for (std::string_view queue : kXprtQueues)
            if (auto at = owner.address_of(std::string(queue) + ".lock"); at && *at == lock)
                return "lock of queue " + std::string(queue) + of;
    }
    auto slab = roots_.objects.slab_object(lock);
    if (slab && slab->is_inside)
        return std::string(type) + " at +" + std::to_string(slab->offset) + " of an object of " +
               slab->cache.name;
    auto symbol = roots_.reader.symbol_at(lock);
    return symbol ? *symbol : "";
}

}  // namespace nfstriage::nfs
