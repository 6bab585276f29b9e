#include "nfs/sock_xprt.h"

#include <array>
#include <span>

#include <fmt/format.h>

#include "base/bytes.h"
#include "nfs/read_fields.h"
#include "nfs/socket_address.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// Numbers of include/net/tcp_states.h, where enumerators of the dump's types do not name them.
constexpr std::array<std::string_view, 13> kStates{"",
                                                   "TCP_ESTABLISHED",
                                                   "TCP_SYN_SENT",
                                                   "TCP_SYN_RECV",
                                                   "TCP_FIN_WAIT1",
                                                   "TCP_FIN_WAIT2",
                                                   "TCP_TIME_WAIT",
                                                   "TCP_CLOSE",
                                                   "TCP_CLOSE_WAIT",
                                                   "TCP_LAST_ACK",
                                                   "TCP_LISTEN",
                                                   "TCP_CLOSING",
                                                   "TCP_NEW_SYN_RECV"};

constexpr std::uint64_t kInet = 2, kInet6 = 10, kTcp = 6;

Field<std::string> state_of(const Object& sock) {
    auto state = sock.get<std::uint64_t>("__sk_common.skc_state");
    if (!state) return {state.why(), state.origin()};
    if (*state > 0 && *state < kStates.size())
        return {std::string(kStates[*state]), state.origin()};
    return {std::to_string(*state), state.origin()};
}

// One end of the connection, from struct sock_common.
Field<std::string> endpoint(const Object& sock, bool local) {
    const auto origin = sock.origin("__sk_common");
    auto family = sock.number("__sk_common.skc_family");
    if (!family) return {family.error().reason, origin};
    // Local ports are kept in host byte order, those of the peer as on the wire.
    auto port = sock.number(local ? "__sk_common.skc_num" : "__sk_common.skc_dport");
    if (!port) return {port.error().reason, origin};
    const auto number = local ? static_cast<std::uint16_t>(*port)
                              : __builtin_bswap16(static_cast<std::uint16_t>(*port));
    const bool six = *family == kInet6;
    if (!six && *family != kInet) return {Reason::null, origin};
    std::string_view member = local ? "__sk_common.skc_rcv_saddr" : "__sk_common.skc_daddr";
    if (six) member = local ? "__sk_common.skc_v6_rcv_saddr" : "__sk_common.skc_v6_daddr";
    auto at = sock.address_of(member);
    if (!at) return {at.error().reason, sock.origin(member)};
    std::array<std::uint8_t, 16> bytes{};
    const auto used = std::span(bytes).first(six ? 16 : 4);
    if (auto read = sock.reader().memory().read(*at, used); !read)
        return {read.error().reason, sock.origin(member)};
    sock.reader().memory().mark({*at, used.size()}, six ? dump::Secret::ipv6 : dump::Secret::ipv4);
    if (six) return {fmt::format("[{}]:{}", ipv6_text(used), number), sock.origin(member)};
    return {fmt::format("{}:{}", ipv4_text(used), number), sock.origin(member)};
}

// Sequence numbers wrap at 32 bits.
Field<std::uint64_t> distance(const Object& tcp, std::string_view ahead, std::string_view behind) {
    auto to = tcp.get<std::uint64_t>(ahead);
    auto from = tcp.get<std::uint64_t>(behind);
    if (!to) return to;
    if (!from) return from;
    const auto gap = static_cast<std::uint32_t>(*to) - static_cast<std::uint32_t>(*from);
    // rcv_nxt counts a FIN that copied_seq may have passed: never more than half the numbers.
    if (gap > 0x7fffffff) return {std::uint64_t{0}, to.origin()};
    return {std::uint64_t{gap}, to.origin()};
}

// Since a moment that TCP keeps as the low 32 bits of jiffies (tcp_jiffies32). 0: never.
Field<Duration> since_jiffies32(const kernel::Clock& clock, const Object& tcp,
                                std::string_view path) {
    auto then = tcp.get<std::uint64_t>(path);
    if (!then) return {then.why(), then.origin()};
    if (*then == 0) return {Reason::null, then.origin()};
    if (!clock.jiffies) return {clock.jiffies.error().reason, then.origin()};
    const auto ticks = static_cast<std::int32_t>(static_cast<std::uint32_t>(*clock.jiffies) -
                                                 static_cast<std::uint32_t>(*then));
    // All 64 bits of the moment, from those of now.
    return {clock.since_jiffies(*clock.jiffies - static_cast<std::uint64_t>(std::int64_t{ticks})),
            then.origin()};
}

Field<Duration> microseconds(const Object& tcp, std::string_view path, std::int64_t part) {
    auto value = tcp.get<std::uint64_t>(path);
    if (!value) return {value.why(), value.origin()};
    return {Duration{static_cast<std::int64_t>(*value & 0xffffffff) * 1000 / part}, value.origin()};
}

void read_tcp(const SunrpcContext& context, const Object& sock, SockXprt& result) {
    const kernel::Clock& clock = context.roots.clock;
    const Object tcp = sock.as("struct tcp_sock");
    result.unacknowledged_bytes = distance(tcp, "snd_nxt", "snd_una");
    result.unsent_bytes = distance(tcp, "write_seq", "snd_nxt");
    result.unread_bytes = distance(tcp, "rcv_nxt", "copied_seq");
    result.peer_window_bytes = tcp.get<std::uint64_t>("snd_wnd");
    result.congestion_window = tcp.get<std::uint64_t>("snd_cwnd");
    result.packets_out = tcp.get<std::uint64_t>("packets_out");
    result.retransmitted_out = tcp.get<std::uint64_t>("retrans_out");
    result.lost_out = tcp.get<std::uint64_t>("lost_out");
    result.total_retransmits = tcp.get<std::uint64_t>("total_retrans");
    result.retransmits = tcp.get<std::uint64_t>("inet_conn.icsk_retransmits");
    result.backoff = tcp.get<std::uint64_t>("inet_conn.icsk_backoff");
    result.probes_out = tcp.get<std::uint64_t>("inet_conn.icsk_probes_out");
    result.retransmission_timeout = jiffies_field(context.roots, tcp, "inet_conn.icsk_rto");
    result.smoothed_rtt = microseconds(tcp, "srtt_us", 8);  // kept times 8
    result.last_sent = since_jiffies32(clock, tcp, "lsndtime");
    result.last_received = since_jiffies32(clock, tcp, "rcv_tstamp");
}

void read_sock(const SunrpcContext& context, const Object& sock, SockXprt& result) {
    result.local = endpoint(sock, true);
    result.peer = endpoint(sock, false);
    result.state = state_of(sock);
    result.error = sock.get<std::int64_t>("sk_err");
    if (result.error) result.error = {-*result.error, result.error.origin()};
    auto owned = sock.get<std::uint64_t>("sk_lock.owned");
    result.owned = owned ? Field<bool>(*owned != 0, owned.origin()) : Field<bool>(owned.why());
    result.shutdown = sock.get<std::uint64_t>("sk_shutdown");
    result.send_queued_bytes = sock.get<std::uint64_t>("sk_wmem_queued");
    result.send_buffer_bytes = sock.get<std::uint64_t>("sk_sndbuf");
    result.send_queue_buffers = sock.get<std::uint64_t>("sk_write_queue.qlen");
    result.receive_allocated_bytes = sock.get<std::uint64_t>("sk_backlog.rmem_alloc");
    result.receive_buffer_bytes = sock.get<std::uint64_t>("sk_rcvbuf");
    result.receive_queue_buffers = sock.get<std::uint64_t>("sk_receive_queue.qlen");
    result.forward_allocated_bytes = sock.get<std::int64_t>("sk_forward_alloc");
    const kernel::Reader& reader = sock.reader();
    auto socket = sock.follow("sk_socket");
    if (socket) {
        auto flags = socket->get<std::uint64_t>("flags");
        const BitNames names(reader, "socket.flags");
        result.socket_flags = names.flags(flags);
        result.no_space = names.is_set(flags, "SOCK_NOSPACE");
    } else {
        result.socket_flags = socket.error().reason;
        result.no_space = socket.error().reason;
    }
    // In struct socket itself since 333f7909a857; sk_wq leads to it everywhere.
    result.wait_flags =
        BitNames(reader, "socket_wq.flags").flags(sock.get<std::uint64_t>("sk_wq->flags"));
    if (auto protocol = sock.number("sk_protocol"); protocol && *protocol == kTcp)
        read_tcp(context, sock, result);
}

// Of a transport without a socket.
void leave_unknown(Reason why, SockXprt& result) {
    for (Field<std::uint64_t>* field :
         {&result.shutdown, &result.send_queued_bytes, &result.send_buffer_bytes,
          &result.send_queue_buffers, &result.receive_allocated_bytes, &result.receive_buffer_bytes,
          &result.receive_queue_buffers, &result.unacknowledged_bytes, &result.unsent_bytes,
          &result.unread_bytes, &result.peer_window_bytes, &result.congestion_window,
          &result.packets_out, &result.retransmitted_out, &result.lost_out, &result.retransmits,
          &result.backoff, &result.probes_out, &result.total_retransmits})
        *field = why;
    for (Field<Duration>* field : {&result.retransmission_timeout, &result.smoothed_rtt,
                                   &result.last_sent, &result.last_received})
        *field = why;
    for (Field<std::string>* field : {&result.local, &result.peer, &result.state}) *field = why;
    for (Field<Flags>* field : {&result.socket_flags, &result.wait_flags}) *field = why;
    for (Field<bool>* field : {&result.owned, &result.no_space}) *field = why;
    result.error = why;
    result.forward_allocated_bytes = why;
}

}  // namespace

void describe(const SockXprt& transport, Visitor& visitor) {
    visitor.object(transport.kType, transport.address);
    visitor.detail("xprt", transport.xprt, "struct rpc_xprt, the transport that this is");
    visitor.column("local", transport.local, "this end of the connection");
    visitor.column("peer", transport.peer, "the server's end");
    visitor.column("state", transport.state, "TCP_ESTABLISHED, TCP_SYN_SENT, TCP_CLOSE, ...");
    visitor.detail("error", transport.error, "sk_err as a negative error number", "errno");
    visitor.column("send_queued_bytes", transport.send_queued_bytes,
                   "memory of what is queued to be sent, sk_wmem_queued", "bytes");
    visitor.detail("send_buffer_bytes", transport.send_buffer_bytes, "its limit, sk_sndbuf",
                   "bytes");
    visitor.detail("send_queue_buffers", transport.send_queue_buffers,
                   "socket buffers on sk_write_queue");
    visitor.column("no_space", transport.no_space,
                   "SOCK_NOSPACE: a writer waits until some of that was sent");
    visitor.detail("socket_flags", transport.socket_flags, "struct socket.flags");
    visitor.detail("wait_flags", transport.wait_flags, "struct socket_wq.flags");
    visitor.column("unacknowledged_bytes", transport.unacknowledged_bytes,
                   "sent and not acknowledged: snd_nxt - snd_una", "bytes");
    visitor.detail("unsent_bytes", transport.unsent_bytes,
                   "written and not sent: write_seq - "
                   "snd_nxt",
                   "bytes");
    visitor.detail("unread_bytes", transport.unread_bytes,
                   "received and not read: rcv_nxt - copied_seq", "bytes");
    visitor.column("retransmits", transport.retransmits,
                   "retransmissions by timeout since the last progress, icsk_retransmits");
    visitor.detail("backoff", transport.backoff, "how often the timeout was doubled");
    visitor.detail("probes_out", transport.probes_out, "probes of a closed window, unanswered");
    visitor.detail("total_retransmits", transport.total_retransmits,
                   "segments sent again since the connection was made");
    visitor.detail("retransmission_timeout_ns", transport.retransmission_timeout, "icsk_rto");
    visitor.detail("smoothed_rtt_ns", transport.smoothed_rtt, "round trip time, srtt_us / 8");
    visitor.detail("last_sent_ns", transport.last_sent, "since data was sent last, lsndtime");
    visitor.detail("last_received_ns", transport.last_received,
                   "since an acknowledgement was received last, rcv_tstamp");
    visitor.detail("peer_window_bytes", transport.peer_window_bytes,
                   "what the server would take, snd_wnd", "bytes");
    visitor.detail("congestion_window", transport.congestion_window, "in segments, snd_cwnd");
    visitor.detail("packets_out", transport.packets_out, "segments in flight");
    visitor.detail("retransmitted_out", transport.retransmitted_out, "of these sent again");
    visitor.detail("lost_out", transport.lost_out, "of these held for lost");
    visitor.detail("receive_allocated_bytes", transport.receive_allocated_bytes,
                   "memory of what was received and not read, sk_rmem_alloc", "bytes");
    visitor.detail("receive_buffer_bytes", transport.receive_buffer_bytes, "its limit, sk_rcvbuf",
                   "bytes");
    visitor.detail("receive_queue_buffers", transport.receive_queue_buffers,
                   "socket buffers on sk_receive_queue");
    visitor.detail("forward_allocated_bytes", transport.forward_allocated_bytes,
                   "memory that the socket may use without asking, sk_forward_alloc", "bytes");
    visitor.detail("sent_of_record_bytes", transport.sent_of_record_bytes,
                   "of the RPC record that is being sent, xmit.offset", "bytes");
    visitor.detail("record_bytes_read", transport.record_bytes_read,
                   "of the RPC record that is being received, recv.offset", "bytes");
    visitor.detail("record_bytes", transport.record_bytes, "its length so far known, recv.len",
                   "bytes");
    visitor.detail("worker_state", transport.worker_state, "XPRT_SOCK_* bits, sock_state");
    visitor.detail("transport_error", transport.transport_error, "xprt_err", "errno");
    visitor.detail("connect_pending", transport.connect_pending, "its connect worker is queued");
    visitor.detail("receive_mutex_owner", transport.receive_mutex_owner,
                   "struct task_struct that reads from it; 0: nobody");
    visitor.detail("owned", transport.owned, "somebody holds the socket's lock");
    visitor.detail("shutdown", transport.shutdown, "1 receiving, 2 sending was shut down");
    visitor.detail("source_port", transport.source_port, "local port to use when it reconnects");
    visitor.detail("socket", transport.socket, "struct socket");
    visitor.detail("sock", transport.sock, "struct sock");
}

SockXprt read_sock_xprt(const SunrpcContext& context, const Object& transport) {
    SockXprt result;
    result.address = transport.address();
    result.xprt = {transport.address_of("xprt"), transport.origin("xprt")};
    result.socket = transport.get<VAddr>("sock");
    result.sock = transport.get<VAddr>("inet");
    result.source_port = transport.get<std::uint64_t>("srcport");
    result.worker_state = BitNames(transport.reader(), "sock_xprt.sock_state")
                              .flags(transport.get<std::uint64_t>("sock_state"));
    result.transport_error = transport.get<std::int64_t>("xprt_err");
    result.sent_of_record_bytes = transport.get<std::uint64_t>({"xmit.offset", "xmit.sent"});
    result.record_bytes_read = transport.get<std::uint64_t>({"recv.offset", "tcp_offset"});
    result.record_bytes = transport.get<std::uint64_t>({"recv.len", "tcp_reclen"});
    result.connect_pending = work_pending(transport, "connect_worker.work");
    auto owner = transport.get<std::uint64_t>("recv_mutex.owner");
    // The low bits of a mutex' owner are flags (kernel/locking/mutex.c).
    if (owner)
        result.receive_mutex_owner = {VAddr{*owner & ~std::uint64_t{7}}, owner.origin()};
    else
        result.receive_mutex_owner = {owner.why(), owner.origin()};
    if (auto sock = transport.follow("inet"))
        read_sock(context, *sock, result);
    else
        leave_unknown(sock.error().reason, result);
    return result;
}

}  // namespace nfstriage::nfs
