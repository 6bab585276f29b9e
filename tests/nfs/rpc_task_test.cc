// What an rpc_task is called, where it sleeps and for how long, on kernels of both shapes.
#include "nfs/rpc_task.h"

#include "catch.h"
#include "nfs/rpc_world.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

nfs::RpcTask read(RpcWorld& world, VAddr task) {
    nfs::SunrpcContext context(world.kernel.roots());
    return nfs::read_rpc_task(context, world.kernel.reader().object(RpcWorld::kTask, task));
}

constexpr std::uint64_t kPoison = 0xdead000000000122;

}  // namespace

TEST_CASE("a task is named by its procedure's name, and by its number where that has none") {
    RpcWorld world;
    auto named = read(world, world.add_task("WRITE"));
    CHECK(named.procedure.is("WRITE"));
    CHECK(named.procedure_number.is(7));
    CHECK(named.program.is("nfs"));
    CHECK(named.version.is(4));
    CHECK(named.server.is("server.example"));
    CHECK(read(world, world.add_task("")).procedure.is("procedure 7"));
}

TEST_CASE("a procedure's name that was not dumped is unknown, not a number") {
    RpcWorld world;
    VAddr task = world.add_task("WRITE");
    auto name = world.kernel.reader().object(RpcWorld::kTask, task).follow("tk_msg.rpc_proc");
    world.kernel.lose(*name->pointer("p_name"));
    auto read_task = read(world, task);
    REQUIRE(!read_task.procedure);
    CHECK(read_task.procedure.why() == Reason::filtered);
    CHECK(read_task.procedure_number.is(7));
}

TEST_CASE("a request's number is shown as it stands on the wire") {
    RpcWorld world;
    VAddr task = world.add_task("READ");
    CHECK(!read(world, task).xid);
    world.add_rqst(task);
    CHECK(read(world, task).xid.is(0xe8283fe6));
}

TEST_CASE("a task's owner is named while it lives") {
    RpcWorld world;
    kernel::TaskInfo process;
    process.pid = process.tgid = 174;
    process.comm = "dd";
    world.kernel.tasks.items.push_back(process);
    CHECK(read(world, world.add_task("READ", 174)).owner_comm.is("dd"));
    auto orphan = read(world, world.add_task("READ", 175));
    CHECK(orphan.owner_pid.is(175));
    REQUIRE(!orphan.owner_comm);
    CHECK(orphan.owner_comm.why() == Reason::null);
}

TEST_CASE("a synchronous task's user is that of its request") {
    RpcWorld world;
    VAddr task = world.add_task("GETATTR");
    VAddr rqst = world.add_rqst(task), rpc_cred = world.kernel.make("struct rpc_cred");
    VAddr cred = world.kernel.make("struct cred");
    world.set(cred, "struct cred", "fsuid", 1000);
    world.set(rpc_cred, "struct rpc_cred", "cr_cred", cred);
    world.set(rqst, RpcWorld::kRqst, "rq_cred", rpc_cred);
    CHECK(read(world, task).uid.is(1000));
}

TEST_CASE("age is time since the task was made") {
    RpcWorld world;
    CHECK(read(world, world.add_task("READ")).age->ns == 2'500'000'000);
}

TEST_CASE("a sleeping task's timeout counts while it is among those with a timer") {
    RpcWorld world;
    VAddr task = world.add_task("READ"), other = world.kernel.make(16);
    world.set(task, RpcWorld::kTask, "tk_timeout", RpcWorld::kJiffies + 500);
    VAddr links = world.place(task, RpcWorld::kTask, "u.tk_wait.timer_list");

    SECTION("awake: what is left there says nothing") {
        world.kernel.link(links, {other});
        CHECK(read(world, task).timeout.why() == Reason::null);
    }
    SECTION("asleep with a timer") {
        world.sleep(world.queue("pending"), {task});
        world.kernel.link(links, {other});
        CHECK(read(world, task).timeout->ns == 2'000'000'000);
    }
    SECTION("asleep without one") {
        world.sleep(world.queue("pending"), {task});
        world.kernel.link(links, {});
        CHECK(read(world, task).timeout.why() == Reason::null);
    }
    SECTION("asleep, and the timer was taken away") {
        world.sleep(world.queue("pending"), {task});
        world.set(task, RpcWorld::kTask, "u.tk_wait.timer_list.next", kPoison);
        CHECK(read(world, task).timeout.why() == Reason::null);
    }
}

TEST_CASE("in 4.19 the moment of the timeout is in rpc_wait") {
    RpcWorld world(RpcShape::v4_19);
    VAddr task = world.add_task("READ"), other = world.kernel.make(16);
    world.set(task, RpcWorld::kTask, "tk_timeout", 15000);
    world.sleep(world.queue("pending"), {task});
    world.kernel.link(world.place(task, RpcWorld::kTask, "u.tk_wait.timer_list"), {other});
    world.set(task, RpcWorld::kTask, "u.tk_wait.expires", RpcWorld::kJiffies - 250);
    CHECK(read(world, task).timeout->ns == -1'000'000'000);
}

TEST_CASE("bits of the run state are named as this kernel means them") {
    auto names = [](RpcShape shape) {
        RpcWorld world(shape);
        VAddr task = world.add_task("READ");
        world.set(task, RpcWorld::kTask, "tk_runstate", 0x1c);
        world.set(task, RpcWorld::kTask, "tk_flags", 0x101);
        auto read_task = read(world, task);
        auto all = read_task.run_state->names();
        auto flags = read_task.flags->names();
        all.insert(all.end(), flags.begin(), flags.end());
        return all;
    };
    CHECK(names(RpcShape::modern) ==
          std::vector<std::string>{"RPC_TASK_ACTIVE", "RPC_TASK_NEED_XMIT", "RPC_TASK_NEED_RECV",
                                   "RPC_TASK_ASYNC", "RPC_TASK_NO_ROUND_ROBIN"});
    CHECK(names(RpcShape::v4_19) == std::vector<std::string>{"RPC_TASK_ACTIVE", "RPC_TASK_MSG_RECV",
                                                             "RPC_TASK_MSG_RECV_WAIT",
                                                             "RPC_TASK_ASYNC", "RPC_TASK_KILLED"});
}

TEST_CASE("enumerators of the dump's types go before the table of macros") {
    FakeKernel kernel;
    kernel.declare("enum { RPC_TASK_RUNNING, RPC_TASK_QUEUED = 5, RPC_TASK_ACTIVE };");
    nfs::BitNames names(kernel.reader(), "rpc_task.tk_runstate");
    CHECK(names.flags(0x61).names() ==
          std::vector<std::string>{"RPC_TASK_RUNNING", "RPC_TASK_QUEUED", "RPC_TASK_ACTIVE"});
    CHECK(names.number("RPC_TASK_QUEUED") == 5u);
    CHECK(names.flags(std::uint64_t{1} << 40).names() == std::vector<std::string>{"bit 40"});
}

TEST_CASE("a number that an enum gave to another name is not the macro's any more") {
    FakeKernel kernel;
    kernel.declare(
        "enum socket_flags { SOCKWQ_ASYNC_NOSPACE, SOCKWQ_ASYNC_WAITDATA, SOCK_NOSPACE, "
        "SOCK_SUPPORT_ZC, SOCK_CUSTOM_SOCKOPT };");
    nfs::BitNames names(kernel.reader(), "socket.flags");
    CHECK(names.flags(0x1c).names() ==
          std::vector<std::string>{"SOCK_NOSPACE", "SOCK_SUPPORT_ZC", "SOCK_CUSTOM_SOCKOPT"});
    CHECK_FALSE(names.number("SOCK_PASSCRED"));
    CHECK_FALSE(names.number("SOCK_PASSSEC"));
}

TEST_CASE("a bit that was given out again is named by a member that came with the change") {
    auto name = [](std::string_view type, std::string_view word, std::uint64_t value) {
        FakeKernel kernel;
        kernel.declare(type);
        return nfs::BitNames(kernel.reader(), word).flags(value).names();
    };
    constexpr std::string_view kClient = "nfs_client.cl_flags", kCaps = "nfs_server.caps";
    CHECK(name("struct rpc_clnt { u32 cl_clid; };", kClient, 0x400) ==
          std::vector<std::string>{"NFS_CS_LOCAL_IO"});
    CHECK(name("struct rpc_clnt { u32 cl_netunreach_fatal; };", kClient, 0x400) ==
          std::vector<std::string>{"NFS_CS_NETUNREACH_FATAL"});
    CHECK(name("struct nfs_pathconf { u32 max_link; };", kCaps, 0x80) ==
          std::vector<std::string>{"NFS_CAP_CASE_PRESERVING"});
    CHECK(name("struct nfs_pathconf { u8 case_preserving; };", kCaps, 0x80) ==
          std::vector<std::string>{"NFS_CAP_CASE_NONPRESERVING"});
    // Either of two, and no member tells which.
    CHECK(name("struct nfsd_file { u32 nf_hashval; };", "nfsd_file.nf_flags", 4) ==
          std::vector<std::string>{"bit 2"});
}

TEST_CASE("an enumerator of something else is no flag of an export") {
    FakeKernel kernel;
    kernel.declare("enum { ASYNC = 1, NFSEXP_FSID = 256 };");
    nfs::BitNames names(kernel.reader(), "svc_export.ex_flags");
    CHECK(names.flags(0x10).names() == std::vector<std::string>{"ASYNC"});
    CHECK(names.number("FSID") == 8u);
}
