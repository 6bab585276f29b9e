// rw_semaphore (kernel/locking/rwsem.c) and percpu_rw_semaphore. The count of an rw_semaphore was
// encoded anew in v5.3 (64489e78004c), when its owner became a word with flags (94a9717b3c40): a
// kernel whose owner is still a pointer to a task has the old count. Vendors took both together.
#include "kernel/locks.h"
#include "kernel/locks_shared.h"
#include "kernel/wait_queue.h"

namespace nfstriage::kernel {
namespace {

// Since v5.3: readers from bit 8 up, below the sign.
constexpr std::uint64_t kWriterLocked = 1, kHandoff = 4, kReadFail = std::uint64_t{1} << 63;
constexpr unsigned kReaderShift = 8;
// Before: each one inside, or trying, counts 1; a writer takes 2^32 away, sleepers another 2^32.
constexpr std::uint64_t kActiveMask = 0xffffffff;
// Of the owner, in both: readers have it; the old ones have nothing but this bit.
constexpr std::uint64_t kReaderOwned = 1, kOwnerFlags = 7;
// A waiter's `timeout` is when it may demand the lock: so long after it began to wait.
constexpr std::uint64_t kWaitsPerSecond = 250;

bool is_old(const Reader& reader) {
    auto owner = reader.types().member("struct rw_semaphore", "owner");
    return owner && owner->type.kind == layout::TypeKind::pointer;
}

void read_new_count(Lock& lock, const Object& sem) {
    auto count = sem.get<std::uint64_t>("count.counter");
    auto owner = sem.get<std::uint64_t>("owner.counter");
    if (!count) {
        lock.hold = unknown_as<Hold>(count);
        lock.owner = unknown_as<VAddr>(count);
        lock.readers = count;
        return;
    }
    const bool written = (*count & kWriterLocked) != 0;
    std::uint64_t readers = (*count & ~kReadFail) >> kReaderShift;
    // A reader that tries counts itself before it looks, so that a writer can have readers too.
    lock.readers = {written ? 0 : readers, count.origin()};
    lock.hold = {written        ? Hold::exclusive
                 : readers != 0 ? Hold::shared
                                : Hold::free,
                 count.origin()};
    lock.handoff = {(*count & kHandoff) != 0, count.origin()};
    auto task = owner_in(sem, owner, kOwnerFlags);
    const bool by_reader = owner && (*owner & kReaderOwned) != 0;
    lock.owner = {Reason::null, owner.origin()};
    lock.last_holder = {Reason::null, owner.origin()};
    if (by_reader) lock.last_holder = task;
    if (!written) return;
    // A writer that has not written its name yet leaves that of readers before it.
    if (!by_reader) lock.owner = task;
    if (!task && task.why() == Reason::corrupt) lock.hold = unknown_as<Hold>(task);
}

void read_old_count(Lock& lock, const Object& sem) {
    auto count = sem.get<std::uint64_t>(sem.first_of({"count.counter", "count"}));
    auto owner = sem.get<std::uint64_t>("owner");
    if (!count || !owner) {
        const auto& missing = count ? owner : count;
        lock.hold = unknown_as<Hold>(missing);
        lock.owner = unknown_as<VAddr>(missing);
        lock.readers = missing;
        return;
    }
    const std::uint64_t active = *count & kActiveMask;
    const bool by_reader = (*owner & kReaderOwned) != 0;
    auto task = owner_in(sem, owner, kOwnerFlags);
    lock.owner = {Reason::null, owner.origin()};
    lock.last_holder = by_reader ? task : Field<VAddr>(Reason::null, owner.origin());
    lock.readers = {std::uint64_t{0}, count.origin()};
    if (active == 0) {
        lock.hold = {Hold::free, count.origin()};
    } else if (by_reader || static_cast<std::int64_t>(*count) > 0) {
        lock.hold = {Hold::shared, count.origin()};
        lock.readers = {active, count.origin()};
    } else if (task) {
        lock.hold = {Hold::exclusive, count.origin()};
        lock.owner = task;
    } else {
        // Somebody has just got it, or what is there is no rw_semaphore.
        lock.hold = {task.why(), count.origin()};
        lock.owner = task;
    }
}

void add_rwsem_waiters(Lock& lock, const Object& sem, const Clock& clock, Budget& budget) {
    constexpr std::string_view kWaiter = "struct rwsem_waiter";
    Walk walk = queued_on(sem, kWaiter, budget);
    add_waiters(lock, walk);
    const std::uint64_t read = static_cast<std::uint64_t>(
        sem.reader().types().enumerator("RWSEM_WAITING_FOR_READ").value_or(1));
    for (LockWaiter& waiter : lock.waiters) {
        Object entry = sem.reader().object(kWaiter, waiter.entry);
        if (auto type = entry.number("type"); type && *type == read) waiter.wants = Wants::shared;
        auto timeout = entry.number("timeout");  // since 4f23dbc1e657
        if (!timeout)
            waiter.since = tl::unexpected<Unknown>(timeout.error());
        else if (!clock.hz)
            waiter.since = tl::unexpected<Unknown>(clock.hz.error());
        else
            waiter.since =
                clock.since_jiffies(*timeout - (*clock.hz + kWaitsPerSecond - 1) / kWaitsPerSecond);
    }
}

// PREEMPT_RT (kernel/locking/rwbase_rt.c): a bias while no writer is about, another while one is
// in.
void read_rwbase(Lock& lock, const Object& base, Budget& budget) {
    constexpr std::uint64_t kReaderBias = std::uint64_t{1} << 31, kWriterBias = kReaderBias >> 1;
    if (auto inner = base.at("rtmutex")) read_rt_mutex_base(lock, *inner, budget);
    auto word = base.get<std::uint64_t>("readers.counter");
    if (!word) {
        lock.hold = unknown_as<Hold>(word);
        lock.readers = word;
        return;
    }
    const std::uint64_t readers = *word & 0xffffffff & ~(kReaderBias | kWriterBias);
    const bool written = (*word & kWriterBias) != 0;
    lock.readers = {written ? 0 : readers, word.origin()};
    lock.hold = {written        ? Hold::exclusive
                 : readers != 0 ? Hold::shared
                                : Hold::free,
                 word.origin()};
}

Field<std::uint64_t> readers_inside(const Object& sem) {
    auto counter = sem.get<std::uint64_t>("read_count");
    if (!counter) return counter;
    const Reader& reader = sem.reader();
    auto offsets = reader.symbols().address("__per_cpu_offset");
    auto last = reader.symbols().address("nr_cpu_ids");
    if (!offsets || !last) return {Reason::no_symbol, counter.origin()};
    constexpr std::uint32_t kMostCpus = 8192;
    auto cpus = reader.memory().u32(*last);
    if (!cpus || *cpus > kMostCpus)
        return {cpus ? Reason::corrupt : cpus.error().reason, counter.origin()};
    std::uint32_t sum = 0;  // a reader may leave on another CPU: single counts are meaningless
    for (std::uint32_t cpu = 0; cpu < *cpus; ++cpu) {
        auto offset = reader.memory().u64(*offsets + cpu * 8);
        if (!offset) return {offset.error().reason, counter.origin()};
        auto count = reader.memory().u32(VAddr{*counter} + *offset);
        if (!count) return {count.error().reason, counter.origin()};
        sum += *count;
    }
    return {std::uint64_t{sum}, counter.origin()};
}

}  // namespace

Lock read_rwsem(const Object& object, const Clock& clock, Budget& budget) {
    Object sem = object.as("struct rw_semaphore");
    Lock lock;
    lock.type = sem.type();
    lock.address = sem.address();
    if (auto base = sem.at("rwbase")) {
        read_rwbase(lock, *base, budget);
        return lock;
    }
    if (is_old(sem.reader()))
        read_old_count(lock, sem);
    else
        read_new_count(lock, sem);
    lock.last_spinner_cpu = last_spinner(sem, "osq");
    add_rwsem_waiters(lock, sem, clock, budget);
    return lock;
}

Lock read_percpu_rwsem(const Object& object, const Clock& clock, Budget& budget) {
    Object sem = object.as("struct percpu_rw_semaphore");
    Lock lock;
    if (auto inner = sem.at("rw_sem")) {
        // Before 7f26482a872c writers, and readers while one is about, took an rw_semaphore.
        lock = read_rwsem(*inner, clock, budget);
        if (lock.hold && *lock.hold == Hold::shared) lock.hold = {Hold::free, lock.hold.origin()};
    } else {
        auto block = sem.get<std::uint64_t>("block.counter");
        lock.hold = block ? Field<Hold>(*block != 0 ? Hold::exclusive : Hold::free, block.origin())
                          : unknown_as<Hold>(block);
        auto queue = sem.at("waiters");
        QueueWalk walk =
            queue ? read_wait_queue(*queue, budget) : QueueWalk{{}, false, queue.error()};
        lock.complete = walk.complete;
        lock.why = walk.why;
        for (const QueueEntry& entry : walk.entries) {
            // Writers wait with WQ_FLAG_EXCLUSIVE alone, readers with one flag more, whose number
            // changed.
            auto flags =
                sem.reader().object("struct wait_queue_entry", entry.entry).number("flags");
            if (!entry.task || !flags) continue;
            lock.waiters.push_back(
                {*entry.task, entry.entry, *flags == 1 ? Wants::exclusive : Wants::shared});
        }
    }
    lock.type = sem.type();
    lock.address = sem.address();
    lock.readers = readers_inside(sem);
    // A writer that shut the door and waits for those inside.
    auto writer = owner_in(sem, sem.get<std::uint64_t>("writer.task"), 0);
    if (writer) lock.waiters.insert(lock.waiters.begin(), LockWaiter{*writer, sem.address()});
    return lock;
}

}  // namespace nfstriage::kernel
