// sock_xprt (include/linux/sunrpc/xprtsock.h): a transport over a socket, with the socket and, for
// TCP, the connection below it (include/net/sock.h, include/linux/tcp.h).
#pragma once

#include "nfs/describe.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

struct SockXprt {
    static constexpr std::string_view kType = "struct sock_xprt";
    VAddr address;
    Field<VAddr> xprt, socket, sock;
    Field<std::string> local, peer;    // "192.0.2.7:843", "[2001:db8::7]:2049"
    Field<std::uint64_t> source_port;  // kept for reconnecting
    Field<std::string> state;          // "TCP_ESTABLISHED"; sockets of all families have one
    Field<Flags> worker_state, socket_flags, wait_flags;
    Field<std::int64_t> error, transport_error;
    Field<bool> owned;  // a task holds the socket's lock
    Field<std::uint64_t> shutdown;
    Field<std::uint64_t> sent_of_record_bytes;  // of the record being sent at present
    Field<std::uint64_t> record_bytes_read, record_bytes;
    Field<std::uint64_t> send_queued_bytes, send_buffer_bytes, send_queue_buffers;
    Field<std::uint64_t> receive_allocated_bytes, receive_buffer_bytes, receive_queue_buffers;
    Field<std::int64_t> forward_allocated_bytes;
    Field<bool> no_space;  // SOCK_NOSPACE: the writer waits for room
    // TCP only.
    Field<std::uint64_t> unacknowledged_bytes;  // snd_nxt - snd_una
    Field<std::uint64_t> unsent_bytes;          // write_seq - snd_nxt
    Field<std::uint64_t> unread_bytes;          // rcv_nxt - copied_seq
    Field<std::uint64_t> peer_window_bytes, congestion_window;
    Field<std::uint64_t> packets_out, retransmitted_out, lost_out;
    Field<std::uint64_t> retransmits, backoff, probes_out, total_retransmits;
    Field<Duration> retransmission_timeout, smoothed_rtt, last_sent, last_received;
    Field<bool> connect_pending;  // connect_worker is queued
    Field<VAddr> receive_mutex_owner;
};

void describe(const SockXprt& transport, Visitor& visitor);

SockXprt read_sock_xprt(const SunrpcContext& context, const kernel::Object& transport);

}  // namespace nfstriage::nfs
