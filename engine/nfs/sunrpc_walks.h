// How the objects of SUNRPC are found: clients by network namespace, or from any client around the
// ring that they form; requests on the queues of a transport.
#pragma once

#include <vector>

#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

// The rpc_clnts of all network namespaces, and those on one ring (cl_clients) with any of `known`:
// on kernels without symbols of data that is how they are reached, from the NFS client's objects.
Listing<kernel::Object> find_rpc_clnts(const Roots& roots, const std::vector<VAddr>& known);

// Whether an rpc_clnt is at this address, in use or freed: its cl_rtt leads to its own
// cl_rtt_default (rpc_new_client).
Tri is_rpc_clnt(const kernel::Object& object);

// Where neither symbols nor the tick say what HZ is (no last_tick_jiffies before a1ff03cd6fb9): by
// the transports of the RPC clients that network namespaces and mounts lead to.
void learn_hz(kernel::Clock& clock, const Roots& roots);

// The rpc_rqsts whose reply a transport awaits: recv_queue, in 4.19 `recv`.
kernel::Walk awaited_requests(const SunrpcContext& context, const kernel::Object& xprt);
// Those that wait to be sent: xmit_queue, and behind each of them others of the same owner.
// Unknown(no_type) in 4.19: there tasks wait, not requests.
kernel::Walk requests_to_send(const SunrpcContext& context, const kernel::Object& xprt);

}  // namespace nfstriage::nfs
