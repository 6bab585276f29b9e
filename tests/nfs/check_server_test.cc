// Illegal states of the NFS server, and legal ones that look like them.
#include "catch.h"

#include "server_world.h"

using namespace nfstriage;
using nfstriage::test::ServerWorld;
using Names = std::vector<std::string>;

TEST_CASE("a server at work has no findings") {
    ServerWorld world(GENERATE(false, true));
    auto nfsd = world.make_nfsd();
    auto serv = world.make_service(nfsd);
    world.make_thread(serv);
    world.make_xprt(serv, 0x11, true);
    auto client = world.make_client(nfsd);
    world.make_client(nfsd, false);
    for (unsigned i = 0; i < 4; ++i)
        world.make_stateid(client, i + 1, static_cast<std::uint16_t>(i == 0 ? 0 : 1 << (i - 1)));
    CHECK(world.findings() == Names{});
}

TEST_CASE("a stateid that nobody refers to may not be in the idr") {
    ServerWorld world;
    auto client = world.make_client(world.make_nfsd());
    auto stid = world.make_stateid(client, 7, 1);
    world.set(stid, "nfs4_stid.sc_count", std::uint32_t{0});
    CHECK(world.findings() == Names{"nfsd_stateid_count"});

    SECTION("while it is made, it is there without a count and a type") {
        world.set(stid, "nfs4_stid.sc_type", std::uint8_t{0});
        CHECK(world.findings() == Names{});
    }
    SECTION("while somebody holds cl_lock, it may just be taken out") {
        world.set(client, "nfs4_client.cl_lock", std::uint32_t{1});
        CHECK(world.findings() == Names{});
    }
    SECTION("a count below 0 is one too few") {
        world.set(stid, "nfs4_stid.sc_count", std::uint32_t{0xc0000000});
        CHECK(world.findings() == Names{"server_references"});
    }
    SECTION("a page that is missing makes no finding") {
        world.dump.pages.remove(stid);
        CHECK(world.findings() == Names{});
    }
}

TEST_CASE("a stateid has one type and its own place") {
    ServerWorld world;
    auto client = world.make_client(world.make_nfsd());
    auto stid = world.make_stateid(client, 7, 1);
    SECTION("two types") {
        world.set(stid, "nfs4_stid.sc_type", std::uint8_t{3});
        CHECK(world.findings() == Names{"nfsd_stateid_type"});
    }
    SECTION("a type that no such kernel has") {
        world.set(stid, "nfs4_stid.sc_type", std::uint8_t{0x80});
        CHECK(world.findings() == Names{"nfsd_stateid_type"});
    }
    SECTION("another client's") {
        world.set(stid, "nfs4_stid.sc_client", stid);
        CHECK(world.findings() == Names{"nfsd_stateid_idr"});
    }
    SECTION("another's place") {
        world.set(stid, "nfs4_stid.sc_type", std::uint8_t{1});
        auto id = world.offset("nfs4_stid.sc_stateid") + world.offset("stateid.si_opaque") +
                  world.offset("opaque.so_id");
        world.dump.pages.put(stid + id, std::uint32_t{9});
        CHECK(world.findings() == Names{"nfsd_stateid_idr"});
    }
}

TEST_CASE("a closed stateid is on no list of its file unless a CLOSE is at it") {
    auto split = GENERATE(false, true);
    ServerWorld world(split);
    auto client = world.make_client(world.make_nfsd());
    auto stid = world.make_stateid(client, 7, split ? 1 : 8);
    if (split) world.set(stid, "nfs4_stid.sc_status", std::uint16_t{1});
    CHECK(world.findings() == Names{});
    auto node = stid + world.offset("nfs4_ol_stateid.st_perfile");
    auto head = world.make("list_head");
    world.empty_list(head);
    world.add(head, node);
    CHECK(world.findings() == Names{"nfsd_stateid_closed"});
    world.set(stid, "nfs4_ol_stateid.st_mutex", std::uint64_t{0xffff'8880'0000'1000});
    CHECK(world.findings() == Names{});
}

TEST_CASE("a transport waits for a thread only while it is busy and not dead") {
    ServerWorld world;
    auto serv = world.make_service(world.make_nfsd());
    SECTION("not busy") {
        world.make_xprt(serv, 0x10, true);
        CHECK(world.findings() == Names{"svc_xprt_queued"});
    }
    SECTION("dead") {
        world.make_xprt(serv, 0x51, true);
        CHECK(world.findings() == Names{"svc_xprt_queued"});
    }
    SECTION("dead and not waiting: it is being closed") {
        world.make_xprt(serv, 0x51, false);
        CHECK(world.findings() == Names{});
    }
    SECTION("while the queue is being changed nothing is said") {
        auto xprt = world.make_xprt(serv, 0x10, true);
        auto pool = world.dump.pages.u64(VAddr{serv + world.offset("svc_serv.sv_pools")}).value();
        world.set(pool, "svc_pool.sp_lock", std::uint32_t{1});
        CHECK(world.findings() == Names{});
        world.set(xprt, "svc_xprt.xpt_ref", std::uint32_t{0});
        CHECK(world.findings() == Names{"server_references"});
    }
}

TEST_CASE("a pool has not fewer threads than its list") {
    ServerWorld world;
    auto serv = world.make_service(world.make_nfsd());
    world.make_thread(serv);
    world.make_thread(serv);
    auto pool = world.dump.pages.u64(VAddr{serv + world.offset("svc_serv.sv_pools")}).value();
    world.set(pool, "svc_pool.sp_nrthreads", std::uint32_t{3});
    CHECK(world.findings() == Names{});
    world.set(pool, "svc_pool.sp_nrthreads", std::uint32_t{1});
    CHECK(world.findings() == Names{"svc_pool_threads"});
}

TEST_CASE("a client among the confirmed ones is confirmed") {
    ServerWorld world;
    auto nfsd = world.make_nfsd();
    auto client = world.make_client(nfsd);
    world.set(client, "nfs4_client.cl_flags", std::uint64_t{0});
    CHECK(world.findings() == Names{"nfsd_client_confirmed"});
    world.set(nfsd, "nfsd_net.client_lock", std::uint32_t{1});
    CHECK(world.findings() == Names{});
}

TEST_CASE("a broken link of the clients' list is found while nobody changes it") {
    ServerWorld world;
    auto nfsd = world.make_nfsd();
    auto client = world.make_client(nfsd);
    world.make_client(nfsd);
    world.dump.pages.put(client + world.offset("nfs4_client.cl_lru") + 8,
                         std::uint64_t{0xdead'0000'0000'0122});
    CHECK(world.findings() == Names{"list_links"});
    world.set(nfsd, "nfsd_net.client_lock", std::uint32_t{1});
    CHECK(world.findings() == Names{});
}

TEST_CASE("tables of an nfsd that has stopped, or is stopping, are not believed") {
    ServerWorld world;
    auto nfsd = world.make_nfsd();
    auto client = world.make_client(nfsd);
    world.set(client, "nfs4_client.cl_flags", std::uint64_t{0});
    SECTION("stopping") {
        world.dump.pages.put(world.nfsd_mutex, std::uint64_t{0xffff'8880'0000'1000});
        CHECK(world.findings() == Names{});
    }
    SECTION("stopped") {
        world.set(nfsd, "nfsd_net.nfsd_net_up", std::uint8_t{0});
        CHECK(world.findings() == Names{});
        auto state = world.read();
        CHECK(state.nfsd_clients.items.empty());
        CHECK(state.nfsd_clients.complete);
    }
}
