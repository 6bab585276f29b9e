// Tasks of a wait queue are counted on its own lists, however they are chained there.
#include "nfs/rpc_wait_queue.h"

#include "catch.h"
#include "nfs/rpc_world.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

nfs::RpcWaitQueue read(RpcWorld& world, std::string_view name) {
    nfs::SunrpcContext context(world.kernel.roots());
    return nfs::read_rpc_wait_queue(
        context, world.kernel.reader().object(RpcWorld::kQueue, world.queue(name)));
}

}  // namespace

TEST_CASE("tasks are counted by priority, those behind others of their owner too") {
    for (RpcShape shape : {RpcShape::modern, RpcShape::v4_19}) {
        RpcWorld world(shape);
        std::vector<VAddr> tasks;
        for (int i = 0; i < 6; ++i) tasks.push_back(world.add_task("WRITE"));
        world.sleep(world.queue("sending"), {tasks[0], tasks[1]}, 1);
        world.sleep(world.queue("sending"), {tasks[2]}, 3);
        world.sleep_behind(world.queue("sending"), tasks[1], {tasks[3], tasks[4], tasks[5]}, 1);
        auto queue = read(world, "sending");
        CHECK(queue.complete);
        CHECK(queue.length.is(6));
        CHECK(queue.qlen.is(6));
        CHECK(queue.low.is(0));
        CHECK(queue.normal.is(5));
        CHECK(queue.privileged.is(1));
        CHECK(queue.name.is("xprt_sending"));
        CHECK(queue.tasks ==
              std::vector<VAddr>{tasks[0], tasks[1], tasks[3], tasks[4], tasks[5], tasks[2]});
        CHECK(!queue.damage);
    }
}

TEST_CASE("a kernel that kept the queue's owner is read as its tasks are chained") {
    // Vendors keep members that nobody uses, for modules built before.
    RpcWorld world(RpcShape::v4_19);
    VAddr first = world.add_task("WRITE"), second = world.add_task("WRITE");
    world.sleep(world.queue("sending"), {first}, 1);
    world.shape = RpcShape::modern;
    world.sleep_behind(world.queue("sending"), first, {second}, 1);
    CHECK(read(world, "sending").tasks == std::vector<VAddr>{first, second});
}

TEST_CASE("without priorities what stands in a task's links is not followed") {
    RpcWorld world;
    VAddr task = world.add_task("READ");
    world.sleep(world.queue("pending"), {task});
    world.set(task, RpcWorld::kTask, "u.tk_wait.links.next", 0x4141414141414141);
    auto queue = read(world, "pending");
    CHECK(queue.length.is(1));
    CHECK(!queue.normal);
}

TEST_CASE("a queue whose list loops has no length and says why") {
    RpcWorld world;
    VAddr a = world.add_task("READ"), b = world.add_task("READ"), c = world.add_task("READ");
    world.sleep(world.queue("pending"), {a, b, c});
    world.set(b, RpcWorld::kTask, "u.tk_wait.list.next",
              world.place(a, RpcWorld::kTask, "u.tk_wait.list"));
    world.set(c, RpcWorld::kTask, "u.tk_wait.list.prev",
              world.place(a, RpcWorld::kTask, "u.tk_wait.list"));
    auto queue = read(world, "pending");
    CHECK(!queue.complete);
    CHECK(!queue.length);
    CHECK(queue.damage);
    CHECK(!queue.gap.empty());
    CHECK(queue.qlen.is(3));
}

TEST_CASE("a queue with a task that was not dumped has the others and no length") {
    RpcWorld world;
    VAddr a = world.add_task("READ"), b = world.add_task("READ"), c = world.add_task("READ");
    world.sleep(world.queue("pending"), {a, b, c});
    world.kernel.lose(b);
    auto queue = read(world, "pending");
    CHECK(queue.tasks == std::vector<VAddr>{a, c});
    CHECK(!queue.complete);
    REQUIRE(!queue.length);
    CHECK(queue.length.why() == Reason::filtered);
}

TEST_CASE("a queue tells when its timer runs out only if a task waits with one") {
    RpcWorld world;
    VAddr at = world.queue("pending"), waiter = world.kernel.make(16);
    world.set(at, RpcWorld::kQueue, "timer_list.expires", RpcWorld::kJiffies + 250);
    CHECK(read(world, "pending").timer.why() == Reason::null);
    world.kernel.link(world.place(at, RpcWorld::kQueue, "timer_list.list"), {waiter});
    CHECK(read(world, "pending").timer->ns == 1'000'000'000);
}
