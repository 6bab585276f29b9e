#include "kernel/wait_queue.h"
#include "catch.h"
#include "kernel/locks_world.h"
#include "kernel/wait_queue_stack.h"

using namespace nfstriage;
using kernel::Wants;
using test::LockTypes;
using test::LockWorld;

namespace {

constexpr std::uint64_t kWord = 0xffff888000777030;

// Tasks 1 to 3, which have a wait_queue_entry each at `entry(n)`, on the stack.
struct Sleeping : LockWorld {
    explicit Sleeping(const LockTypes& with = {}) : LockWorld(with) {
        pages.map(kLock, 64);
        for (unsigned n = 1; n < 4; ++n) add_task(n);
    }
    static constexpr std::uint64_t entry_of(unsigned n) { return local(n) + 24; }
    void sleep(unsigned n, const std::string& function, std::uint32_t flags = 0) {
        entry(entry_of(n), flags, task(n), function);
    }
    // A wait_bit_queue_entry or wait_page_queue whose wq_entry is entry_of(n).
    void wait_for_bit(unsigned n, std::uint64_t word, std::int32_t bit) {
        put(entry_of(n) - 24, word);
        put(entry_of(n) - 16, bit);
    }
    void wait_for_folio(unsigned n, std::uint64_t folio, std::int32_t bit) {
        put(entry_of(n) - 16, folio);
        put(entry_of(n) - 8, bit);
    }
    kernel::StackWaits on_stack(unsigned n) {
        return kernel::read_waits_on_stack(object("struct task_struct", task(n)), budget);
    }
};

}  // namespace

TEST_CASE("a wait queue tells which tasks it wakes, in order") {
    Sleeping world;
    world.sleep(1, "autoremove_wake_function", 1);
    world.sleep(2, "wake_bit_function");
    constexpr std::uint64_t kPoll = 0xffff888000555000;  // on no stack, of no task
    world.entry(kPoll, 0, 0xffff888000666000, "ep_poll_callback");
    std::uint64_t own = world.entry_of(3);  // a module's own function, but on the task's stack
    world.entry(own, 0, LockWorld::task(3), "ep_poll_callback");
    world.circle({LockWorld::kLock + 8, world.entry_of(1) + 24, world.entry_of(2) + 24, kPoll + 24,
                  own + 24});
    auto queue = kernel::read_wait_queue(world.object("struct wait_queue_head"), world.budget);
    CHECK(queue.complete);
    REQUIRE(queue.entries.size() == 4);
    CHECK(queue.entries[0].task.is(VAddr{LockWorld::task(1)}));
    CHECK(queue.entries[0].function.is("autoremove_wake_function"));
    CHECK(queue.entries[0].exclusive.is(true));
    CHECK(queue.entries[0].queue.is(VAddr{LockWorld::kLock}));
    CHECK(queue.entries[1].task.is(VAddr{LockWorld::task(2)}));
    CHECK(queue.entries[1].exclusive.is(false));
    CHECK(queue.entries[2].task.why() == Reason::no_symbol);
    CHECK(queue.entries[3].task.is(VAddr{LockWorld::task(3)}));

    world.pages.remove(world.entry_of(2));
    queue = kernel::read_wait_queue(world.object("struct wait_queue_head"), world.budget);
    CHECK_FALSE(queue.complete);
    CHECK(queue.entries.size() == 3);
}

TEST_CASE("a completion has waiters on a simple queue, before v5.7 on a usual one") {
    LockTypes with;
    with.simple_completion = GENERATE(true, false);
    Sleeping world(with);
    world.put(LockWorld::kLock, 2u);
    if (with.simple_completion) {
        world.put(world.entry_of(1), LockWorld::task(1));
        world.circle({LockWorld::kLock + 16, world.entry_of(1) + 8});
    } else {
        world.sleep(1, "autoremove_wake_function", 1);
        world.circle({LockWorld::kLock + 16, world.entry_of(1) + 24});
    }
    auto done = kernel::read_completion(world.object("struct completion"), world.budget);
    CHECK(done.done.is(2));
    REQUIRE(done.waiters.entries.size() == 1);
    CHECK(done.waiters.entries[0].task.is(VAddr{LockWorld::task(1)}));
    CHECK(done.waiters.entries[0].queue.is(VAddr{LockWorld::kLock + 8}));
}

TEST_CASE("a task's own stack tells what it waits on, without symbols of data") {
    Sleeping world;
    SECTION("a bit") {
        world.sleep(1, "wake_bit_function");
        world.wait_for_bit(1, kWord, 2);
        world.circle({LockWorld::kLock + 8, world.entry_of(1) + 24});
        auto waits = world.on_stack(1);
        CHECK(waits.complete);
        REQUIRE(waits.bits.size() == 1);
        CHECK(waits.bits[0].word.is(VAddr{kWord}));
        CHECK(waits.bits[0].task.is(VAddr{LockWorld::task(1)}));
        CHECK(waits.queues.empty());
        CHECK(world.on_stack(2).bits.empty());
        SECTION("but not one that it was woken from") {
            world.circle({world.entry_of(1) + 24});
            CHECK(world.on_stack(1).bits.empty());
        }
        SECTION("nor one left by a call that returned") {
            world.put(LockWorld::task(1) + 48, world.entry_of(1) + 64);
            CHECK(world.on_stack(1).bits.empty());
        }
        SECTION("nor bytes that look so and are on no queue") {
            world.put(LockWorld::kLock + 8, LockWorld::kLock + 8);
            CHECK(world.on_stack(1).bits.empty());
        }
    }
    SECTION("a folio") {
        world.sleep(1, "wake_page_function");
        world.wait_for_folio(1, 0xffffea0000123440, 15);
        world.circle({LockWorld::kLock + 8, world.entry_of(1) + 24});
        REQUIRE(world.on_stack(1).folios.size() == 1);
        CHECK(world.on_stack(1).folios[0].folio.is(VAddr{0xffffea0000123440}));
    }
    SECTION("a wait queue, which is found behind the others on it") {
        world.sleep(1, "autoremove_wake_function");
        world.sleep(2, "autoremove_wake_function");
        world.circle({LockWorld::kLock + 8, world.entry_of(1) + 24, world.entry_of(2) + 24});
        auto waits = world.on_stack(1);
        REQUIRE(waits.queues.size() == 1);
        CHECK(waits.queues[0].queue.is(VAddr{LockWorld::kLock}));
        CHECK(waits.queues[0].function.is("autoremove_wake_function"));
        world.pages.remove(world.entry_of(2));  // is it another entry, or the head?
        waits = world.on_stack(1);
        CHECK(waits.queues.empty());
    }
    SECTION("a queue one of whose entries begins on a missing page") {
        constexpr std::uint64_t kOther = 0xffff888000556000 - 24;  // its links are on the next page
        world.entry(kOther, 0, LockWorld::task(2), "autoremove_wake_function");
        world.sleep(1, "autoremove_wake_function");
        world.circle({LockWorld::kLock + 8, world.entry_of(1) + 24, kOther + 24});
        REQUIRE(world.on_stack(1).queues.size() == 1);
        CHECK(world.on_stack(1).queues[0].queue.is(VAddr{LockWorld::kLock}));
        world.pages.remove(kOther);
        REQUIRE(world.on_stack(1).queues.size() == 1);
        CHECK(world.on_stack(1).queues[0].queue.why() == Reason::filtered);
    }
    SECTION("a completion") {
        for (unsigned n : {1u, 2u}) world.put(world.entry_of(n), LockWorld::task(n));
        world.circle({LockWorld::kLock + 16, world.entry_of(1) + 8, world.entry_of(2) + 8});
        auto waits = world.on_stack(1);
        REQUIRE(waits.queues.size() == 1);
        CHECK(waits.queues[0].queue.is(VAddr{LockWorld::kLock + 8}));
    }
    SECTION("a stack that was not dumped") {
        world.pages.remove(LockWorld::local(1));
        auto waits = world.on_stack(1);
        CHECK_FALSE(waits.complete);
        CHECK(waits.why.reason == Reason::filtered);
    }
    SECTION("a stack pointer that points elsewhere") {
        world.put(LockWorld::task(1) + 48, LockWorld::local(2));
        CHECK(world.on_stack(1).why.reason == Reason::corrupt);
    }
}

TEST_CASE("the lock that a task sleeps for is found from the waiter on its stack") {
    Sleeping world;
    for (unsigned n : {1u, 2u}) world.put(LockWorld::local(n) + 16, LockWorld::task(n));
    auto find = [&](std::string_view type) {
        return kernel::find_lock_on_stack(world.object("struct task_struct", LockWorld::task(1)),
                                          type, world.budget);
    };
    CHECK(find("struct mutex").error().reason == Reason::null);
    SECTION("mutex") {
        world.circle({LockWorld::kLock + 16, LockWorld::local(1), LockWorld::local(2)});
        CHECK(find("struct mutex")->lock == VAddr{LockWorld::kLock});
        world.circle({LockWorld::kLock + 16, LockWorld::local(2), LockWorld::local(1)});
        CHECK(find("struct mutex")->lock == VAddr{LockWorld::kLock});
    }
    SECTION("rw_semaphore") {
        world.put(LockWorld::local(1) + 24, 1u);
        world.circle({LockWorld::kLock + 24, LockWorld::local(2), LockWorld::local(1)});
        auto lock = find("struct rw_semaphore");
        CHECK(lock->lock == VAddr{LockWorld::kLock});
        CHECK(lock->wants == Wants::shared);
    }
    SECTION("semaphore") {
        world.circle({LockWorld::kLock + 8, LockWorld::local(1)});
        CHECK(find("struct semaphore")->lock == VAddr{LockWorld::kLock});
    }
    SECTION("the entry of a wait queue is no waiter of a lock") {
        world.sleep(1, "autoremove_wake_function");
        world.put(world.entry_of(1) + 24 + 16, LockWorld::task(1));
        world.circle({LockWorld::kLock + 8, world.entry_of(1) + 24});
        CHECK(find("struct mutex").error().reason == Reason::null);
    }
    SECTION("a waiter between two that were not dumped") {
        world.circle({LockWorld::kLock + 16, LockWorld::local(1), LockWorld::local(2)});
        world.pages.remove(LockWorld::local(2));
        CHECK_FALSE(find("struct mutex"));
    }
}
