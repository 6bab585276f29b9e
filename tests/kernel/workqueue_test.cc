#include "kernel/workqueue.h"
#include "catch.h"
#include "kernel/locks_world.h"

using namespace nfstriage;
using test::LockWorld;

namespace {

constexpr std::uint64_t kPool = 0xffff888000300000, kQueue = 0xffff888000301000,
                        kPwq = 0xffff888000302000, kWork = 0xffff888000400000;

// Tasks 1 and 2 are workers of one pool, task 3 is not; 1 runs a work of "rpciod".
struct Workers : LockWorld {
    Workers() {
        for (unsigned n = 1; n < 4; ++n) add_task(n);
        pages.map(kPool, 0x3000);
        pages.map(kWork, 0x2000);
        for (unsigned n : {1u, 2u}) {
            pages.map(worker(n), 0x1000);
            put(task(n) + 64, worker(n) + 0x800);  // kthread
            put(task(n) + 72, 0x20u);              // PF_WQ_WORKER
            put(worker(n) + 0x808, worker(n));
            put(worker(n) + 24, task(n));
            put(worker(n) + 32, kPool);
        }
        put(worker(1), kWork);
        put(worker(1) + 8, function_at.at("rpc_async_schedule"));
        put(worker(1) + 16, kPwq);
        pages.put_string(worker(1) + 56, "rpciod");
        put(worker(2) + 40, std::uint64_t{4999997500});
        put(kPool, ~0u);
        put(kPool + 4, 2u);
        put(kPool + 8, 1u);
        put(kPool + 16, std::uint64_t{4999999750});
        put(kPool + 40, kPool + 0x100);
        put(kPool + 0x100, static_cast<std::uint32_t>(-20));
        circle({kPool + 24});
        put(kPwq, kPool);
        put(kPwq + 8, kQueue);
        circle({kPwq + 16});
        circle({kQueue, kPwq + 32});
        pages.put_string(kQueue + 16, "rpciod");
        clock.hz = 250;
        clock.jiffies = 5000000000;
    }
    static constexpr std::uint64_t worker(unsigned n) { return 0xffff888000310000 + n * 0x1000; }
    static constexpr std::uint64_t work(unsigned n) { return kWork + n * 0x100; }
    void add_work(unsigned n, std::uint64_t data) {
        put(work(n), data);
        put(work(n) + 24, function_at.at("rpc_async_schedule"));
    }
    kernel::Workqueues read() {
        std::vector<kernel::TaskInfo> tasks;
        for (unsigned n : {3u, 2u, 1u}) {
            tasks.emplace_back();
            tasks.back().address = VAddr{task(n)};
        }
        return kernel::read_workqueues(reader, tasks, clock, budget);
    }
    kernel::Clock clock;
};

}  // namespace

TEST_CASE("workers are found from their tasks, with the work they run and its queue") {
    Workers world;
    auto found = world.read();
    CHECK(found.complete);
    REQUIRE(found.workers.size() == 2);
    const auto& busy = found.workers[0];
    CHECK(busy.pid == 1);
    CHECK(busy.work.is(VAddr{kWork}));
    CHECK(busy.function.is("rpc_async_schedule"));
    CHECK(busy.workqueue.is("rpciod"));
    CHECK(busy.description.is("rpciod"));
    CHECK(busy.rescuer.is(false));
    CHECK_FALSE(busy.idle_for.known());
    CHECK_FALSE(busy.running_for.known());
    const auto& idle = found.workers[1];
    CHECK(idle.work.why() == Reason::null);
    CHECK(idle.function.why() == Reason::null);
    CHECK(idle.idle_for.is({10'000'000'000}));
    REQUIRE(found.pools.size() == 1);
    CHECK(found.pools[0].cpu.is(-1));
    CHECK(found.pools[0].nice.is(-20));
    CHECK(found.pools[0].workers.is(2));
    CHECK(found.pools[0].idle.is(1));
    CHECK(found.pools[0].since_progress.is({1'000'000'000}));
}

TEST_CASE("works that wait for a worker are listed, those held back too") {
    Workers world;
    world.add_work(1, kPwq | 5);  // pending, its pool_workqueue known
    world.add_work(2, kPwq | 5);
    world.circle({kPool + 24, world.work(1) + 8});
    world.circle({kPwq + 16, world.work(2) + 8});
    auto found = world.read();
    CHECK(found.complete);
    REQUIRE(found.pending.size() == 2);
    CHECK(found.pools[0].pending == 1);
    for (const auto& work : found.pending) {
        CHECK(work.workqueue.is("rpciod"));
        CHECK(work.function.is("rpc_async_schedule"));
        CHECK(work.pool == VAddr{kPool});
        CHECK(work.inactive == (work.address == VAddr{world.work(2)}));
    }
    CHECK(kernel::workqueue_of(world.object("struct work_struct", world.work(1))).value() ==
          "rpciod");
    world.add_work(3, 0x41);  // remembers its last pool, queued nowhere
    CHECK(kernel::workqueue_of(world.object("struct work_struct", world.work(3))).error().reason ==
          Reason::null);
}

TEST_CASE("what is missing or damaged leaves the rest, and is said") {
    Workers world;
    SECTION("a worker that was not dumped") {
        world.pages.remove(world.worker(2));
        auto found = world.read();
        CHECK(found.workers.size() == 1);
        CHECK_FALSE(found.complete);
        CHECK(found.why.reason == Reason::filtered);
    }
    SECTION("a kthread that leads to somebody else's worker") {
        world.put(world.worker(2) + 0x808, world.worker(1));
        auto found = world.read();
        CHECK(found.workers.size() == 1);
        CHECK(found.why.reason == Reason::corrupt);
    }
    SECTION("a list of works that loops") {
        world.add_work(1, kPwq | 5);
        world.circle({kPool + 24, world.work(1) + 8});
        world.put(world.work(1) + 8, world.work(1) + 8);
        auto found = world.read();
        CHECK(found.pending.size() == 1);
    }
    SECTION("a workqueue that was not dumped") {
        world.pages.remove(kQueue);
        auto found = world.read();
        CHECK(found.workers[0].workqueue.why() == Reason::filtered);
        CHECK_FALSE(found.complete);
    }
}

TEST_CASE("a rescuer belongs to its workqueue while it has nothing to do") {
    Workers world;
    world.put(world.worker(2) + 48, kQueue);
    world.put(world.worker(2) + 32, std::uint64_t{0});
    world.put(world.worker(2) + 40, std::uint64_t{0});
    auto worker =
        kernel::read_worker(world.object("struct task_struct", LockWorld::task(2)), world.clock)
            .value();
    CHECK(worker.rescuer.is(true));
    CHECK(worker.workqueue.is("rpciod"));
    CHECK(worker.pool.is_null());
    CHECK(worker.idle_for.why() == Reason::null);
    CHECK(kernel::read_worker(world.object("struct task_struct", LockWorld::task(3)), world.clock)
              .error()
              .reason == Reason::null);
}
