#include "nfs/rpc_clnt.h"

#include <array>

#include "nfs/read_fields.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {
namespace {

// RPC_AUTH_* of include/linux/sunrpc/msg_prot.h and the pseudoflavors of RFC 2623 and later, as
// `mount` and exports(5) spell them.
struct Flavor {
    std::uint64_t number;
    std::string_view name;
};
constexpr std::array kFlavors{
    Flavor{0, "none"},       Flavor{1, "sys"},       Flavor{2, "short"},
    Flavor{3, "des"},        Flavor{4, "krb"},       Flavor{6, "gss"},
    Flavor{7, "tls"},        Flavor{390003, "krb5"}, Flavor{390004, "krb5i"},
    Flavor{390005, "krb5p"}, Flavor{390006, "lkey"}, Flavor{390007, "lkeyi"},
    Flavor{390008, "lkeyp"}, Flavor{390009, "spkm"}, Flavor{390010, "spkmi"},
    Flavor{390011, "spkmp"},
};

Field<std::string> flavor_name(const Field<std::uint64_t>& number) {
    if (!number) return {number.why(), number.origin()};
    for (const Flavor& flavor : kFlavors)
        if (flavor.number == *number) return {std::string(flavor.name), number.origin()};
    return {std::to_string(*number), number.origin()};
}

}  // namespace

void describe(const RpcClnt& clnt, Visitor& visitor) {
    visitor.object(clnt.kType, clnt.address);
    visitor.column("program", clnt.program, "name of the RPC program");
    visitor.detail("program_number", clnt.program_number, "number of the RPC program, cl_prog");
    visitor.column("version", clnt.version, "version of the program, cl_vers");
    visitor.column("server", clnt.server, "name of the server, from its transport");
    visitor.column("auth", clnt.auth, "how calls prove who makes them: sys, krb5, krb5i, krb5p");
    visitor.detail("auth_flavor", clnt.auth_flavor, "number of that flavor, cl_auth->au_flavor");
    visitor.column("tasks", clnt.tasks, "rpc_tasks on cl_tasks");
    visitor.detail("counted_tasks", clnt.counted_tasks,
                   "cl_task_count: newer kernels list a task only once it has a request");
    visitor.column("xprt", clnt.xprt, "struct rpc_xprt that it uses first");
    visitor.detail("xprt_switch", clnt.xprt_switch, "struct rpc_xprt_switch with all transports");
    visitor.detail("parent", clnt.parent, "struct rpc_clnt that this one was cloned from");
    visitor.detail("nfs_server", clnt.nfs_server, "struct nfs_server whose client this is");
    visitor.detail("nfs_client", clnt.nfs_client, "struct nfs_client whose cl_rpcclient this is");
    visitor.detail("id", clnt.id, "number in messages and in sysfs, cl_clid");
    visitor.detail("net", clnt.net, "struct net that it was made in");
    visitor.detail("references", clnt.references, "cl_count");
    visitor.detail("soft", clnt.soft, "tasks give up when the server does not answer");
    visitor.detail("soft_error", clnt.soft_error,
                   "as soft, but with ETIMEDOUT instead of EIO: cl_softerr");
    visitor.detail("autobind", clnt.autobind, "asks rpcbind for the port again when it reconnects");
    visitor.detail("disconnect_retry", clnt.disconnect_retry,
                   "closes the connection before it sends a call again: cl_discrtry");
    visitor.detail("no_retransmit_timeout", clnt.no_retransmit_timeout,
                   "calls are sent again on a new connection only: cl_noretranstimeo");
    visitor.detail("shutdown", clnt.shutdown, "all calls fail at once: cl_shutdown");
    visitor.detail("unreachable_fatal", clnt.unreachable_fatal,
                   "an unreachable network fails calls: cl_netunreach_fatal");
    visitor.detail("swappers", clnt.swappers, "swap files that depend on it: cl_swapper");
    visitor.detail("max_connect", clnt.max_connect,
                   "most transports to addresses other than the first: cl_max_connect");
    visitor.detail("initial_timeout_ns", clnt.initial_timeout,
                   "waits so long for the first reply: cl_timeout->to_initval");
    visitor.detail("maximal_timeout_ns", clnt.maximal_timeout,
                   "never waits longer for one: to_maxval");
    visitor.detail("timeout_increment_ns", clnt.timeout_increment,
                   "waits so much longer each time: to_increment");
    visitor.detail("timeout_retries", clnt.timeout_retries,
                   "minor timeouts before a major one: to_retries");
    visitor.detail("timeout_exponential", clnt.timeout_exponential,
                   "doubles the timeout each time: to_exponential");
    visitor.detail("security", clnt.security, "TLS policy: none, tls, mtls");
    visitor.detail("cred", clnt.cred, "struct cred of the mount, cl_cred");
    visitor.detail("node", clnt.node, "name of this host as it calls itself: cl_nodename");
    visitor.detail("principal", clnt.principal, "Kerberos principal it insists on: cl_principal");
    visitor.detail("procedures", clnt.procedures, "symbol of the table of procedures");
}

RpcClnt read_rpc_clnt(const Roots& roots, const kernel::Object& clnt) {
    RpcClnt result;
    result.address = clnt.address();
    result.id = clnt.get<std::uint64_t>("cl_clid");
    result.program = clnt.get<std::string>("cl_program->name");
    result.program_number = clnt.get<std::uint64_t>("cl_prog");
    result.version = clnt.get<std::uint64_t>("cl_vers");
    result.procedures = clnt.symbol("cl_procinfo");
    result.xprt = clnt.get<VAddr>("cl_xprt");
    result.server = clnt.get<std::string>("cl_xprt->servername");
    result.xprt_switch = clnt.get<VAddr>("cl_xpi.xpi_xpswitch");
    result.parent = clnt.get<VAddr>("cl_parent");
    result.nfs_server = Reason::null;
    result.nfs_client = Reason::null;
    result.net = clnt.get<VAddr>("cl_xprt->xprt_net");
    result.references = clnt.get<std::uint64_t>("cl_count");
    result.counted_tasks = clnt.get<std::uint64_t>("cl_task_count");
    result.auth_flavor = clnt.get<std::uint64_t>("cl_auth->au_flavor");
    result.auth = flavor_name(result.auth_flavor);
    result.cred = clnt.get<VAddr>("cl_cred");
    result.node = clnt.get<std::string>("cl_nodename");
    result.principal = clnt.get<std::string>("cl_principal");
    result.soft = clnt.get<bool>("cl_softrtry");
    result.soft_error = clnt.get<bool>("cl_softerr");
    result.autobind = clnt.get<bool>("cl_autobind");
    result.disconnect_retry = clnt.get<bool>("cl_discrtry");
    result.no_retransmit_timeout = clnt.get<bool>("cl_noretranstimeo");
    result.shutdown = clnt.get<bool>("cl_shutdown");
    result.unreachable_fatal = clnt.get<bool>("cl_netunreach_fatal");
    result.swappers = clnt.get<std::uint64_t>("cl_swapper");
    result.max_connect = clnt.get<std::uint64_t>("cl_max_connect");
    result.initial_timeout = jiffies_field(roots, clnt, "cl_timeout->to_initval");
    result.maximal_timeout = jiffies_field(roots, clnt, "cl_timeout->to_maxval");
    result.timeout_increment = jiffies_field(roots, clnt, "cl_timeout->to_increment");
    result.timeout_retries = clnt.get<std::uint64_t>("cl_timeout->to_retries");
    result.timeout_exponential = clnt.get<bool>("cl_timeout->to_exponential");
    result.security = security_policy(clnt, "cl_xprtsec.policy");
    return result;
}

}  // namespace nfstriage::nfs
