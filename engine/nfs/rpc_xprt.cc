#include "nfs/rpc_xprt.h"

#include <array>

#include "nfs/read_fields.h"
#include "nfs/socket_address.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

struct Kind {
    std::string_view ops, name, container;
};
// net/sunrpc/xprtsock.c, net/sunrpc/xprtrdma/{transport,svc_rdma_backchannel}.c. The operations of
// a transport with TLS are those of TCP: its policy tells.
constexpr std::array kKinds{
    Kind{"xs_tcp_ops", "tcp", "struct sock_xprt"},
    Kind{"xs_udp_ops", "udp", "struct sock_xprt"},
    Kind{"xs_local_ops", "local", "struct sock_xprt"},
    Kind{"bc_tcp_ops", "tcp-bc", "struct sock_xprt"},
    Kind{"xprt_rdma_procs", "rdma", "struct rpcrdma_xprt"},
    Kind{"xprt_rdma_bc_procs", "rdma-bc", "struct rpc_xprt"},
};

// By the symbol of its operations; where data has no symbols, by the protocol as the kernel prints
// it (RPC_DISPLAY_PROTO), which is the same for a server's calls to a client: these have the
// svc_xprt that they share a connection with.
const Kind* kind_of(const Object& xprt, const Field<std::string>& ops) {
    for (const Kind& kind : kKinds)
        if (ops.is(std::string(kind.ops))) return &kind;
    if (ops || ops.why() != Reason::no_symbol) return nullptr;
    auto protocol = xprt.get<std::string>("address_strings[2]");
    auto backchannel = xprt.pointer("bc_xprt");
    if (!protocol || (!backchannel && backchannel.error().reason != Reason::no_type))
        return nullptr;
    std::string name = *protocol + (backchannel && !backchannel->is_null() ? "-bc" : "");
    for (const Kind& kind : kKinds)
        if (name == kind.name) return &kind;
    return nullptr;
}

// Entries of a list that only counts.
Field<std::uint64_t> count(const SunrpcContext& context, const Object& xprt, std::string_view head,
                           std::string_view node) {
    if (!xprt.has(head)) return {Reason::no_type, xprt.origin(head)};
    Budget budget = context.roots.budget();
    auto walk = kernel::list(xprt, head, "struct rpc_rqst", node, budget);
    if (!walk.complete) return {walk.why.reason, xprt.origin(head)};
    return {std::uint64_t{walk.objects.size()}, xprt.origin(head)};
}

Field<Duration> time_spent(const SunrpcContext& context, const Object& xprt) {
    return jiffies_field(context.roots, xprt, "stat.connect_time");
}

void read_address(const SunrpcContext& context, const Object& xprt, RpcXprt& result) {
    auto address = read_socket_address(xprt, "addr");
    const kernel::Origin origin = xprt.origin("addr");
    if (!address) {
        const Reason why = address.error().reason;
        result.host = {why, origin};
        result.port = {why, origin};
        result.loopback = {why, origin};
        return;
    }
    result.host = {address->host, origin};
    if (address->is_loopback())
        result.loopback = {true, origin};
    else
        result.loopback = {is_own(context.own_addresses(), *address), origin};
    if (address->family == SocketAddress::Family::local)
        result.port = {Reason::null, origin};
    else
        result.port = {std::uint64_t{address->port}, origin};
}

void read_statistics(const SunrpcContext& context, const Object& xprt, RpcXprt& result) {
    result.binds = xprt.get<std::uint64_t>("stat.bind_count");
    result.connects = xprt.get<std::uint64_t>("stat.connect_count");
    result.sends = xprt.get<std::uint64_t>("stat.sends");
    result.receives = xprt.get<std::uint64_t>("stat.recvs");
    result.bad_xids = xprt.get<std::uint64_t>("stat.bad_xids");
    result.most_slots = xprt.get<std::uint64_t>("stat.max_slots");
    result.connect_time = time_spent(context, xprt);
    result.requests_sum = xprt.get<std::uint64_t>("stat.req_u");
    result.backlog_sum = xprt.get<std::uint64_t>("stat.bklog_u");
    result.sending_sum = xprt.get<std::uint64_t>("stat.sending_u");
    result.pending_sum = xprt.get<std::uint64_t>("stat.pending_u");
    auto start = xprt.get<std::uint64_t>("stat.connect_start");
    if (start.is(0))
        result.connecting = {Reason::null, start.origin()};
    else
        result.connecting = age_field(context.roots, xprt, "stat.connect_start");
}

}  // namespace

Maybe<Object> transport_of(const Object& xprt) {
    auto ops = xprt.symbol("ops");
    const Kind* kind = kind_of(xprt, ops);
    if (kind == nullptr)
        return ops ? unknown(Reason::no_type, *ops) : unknown(ops.why(), "their operations");
    if (kind->container == "struct rpc_xprt") return xprt;
    return xprt.container(kind->container,
                          kind->container == "struct sock_xprt" ? "xprt" : "rx_xprt");
}

RpcXprt read_rpc_xprt(const SunrpcContext& context, const Object& xprt) {
    RpcXprt result;
    result.address = xprt.address();
    result.ops = xprt.symbol("ops");
    result.security = security_policy(xprt, "xprtsec.policy");
    const Kind* kind = kind_of(xprt, result.ops);
    if (kind == nullptr)
        result.kind = result.ops;
    else if (kind->name == "tcp" && result.security && !result.security.is("none"))
        result.kind = {std::string("tcp-tls"), result.ops.origin()};
    else
        result.kind = {std::string(kind->name), result.ops.origin()};
    result.server = xprt.get<std::string>("servername");
    read_address(context, xprt, result);
    result.display_address = xprt.get<std::string>("address_strings[0]");
    result.display_port = xprt.get<std::string>("address_strings[1]");
    result.net = xprt.get<VAddr>("xprt_net");
    result.xprt_switch = Reason::null;
    result.backchannel = xprt.get<VAddr>("bc_xprt");
    result.main = xprt.get<bool>("main");

    result.state = context.xprt_state.flags(xprt.get<std::uint64_t>("state"));
    result.connected = context.xprt_state.is_set(result.state, "XPRT_CONNECTED");
    result.locked = context.xprt_state.is_set(result.state, "XPRT_LOCKED");
    result.snd_task = xprt.get<VAddr>("snd_task");
    result.congestion = xprt.get<std::uint64_t>("cong");
    result.window = xprt.get<std::uint64_t>("cwnd");
    result.slots = xprt.get<std::uint64_t>("num_reqs");
    result.min_slots = xprt.get<std::uint64_t>("min_reqs");
    result.max_slots = xprt.get<std::uint64_t>("max_reqs");
    result.free_slots = count(context, xprt, "free", "rq_list");
    result.queued = xprt.get<std::uint64_t>("queuelen");
    // Those of its queues are counted on the queues themselves (sunrpc_state.cc).
    result.receiving = Reason::null;
    result.transmitting = Reason::null;
    result.connect_cookie = xprt.get<std::uint64_t>("connect_cookie");
    result.next_xid = xprt.get<std::uint64_t>("xid");
    result.idle = age_field(context.roots, xprt, "last_used");
    result.idle_timeout = jiffies_field(context.roots, xprt, "idle_timeout");
    result.bind_timeout = jiffies_field(context.roots, xprt, "bind_timeout");
    result.connect_timeout = jiffies_field(context.roots, xprt, "connect_timeout");
    result.reestablish_timeout = jiffies_field(context.roots, xprt, "reestablish_timeout");
    result.reserve_lock_held = lock_held(xprt, "reserve_lock");
    result.transport_lock_held = lock_held(xprt, "transport_lock");
    // 75c84151a9dc made it of recv_lock, which 4.19 has.
    result.queue_lock_held = lock_held(xprt, xprt.first_of({"queue_lock", "recv_lock"}));
    result.cleanup_pending = work_pending(xprt, "task_cleanup");
    auto transport = transport_of(xprt);
    if (!transport)
        result.connect_pending = transport.error().reason;
    else if (transport->type() == "struct rpcrdma_xprt")
        result.connect_pending = work_pending(*transport, "rx_connect_worker.work");
    else
        result.connect_pending = work_pending(*transport, "connect_worker.work");
    result.references = xprt.get<std::uint64_t>("kref");
    read_statistics(context, xprt, result);
    return result;
}

RpcXprtSwitch read_rpc_xprt_switch(const Object& xprt_switch) {
    RpcXprtSwitch result;
    result.address = xprt_switch.address();
    result.net = xprt_switch.get<VAddr>("xps_net");
    result.id = xprt_switch.get<std::uint64_t>("xps_id");
    result.transports = xprt_switch.get<std::uint64_t>("xps_nxprts");
    result.active = xprt_switch.get<std::uint64_t>("xps_nactive");
    result.addresses = xprt_switch.get<std::uint64_t>("xps_nunique_destaddr_xprts");
    result.queued = xprt_switch.get<std::uint64_t>("xps_queuelen");
    result.references = xprt_switch.get<std::uint64_t>("xps_kref");
    result.choice = xprt_switch.symbol("xps_iter_ops");
    result.multipath = xprt_switch.get<VAddr>({"xps_multipath", "multipath_context"});
    return result;
}

void describe(const RpcXprt& xprt, Visitor& visitor) {
    visitor.object(xprt.kType, xprt.address);
    visitor.column("kind", xprt.kind, "tcp, tcp-tls, udp, rdma, local; -bc: the server's calls");
    visitor.detail("ops", xprt.ops, "symbol of its operations");
    visitor.column("server", xprt.server, "name of the server as the mount gave it");
    visitor.column("host", xprt.host, "the server's address, xprt.addr");
    visitor.column("port", xprt.port, "the server's port");
    visitor.detail("loopback", xprt.loopback,
                   "the server is this machine: one of the addresses of its network namespaces");
    visitor.detail("display_address", xprt.display_address, "the address as the kernel prints it");
    visitor.detail("display_port", xprt.display_port, "the port as the kernel prints it");
    visitor.column("state", xprt.state, "XPRT_* bits");
    visitor.detail("connected", xprt.connected, "XPRT_CONNECTED");
    visitor.detail("locked", xprt.locked, "XPRT_LOCKED: a task or a worker sends or connects");
    visitor.detail("snd_task", xprt.snd_task,
                   "struct rpc_task that holds this lock; a cookie if XPRT_SND_IS_COOKIE");
    visitor.detail("xprt_switch", xprt.xprt_switch, "struct rpc_xprt_switch that it is in");
    visitor.detail("main", xprt.main, "the first transport of a client");
    visitor.detail("security", xprt.security, "TLS policy: none, tls, mtls");
    visitor.detail("backchannel", xprt.backchannel,
                   "struct svc_xprt of the server's calls; 0: none");
    visitor.detail("net", xprt.net, "struct net");
    visitor.column("slots", xprt.slots, "requests allocated, num_reqs");
    visitor.detail("min_slots", xprt.min_slots, "min_reqs");
    visitor.detail("max_slots", xprt.max_slots, "max_reqs");
    visitor.detail("free_slots", xprt.free_slots, "of the allocated requests not in use");
    visitor.detail("queued", xprt.queued, "rpc_tasks that use it, queuelen");
    visitor.detail("binding", xprt.binding, "rpc_tasks that wait for rpcbind");
    visitor.column("sending", xprt.sending, "rpc_tasks that wait to send");
    visitor.column("pending", xprt.pending, "rpc_tasks that wait for a reply or a connection");
    visitor.column("backlog", xprt.backlog, "rpc_tasks that wait for a slot");
    visitor.detail("receiving", xprt.receiving, "rpc_rqsts in recv_queue: replies awaited");
    visitor.detail("transmitting", xprt.transmitting, "rpc_rqsts on xmit_queue: to be sent");
    visitor.detail("congestion", xprt.congestion, "cong; UDP and RDMA count requests, 256 each");
    visitor.detail("window", xprt.window, "cwnd, the most that congestion may reach");
    visitor.detail("connect_cookie", xprt.connect_cookie, "changes with each connection");
    visitor.detail("next_xid", xprt.next_xid, "number of the next request, host byte order", "hex");
    visitor.detail("idle_ns", xprt.idle, "since it was used last");
    visitor.detail("idle_timeout_ns", xprt.idle_timeout, "closed when not used for so long");
    visitor.detail("bind_timeout_ns", xprt.bind_timeout, "waits so long for rpcbind");
    visitor.detail("connect_timeout_ns", xprt.connect_timeout, "waits so long for a connection");
    visitor.detail("reestablish_timeout_ns", xprt.reestablish_timeout,
                   "waits so long before it connects again; grows with each failure");
    visitor.detail("connecting_ns", xprt.connecting,
                   "since the present or last attempt to connect began");
    visitor.detail("connect_pending", xprt.connect_pending, "its connect worker is queued");
    visitor.detail("cleanup_pending", xprt.cleanup_pending, "its autoclose worker is queued");
    visitor.detail("reserve_lock_held", xprt.reserve_lock_held, "somebody holds this spinlock");
    visitor.detail("transport_lock_held", xprt.transport_lock_held, "somebody holds this spinlock");
    visitor.detail("queue_lock_held", xprt.queue_lock_held, "somebody holds this spinlock");
    visitor.detail("references", xprt.references, "kref");
    visitor.detail("binds", xprt.binds, "times it asked rpcbind");
    visitor.detail("connects", xprt.connects, "times it connected");
    visitor.detail("connect_time_ns", xprt.connect_time, "spent on that in all");
    visitor.detail("sends", xprt.sends, "requests sent");
    visitor.detail("receives", xprt.receives, "replies received");
    visitor.detail("bad_xids", xprt.bad_xids, "replies that belonged to no request");
    visitor.detail("most_slots", xprt.most_slots, "most requests that were in use at once");
    visitor.detail("requests_sum", xprt.requests_sum, "requests in use, summed over all sends");
    visitor.detail("backlog_sum", xprt.backlog_sum, "length of backlog, summed over all sends");
    visitor.detail("sending_sum", xprt.sending_sum, "length of sending, summed over all sends");
    visitor.detail("pending_sum", xprt.pending_sum, "length of pending, summed over all sends");
}

void describe(const RpcXprtSwitch& xprt_switch, Visitor& visitor) {
    visitor.object(xprt_switch.kType, xprt_switch.address);
    visitor.column("id", xprt_switch.id, "number in sysfs");
    visitor.column("transports", xprt_switch.transports, "transports in it, xps_nxprts");
    visitor.column("active", xprt_switch.active, "of these not offline");
    visitor.column("addresses", xprt_switch.addresses, "different addresses of the server");
    visitor.column("queued", xprt_switch.queued, "rpc_tasks that use any of them");
    visitor.column("choice", xprt_switch.choice, "symbol of how one is chosen");
    visitor.detail("references", xprt_switch.references, "xps_kref");
    visitor.detail("net", xprt_switch.net, "struct net");
    visitor.detail("multipath", xprt_switch.multipath, "eNFS: its own data of this switch");
}

}  // namespace nfstriage::nfs
