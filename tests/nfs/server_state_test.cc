// What is read of nfsd and its RPC service, over a made-up kernel.
#include "catch.h"

#include "server_world.h"

using namespace nfstriage;
using nfstriage::test::ServerWorld;

TEST_CASE("a busy nfsd thread tells its call and the COMPOUND operation that it has begun") {
    ServerWorld world;
    auto serv = world.make_service(world.make_nfsd());
    auto thread = world.make_thread(serv);
    auto xprt = world.make_xprt(serv, 1, false);
    auto& pages = world.dump.pages;
    auto args = world.make("nfsd4_compoundargs"), res = world.make("nfsd4_compoundres");
    auto ops = world.make("nfsd4_op"), text = world.make("list_head");
    auto size = world.offset("nfsd4_op.opdesc") + 8;
    const char* names[] = {"OP_SEQUENCE", "OP_PUTFH", "OP_WRITE"};
    for (unsigned i = 0; i < 3; ++i) {
        auto description = world.make("nfsd4_operation");
        pages.put_string(text + i * 64, names[i]);
        world.set(description, "nfsd4_operation.op_name", text + i * 64);
        pages.put(ops + i * size + world.offset("nfsd4_op.opdesc"), description);
    }
    world.set(args, "nfsd4_compoundargs.opcnt", std::uint32_t{3});
    world.set(args, "nfsd4_compoundargs.ops", ops);
    world.set(res, "nfsd4_compoundres.opcnt", std::uint32_t{2});
    auto procedure = world.make("svc_procedure");
    pages.put_string(text + 512, "COMPOUND");
    world.set(procedure, "svc_procedure.pc_name", text + 512);
    world.set(thread, "svc_rqst.rq_procinfo", procedure);
    world.set(thread, "svc_rqst.rq_xprt", xprt);
    world.set(thread, "svc_rqst.rq_xid", std::uint32_t{0x89ec186b});
    world.set(thread, "svc_rqst.rq_prog", std::uint32_t{100003});
    world.set(thread, "svc_rqst.rq_vers", std::uint32_t{4});
    world.set(thread, "svc_rqst.rq_proc", std::uint32_t{1});
    world.set(thread, "svc_rqst.rq_argp", args);
    world.set(thread, "svc_rqst.rq_resp", res);

    auto state = world.read();
    REQUIRE(state.svc_threads.items.size() == 1);
    CHECK(state.svc_threads.complete);
    const auto& read = state.svc_threads.items.front();
    CHECK(read.busy.is(true));
    CHECK(read.xid.is(0x6b18ec89));
    CHECK(read.procedure_name.is("COMPOUND"));
    CHECK(read.operation.is("OP_PUTFH"));
    CHECK(read.operation_index.is(1));
    CHECK(read.operations.is("OP_SEQUENCE OP_PUTFH OP_WRITE"));

    SECTION("before the first operation there is none") {
        world.set(res, "nfsd4_compoundres.opcnt", std::uint32_t{0});
        CHECK(world.read().svc_threads.items.front().operation.why() == Reason::null);
    }
    SECTION("a count that cannot be is no operation") {
        world.set(args, "nfsd4_compoundargs.opcnt", std::uint32_t{0x5a5a5a5a});
        CHECK(world.read().svc_threads.items.front().operation.why() == Reason::corrupt);
    }
    SECTION("a description that was not dumped leaves the others") {
        pages.remove(text);
        auto again = world.read().svc_threads.items.front();
        CHECK_FALSE(again.operation.known());
        CHECK(again.operation_index.is(1));
    }
    SECTION("without a transport in hand it is idle") {
        world.set(thread, "svc_rqst.rq_xprt", std::uint64_t{0});
        CHECK(world.read().svc_threads.items.front().busy.is(false));
    }
}

TEST_CASE("a transport that waits for a thread is told from one that does not") {
    ServerWorld world;
    auto serv = world.make_service(world.make_nfsd());
    world.make_xprt(serv, 0x11, true);
    auto other = world.make_xprt(serv, 0x10, false);
    auto state = world.read();
    REQUIRE(state.svc_xprts.items.size() == 2);
    CHECK(state.svc_xprts.items[0].queued.is(true));
    CHECK(state.svc_xprts.items[1].queued.is(false));
    CHECK(state.svc_xprts.items[1].flags->names() == std::vector<std::string>{"XPT_TEMP"});
    CHECK(state.svc_pools.items.front().queued_transports.is(1));
    CHECK(state.svc_servs.items.front().temporary_transports.is(2));

    SECTION("a transport that was not dumped makes the list incomplete") {
        world.dump.pages.remove(other);
        auto less = world.read();
        CHECK(less.svc_xprts.items.size() <= 2);
        CHECK_FALSE(less.svc_xprts.complete);
        CHECK_FALSE(less.svc_servs.items.front().temporary_transports.known());
    }
}

TEST_CASE("stateids are told by type and status, of kernels before and since v6.9") {
    auto split = GENERATE(false, true);
    ServerWorld world(split);
    auto client = world.make_client(world.make_nfsd());
    auto open = world.make_stateid(client, 1, 1);
    world.make_stateid(client, 2, 2);
    world.make_stateid(client, 3, 4);
    world.make_stateid(client, 4, 0);
    auto closed = world.make_stateid(client, 5, split ? 1 : 8);
    if (split) world.set(closed, "nfs4_stid.sc_status", std::uint16_t{1});
    world.set(open, "nfs4_ol_stateid.st_access_bmap", std::uint8_t{1 << 3});

    auto state = world.read();
    REQUIRE(state.nfsd_stateids.items.size() == 5);
    CHECK(state.nfsd_stateids.complete);
    const auto& items = state.nfsd_stateids.items;
    CHECK(items[0].type.is("open"));
    CHECK(items[0].status.is(""));
    CHECK(items[0].access.is("read|write"));
    CHECK(items[0].id.is(1));
    CHECK(items[1].type.is("lock"));
    CHECK(items[2].type.is("delegation"));
    CHECK(items[3].type.is("none"));
    CHECK(items[4].type.is("open"));
    CHECK(items[4].status.is("closed"));
    const auto& counted = state.nfsd_clients.items.front();
    CHECK(counted.stateids.is(5));
    CHECK(counted.opens.is(2));
    CHECK(counted.closed.is(1));
    CHECK(counted.state.is("active"));

    SECTION("one that was not dumped leaves no count of kinds") {
        world.dump.pages.remove(closed);
        auto less = world.read();
        CHECK(less.nfsd_clients.items.front().stateids.is(5));
        CHECK_FALSE(less.nfsd_clients.items.front().opens.known());
    }
}

TEST_CASE("a loop in a hash chain of clients ends the walk and is reported") {
    ServerWorld world;
    auto nfsd = world.make_nfsd();
    auto first = world.make_client(nfsd), second = world.make_client(nfsd);
    auto at = world.offset("nfs4_client.cl_idhash");
    world.dump.pages.put(second + at, first + at);
    world.dump.pages.put(first + at + 8, second + at);  // and backward
    auto state = world.read();
    CHECK(state.nfsd_clients.items.size() <= 2);
    CHECK_FALSE(state.nfsd_clients.complete);
}
