// Transports and what lies below: addresses, state, sockets, TCP's limits, GSS.
#include "nfs/rpc_xprt.h"

#include "catch.h"
#include "nfs/gss_upcall.h"
#include "nfs/rpc_world.h"
#include "nfs/sock_xprt.h"
#include "nfs/tcp_memory.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

constexpr std::uint64_t kTcpOps = 0xffffffffc0400000;

nfs::RpcXprt read(RpcWorld& world) {
    nfs::SunrpcContext context(world.kernel.roots());
    return nfs::read_rpc_xprt(context, world.kernel.reader().object(RpcWorld::kXprt, world.xprt));
}

void put_bytes(RpcWorld& world, VAddr at, const std::vector<std::uint8_t>& bytes) {
    world.kernel.dump.pages.put_bytes(at.value, bytes);
}

// Types below a transport, and one connection over 192.0.2.1 to 192.0.2.7.
struct Connected {
    FakeKernel kernel;
    VAddr transport, sock, socket, proto;

    Connected() {
        kernel.declare(
            "struct rpc_xprt { u64 state; };"
            "struct sock_common { u32 skc_daddr; u32 skc_rcv_saddr; u16 skc_num; u16 skc_dport; "
            "u16 skc_family; u8 skc_state; struct proto *skc_prot; };"
            "struct socket { u64 flags; };"
            "struct sk_buff_head { u32 qlen; };"
            "struct socket_lock_t { u32 owned; };"
            "struct sock { struct sock_common __sk_common; struct socket_lock_t sk_lock; "
            "struct socket *sk_socket; u16 sk_protocol; s32 sk_err; s32 sk_wmem_queued; "
            "s32 sk_sndbuf; struct sk_buff_head sk_write_queue; };"
            "struct inet_connection_sock { struct sock icsk_inet; u8 icsk_retransmits; "
            "u32 icsk_rto; };"
            "struct tcp_sock { struct inet_connection_sock inet_conn; u32 snd_una; u32 snd_nxt; "
            "u32 write_seq; u32 rcv_nxt; u32 copied_seq; u32 srtt_us; u32 lsndtime; "
            "u32 total_retrans; };"
            "struct sock_xprt { struct rpc_xprt xprt; struct socket *sock; struct sock *inet; "
            "u64 sock_state; };"
            "struct atomic_long { s64 counter; };"
            "struct percpu_counter { s64 count at 8; };"
            "struct proto { char name[32]; struct atomic_long *memory_allocated; "
            "u64 *memory_pressure; s64 *sysctl_mem; struct percpu_counter *sockets_allocated; };");
        kernel.clock.hz = 250;
        kernel.clock.jiffies = RpcWorld::kJiffies;
        transport = kernel.make("struct sock_xprt");
        sock = kernel.make("struct tcp_sock");
        socket = kernel.make("struct socket");
        proto = kernel.make("struct proto");
        kernel.set(transport, "struct sock_xprt", "inet", sock);
        kernel.set(transport, "struct sock_xprt", "sock", socket);
        kernel.set(transport, "struct sock_xprt", "sock_state", 0x110);
        set("sk_socket", socket.value);
        kernel.set(socket, "struct socket", "flags", 4);  // SOCK_NOSPACE
        set("__sk_common.skc_family", 2);
        set("__sk_common.skc_state", 1);
        set("__sk_common.skc_rcv_saddr", 0x010200c0);
        set("__sk_common.skc_daddr", 0x070200c0);
        set("__sk_common.skc_num", 843);
        set("__sk_common.skc_dport", 0x0108);  // 2049
        set("__sk_common.skc_prot", proto.value);
        set("sk_protocol", 6);
        set("sk_err", 111);
        set("sk_wmem_queued", 70000);
    }
    void set(std::string_view path, std::uint64_t value) {
        kernel.set(sock, "struct sock", path, value);
    }
    void set_tcp(std::string_view path, std::uint64_t value) {
        kernel.set(sock, "struct tcp_sock", path, value);
    }
    nfs::SockXprt read() {
        nfs::SunrpcContext context(kernel.roots());
        return nfs::read_sock_xprt(context, kernel.reader().object("struct sock_xprt", transport));
    }
};

}  // namespace

TEST_CASE("a transport's address is told in the family that it is of") {
    RpcWorld world;
    VAddr at = world.place(world.xprt, RpcWorld::kXprt, "addr");
    SECTION("IPv4") {
        put_bytes(world, at, {2, 0, 8, 1, 192, 0, 2, 7});
        auto xprt = read(world);
        CHECK(xprt.host.is("192.0.2.7"));
        CHECK(xprt.port.is(2049));
        CHECK(xprt.loopback.is(false));
    }
    SECTION("IPv6") {
        put_bytes(world, at, {10, 0, 8, 1, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8,
                              0,  0, 0, 0, 0, 0, 0, 0, 0,    0, 0,   7});
        CHECK(read(world).host.is("2001:db8::7"));
    }
    SECTION("local") {
        put_bytes(world, at, {1, 0, '/', 'r', 'u', 'n', 0});
        auto xprt = read(world);
        CHECK(xprt.host.is("/run"));
        CHECK(!xprt.port);
    }
    SECTION("none") { CHECK(read(world).host.why() == Reason::null); }
}

TEST_CASE("a server at an address of this host is this machine, in whatever namespace") {
    RpcWorld world;
    put_bytes(world, world.place(world.xprt, RpcWorld::kXprt, "addr"), {2, 0, 8, 1, 10, 9, 9, 1});
    CHECK(read(world).loopback.is(false));
    FakeKernel& kernel = world.kernel;
    VAddr device = kernel.make("struct net_device"), own = kernel.make("struct in_device"),
          address = kernel.make("struct in_ifaddr"), other = kernel.make("struct net");
    kernel.link(world.place(other, "struct net", "dev_base_head"),
                {world.place(device, "struct net_device", "dev_list")});
    kernel.set(device, "struct net_device", "ip_ptr", own);
    kernel.set(own, "struct in_device", "ifa_list", address);
    kernel.set(address, "struct in_ifaddr", "ifa_local", 0x0109090a);  // 10.9.9.1, big endian
    kernel.nets.items.push_back({kernel.reader().object("struct net", other)});
    CHECK(read(world).loopback.is(true));
    kernel.lose(own);
    // It may have had that address or another.
    CHECK_FALSE(read(world).loopback.known());
    put_bytes(world, world.place(world.xprt, RpcWorld::kXprt, "addr"), {2, 0, 8, 1, 127, 0, 0, 1});
    CHECK(read(world).loopback.is(true));
}

TEST_CASE("a transport's state, locks and queues are told by name") {
    RpcWorld world;
    world.set(world.xprt, RpcWorld::kXprt, "state", 0x213);
    world.set(world.xprt, RpcWorld::kXprt, "last_used", RpcWorld::kJiffies - 500);
    world.hold(world.xprt, RpcWorld::kXprt, "queue_lock");
    world.kernel.symbols.add("xs_tcp_ops", kTcpOps, 256, 'd', "sunrpc");
    world.set(world.xprt, RpcWorld::kXprt, "ops", kTcpOps);
    auto xprt = read(world);
    CHECK(xprt.state->names() == std::vector<std::string>{"XPRT_LOCKED", "XPRT_CONNECTED",
                                                          "XPRT_BOUND", "XPRT_CONGESTED"});
    CHECK(xprt.locked.is(true));
    CHECK(xprt.kind.is("tcp"));
    CHECK(xprt.ops.is("xs_tcp_ops"));
    CHECK(xprt.idle->ns == 2'000'000'000);
    CHECK(xprt.queue_lock_held.is(true));
    CHECK(xprt.transport_lock_held.is(false));
}

TEST_CASE("without symbols of data a transport's kind is what the kernel prints") {
    RpcWorld world;
    world.set(world.xprt, RpcWorld::kXprt, "ops", kTcpOps);
    CHECK(read(world).kind.why() == Reason::no_symbol);
    world.set(world.xprt, RpcWorld::kXprt, "address_strings[2]", world.string("udp"));
    CHECK(read(world).kind.is("udp"));
}

TEST_CASE("a connection is told with its ends, state, errors and room") {
    Connected connected;
    auto transport = connected.read();
    CHECK(transport.local.is("192.0.2.1:843"));
    CHECK(transport.peer.is("192.0.2.7:2049"));
    CHECK(transport.state.is("TCP_ESTABLISHED"));
    CHECK(transport.error.is(-111));
    CHECK(transport.send_queued_bytes.is(70000));
    CHECK(transport.no_space.is(true));
    CHECK(transport.worker_state->names() ==
          std::vector<std::string>{"XPRT_SOCK_WAKE_ERROR", "XPRT_SOCK_CONNECT_SENT"});
}

TEST_CASE("sequence numbers are subtracted over their wrap") {
    Connected connected;
    connected.set_tcp("snd_una", 0xfffffff0);
    connected.set_tcp("snd_nxt", 0x10);
    connected.set_tcp("write_seq", 0x110);
    connected.set_tcp("rcv_nxt", 5);
    connected.set_tcp("copied_seq", 6);  // a FIN was read
    auto transport = connected.read();
    CHECK(transport.unacknowledged_bytes.is(0x20));
    CHECK(transport.unsent_bytes.is(0x100));
    CHECK(transport.unread_bytes.is(0));
}

TEST_CASE("TCP's times are told from the low half of jiffies and from microseconds") {
    Connected connected;
    connected.set_tcp("lsndtime", (RpcWorld::kJiffies - 750) & 0xffffffff);
    connected.set_tcp("srtt_us", 8 * 1500);
    connected.set_tcp("inet_conn.icsk_rto", 50);
    auto transport = connected.read();
    CHECK(transport.last_sent->ns == 3'000'000'000);
    CHECK(transport.smoothed_rtt->ns == 1'500'000);
    CHECK(transport.retransmission_timeout->ns == 200'000'000);
    CHECK(transport.last_received.why() == Reason::no_type);
}

TEST_CASE("a transport without a socket has none of its values") {
    Connected connected;
    connected.kernel.set(connected.transport, "struct sock_xprt", "inet", 0);
    auto transport = connected.read();
    CHECK(transport.state.why() == Reason::null);
    CHECK(transport.retransmits.why() == Reason::null);
    CHECK(transport.no_space.why() == Reason::null);
}

TEST_CASE("a datagram socket has no values of TCP") {
    Connected connected;
    connected.set("sk_protocol", 17);
    connected.set_tcp("snd_nxt", 5);
    CHECK(!connected.read().unacknowledged_bytes);
    CHECK(connected.read().send_queued_bytes.is(70000));
}

TEST_CASE("TCP's memory is compared with its limits in bytes") {
    Connected connected;
    FakeKernel& kernel = connected.kernel;
    VAddr words = kernel.make(64);
    kernel.set_text(connected.proto, "struct proto", "name", "TCP");
    kernel.set(connected.proto, "struct proto", "memory_allocated", words);
    kernel.set(connected.proto, "struct proto", "memory_pressure", words + 8);
    kernel.set(connected.proto, "struct proto", "sysctl_mem", words + 16);
    const std::uint64_t page = kernel.dump.page_size();
    for (auto [at, value] : {std::pair(0, std::uint64_t{101}), std::pair(8, std::uint64_t{0}),
                             std::pair(16, std::uint64_t{50}), std::pair(24, std::uint64_t{80}),
                             std::pair(32, std::uint64_t{100})})
        kernel.dump.pages.put(words.value + static_cast<std::uint64_t>(at), value);
    auto read = [&] {
        return nfs::read_tcp_memory(kernel.roots(),
                                    {kernel.reader().object("struct sock", connected.sock)});
    };
    auto memory = read();
    REQUIRE(memory.items.size() == 1);
    CHECK(memory.complete);
    CHECK(memory.items[0].protocol.is("TCP"));
    CHECK(memory.items[0].allocated_bytes.is(static_cast<std::int64_t>(101 * page)));
    CHECK(memory.items[0].limit_bytes.is(100 * page));
    CHECK(memory.items[0].over_limit.is(true));
    CHECK(memory.items[0].pressure.is(false));
    CHECK(memory.items[0].pressure_age.why() == Reason::null);

    kernel.dump.pages.put(words.value, std::uint64_t{100});
    kernel.dump.pages.put(words.value + 8, RpcWorld::kJiffies - 250);
    memory = read();
    CHECK(memory.items[0].over_limit.is(false));
    CHECK(memory.items[0].pressure_age->ns == 1'000'000'000);

    // No limit at all.
    kernel.dump.pages.put(words.value + 32, std::uint64_t{INT64_MAX});
    CHECK(read().items[0].limit_bytes.is(UINT64_MAX));
    kernel.lose(words);
    CHECK(!read().items[0].over_limit);
}

TEST_CASE("where no socket and no symbol leads to TCP's memory, that is told") {
    FakeKernel kernel;
    auto memory = nfs::read_tcp_memory(kernel.roots(), {});
    CHECK(memory.items.empty());
    CHECK(!memory.complete);
}

TEST_CASE("GSS: upcalls under way and credentials of a client's flavor") {
    FakeKernel kernel;
    kernel.declare(
        "struct hlist_head { struct hlist_node *first; };"
        "struct hlist_node { struct hlist_node *next; struct hlist_node **pprev; };"
        "struct rpc_cred_cache { struct hlist_head *hashtable; u32 hashbits; };"
        "struct rpc_auth { u32 au_flavor; struct rpc_cred_cache *au_credcache; };"
        "struct rpc_pipe { struct list_head in_downcall; };"
        "struct gss_pipe { struct rpc_pipe *pipe; };"
        "struct gss_auth { u64 kref; struct rpc_auth rpc_auth; void *client; "
        "struct gss_pipe *gss_pipe[2]; };"
        "struct rpc_cred { struct hlist_node cr_hash; struct rpc_auth *cr_auth; u64 cr_flags; };"
        "struct gss_cl_ctx { u32 gc_seq; u64 gc_expiry; };"
        "struct gss_cred { struct rpc_cred gc_base; u32 gc_service; struct gss_cl_ctx *gc_ctx; };"
        "struct gss_upcall_msg { u32 count; u32 uid; struct list_head list; "
        "struct gss_auth *auth; };");
    kernel.clock.hz = 250;
    kernel.clock.jiffies = RpcWorld::kJiffies;
    VAddr auth = kernel.make("struct gss_auth"), pipe = kernel.make("struct rpc_pipe");
    VAddr holder = kernel.make("struct gss_pipe"), upcall = kernel.make("struct gss_upcall_msg");
    VAddr cache = kernel.make("struct rpc_cred_cache"), table = kernel.make(32);
    VAddr cred = kernel.make("struct gss_cred"), context = kernel.make("struct gss_cl_ctx");
    kernel.set(auth, "struct gss_auth", "rpc_auth.au_flavor", 390003);
    kernel.set(auth, "struct gss_auth", "rpc_auth.au_credcache", cache);
    kernel.set(auth, "struct gss_auth", "gss_pipe[1]", holder);
    kernel.set(holder, "struct gss_pipe", "pipe", pipe);
    kernel.set(upcall, "struct gss_upcall_msg", "uid", 1000);
    kernel.link(pipe, {kernel.place(upcall, "struct gss_upcall_msg", "list")});
    kernel.set(cache, "struct rpc_cred_cache", "hashtable", table);
    kernel.set(cache, "struct rpc_cred_cache", "hashbits", 2);
    kernel.dump.pages.put(table.value + 8, cred.value);
    kernel.set(cred, "struct gss_cred", "gc_base.cr_hash.pprev", table + 8);
    kernel.set(cred, "struct gss_cred", "gc_base.cr_flags", 6);
    kernel.set(cred, "struct gss_cred", "gc_service", 3);
    kernel.set(cred, "struct gss_cred", "gc_ctx", context);
    kernel.set(context, "struct gss_cl_ctx", "gc_expiry", RpcWorld::kJiffies - 250);
    auto read = [&] {
        nfs::SunrpcContext sunrpc(kernel.roots());
        return nfs::read_gss(
            sunrpc, kernel.reader().object("struct rpc_auth",
                                           kernel.place(auth, "struct gss_auth", "rpc_auth")));
    };
    auto gss = read();
    REQUIRE(gss.upcalls.items.size() == 1);
    CHECK(gss.upcalls.items[0].uid.is(1000));
    REQUIRE(gss.creds.items.size() == 1);
    CHECK(gss.creds.complete);
    CHECK(gss.creds.items[0].service.is("privacy"));
    CHECK(gss.creds.items[0].flags->names() ==
          std::vector<std::string>{"RPCAUTH_CRED_UPTODATE", "RPCAUTH_CRED_HASHED"});
    CHECK(gss.creds.items[0].expires->ns == -1'000'000'000);

    SECTION("a table of credentials that cannot be is not walked") {
        kernel.set(cache, "struct rpc_cred_cache", "hashbits", 60);
        CHECK(read().creds.items.empty());
        CHECK(!read().creds.complete);
    }
    SECTION("another flavor has none, and none is missing") {
        kernel.set(auth, "struct gss_auth", "rpc_auth.au_flavor", 1);
        CHECK(read().upcalls.items.empty());
        CHECK(read().upcalls.complete);
        CHECK(read().creds.complete);
    }
}
