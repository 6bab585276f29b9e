// Illegal states of the RPC client are found, and nothing is found in legal ones, while a lock is
// held, or where the dump does not say.
#include "catch.h"
#include "nfs/rpc_world.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

using Names = std::vector<std::string>;

// A task that sleeps on `pending` and awaits its reply.
struct Waiting {
    RpcWorld world;
    VAddr task = world.add_task("READ"), rqst = world.add_rqst(task);

    Waiting() {
        world.link_tasks({task});
        world.set(task, RpcWorld::kTask, "tk_runstate", 0x14);  // ACTIVE|NEED_RECV
        world.sleep(world.queue("pending"), {task});
        world.await(rqst);
    }
    void run_state(std::uint64_t bits) { world.set(task, RpcWorld::kTask, "tk_runstate", bits); }
};

}  // namespace

TEST_CASE("a healthy RPC client has no findings") {
    Waiting waiting;
    CHECK(waiting.world.found().empty());
    RpcWorld idle;
    CHECK(idle.found().empty());
    RpcWorld old(RpcShape::v4_19);
    VAddr task = old.add_task("READ");
    old.link_tasks({task});
    old.sleep(old.queue("pending"), {task});
    CHECK(old.found().empty());
}

TEST_CASE("a task that is marked asleep must be on its queue") {
    Waiting waiting;
    RpcWorld& world = waiting.world;
    VAddr queue = world.queue("pending");
    world.kernel.link(world.place(queue, RpcWorld::kQueue, "tasks[0]"), {});
    world.set(queue, RpcWorld::kQueue, "qlen", 0);
    auto found = world.findings();
    REQUIRE(found.items.size() == 1);
    CHECK(found.items[0].check.is("rpc_task_queued"));
    CHECK(found.items[0].address == waiting.task);
    CHECK(found.items[0].found->find("xprt_pending") != std::string::npos);

    SECTION("while the queue is locked it may be on its way") {
        world.hold(queue, RpcWorld::kQueue, "lock");
        CHECK(world.found().empty());
    }
}

TEST_CASE("a task on a queue must be marked asleep, and on that queue") {
    Waiting waiting;
    SECTION("not marked") {
        waiting.run_state(0x14);
        CHECK(waiting.world.found() == Names{"rpc_task_queued"});
    }
    SECTION("on another queue") {
        waiting.world.set(waiting.task, RpcWorld::kTask, "tk_waitqueue",
                          waiting.world.queue("binding"));
        auto found = waiting.world.found();
        CHECK(found.size() == 2);  // the queue has a stranger, the other lacks its task
        CHECK(found[0] == "rpc_task_queued");
    }
    SECTION("while the queue is locked") {
        waiting.run_state(0x14);
        waiting.world.hold(waiting.world.queue("pending"), RpcWorld::kQueue, "lock");
        CHECK(waiting.world.found().empty());
    }
}

TEST_CASE("a queue's own count is that of its lists") {
    Waiting waiting;
    waiting.world.set(waiting.world.queue("pending"), RpcWorld::kQueue, "qlen", 2);
    CHECK(waiting.world.found() == Names{"rpc_wait_queue_length"});
    SECTION("not judged where a task could not be read") {
        waiting.world.kernel.lose(waiting.task);
        CHECK(waiting.world.found().empty());
    }
}

TEST_CASE("a transport has a sender only while it is locked") {
    Waiting waiting;
    RpcWorld& world = waiting.world;
    world.set(world.xprt, RpcWorld::kXprt, "snd_task", waiting.task);
    CHECK(world.found() == Names{"rpc_xprt_sender"});
    world.set(world.xprt, RpcWorld::kXprt, "state", 0x13);
    CHECK(world.found().empty());
    // A worker or a timer locks it without a task.
    world.set(world.xprt, RpcWorld::kXprt, "snd_task", 0);
    CHECK(world.found().empty());
}

TEST_CASE("a request in recv_queue and its task's bit go together") {
    Waiting waiting;
    RpcWorld& world = waiting.world;
    SECTION("in the queue without the bit") {
        waiting.run_state(0x6);
        CHECK(world.found() == Names{"rpc_rqst_awaited"});
    }
    SECTION("the bit without being in the queue") {
        world.set(world.xprt, RpcWorld::kXprt, "recv_queue.rb_node", 0);
        CHECK(world.found() == Names{"rpc_rqst_awaited"});
    }
    SECTION("while the queue is locked") {
        waiting.run_state(0x6);
        world.hold(world.xprt, RpcWorld::kXprt, "queue_lock");
        CHECK(world.found().empty());
    }
    SECTION("to be sent without being on xmit_queue") {
        waiting.run_state(0x1e);
        CHECK(world.found() == Names{"rpc_rqst_to_send"});
    }
}

TEST_CASE("a task and its request point to each other") {
    Waiting waiting;
    RpcWorld& world = waiting.world;
    SECTION("the request is another task's") {
        VAddr other = world.add_task("WRITE");
        world.link_tasks({waiting.task, other});
        world.set(waiting.rqst, RpcWorld::kRqst, "rq_task", other);
        auto found = world.found();
        CHECK(std::count(found.begin(), found.end(), "rpc_rqst_task") == 2);
    }
    SECTION("the task lost its request") {
        world.set(waiting.task, RpcWorld::kTask, "tk_rqstp", 0);
        CHECK(world.found() == Names{"rpc_rqst_task"});
    }
    SECTION("a slot given in its sleep is not set up yet") {
        RpcWorld fresh;
        VAddr task = fresh.add_task("WRITE");
        VAddr rqst = fresh.add_rqst(task);
        fresh.set(rqst, RpcWorld::kRqst, "rq_task", 0);
        fresh.link_tasks({task});
        fresh.sleep(fresh.queue("backlog"), {task});
        CHECK(fresh.found().empty());
    }
}

TEST_CASE("a client counts more users than it has tasks") {
    Waiting waiting;
    waiting.world.set(waiting.world.clnt, RpcWorld::kClnt, "cl_count", 0);
    CHECK(waiting.world.found() == Names{"rpc_references"});
}

TEST_CASE("a sleeping task and a transport in use have references") {
    Waiting waiting;
    waiting.world.set(waiting.task, RpcWorld::kTask, "tk_count", 0);
    waiting.world.set(waiting.world.xprt, RpcWorld::kXprt, "kref", 0);
    CHECK(waiting.world.found() == Names{"rpc_references", "rpc_references"});
}

TEST_CASE("a damaged list of tasks is found unless it is being changed") {
    Waiting waiting;
    RpcWorld& world = waiting.world;
    VAddr second = world.add_task("WRITE");
    world.link_tasks({waiting.task, second});
    world.set(second, RpcWorld::kTask, "tk_task.prev", 0xffff888000000123);
    CHECK(world.found() == Names{"list_links"});
    world.hold(world.clnt, RpcWorld::kClnt, "cl_lock");
    CHECK(world.found().empty());
}
