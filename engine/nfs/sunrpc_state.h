// What was read of the RPC client layer of all network namespaces: clients, transports, tasks,
// requests.
#pragma once

#include "nfs/client_state.h"
#include "nfs/listing.h"
#include "nfs/roots.h"
#include "nfs/rpc_clnt.h"

namespace nfstriage::nfs {

struct SunrpcState {
    Listing<RpcClnt> rpc_clnts;
};

SunrpcState read_sunrpc_state(const Roots& roots, const ClientState& client);

}  // namespace nfstriage::nfs
