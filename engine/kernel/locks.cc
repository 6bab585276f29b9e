#include "kernel/locks.h"

#include "kernel/locks_shared.h"
#include "kernel/task.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kMutexFlags = 7;  // kernel/locking/mutex.h, since 3ca0ff571b09, v4.10
constexpr std::uint64_t kMutexHandoff = 2, kMutexPickup = 4;

bool is_task(const Reader& reader, VAddr address) {
    auto task = read_task(reader.memory(), reader.types(), address);
    if (task) return true;
    // No page of a task is in the NULL page or in none at all; one that was left out may be.
    Reason why = task.error().reason;
    return why != Reason::corrupt && why != Reason::null && why != Reason::unmapped;
}

}  // namespace

std::string_view to_string(Hold hold) {
    switch (hold) {
        case Hold::free:
            return "free";
        case Hold::exclusive:
            return "exclusive";
        case Hold::shared:
            return "shared";
    }
    return "free";
}

std::string_view to_string(Wants wants) { return wants == Wants::shared ? "shared" : "exclusive"; }

Field<VAddr> owner_in(const Object& lock, const Field<std::uint64_t>& word, std::uint64_t flags) {
    if (!word) return unknown_as<VAddr>(word);
    VAddr task{*word & ~flags};
    if (task.is_null()) return {Reason::null, word.origin()};
    if (!is_task(lock.reader(), task)) return {Reason::corrupt, word.origin()};
    return {task, word.origin()};
}

Field<std::uint64_t> last_spinner(const Object& lock, std::string_view osq) {
    auto tail = lock.get<std::uint64_t>(std::string(osq) + ".tail.counter");
    if (!tail) return tail;
    if (*tail == 0) return {Reason::null, tail.origin()};
    return {*tail - 1, tail.origin()};  // CPU numbers begin with 1 there
}

void add_waiters(Lock& lock, const Walk& walk) {
    for (const Object& entry : walk.objects) {
        auto task = entry.pointer("task");
        if (!task || task->is_null() || !is_task(entry.reader(), *task)) {
            lock.complete = false;
            lock.why =
                task ? Unknown{Reason::corrupt, "waiter " + hex(entry.address())} : task.error();
            continue;
        }
        lock.waiters.push_back({*task, entry.address()});
    }
    if (walk.complete || !lock.complete) return;
    lock.complete = false;
    lock.why = walk.why;
}

Walk queued_on(const Object& lock, std::string_view type, Budget& budget) {
    if (!lock.has("first_waiter")) return list(lock, "wait_list", type, "list", budget);
    auto first = lock.follow("first_waiter");
    if (!first) {
        Walk none;
        none.complete = first.error().reason == Reason::null;
        if (!none.complete) none.why = first.error();
        return none;
    }
    // The others, from the first one's view.
    Walk walk = list(*first, "list", type, "list", budget);
    walk.objects.insert(walk.objects.begin(), *first);
    return walk;
}

Lock read_mutex(const Object& object, Budget& budget) {
    Object mutex = object.as("struct mutex");
    Lock lock;
    lock.type = mutex.type();
    lock.address = mutex.address();
    // PREEMPT_RT: an rt_mutex_base since 830e6acc8a1c, an rt_mutex in the patches before.
    for (std::string_view inner : {"rtmutex", "lock"})
        if (auto base = mutex.at(inner)) {
            read_rt_mutex_base(lock, *base, budget);
            return lock;
        }
    auto word = mutex.get<std::uint64_t>("owner.counter");
    lock.owner = owner_in(mutex, word, kMutexFlags);
    if (!word || lock.owner.why() == Reason::corrupt) {
        lock.hold = unknown_as<Hold>(lock.owner);
    } else {
        lock.hold = {lock.owner ? Hold::exclusive : Hold::free, word.origin()};
        // Handed over: the owner was promised it and has yet to wake up.
        lock.handoff = {(*word & (kMutexHandoff | kMutexPickup)) != 0, word.origin()};
    }
    lock.last_spinner_cpu = last_spinner(mutex, "osq");
    add_waiters(lock, queued_on(mutex, "struct mutex_waiter", budget));
    return lock;
}

void read_rt_mutex_base(Lock& lock, const Object& base, Budget& budget) {
    // struct rt_mutex has an rt_mutex_base since 830e6acc8a1c.
    Object inner = base.has("rtmutex") ? *base.at("rtmutex") : base;
    auto word = inner.get<std::uint64_t>("owner");
    lock.owner = owner_in(inner, word, 1);  // RT_MUTEX_HAS_WAITERS
    if (!word || lock.owner.why() == Reason::corrupt)
        lock.hold = unknown_as<Hold>(lock.owner);
    else
        lock.hold = {lock.owner ? Hold::exclusive : Hold::free, word.origin()};
    auto waiters = inner.at("waiters");
    if (!waiters) {
        lock.complete = false;
        lock.why = waiters.error();
        return;
    }
    constexpr std::string_view kWaiter = "struct rt_mutex_waiter";
    Object shape = inner.reader().object(kWaiter, VAddr{});
    auto node = shape.first_of({"tree.entry", "tree", "tree_entry"});
    add_waiters(lock, rbtree(*waiters, kWaiter, node, budget));
}

Lock read_rt_mutex(const Object& rt_mutex, Budget& budget) {
    Lock lock;
    lock.type = rt_mutex.type();
    lock.address = rt_mutex.address();
    read_rt_mutex_base(lock, rt_mutex, budget);
    return lock;
}

Lock read_semaphore(const Object& object, Budget& budget) {
    Object semaphore = object.as("struct semaphore");
    Lock lock;
    lock.type = semaphore.type();
    lock.address = semaphore.address();
    auto count = semaphore.get<std::uint64_t>("count");
    if (count)
        lock.hold = {*count == 0 ? Hold::exclusive : Hold::free, count.origin()};
    else
        lock.hold = unknown_as<Hold>(count);
    lock.last_holder = owner_in(semaphore, semaphore.get<std::uint64_t>("last_holder"), 0);
    add_waiters(lock, queued_on(semaphore, "struct semaphore_waiter", budget));
    return lock;
}

Maybe<Lock> read_lock(const Object& lock, const Clock& clock, Budget& budget) {
    if (lock.type() == "struct mutex") return read_mutex(lock, budget);
    if (lock.type() == "struct rw_semaphore") return read_rwsem(lock, clock, budget);
    if (lock.type() == "struct percpu_rw_semaphore") return read_percpu_rwsem(lock, clock, budget);
    if (lock.type() == "struct semaphore") return read_semaphore(lock, budget);
    if (lock.type() == "struct rt_mutex" || lock.type() == "struct rt_mutex_base")
        return read_rt_mutex(lock, budget);
    return unknown(Reason::no_type, std::string(lock.type()) + " is no sleeping lock");
}

Maybe<BlockedOn> read_blocked_on(const Object& task) {
    // include/linux/hung_task.h: the kind of lock in the two lowest bits of its address.
    constexpr std::string_view kTypes[] = {"struct mutex", "struct semaphore",
                                           "struct rw_semaphore", "struct rw_semaphore"};
    constexpr std::uint64_t kTypeBits = 3, kReader = 2;
    auto blocker = task.number(task.first_of({"blocker", "blocker_mutex"}));
    if (blocker && *blocker != 0) {
        std::uint64_t type = *blocker & kTypeBits;
        return BlockedOn{kTypes[type], VAddr{*blocker & ~kTypeBits},
                         type == kReader ? Wants::shared : Wants::exclusive};
    }
    auto waiter = task.follow("pi_blocked_on");
    if (waiter) {
        auto rt_mutex = waiter->pointer("lock");
        if (!rt_mutex) return tl::unexpected<Unknown>(rt_mutex.error());
        auto type = waiter->reader().describes("struct rt_mutex_base") ? "struct rt_mutex_base"
                                                                       : "struct rt_mutex";
        return BlockedOn{type, *rt_mutex};
    }
    if (!blocker && waiter.error().reason == Reason::null)
        return tl::unexpected<Unknown>(blocker.error());
    return tl::unexpected<Unknown>(waiter.error());
}

}  // namespace nfstriage::kernel
