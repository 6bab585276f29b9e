#include "nfs/sunrpc_state.h"

namespace nfstriage::nfs {
namespace {

Listing<kernel::Object> find_clnts(const Roots& roots) {
    Listing<kernel::Object> clnts;
    for (const NetNamespace& net : roots.nets.items) {
        const std::string of = "rpc_clnts of net " + hex(net.net.address());
        if (!net.sunrpc) {
            clnts.add_gap(net.sunrpc.error(), of);
            continue;
        }
        Budget budget = roots.budget();
        auto walk = kernel::list(*net.sunrpc, "all_clients", RpcClnt::kType, "cl_clients", budget);
        clnts.add_gap(walk, of);
        clnts.items.insert(clnts.items.end(), walk.objects.begin(), walk.objects.end());
    }
    for (const std::string& gap : roots.nets.gaps) clnts.add_gap(gap);
    return clnts;
}

}  // namespace

SunrpcState read_sunrpc_state(const Roots& roots, const ClientState&) {
    SunrpcState state;
    for (const kernel::Object& clnt : find_clnts(roots).items)
        state.rpc_clnts.items.push_back(read_rpc_clnt(roots, clnt));
    return state;
}

}  // namespace nfstriage::nfs
