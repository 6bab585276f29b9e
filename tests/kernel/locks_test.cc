#include "kernel/locks.h"
#include "catch.h"
#include "kernel/locks_world.h"

using namespace nfstriage;
using kernel::Hold;
using kernel::Lock;
using kernel::Wants;
using test::LockTypes;
using test::LockWorld;

namespace {

kernel::Clock clock_at(std::uint64_t jiffies) {
    kernel::Clock clock;
    clock.hz = 250;
    clock.jiffies = jiffies;
    return clock;
}

std::vector<unsigned> waiting(const Lock& lock) {
    std::vector<unsigned> out;
    for (const auto& waiter : lock.waiters)
        out.push_back(static_cast<unsigned>((waiter.task.value - LockWorld::task(0)) / 0x1000));
    return out;
}
using Waiting = std::vector<unsigned>;

// Tasks 1 (holder) to 3, of which 2 and 3 have queued a waiter whose list_head is at its beginning.
struct Contended : LockWorld {
    explicit Contended(const LockTypes& with = {}) : LockWorld(with) {
        pages.map(kLock, 64);
        for (unsigned n = 1; n < 4; ++n) add_task(n);
        put(local(2) + 16, task(2));
        put(local(3) + 16, task(3));
    }
};

}  // namespace

TEST_CASE("a mutex tells its owner, its flags and who sleeps for it") {
    Contended world;
    auto mutex = world.object("struct mutex");
    world.circle({LockWorld::kLock + 16});
    Lock free = kernel::read_mutex(mutex, world.budget);
    CHECK(free.hold.is(Hold::free));
    CHECK(free.owner.why() == Reason::null);
    CHECK(free.last_spinner_cpu.why() == Reason::null);
    CHECK(free.complete);

    world.circle({LockWorld::kLock + 16, LockWorld::local(2), LockWorld::local(3)});
    world.put(LockWorld::kLock, LockWorld::task(1) | 1);
    world.put(LockWorld::kLock + 12, 4);
    Lock held = kernel::read_mutex(mutex, world.budget);
    CHECK(held.hold.is(Hold::exclusive));
    CHECK(held.owner.is(VAddr{LockWorld::task(1)}));
    CHECK(held.handoff.is(false));
    CHECK(held.last_spinner_cpu.is(3));
    CHECK(waiting(held) == Waiting{2, 3});
    world.put(LockWorld::kLock, LockWorld::task(2) | 4);
    CHECK(kernel::read_mutex(mutex, world.budget).handoff.is(true));

    SECTION("a holder that was not dumped is a holder still") {
        world.pages.remove(LockWorld::task(2));
        CHECK(kernel::read_mutex(mutex, world.budget).owner.is(VAddr{LockWorld::task(2)}));
    }
    SECTION("a waiter that was not dumped leaves the rest") {
        world.pages.remove(LockWorld::local(3));
        Lock lock = kernel::read_mutex(mutex, world.budget);
        CHECK(waiting(lock) == Waiting{2});
        CHECK_FALSE(lock.complete);
        CHECK(lock.why.reason == Reason::filtered);
    }
    SECTION("an owner that is no task makes it no mutex") {
        world.put(LockWorld::kLock, LockWorld::local(2));
        CHECK(kernel::read_mutex(mutex, world.budget).hold.why() == Reason::corrupt);
    }
    SECTION("a waiter that names no task is left out") {
        world.put(LockWorld::local(2) + 16, LockWorld::local(1));
        Lock lock = kernel::read_mutex(mutex, world.budget);
        CHECK(waiting(lock) == Waiting{3});
        CHECK_FALSE(lock.complete);
    }
    SECTION("the mutex itself was not dumped") {
        world.pages.remove(LockWorld::kLock);
        Lock lock = kernel::read_mutex(mutex, world.budget);
        CHECK(lock.hold.why() == Reason::filtered);
        CHECK(lock.owner.why() == Reason::filtered);
        CHECK_FALSE(lock.complete);
    }
}

TEST_CASE("waiters of the newest kernels form a ring without a head") {
    LockTypes with;
    with.ring = true;
    Contended world(with);
    auto mutex = world.object("struct mutex");
    CHECK(kernel::read_mutex(mutex, world.budget).complete);
    world.put(LockWorld::kLock + 16, LockWorld::local(2));
    world.circle({LockWorld::local(2), LockWorld::local(3)});
    Lock lock = kernel::read_mutex(mutex, world.budget);
    CHECK(waiting(lock) == Waiting{2, 3});
    CHECK(lock.complete);
    world.circle({LockWorld::local(2)});
    CHECK(waiting(kernel::read_mutex(mutex, world.budget)) == Waiting{2});
}

TEST_CASE("an rw_semaphore tells writers from readers, and how long one has waited") {
    Contended world;
    auto clock = clock_at(5000000000);
    auto sem = world.object("struct rw_semaphore");
    world.circle({LockWorld::kLock + 24, LockWorld::local(2), LockWorld::local(3)});
    world.put(LockWorld::local(2) + 32, std::uint64_t{5000000000 - 250 * 30 + 1});
    world.put(LockWorld::local(3) + 24, 1u);  // a reader
    auto read = [&] { return kernel::read_rwsem(sem, clock, world.budget); };

    SECTION("held by a writer, readers trying") {
        world.put(LockWorld::kLock, std::uint64_t{2 << 8 | 3});
        world.put(LockWorld::kLock + 8, LockWorld::task(1));
        Lock lock = read();
        CHECK(lock.hold.is(Hold::exclusive));
        CHECK(lock.owner.is(VAddr{LockWorld::task(1)}));
        CHECK(lock.readers.is(0));
        CHECK(waiting(lock) == Waiting{2, 3});
        CHECK(lock.waiters[0].wants == Wants::exclusive);
        CHECK(lock.waiters[1].wants == Wants::shared);
        CHECK(lock.waiters[0].since->ns == 30'000'000'000);
        clock.hz = unknown(Reason::no_symbol);
        CHECK_FALSE(read().waiters[0].since);
        world.put(LockWorld::kLock + 8, LockWorld::local(2));  // no task
        CHECK(read().hold.why() == Reason::corrupt);
    }
    SECTION("held by readers, the last of which left its name") {
        world.put(LockWorld::kLock, std::uint64_t{3 << 8 | 2 | 4});
        world.put(LockWorld::kLock + 8, LockWorld::task(1) | 3);
        Lock lock = read();
        CHECK(lock.hold.is(Hold::shared));
        CHECK(lock.readers.is(3));
        CHECK(lock.owner.why() == Reason::null);
        CHECK(lock.last_holder.is(VAddr{LockWorld::task(1)}));
        CHECK(lock.handoff.is(true));
    }
    SECTION("free again: the reader's name is no owner") {
        world.put(LockWorld::kLock, std::uint64_t{0});
        world.put(LockWorld::kLock + 8, LockWorld::task(1) | 1);
        CHECK(read().hold.is(Hold::free));
        CHECK(read().owner.why() == Reason::null);
    }
    SECTION("a writer that has not written its name yet is not the reader before it") {
        world.put(LockWorld::kLock, std::uint64_t{1});
        world.put(LockWorld::kLock + 8, LockWorld::task(1) | 1);
        CHECK(read().hold.is(Hold::exclusive));
        CHECK(read().owner.why() == Reason::null);
    }
}

TEST_CASE("the count of an rw_semaphore before v5.3 is read as it was meant then") {
    LockTypes with;
    with.old_rwsem = true;
    Contended world(with);
    auto sem = world.object("struct rw_semaphore");
    world.circle({LockWorld::kLock + 24});
    auto read = [&](std::uint64_t count, std::uint64_t owner) {
        world.put(LockWorld::kLock, count);
        world.put(LockWorld::kLock + 8, owner);
        return kernel::read_rwsem(sem, clock_at(0), world.budget);
    };
    CHECK(read(0, 0).hold.is(Hold::free));
    CHECK(read(0, 1).hold.is(Hold::free));
    CHECK(read(0xffffffff00000000, 0).hold.is(Hold::free));  // sleepers about to be woken
    Lock readers = read(3, 1);
    CHECK(readers.hold.is(Hold::shared));
    CHECK(readers.readers.is(3));
    Lock with_waiters = read(0xffffffff00000002, 1);
    CHECK(with_waiters.hold.is(Hold::shared));
    CHECK(with_waiters.readers.is(2));
    for (std::uint64_t count : {0xffffffff00000001, 0xfffffffe00000001}) {
        Lock writer = read(count, LockWorld::task(1));
        CHECK(writer.hold.is(Hold::exclusive));
        CHECK(writer.owner.is(VAddr{LockWorld::task(1)}));
        CHECK(writer.readers.is(0));
    }
    CHECK(read(0xffffffff00000001, 0).hold.why() == Reason::null);
    CHECK(read(0xffffffff00000001, LockWorld::local(2)).hold.why() == Reason::corrupt);
    // v4.20 to v5.2 note a reader.
    CHECK(read(1, LockWorld::task(1) | 3).last_holder.is(VAddr{LockWorld::task(1)}));
}

TEST_CASE("with PREEMPT_RT locks are rt_mutexes inside") {
    LockTypes with;
    with.rt = true;
    Contended world(with);
    // Waiters 3 and, with the higher priority, 2: rb_node at 0, task at 24.
    auto queue = [&](std::uint64_t root) {
        world.put(root, LockWorld::local(3));
        world.put(LockWorld::local(3), std::uint64_t{1});
        world.put(LockWorld::local(3) + 16, LockWorld::local(2));
        world.put(LockWorld::local(2), LockWorld::local(3));
        for (unsigned n : {2, 3}) world.put(LockWorld::local(n) + 24, LockWorld::task(n));
        world.put(LockWorld::local(2) + 16, std::uint64_t{0});
    };
    SECTION("mutex") {
        queue(LockWorld::kLock);
        world.put(LockWorld::kLock + 16, LockWorld::task(1) | 1);
        Lock lock = kernel::read_mutex(world.object("struct mutex"), world.budget);
        CHECK(lock.hold.is(Hold::exclusive));
        CHECK(lock.owner.is(VAddr{LockWorld::task(1)}));
        CHECK(waiting(lock) == Waiting{2, 3});
        CHECK(kernel::read_rt_mutex(world.object("struct rt_mutex"), world.budget)
                  .owner.is(VAddr{LockWorld::task(1)}));
    }
    SECTION("rw_semaphore") {
        auto read = [&](std::uint32_t readers) {
            world.put(LockWorld::kLock, readers);
            return kernel::read_rwsem(world.object("struct rw_semaphore"), clock_at(0),
                                      world.budget);
        };
        CHECK(read(0x80000000).hold.is(Hold::free));
        CHECK(read(0x80000002).hold.is(Hold::shared));
        CHECK(read(0x80000002).readers.is(2));
        CHECK(read(1).readers.is(1));  // a writer waits for it
        world.put(LockWorld::kLock + 24, LockWorld::task(1));
        CHECK(read(0x40000000).hold.is(Hold::exclusive));
        CHECK(read(0x40000000).owner.is(VAddr{LockWorld::task(1)}));
    }
}

TEST_CASE("a semaphore has a count, and on some kernels the last that took it") {
    Contended world;
    auto semaphore = world.object("struct semaphore");
    world.circle({LockWorld::kLock + 8, LockWorld::local(3)});
    Lock lock = kernel::read_semaphore(semaphore, world.budget);
    CHECK(lock.hold.is(Hold::exclusive));
    CHECK(waiting(lock) == Waiting{3});
    CHECK_FALSE(lock.owner.known());
    world.put(LockWorld::kLock + 4, 1u);
    world.put(LockWorld::kLock + 24, LockWorld::task(1));
    lock = kernel::read_semaphore(semaphore, world.budget);
    CHECK(lock.hold.is(Hold::free));
    CHECK(lock.last_holder.is(VAddr{LockWorld::task(1)}));
}

TEST_CASE("a percpu_rw_semaphore counts its readers on all CPUs") {
    Contended world;
    auto sem = world.object("struct percpu_rw_semaphore");
    auto read = [&] { return kernel::read_percpu_rwsem(sem, clock_at(0), world.budget); };
    world.circle({LockWorld::kLock + 24});
    world.put(LockWorld::kLock, std::uint64_t{0x100});
    CHECK(read().hold.is(Hold::free));
    CHECK(read().readers.why() == Reason::no_symbol);
    constexpr std::uint64_t kOffsets = 0xffffffff82000000, kCount = 0xffffffff82001000;
    world.symbols.add("__per_cpu_offset", kOffsets, 16, 'D');
    world.symbols.add("nr_cpu_ids", kCount, 4, 'D');
    world.put(kCount, 2u);
    for (unsigned cpu = 0; cpu < 2; ++cpu) {
        world.put(kOffsets + cpu * 8, std::uint64_t{0xffff888000200000 + cpu * 0x1000});
        world.pages.map(0xffff888000200000 + cpu * 0x1000, 0x1000);
    }
    world.put(std::uint64_t{0xffff888000200100}, 5u);
    world.put(std::uint64_t{0xffff888000201100}, ~2u);  // left here what came in there: -3
    CHECK(read().readers.is(2));

    // A frozen file system: a writer is in, one reader and one more writer wait.
    world.put(LockWorld::kLock + 40, 1u);
    world.entry(LockWorld::local(2), 0x11, LockWorld::task(2), "autoremove_wake_function");
    world.entry(LockWorld::local(3), 1, LockWorld::task(3), "autoremove_wake_function");
    world.circle({LockWorld::kLock + 24, LockWorld::local(2) + 24, LockWorld::local(3) + 24});
    Lock lock = read();
    CHECK(lock.hold.is(Hold::exclusive));
    CHECK(waiting(lock) == Waiting{2, 3});
    CHECK(lock.waiters[0].wants == Wants::shared);
    CHECK(lock.waiters[1].wants == Wants::exclusive);
    world.put(LockWorld::kLock + 8, LockWorld::task(1));
    CHECK(waiting(read()) == Waiting{1, 2, 3});
    world.pages.remove(0xffff888000201100);
    CHECK(read().readers.why() == Reason::filtered);
}

TEST_CASE("a percpu_rw_semaphore before v5.7 has an rw_semaphore for its writers") {
    LockTypes with;
    with.inner_rwsem = true;
    Contended world(with);
    world.circle({LockWorld::kLock + 16 + 24, LockWorld::local(2)});
    world.put(LockWorld::kLock + 16, std::uint64_t{1});
    world.put(LockWorld::kLock + 24, LockWorld::task(1));
    Lock lock = kernel::read_percpu_rwsem(world.object("struct percpu_rw_semaphore"), clock_at(0),
                                          world.budget);
    CHECK(lock.type == "struct percpu_rw_semaphore");
    CHECK(lock.address == VAddr{LockWorld::kLock});
    CHECK(lock.hold.is(Hold::exclusive));
    CHECK(lock.owner.is(VAddr{LockWorld::task(1)}));
    CHECK(waiting(lock) == Waiting{2});
}

TEST_CASE("spinlocks tell that they are held and who queues, holders only when debugged") {
    Contended world;
    auto read = [&](const char* type, std::uint32_t value) {
        world.put(LockWorld::kLock, value);
        return kernel::read_spinlock(world.object(type));
    };
    for (const char* type : {"struct spinlock", "struct raw_spinlock", "struct qspinlock"}) {
        INFO(type);
        CHECK(read(type, 0).locked.is(false));
        CHECK(read(type, 1).locked.is(true));
        CHECK(read(type, 0x101).pending.is(true));
        CHECK(read(type, 1).tail_cpu.why() == Reason::null);
        CHECK(read(type, 8 << 18 | 1).tail_cpu.is(7));
    }
    world.put(LockWorld::kLock + 8, 3u);
    world.put(LockWorld::kLock + 16, LockWorld::task(1));
    CHECK(read("struct spinlock", 1).owner.is(VAddr{LockWorld::task(1)}));
    CHECK(read("struct spinlock", 1).owner_cpu.is(3));
    world.put(LockWorld::kLock + 8, ~0u);
    world.put(LockWorld::kLock + 16, ~std::uint64_t{0});
    CHECK(read("struct raw_spinlock", 0).owner.why() == Reason::null);
    CHECK(read("struct raw_spinlock", 0).owner_cpu.why() == Reason::null);
    CHECK_FALSE(read("struct qspinlock", 1).owner.known());
    world.pages.remove(LockWorld::kLock);
    CHECK(kernel::read_spinlock(world.object("struct spinlock")).locked.why() == Reason::filtered);
}

TEST_CASE("an rwlock tells its readers from its writer") {
    Contended world;
    auto read = [&](std::uint32_t value) {
        world.put(LockWorld::kLock, value);
        return kernel::read_rwlock(world.object("rwlock_t"));
    };
    CHECK(read(0xff).write_locked.is(true));
    CHECK(read(0xff).readers.is(0));
    CHECK(read(3 << 9 | 0x100).readers.is(3));
    CHECK(read(3 << 9 | 0x100).writer_waits.is(true));
    CHECK(read(3 << 9).write_locked.is(false));
}

TEST_CASE("a lock is read as what its type says") {
    Contended world;
    for (const char* type : {"struct mutex", "struct rw_semaphore", "struct percpu_rw_semaphore",
                             "struct semaphore", "struct rt_mutex", "struct rt_mutex_base"})
        CHECK(kernel::read_lock(world.object(type), clock_at(0), world.budget)->type == type);
    CHECK(kernel::read_lock(world.object("struct completion"), clock_at(0), world.budget)
              .error()
              .reason == Reason::no_type);
}

TEST_CASE("newest kernels say what a task is blocked on") {
    LockTypes with;
    with.blocker = true;
    Contended world(with);
    auto task = world.object("struct task_struct", LockWorld::task(2));
    CHECK(kernel::read_blocked_on(task).error().reason == Reason::null);
    auto blocked = [&](std::uint64_t type) {
        world.put(LockWorld::task(2) + 80, LockWorld::kLock | type);
        return kernel::read_blocked_on(task).value();
    };
    CHECK(blocked(0).type == "struct mutex");
    CHECK(blocked(1).type == "struct semaphore");
    CHECK(blocked(2).type == "struct rw_semaphore");
    CHECK(blocked(2).wants == Wants::shared);
    CHECK(blocked(3).wants == Wants::exclusive);
    CHECK(blocked(3).lock == VAddr{LockWorld::kLock});
}

TEST_CASE("a task that waits for an rt_mutex says so on every kernel") {
    Contended world;
    auto task = world.object("struct task_struct", LockWorld::task(2));
    CHECK(kernel::read_blocked_on(task).error().reason == Reason::no_type);
    world.put(LockWorld::task(2) + 88, LockWorld::local(2));
    world.put(LockWorld::local(2) + 32, LockWorld::kLock);
    auto blocked = kernel::read_blocked_on(task).value();
    CHECK(blocked.type == "struct rt_mutex_base");
    CHECK(blocked.lock == VAddr{LockWorld::kLock});
}
