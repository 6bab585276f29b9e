#include "nfs/nfs_client.h"

#include <fmt/format.h>

#include "kernel/pointer_kind.h"
#include "nfs/macro_bits.h"
#include "nfs/read_fields.h"
#include "nfs/socket_address.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// "4.1", "3": of the operations that the client was made with.
Field<std::string> version_of(const Object& client) {
    auto major = client.get<std::uint64_t>("rpc_ops->version");
    if (!major) return {major.why(), major.origin()};
    if (*major < 4) return {std::to_string(*major), major.origin()};
    auto minor = client.get<std::uint64_t>("cl_minorversion");
    if (!minor) return {minor.why(), minor.origin()};
    return {fmt::format("{}.{}", *major, *minor), major.origin()};
}

// include/linux/sunrpc/xprt.h: numbers of IP, and enum xprt_transports above them.
Field<std::string> protocol_of(const Object& client) {
    auto number = client.get<std::int64_t>("cl_proto");
    if (!number) return {number.why(), number.origin()};
    if (*number == 6) return {std::string("tcp"), number.origin()};
    if (*number == 17) return {std::string("udp"), number.origin()};
    constexpr std::pair<std::string_view, std::string_view> kNames[] = {
        {"XPRT_TRANSPORT_RDMA", "rdma"},
        {"XPRT_TRANSPORT_LOCAL", "local"},
        {"XPRT_TRANSPORT_TCP_TLS", "tcp-tls"}};
    for (auto [enumerator, name] : kNames)
        if (auto value = client.reader().types().enumerator(enumerator); value && *value == *number)
            return {std::string(name), number.origin()};
    return {std::to_string(*number), number.origin()};
}

// NFS_CS_READY and so on (include/linux/nfs_fs_sb.h), or an errno.
Field<std::string> cons_state_name(const Field<std::int64_t>& state) {
    if (!state) return {state.why(), state.origin()};
    switch (*state) {
        case 0:
            return {std::string("ready"), state.origin()};
        case 1:
            return {std::string("initialising"), state.origin()};
        case 2:
            return {std::string("initialising session"), state.origin()};
        default:
            break;
    }
    std::string_view error = *state < 0 && *state > -4096
                                 ? kernel::errno_name(static_cast<unsigned>(-*state))
                                 : std::string_view();
    return {error.empty() ? std::to_string(*state) : std::string(error), state.origin()};
}

// The thread of the state manager: nfs4_schedule_state_manager() in fs/nfs/nfs4state.c names it
// after the server's address and hands it the nfs_client, which struct kthread keeps.
struct Manager {
    const kernel::TaskInfo* task = nullptr;
    Unknown why{Reason::null, "no thread of that client"};
};

Manager manager_of(const Roots& roots, const Object& client, const std::string& server_host) {
    constexpr std::size_t kComm = 15;  // TASK_COMM_LEN without its NUL
    Manager manager;
    if (!roots.tasks.complete) manager.why = {Reason::not_dumped, "not all tasks are known"};
    const std::string name = (server_host + "-manager").substr(0, kComm);
    for (const kernel::TaskInfo& task : roots.tasks.items) {
        if (task.comm != name) continue;
        Object thread = roots.reader.object("struct task_struct", task.address);
        // worker_private since e32cf5dfbe22 (v5.17).
        auto kthread = thread.pointer(thread.first_of({"worker_private", "set_child_tid"}));
        if (!kthread || kthread->is_null()) continue;
        auto data = roots.reader.object("struct kthread", *kthread).pointer("data");
        if (!data) manager.why = data.error();
        if (data && *data == client.address()) {
            manager.task = &task;
            return manager;
        }
    }
    return manager;
}

// What nfs4_state_manager() takes up first of what it is asked for, in its order.
constexpr std::string_view kManagerOrder[] = {
    "NFS4CLNT_PURGE_STATE",          "NFS4CLNT_LEASE_EXPIRED",  "NFS4CLNT_SESSION_RESET",
    "NFS4CLNT_BIND_CONN_TO_SESSION", "NFS4CLNT_CHECK_LEASE",    "NFS4CLNT_MOVED",
    "NFS4CLNT_LEASE_MOVED",          "NFS4CLNT_RECLAIM_REBOOT", "NFS4CLNT_DELEGATION_EXPIRED",
    "NFS4CLNT_RECLAIM_NOGRACE",      "NFS4CLNT_DELEGRETURN"};

Field<std::string> first_set(const Field<Flags>& state, const BitNames& names) {
    for (std::string_view work : kManagerOrder) {
        const Field<bool> asked = names.is_set(state, work);
        if (!asked) return {asked.why(), asked.origin()};
        if (*asked) return {std::string(work), asked.origin()};
    }
    return Reason::null;
}

void read_manager(const Roots& roots, const Object& client, const BitNames& names,
                  NfsClient& result) {
    result.manager_running = names.is_set(result.state, "NFS4CLNT_MANAGER_RUNNING");
    result.manager_works_on = first_set(result.state, names);
    if (!result.state) {
        result.manager_task = result.state.why();
        result.manager_pid = result.state.why();
        result.manager_age = result.state.why();
        return;
    }
    auto address = read_socket_address(client, "cl_addr");
    Manager manager =
        address ? manager_of(roots, client, address->host) : Manager{nullptr, address.error()};
    if (manager.task == nullptr) {
        result.manager_task = manager.why.reason;
        result.manager_pid = manager.why.reason;
        result.manager_age = manager.why.reason;
        return;
    }
    result.manager_task = manager.task->address;
    result.manager_pid = manager.task->pid;
    auto started = roots.reader.object("struct task_struct", manager.task->address)
                       .get<std::int64_t>("start_time");
    result.manager_age = {started ? roots.clock.since_ktime(*started)
                                  : tl::unexpected<Unknown>(Unknown{started.why(), {}}),
                          started.origin()};
}

void read_lease(const Roots& roots, const Object& client, NfsClient& result) {
    auto major = client.get<std::uint64_t>("rpc_ops->version");
    if (!major || *major < 4) {
        Reason why = major ? Reason::null : major.why();
        result.lease_time = why;
        result.last_renewal = why;
        result.lease_expired = why;
        return;
    }
    result.lease_time = jiffies_field(roots, client, "cl_lease_time");
    result.last_renewal = age_field(roots, client, "cl_last_renewal");
    if (result.lease_time && result.last_renewal)
        result.lease_expired = {result.last_renewal->ns > result.lease_time->ns,
                                result.last_renewal.origin()};
    else
        result.lease_expired =
            result.lease_time ? result.last_renewal.why() : result.lease_time.why();
}

}  // namespace

void describe(const NfsClient& client, Visitor& visitor) {
    visitor.object(client.kType, client.address);
    visitor.column("hostname", client.hostname, "name of the server as it was mounted");
    visitor.column("server_address", client.server_address, "its address and port");
    visitor.column("version", client.version, "version of NFS: 3, 4.0, 4.1");
    visitor.column("protocol", client.protocol, "tcp, udp, rdma, local");
    visitor.detail("protocol_number", client.protocol_number, "cl_proto");
    visitor.detail("minor_version", client.minor_version, "cl_minorversion");
    visitor.detail("construction_state", client.cons_state,
                   "cl_cons_state: 0 ready, 1 and 2 initialising, negative errno");
    visitor.column("construction", client.cons_state_name, "the same as a word");
    visitor.detail("flags", client.flags, "cl_flags, NFS_CS_*");
    visitor.detail("parts", client.res_state, "what was started for it: callback, idmap, renewd");
    visitor.column("state", client.state,
                   "cl_state: what the state manager is asked for, NFS4CLNT_*");
    visitor.detail("exchange_flags", client.exchange_flags,
                   "what EXCHANGE_ID agreed on, EXCHGID4_FLAG_*");
    visitor.detail("references", client.references, "cl_count");
    visitor.detail("data_server_references", client.data_server_references,
                   "cl_mds_count: uses that are not of data servers only");
    visitor.detail("rpc_clnt", client.rpc_clnt, "struct rpc_clnt of the client itself");
    visitor.detail("session", client.session, "struct nfs4_session; 0 for none");
    visitor.detail("slot_table", client.slot_table, "struct nfs4_slot_table of NFSv4.0");
    visitor.detail("net", client.net, "struct net that it was made in");
    visitor.detail("lease_time_ns", client.lease_time, "how long the server keeps the lease");
    visitor.column("last_renewal_ns", client.last_renewal, "time since the lease was renewed");
    visitor.detail("lease_expired", client.lease_expired,
                   "the last renewal is longer ago than the lease lasts");
    visitor.detail("client_id", client.client_id, "cl_clientid", "hex");
    visitor.detail("owner_id", client.owner_id, "the name by which the server knows this client");
    visitor.detail("acceptor", client.acceptor, "Kerberos principal of the server");
    visitor.detail("minor_version_ops", client.minor_version_ops, "symbol of cl_mvops");
    visitor.detail("callback_address", client.callback_address,
                   "cl_ipaddr: own address that it told the server");
    visitor.detail("callback_ident", client.callback_ident, "cl_cb_ident of NFSv4.0");
    visitor.detail("nconnect", client.nconnect, "connections that were asked for");
    visitor.detail("max_connect", client.max_connect, "most transports by trunking");
    visitor.detail("module", client.module, "kernel module of its version");
    visitor.detail("servers", client.servers, "nfs_servers, one for each mounted file system");
    visitor.detail("is_this_host", client.is_this_host,
                   "the server is this host: client and server can wait for each other's memory");
    visitor.detail("manager_running", client.manager_running, "NFS4CLNT_MANAGER_RUNNING");
    visitor.detail("manager_task", client.manager_task, "task_struct of the state manager");
    visitor.detail("manager_pid", client.manager_pid, "its pid");
    visitor.detail("manager_age_ns", client.manager_age, "time since that thread was started");
    visitor.detail("manager_works_on", client.manager_works_on,
                   "what it takes up first of what it is asked for; it may still be at something "
                   "whose bit it has cleared");
}

NfsClient read_nfs_client(const Roots& roots, const OwnAddresses& own, const Object& client) {
    NfsClient result;
    result.address = client.address();
    result.hostname = client.get<std::string>("cl_hostname");
    result.server_address = address_field(client, "cl_addr");
    result.version = version_of(client);
    result.minor_version = client.get<std::uint64_t>("cl_minorversion");
    result.protocol = protocol_of(client);
    result.protocol_number = client.get<std::uint64_t>("cl_proto");
    result.cons_state = client.get<std::int64_t>("cl_cons_state");
    result.cons_state_name = cons_state_name(result.cons_state);
    BitNames state(roots.reader, "nfs_client.cl_state");
    result.flags =
        BitNames(roots.reader, "nfs_client.cl_flags").flags(client.get<std::uint64_t>("cl_flags"));
    result.res_state = BitNames(roots.reader, "nfs_client.cl_res_state")
                           .flags(client.get<std::uint64_t>("cl_res_state"));
    result.exchange_flags = BitNames(roots.reader, "nfs_client.cl_exchange_flags")
                                .flags(client.get<std::uint64_t>("cl_exchange_flags"));
    result.state = state.flags(client.get<std::uint64_t>("cl_state"));
    result.references = client.get<std::uint64_t>("cl_count");
    result.data_server_references = client.get<std::uint64_t>("cl_mds_count");
    result.rpc_clnt = client.get<VAddr>("cl_rpcclient");
    result.session = client.get<VAddr>("cl_session");
    result.slot_table = client.get<VAddr>("cl_slot_tbl");
    result.net = client.get<VAddr>("cl_net");
    result.client_id = client.get<std::uint64_t>("cl_clientid");
    result.owner_id = client.get<std::string>("cl_owner_id");
    result.acceptor = client.get<std::string>("cl_acceptor");
    result.minor_version_ops = client.symbol("cl_mvops");
    result.callback_address = client.get<std::string>("cl_ipaddr");
    result.callback_ident = client.get<std::uint64_t>("cl_cb_ident");
    result.nconnect = client.get<std::uint64_t>("cl_nconnect");
    result.max_connect = client.get<std::uint64_t>("cl_max_connect");
    result.module = client.get<std::string>("cl_nfs_mod->owner->name");
    result.servers =
        length_field(roots, client, "cl_superblocks", "struct nfs_server", "client_link");
    auto server = read_socket_address(client, "cl_addr");
    result.is_this_host = {server ? is_own(own, *server) : tl::unexpected<Unknown>(server.error()),
                           client.origin("cl_addr")};
    read_lease(roots, client, result);
    read_manager(roots, client, state, result);
    return result;
}

}  // namespace nfstriage::nfs
