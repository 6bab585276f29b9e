// rpc_clnt (include/linux/sunrpc/clnt.h): what speaks one version of one program to one server. NFS
// has one for each nfs_server and nfs_client, and more for mount, lockd, callbacks.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct RpcClnt {
    static constexpr std::string_view kType = "struct rpc_clnt";
    VAddr address;
    Field<VAddr> net;
    Field<std::string> program;  // "nfs"
    Field<std::uint64_t> program_number, version;
    Field<std::string> server;  // of its transport
    Field<VAddr> xprt, xprt_switch, parent;
    Field<std::uint64_t> references;
    Field<bool> soft, autobind;
};

void describe(const RpcClnt& clnt, Visitor& visitor);

RpcClnt read_rpc_clnt(const kernel::Object& clnt);

// Those of all network namespaces: sunrpc_net.all_clients.
Listing<RpcClnt> read_rpc_clnts(const Roots& roots);

}  // namespace nfstriage::nfs
