// rpc_clnt (include/linux/sunrpc/clnt.h): what speaks one version of one program to one server. NFS
// has one for each nfs_server and nfs_client, and more for mount, lockd, callbacks.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct RpcClnt {
    static constexpr std::string_view kType = "struct rpc_clnt";
    VAddr address;
    Field<std::uint64_t> id;  // cl_clid
    Field<VAddr> net;
    Field<std::string> program;  // "nfs"
    Field<std::uint64_t> program_number, version;
    Field<std::string> procedures;  // symbol of the table of its procedures
    Field<std::string> server;      // of its transport
    Field<VAddr> xprt, xprt_switch, parent;
    Field<VAddr> nfs_server, nfs_client;  // that has it as its own; Unknown(null): none was found
    Field<std::uint64_t> references, tasks;
    Field<std::uint64_t> counted_tasks;  // those without a slot of a transport too
    Field<std::uint64_t> auth_flavor;
    Field<std::string> auth;  // "AUTH_SYS", "krb5p"
    Field<VAddr> cred;
    Field<std::string> node, principal;
    Field<bool> soft, soft_error, autobind, disconnect_retry, no_retransmit_timeout, shutdown,
        unreachable_fatal;
    Field<std::uint64_t> swappers, max_connect;
    Field<Duration> initial_timeout, maximal_timeout, timeout_increment;
    Field<std::uint64_t> timeout_retries;
    Field<bool> timeout_exponential;
    Field<std::string> security;  // policy of TLS: "none", "tls-anon", "tls-x509"
};

void describe(const RpcClnt& clnt, Visitor& visitor);

RpcClnt read_rpc_clnt(const Roots& roots, const kernel::Object& clnt);

}  // namespace nfstriage::nfs
