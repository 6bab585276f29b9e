// How clients, tasks and transports are found, and what is said of those that were not.
#include "nfs/sunrpc_state.h"

#include "catch.h"
#include "nfs/rpc_world.h"
#include "nfs/sunrpc_walks.h"

using namespace nfstriage;
using namespace nfstriage::test;

TEST_CASE("a client's tasks, transports and their queues are found") {
    RpcWorld world;
    VAddr a = world.add_task("READ"), b = world.add_task("WRITE");
    world.link_tasks({a, b});
    world.sleep(world.queue("pending"), {a});
    VAddr second = world.add_xprt("server.example");  // nconnect=2
    world.kernel.link(world.place(world.xprt_switch, "struct rpc_xprt_switch", "xps_xprt_list"),
                      {world.place(world.xprt, RpcWorld::kXprt, "xprt_switch"),
                       world.place(second, RpcWorld::kXprt, "xprt_switch")});
    auto state = world.state();
    REQUIRE(state.rpc_clnts.items.size() == 1);
    CHECK(state.rpc_clnts.complete);
    CHECK(state.rpc_clnts.items[0].tasks.is(2));
    REQUIRE(state.rpc_xprts.items.size() == 2);
    CHECK(state.rpc_xprts.items[1].address == second);
    CHECK(state.rpc_xprts.items[1].xprt_switch.is(world.xprt_switch));
    CHECK(state.rpc_wait_queues.items.size() == 8);
    REQUIRE(state.rpc_tasks.items.size() == 2);
    CHECK(state.rpc_tasks.complete);
    CHECK(state.rpc_tasks.items[0].on_queue.is(true));
    CHECK(state.rpc_tasks.items[0].waitqueue_name.is("xprt_pending"));
    CHECK(!state.rpc_tasks.items[1].on_queue);
    CHECK(state.rpc_xprts.items[0].pending.is(1));
    CHECK(state.rpc_xprts.items[0].backlog.is(0));
    // Counted, whatever the kernel's own count says.
    world.set(world.queue("pending"), RpcWorld::kQueue, "qlen", 5);
    CHECK(world.state().rpc_xprts.items[0].pending.is(1));
}

TEST_CASE("a list that ends at the limit of its walk says so") {
    RpcWorld world;
    VAddr a = world.add_task("READ"), b = world.add_task("WRITE");
    world.link_tasks({a, b});
    SECTION("no limit") {
        auto state = world.state();
        CHECK(state.rpc_tasks.complete);
        CHECK_FALSE(state.rpc_tasks.limited);
    }
    SECTION("the walk's own limit") {
        world.kernel.walk_steps = 1;
        auto state = world.state();
        CHECK_FALSE(state.rpc_tasks.complete);
        CHECK(state.rpc_tasks.limited);
        CHECK(state.rpc_rqsts.limited);  // they hang on the tasks
    }
    SECTION("what is not in the dump is no limit") {
        world.kernel.lose(b);
        auto state = world.state();
        CHECK_FALSE(state.rpc_tasks.complete);
        CHECK_FALSE(state.rpc_tasks.limited);
    }
}

TEST_CASE("requests tell whether their transport's queues have them") {
    RpcWorld world;
    VAddr task = world.add_task("READ"), behind = world.add_task("READ");
    world.link_tasks({task, behind});
    VAddr rqst = world.add_rqst(task), second = world.add_rqst(behind);
    world.await(rqst);
    world.kernel.link(world.place(world.xprt, RpcWorld::kXprt, "xmit_queue"),
                      {world.place(rqst, RpcWorld::kRqst, "rq_xmit")});
    world.kernel.link(world.place(rqst, RpcWorld::kRqst, "rq_xmit2"),
                      {world.place(second, RpcWorld::kRqst, "rq_xmit2")});
    auto state = world.state();
    REQUIRE(state.rpc_rqsts.items.size() == 2);
    CHECK(state.rpc_rqsts.items[0].on_receive_queue.is(true));
    CHECK(state.rpc_rqsts.items[0].on_transmit_queue.is(true));
    CHECK(state.rpc_rqsts.items[1].on_receive_queue.is(false));
    CHECK(state.rpc_rqsts.items[1].on_transmit_queue.is(true));
    CHECK(state.rpc_xprts.items[0].receiving.is(1));
    CHECK(state.rpc_xprts.items[0].transmitting.is(2));
}

TEST_CASE("before v4.20 replies are awaited on a list, and no request waits to be sent") {
    RpcWorld world(RpcShape::v4_19);
    VAddr task = world.add_task("READ");
    world.link_tasks({task});
    VAddr rqst = world.add_rqst(task);
    world.kernel.link(world.place(world.xprt, RpcWorld::kXprt, "recv"),
                      {world.place(rqst, RpcWorld::kRqst, "rq_list")});
    auto state = world.state();
    REQUIRE(state.rpc_rqsts.items.size() == 1);
    CHECK(state.rpc_rqsts.complete);
    CHECK(state.rpc_rqsts.items[0].on_receive_queue.is(true));
    CHECK(state.rpc_rqsts.items[0].on_transmit_queue.why() == Reason::no_type);
}

TEST_CASE("a task that waits for a slot is found on the queue though no client lists it") {
    RpcWorld world;
    VAddr task = world.add_task("WRITE");
    world.sleep(world.queue("backlog"), {task});
    world.set(world.clnt, RpcWorld::kClnt, "cl_task_count", 1);
    auto state = world.state();
    REQUIRE(state.rpc_tasks.items.size() == 1);
    CHECK(state.rpc_tasks.items[0].address == task);
    CHECK(state.rpc_tasks.complete);
    world.set(world.clnt, RpcWorld::kClnt, "cl_task_count", 3);
    CHECK(!world.state().rpc_tasks.complete);
}

TEST_CASE("what a queue's list leads to and does not wait there is no task of it") {
    RpcWorld world;
    VAddr task = world.add_task("WRITE");
    world.sleep(world.queue("backlog"), {task});
    world.set(task, RpcWorld::kTask, "tk_waitqueue", 0x4141);
    CHECK(world.state().rpc_tasks.items.empty());
}

TEST_CASE("without the namespace's own list, clients are found around the ring of any of them") {
    RpcWorld world(RpcShape::modern, false);
    VAddr second = world.add_clnt(), third = world.add_clnt();
    world.link_clients({world.clnt, second, third});
    CHECK(world.state().rpc_clnts.items.empty());
    CHECK(!world.state().rpc_clnts.complete);

    nfs::NfsServer server;
    server.rpc_clnt = second;
    world.client.nfs_servers.items.push_back(server);
    auto all = world.state();
    CHECK(all.rpc_clnts.items.size() == 3);
    CHECK(all.rpc_clnts.complete);
    CHECK(all.rpc_clnts.items[0].nfs_server.is(server.address));

    SECTION("one that was not dumped leaves the list incomplete") {
        world.kernel.lose(third);
        auto some = world.state();
        CHECK(some.rpc_clnts.items.size() == 2);
        CHECK(!some.rpc_clnts.complete);
    }
    SECTION("an address that is no client leads nowhere") {
        world.set(second, RpcWorld::kClnt, "cl_rtt", 0x1234);
        CHECK(world.state().rpc_clnts.items.empty());
    }
}

TEST_CASE("a loop in a client's tasks ends the walk and is told") {
    RpcWorld world;
    VAddr a = world.add_task("READ"), b = world.add_task("READ");
    world.link_tasks({a, b});
    world.set(b, RpcWorld::kTask, "tk_task.next", world.place(a, RpcWorld::kTask, "tk_task"));
    world.set(world.clnt, RpcWorld::kClnt, "cl_tasks.prev",
              world.place(a, RpcWorld::kTask, "tk_task"));
    auto state = world.state();
    CHECK(state.rpc_tasks.items.size() == 2);
    CHECK(!state.rpc_tasks.complete);
    CHECK(!state.rpc_tasks.gaps.empty());
    CHECK(!state.rpc_clnts.items[0].tasks);
}

TEST_CASE("a lost page shortens lists and makes values unknown, and nothing else") {
    auto make = [] {
        auto world = std::make_unique<RpcWorld>();
        VAddr a = world->add_task("READ"), b = world->add_task("WRITE", 2),
              c = world->add_task("WRITE", 2);
        world->link_tasks({a, b, c});
        world->sleep(world->queue("pending"), {a});
        world->sleep(world->queue("sending"), {b}, 1);
        world->sleep_behind(world->queue("sending"), b, {c}, 1);
        VAddr rqst = world->add_rqst(a);
        world->await(rqst);
        world->set(a, RpcWorld::kTask, "tk_runstate", 0x16);
        return world;
    };
    auto whole = make();
    auto expected = whole->state();
    REQUIRE(whole->found().empty());
    REQUIRE(expected.rpc_tasks.items.size() == 3);
    auto touched = whole->kernel.dump.pages.touched();
    REQUIRE(touched.size() > 10);
    for (std::uint64_t page : touched) {
        auto world = make();
        world->kernel.lose(VAddr{page});
        auto state = world->state();
        INFO(hex(page));
        CHECK(nfs::check(world->kernel.roots(), state).items.empty());
        auto weaker = [](const auto& less, const auto& all) {
            if (less.items.size() < all.items.size()) CHECK(!less.complete);
            CHECK(less.items.size() <= all.items.size());
        };
        weaker(state.rpc_clnts, expected.rpc_clnts);
        weaker(state.rpc_xprts, expected.rpc_xprts);
        weaker(state.rpc_tasks, expected.rpc_tasks);
        weaker(state.rpc_rqsts, expected.rpc_rqsts);
        weaker(state.rpc_wait_queues, expected.rpc_wait_queues);
        for (const auto& task : state.rpc_tasks.items)
            for (const auto& same : expected.rpc_tasks.items) {
                if (task.address != same.address) continue;
                if (task.procedure) CHECK(task.procedure.is(*same.procedure));
                if (task.on_queue) CHECK(task.on_queue.is(*same.on_queue));
            }
        for (const auto& rqst : state.rpc_rqsts.items)
            if (rqst.on_receive_queue) CHECK(*rqst.on_receive_queue);
    }
}

TEST_CASE("the transports of clients say what HZ is where the clock does not") {
    RpcWorld world;
    kernel::Clock& clock = world.kernel.clock;
    clock.hz = unknown(Reason::no_symbol, "HZ");
    world.set(world.xprt, RpcWorld::kXprt, "bind_timeout", 15000);
    world.set(world.xprt, RpcWorld::kXprt, "idle_timeout", 75000);
    SECTION("all well") {
        nfs::learn_hz(clock, world.kernel.roots());
        CHECK(clock.hz == 250);
        CHECK(world.state().rpc_xprts.items.at(0).bind_timeout->ns == 60'000'000'000);
    }
    SECTION("the transport's page is missing") {
        world.kernel.lose(world.xprt);
        nfs::learn_hz(clock, world.kernel.roots());
        CHECK_FALSE(clock.hz);
    }
    SECTION("the clock knows, or knows that its ways contradict each other") {
        clock.hz = 1000;
        nfs::learn_hz(clock, world.kernel.roots());
        CHECK(clock.hz == 1000);
        clock.hz = unknown(Reason::corrupt, "HZ");
        nfs::learn_hz(clock, world.kernel.roots());
        CHECK_FALSE(clock.hz);
    }
}
