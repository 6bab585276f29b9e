// svc_xprt (include/linux/sunrpc/svc_xprt.h): a listening socket or a connection of an RPC service;
// svc_deferred_req: a call put aside until a cache has been filled.
#pragma once

#include <vector>

#include "nfs/describe.h"
#include "nfs/macro_bits.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct SvcXprt {
    static constexpr std::string_view kType = "struct svc_xprt";
    VAddr address;
    Field<VAddr> serv, net;
    Field<std::string> transport;  // "tcp", "udp", "tcp-bc", "rdma"
    Field<std::string> local, remote;
    Field<bool> permanent;  // a listener, on sv_permsocks
    Field<bool> queued;     // waits for a thread: it is in the queue of a pool
    Field<Flags> flags;
    Field<std::uint64_t> references, requests;
    Field<std::uint64_t> reserved_bytes;  // for replies under way
    Field<std::uint64_t> deferred;        // calls that may be taken up again
    Field<VAddr> mutex_owner;             // task that sends, 0: nobody
    Field<std::string> socket_state;      // "TCP_ESTABLISHED"
    Field<VAddr> sock;
    Field<std::uint64_t> send_queue_bytes, receive_queue_bytes;
    Field<VAddr> backchannel;  // rpc_xprt over the same connection, 0: none
};

struct SvcDeferred {
    static constexpr std::string_view kType = "struct svc_deferred_req";
    VAddr address;
    Field<VAddr> xprt, cache_item;
    Field<std::string> peer;
    Field<std::uint64_t> argument_bytes;
    Field<bool> ready;  // the cache has answered: it stands on the transport's list
};

void describe(const SvcXprt& xprt, Visitor& visitor);
void describe(const SvcDeferred& deferred, Visitor& visitor);

// The transports of a service: listeners, connections.
Listing<kernel::Object> find_svc_xprts(const Roots& roots, const kernel::Object& serv);
// `queued`: whether it was seen in a pool's queue.
SvcXprt read_svc_xprt(const Roots& roots, const BitNames& flags, const kernel::Object& xprt,
                      Field<bool> queued);
// Calls put aside: those that wait for a cache, and those that the transports' lists have.
Listing<SvcDeferred> read_svc_deferred(const Roots& roots,
                                       const std::vector<kernel::Object>& xprts);

}  // namespace nfstriage::nfs
