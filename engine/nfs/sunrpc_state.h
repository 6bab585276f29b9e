// What was read of the RPC client layer of all network namespaces: clients, transports and their
// sockets, tasks, requests, wait queues, TCP's memory, GSS.
#pragma once

#include "nfs/client_state.h"
#include "nfs/gss_upcall.h"
#include "nfs/listing.h"
#include "nfs/roots.h"
#include "nfs/rpc_clnt.h"
#include "nfs/rpc_rqst.h"
#include "nfs/rpc_task.h"
#include "nfs/rpc_wait_queue.h"
#include "nfs/rpc_xprt.h"
#include "nfs/sock_xprt.h"
#include "nfs/tcp_memory.h"

namespace nfstriage::nfs {

struct SunrpcState {
    Listing<RpcClnt> rpc_clnts;
    Listing<RpcXprtSwitch> rpc_xprt_switches;
    Listing<RpcXprt> rpc_xprts;
    Listing<RpcTask> rpc_tasks;
    Listing<RpcRqst> rpc_rqsts;
    Listing<RpcWaitQueue> rpc_wait_queues;
    Listing<SockXprt> rpc_sockets;
    Listing<TcpMemory> tcp_memory;
    Listing<GssUpcall> gss_upcalls;
    Listing<GssCred> gss_creds;
};

SunrpcState read_sunrpc_state(const Roots& roots, const ClientState& client);

}  // namespace nfstriage::nfs
