// rpc_xprt (include/linux/sunrpc/xprt.h): one connection to a server, and rpc_xprt_switch
// (xprtmultipath.h): the connections that a client may choose from (nconnect, trunking).
#pragma once

#include <optional>

#include "nfs/describe.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

struct RpcXprt {
    static constexpr std::string_view kType = "struct rpc_xprt";
    VAddr address;
    Field<std::string> kind;  // "tcp", "udp", "rdma", "local", "tcp-tls", "tcp-bc"; or the symbol
    Field<std::string> ops;   // symbol of its operations: "xs_tcp_ops"
    Field<std::string> server, host;
    Field<std::uint64_t> port;
    Field<bool> loopback;                              // its server is this machine
    Field<std::string> display_address, display_port;  // address_strings, as rpc_peeraddr2str shows
    Field<VAddr> net, xprt_switch, backchannel;
    Field<bool> main;             // the first one of its switch
    Field<std::string> security;  // policy of TLS
    Field<Flags> state;
    Field<bool> connected, locked;
    Field<VAddr> snd_task;  // holds the transport's lock; 0: nobody
    Field<std::uint64_t> congestion, window;
    Field<std::uint64_t> slots, min_slots, max_slots, free_slots;
    Field<std::uint64_t> queued;  // tasks that chose this transport: queuelen
    Field<std::uint64_t> binding, sending, pending, backlog;  // tasks on each of its queues
    Field<std::uint64_t> receiving, transmitting;  // requests that await a reply; to be sent
    Field<std::uint64_t> connect_cookie, next_xid;
    Field<Duration> idle;  // since last_used
    Field<Duration> idle_timeout, bind_timeout, connect_timeout, reestablish_timeout;
    Field<Duration> connecting;  // since the present or last attempt to connect began
    Field<bool> reserve_lock_held, transport_lock_held, queue_lock_held;  // spinlocks
    Field<bool> connect_pending, cleanup_pending;                         // work queued for it
    Field<std::uint64_t> references;
    // Since it was made.
    Field<std::uint64_t> binds, connects, sends, receives, bad_xids, most_slots;
    Field<Duration> connect_time;
    // Sums over all sends of what was in use at that moment.
    Field<std::uint64_t> requests_sum, backlog_sum, sending_sum, pending_sum;
};

struct RpcXprtSwitch {
    static constexpr std::string_view kType = "struct rpc_xprt_switch";
    VAddr address;
    Field<VAddr> net;
    Field<std::uint64_t> id, transports, active, addresses, queued, references;
    Field<std::string> choice;  // symbol of how it picks: "rpc_xprt_iter_roundrobin"
    Field<VAddr> multipath;     // eNFS of openEuler: its own data; Unknown(no_type) elsewhere
};

void describe(const RpcXprt& xprt, Visitor& visitor);
void describe(const RpcXprtSwitch& xprt_switch, Visitor& visitor);

RpcXprt read_rpc_xprt(const SunrpcContext& context, const kernel::Object& xprt);
RpcXprtSwitch read_rpc_xprt_switch(const kernel::Object& xprt_switch);

// The structure of the transport's own kind that contains it: "struct sock_xprt",
// "struct rpcrdma_xprt", or "struct rpc_xprt" where it is alone, told by its operations.
// Unknown(no_type): another kind, or one that the kernel does not describe.
Maybe<kernel::Object> transport_of(const kernel::Object& xprt);

}  // namespace nfstriage::nfs
