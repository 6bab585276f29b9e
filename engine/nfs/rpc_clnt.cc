#include "nfs/rpc_clnt.h"

namespace nfstriage::nfs {

void describe(const RpcClnt& clnt, Visitor& visitor) {
    visitor.object(clnt.kType, clnt.address);
    visitor.column("program", clnt.program, "name of the RPC program");
    visitor.detail("program_number", clnt.program_number, "number of the RPC program, cl_prog");
    visitor.column("version", clnt.version, "version of the program, cl_vers");
    visitor.column("server", clnt.server, "name of the server, from its transport");
    visitor.column("xprt", clnt.xprt, "struct rpc_xprt that it uses first");
    visitor.detail("xprt_switch", clnt.xprt_switch, "struct rpc_xprt_switch with all transports");
    visitor.detail("parent", clnt.parent, "struct rpc_clnt that this one was cloned from");
    visitor.detail("net", clnt.net, "struct net that it was made in");
    visitor.column("references", clnt.references, "cl_count");
    visitor.detail("soft", clnt.soft, "tasks give up when the server does not answer");
    visitor.detail("autobind", clnt.autobind, "asks rpcbind for the port again when it reconnects");
}

RpcClnt read_rpc_clnt(const kernel::Object& clnt) {
    RpcClnt result;
    result.address = clnt.address();
    result.program = clnt.get<std::string>("cl_program->name");
    result.program_number = clnt.get<std::uint64_t>("cl_prog");
    result.version = clnt.get<std::uint64_t>("cl_vers");
    result.xprt = clnt.get<VAddr>("cl_xprt");
    result.server = clnt.get<std::string>("cl_xprt->servername");
    result.xprt_switch = clnt.get<VAddr>("cl_xpi.xpi_xpswitch");
    result.parent = clnt.get<VAddr>("cl_parent");
    result.net = clnt.get<VAddr>("cl_xprt->xprt_net");
    result.references = clnt.get<std::uint64_t>("cl_count");
    result.soft = clnt.get<bool>("cl_softrtry");
    result.autobind = clnt.get<bool>("cl_autobind");
    return result;
}

Listing<RpcClnt> read_rpc_clnts(const Roots& roots) {
    Listing<RpcClnt> clnts;
    for (const NetNamespace& net : roots.nets.items) {
        if (!net.sunrpc) {
            clnts.add_gap(net.sunrpc.error(), "rpc_clnts of net " + hex(net.net.address()));
            continue;
        }
        Budget budget = roots.budget();
        auto walk = kernel::list(*net.sunrpc, "all_clients", RpcClnt::kType, "cl_clients", budget);
        clnts.add_gap(walk, "rpc_clnts of net " + hex(net.net.address()));
        for (const kernel::Object& clnt : walk.objects) clnts.items.push_back(read_rpc_clnt(clnt));
    }
    if (!roots.nets.complete)
        for (const std::string& gap : roots.nets.gaps) clnts.add_gap(gap);
    return clnts;
}

}  // namespace nfstriage::nfs
