// Sleeping and spinning locks of the kernel (kernel/locking/): who holds one, and who waits for it.
// Each kind keeps this in another place and encoding, some in a word that was encoded otherwise in
// older kernels, and all of them otherwise on PREEMPT_RT, where they are rt_mutexes inside.
// We promise: a task is called the holder only where the lock itself says so. A reader of an
// rw_semaphore is not recorded by any kernel: there are counts, and a hint. Spinlocks do not record
// holders at all, except on kernels built to debug them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernel/clock.h"
#include "kernel/containers.h"

namespace nfstriage::kernel {

enum class Hold : std::uint8_t {
    free,       // nobody holds it
    exclusive,  // one task, a writer
    shared,     // readers
};
std::string_view to_string(Hold hold);

// Readers and writers of what has both, plain waiters of everything else.
enum class Wants : std::uint8_t { exclusive, shared };
std::string_view to_string(Wants wants);

struct LockWaiter {
    VAddr task;   // struct task_struct
    VAddr entry;  // what it queued: struct mutex_waiter, rwsem_waiter, semaphore_waiter, ...
    Wants wants = Wants::exclusive;
    // How long it has waited, where the kernel keeps that: rw_semaphores since 4f23dbc1e657.
    Maybe<Duration> since = unknown(Reason::no_type, "the lock does not record this");
};

// What sleeping locks have in common.
struct Lock {
    std::string_view type;  // C type: "struct mutex"
    VAddr address;
    Field<Hold> hold;
    // The task that holds it exclusively. Unknown(null): nobody does. While a lock changes hands it
    // is held without a known owner for some instructions.
    Field<VAddr> owner;
    Field<std::uint64_t> readers;  // that hold it. Unknown(no_type): such a lock has none
    // The task that was the last to get it for reading, or last got a semaphore, if the kernel
    // noted that: it may have left, and others may be inside.
    Field<VAddr> last_holder;
    Field<bool> handoff;                    // the next waiter was promised it
    Field<std::uint64_t> last_spinner_cpu;  // the last of those that spin until the owner sleeps;
                                            // Unknown(null): none do
    std::vector<LockWaiter> waiters;        // sleeping, in the order in which they will get it
    bool complete = true;                   // `waiters` are all
    Unknown why{Reason::not_dumped, {}};    // when not
    bool operator==(const Lock& other) const { return address == other.address; }
};

// Each reads the lock that lies at the object; its type may be said otherwise ("rwlock_t" and other
// names of typedefs have no members that at() could be asked for): only the address counts.
// A lock whose words cannot be what the kernel writes has hold Unknown(corrupt).
Lock read_mutex(const Object& mutex, Budget& budget);
Lock read_rt_mutex(const Object& rt_mutex, Budget& budget);  // rt_mutex or rt_mutex_base
Lock read_rwsem(const Object& rw_semaphore, const Clock& clock, Budget& budget);
Lock read_semaphore(const Object& semaphore, Budget& budget);
// Of a percpu_rw_semaphore (super_block.s_writers, cgroups): `exclusive` when a writer has, or is
// draining the readers to get it; `free` when readers may enter: how many are inside is the sum
// over CPUs in `readers`, Unknown without the CPUs' offsets. A frozen file system has no owner.
Lock read_percpu_rwsem(const Object& percpu_rw_semaphore, const Clock& clock, Budget& budget);
// Whichever of these the object's C type says it is. Unknown(no_type): it is none of them.
Maybe<Lock> read_lock(const Object& lock, const Clock& clock, Budget& budget);

// The lock that the kernel says a task waits for: task_struct.blocker since e711faaafbe5,
// blocker_mutex before, both for uninterruptible waits and if built to detect hung tasks' blockers;
// pi_blocked_on on rt_mutexes. Unknown: no_type where there is no such member, null if the task
// waits for none of these locks.
struct BlockedOn {
    std::string_view
        type;  // "struct mutex", "struct rw_semaphore", "struct semaphore", "struct rt_mutex_base"
    VAddr lock;
    Wants wants = Wants::exclusive;
};
Maybe<BlockedOn> read_blocked_on(const Object& task);

// A spinlock_t, raw_spinlock_t or arch_spinlock_t: struct spinlock, raw_spinlock, qspinlock.
struct SpinLock {
    VAddr address;
    Field<bool> locked;
    Field<bool> pending;            // a CPU is next, spinning on the lock's own word
    Field<std::uint64_t> tail_cpu;  // the last CPU of those that queue. Unknown(null): none do
    Field<VAddr> owner;  // CONFIG_DEBUG_SPINLOCK only; PREEMPT_RT: of the rt_mutex inside
    Field<std::uint64_t> owner_cpu;
};
SpinLock read_spinlock(const Object& spinlock);

// An rwlock_t.
struct RwLock {
    VAddr address;
    Field<bool> write_locked, writer_waits;
    Field<std::uint64_t> readers;
};
RwLock read_rwlock(const Object& rwlock);

}  // namespace nfstriage::kernel
