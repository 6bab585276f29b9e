#include "nfs/svc_xprt.h"

#include <array>

#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// include/net/tcp_states.h
constexpr std::array<std::string_view, 12> kTcpStates{
    "TCP_ESTABLISHED", "TCP_SYN_SENT",  "TCP_SYN_RECV", "TCP_FIN_WAIT1",
    "TCP_FIN_WAIT2",   "TCP_TIME_WAIT", "TCP_CLOSE",    "TCP_CLOSE_WAIT",
    "TCP_LAST_ACK",    "TCP_LISTEN",    "TCP_CLOSING",  "TCP_NEW_SYN_RECV",
};

Field<std::string> tcp_state(const kernel::Reader& reader, const Field<std::uint64_t>& state) {
    if (!state) return {state.why(), state.origin()};
    for (std::string_view name : kTcpStates)
        if (auto value = reader.types().enumerator(name);
            value && static_cast<std::uint64_t>(*value) == *state)
            return {std::string(name), state.origin()};
    return {std::to_string(*state), state.origin()};
}

// The difference of two sequence numbers, which wrap at 32 bits.
Field<std::uint64_t> span_of(const Object& sock, std::string_view end, std::string_view begin) {
    auto last = sock.get<std::uint64_t>(end);
    auto first = sock.get<std::uint64_t>(begin);
    if (!last) return last;
    if (!first) return first;
    auto size = static_cast<std::uint32_t>(*last) - static_cast<std::uint32_t>(*first);
    return {std::uint64_t{size}, last.origin()};
}

// Of the socket under a transport of the classes that net/sunrpc/svcsock.c has.
void read_socket(SvcXprt& result, const Object& xprt) {
    bool is_socket = result.transport.is("tcp") || result.transport.is("udp") ||
                     result.transport.is("tcp-bc") || result.transport.is("local");
    if (!is_socket) {
        Reason why = result.transport ? Reason::null : result.transport.why();
        result.sock = why;
        result.socket_state = why;
        result.send_queue_bytes = why;
        result.receive_queue_bytes = why;
        return;
    }
    auto svc_sock = xprt.container("struct svc_sock", "sk_xprt");
    if (!svc_sock) return;
    result.sock = svc_sock->get<VAddr>("sk_sk");
    if (!result.sock || result.sock->is_null() || result.transport.is("udp")) return;
    Object sock = xprt.reader().object("struct sock", *result.sock);
    result.socket_state =
        tcp_state(xprt.reader(), sock.get<std::uint64_t>("__sk_common.skc_state"));
    if (result.permanent.is(true)) return;
    Object tcp = sock.as("struct tcp_sock");
    result.send_queue_bytes = span_of(tcp, "write_seq", "snd_una");
    result.receive_queue_bytes = span_of(tcp, "rcv_nxt", "copied_seq");
}

SvcDeferred read_deferred(const Object& deferred, bool ready) {
    SvcDeferred result;
    result.address = deferred.address();
    result.xprt = deferred.get<VAddr>("xprt");
    result.cache_item = deferred.get<VAddr>("handle.item");
    result.peer = address_field(deferred, "addr");
    auto words = deferred.get<std::uint64_t>("argslen");  // in words of 4 bytes
    if (words)
        result.argument_bytes = Field<std::uint64_t>(*words << 2, words.origin());
    else
        result.argument_bytes = words;
    result.ready = ready;
    return result;
}

}  // namespace

void describe(const SvcXprt& xprt, Visitor& visitor) {
    visitor.object(xprt.kType, xprt.address);
    visitor.detail("serv", xprt.serv, "svc_serv that it belongs to");
    visitor.detail("net", xprt.net, "struct net of the socket");
    visitor.column("transport", xprt.transport, "class of transport: tcp, udp, tcp-bc, rdma");
    visitor.column("local", xprt.local, "address of this host");
    visitor.column("remote", xprt.remote, "address of the client; null: a listener");
    visitor.column("permanent", xprt.permanent, "a listener: XPT_TEMP is clear");
    visitor.column("queued", xprt.queued, "in the queue of a pool, waiting for a thread");
    visitor.column("flags", xprt.flags, "xpt_flags");
    visitor.detail("references", xprt.references, "xpt_ref");
    visitor.detail("requests", xprt.requests, "calls under way, xpt_nr_rqsts");
    visitor.detail("reserved_bytes", xprt.reserved_bytes,
                   "room for replies under way, xpt_reserved", "bytes");
    visitor.detail("deferred", xprt.deferred, "calls put aside that may be taken up, xpt_deferred");
    visitor.detail("mutex_owner", xprt.mutex_owner, "task that holds xpt_mutex to send; 0: nobody");
    visitor.column("socket_state", xprt.socket_state, "state of the TCP connection");
    visitor.detail("sock", xprt.sock, "struct sock");
    visitor.detail("send_queue_bytes", xprt.send_queue_bytes,
                   "sent and not acknowledged, or not yet sent", "bytes");
    visitor.detail("receive_queue_bytes", xprt.receive_queue_bytes, "received and not yet read",
                   "bytes");
    visitor.detail("backchannel", xprt.backchannel,
                   "rpc_xprt that calls back over the same connection; 0: none");
}

void describe(const SvcDeferred& deferred, Visitor& visitor) {
    visitor.object(deferred.kType, deferred.address);
    visitor.column("xprt", deferred.xprt, "svc_xprt that the call came over");
    visitor.column("peer", deferred.peer, "who called");
    visitor.column("cache_item", deferred.cache_item, "cache_head that it waits for");
    visitor.column("argument_bytes", deferred.argument_bytes, "size of the call", "bytes");
    visitor.column("ready", deferred.ready, "may be taken up again: on xpt_deferred");
}

Listing<Object> find_svc_xprts(const Roots& roots, const Object& serv) {
    Listing<Object> xprts;
    for (std::string_view head : {"sv_permsocks", "sv_tempsocks"}) {
        Budget budget = roots.budget();
        auto walk = kernel::list(serv, head, SvcXprt::kType, "xpt_list", budget);
        xprts.add_gap(walk, std::string(head) + " of svc_serv " + hex(serv.address()));
        for (const Object& xprt : walk.objects) xprts.items.push_back(xprt);
    }
    return xprts;
}

SvcXprt read_svc_xprt(const Roots& roots, const BitNames& names, const Object& xprt,
                      Field<bool> queued) {
    SvcXprt result;
    result.address = xprt.address();
    result.serv = xprt.get<VAddr>("xpt_server");
    result.net = xprt.get<VAddr>("xpt_net");
    result.transport = xprt.get<std::string>("xpt_class->xcl_name");
    result.local = address_field(xprt, "xpt_local");
    result.remote = address_field(xprt, "xpt_remote");
    auto flags = xprt.get<std::uint64_t>("xpt_flags");
    result.flags = names.flags(flags);
    const Field<bool> temporary = names.is_set(flags, "XPT_TEMP");
    result.permanent = temporary ? Field<bool>(!*temporary, flags.origin()) : temporary;
    result.queued = queued;
    result.references = xprt.get<std::uint64_t>("xpt_ref");
    result.requests = xprt.get<std::uint64_t>("xpt_nr_rqsts");
    result.reserved_bytes = xprt.get<std::uint64_t>("xpt_reserved");
    result.deferred =
        length_field(roots, xprt, "xpt_deferred", "struct svc_deferred_req", "handle.recent");
    result.mutex_owner = mutex_owner(xprt, "xpt_mutex");
    result.backchannel = xprt.get<VAddr>("xpt_bc_xprt");
    read_socket(result, xprt);
    return result;
}

Listing<SvcDeferred> read_svc_deferred(const Roots& roots, const std::vector<Object>& xprts) {
    Listing<SvcDeferred> all;
    for (const Object& xprt : xprts) {
        Budget budget = roots.budget();
        auto walk = kernel::list(xprt, "xpt_deferred", SvcDeferred::kType, "handle.recent", budget);
        all.add_gap(walk, "xpt_deferred of svc_xprt " + hex(xprt.address()));
        for (const Object& deferred : walk.objects)
            all.items.push_back(read_deferred(deferred, true));
    }
    // Those that wait for their cache stand on a list of all caches (net/sunrpc/cache.c).
    auto head = roots.reader.variable("cache_defer_list", "struct list_head");
    if (!head) {
        if (is_absent(roots.reader, "cache_defer_list")) return all;
        all.add_gap(head.error(), "calls that wait for a cache");
        return all;
    }
    Budget budget = roots.budget();
    auto walk = kernel::list(*head, "struct cache_deferred_req", "recent", budget);
    all.add_gap(walk, "calls that wait for a cache");
    for (const Object& request : walk.objects) {
        // lockd defers too, by its nlm_block; of a svc_deferred_req `revisit` is svc_revisit.
        auto revisit = request.symbol("revisit");
        if (!revisit || *revisit != "svc_revisit") continue;
        if (auto deferred = request.container(SvcDeferred::kType, "handle"))
            all.items.push_back(read_deferred(*deferred, false));
    }
    return all;
}

}  // namespace nfstriage::nfs
