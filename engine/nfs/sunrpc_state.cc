#include "nfs/sunrpc_state.h"

namespace nfstriage::nfs {

SunrpcState read_sunrpc_state(const Roots& roots, const ClientState&) {
    SunrpcState state;
    state.rpc_clnts = read_rpc_clnts(roots);
    return state;
}

}  // namespace nfstriage::nfs
