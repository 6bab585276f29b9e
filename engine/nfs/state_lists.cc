// The lists of the state and their names: a table.
#include <algorithm>
#include <array>

#include "nfs/state.h"

namespace nfstriage::nfs {
namespace {

// A list that the area `area` of the state has as its member `list`.
template <auto area, auto list>
constexpr ListKind kind(std::string_view name, std::string_view section, std::string_view schema,
                        std::string_view doc) {
    using Area = std::remove_cvref_t<decltype((std::declval<State&>().*area)())>;
    using List = std::remove_cvref_t<decltype(std::declval<Area&>().*list)>;
    using Item = typename decltype(List::items)::value_type;
    return {name,
            section,
            schema,
            doc,
            [](State& state) { return any((state.*area)().*list); },
            [](Visitor& visitor) { describe(Item{}, visitor); }};
}

constexpr std::array kKinds{
    kind<&State::client, &ClientState::mounts>("mounts", "mounts", "mount",
                                               "NFS mounts of all mount namespaces"),
    kind<&State::client, &ClientState::nfs_servers>("nfs_servers", "clients", "nfs_server",
                                                    "mounted NFS file systems"),
    kind<&State::client, &ClientState::nfs_clients>("nfs_clients", "clients", "nfs_client",
                                                    "NFS servers that the NFS client talks to"),
    kind<&State::sunrpc, &SunrpcState::rpc_clnts>("rpc_clnts", "clients", "rpc_clnt",
                                                  "RPC clients of all network namespaces"),
    kind<&State::sunrpc, &SunrpcState::rpc_xprts>("rpc_xprts", "transports", "rpc_xprt",
                                                  "connections to servers, all of each client"),
    kind<&State::sunrpc, &SunrpcState::rpc_xprt_switches>(
        "rpc_xprt_switches", "transports", "rpc_xprt_switch",
        "groups of connections that a client chooses from"),
    kind<&State::sunrpc, &SunrpcState::rpc_wait_queues>(
        "rpc_wait_queues", "transports", "rpc_wait_queue",
        "where RPC tasks sleep, with how many by priority"),
    kind<&State::sunrpc, &SunrpcState::rpc_tasks>("rpc_tasks", "tasks", "rpc_task",
                                                  "calls to servers under way"),
    kind<&State::sunrpc, &SunrpcState::rpc_rqsts>("rpc_rqsts", "tasks", "rpc_rqst",
                                                  "requests of these calls: sent, awaited"),
    kind<&State::sunrpc, &SunrpcState::rpc_sockets>("rpc_sockets", "transports", "sock_xprt",
                                                    "sockets of these connections"),
    kind<&State::sunrpc, &SunrpcState::tcp_memory>("tcp_memory", "transports", "tcp_memory",
                                                   "what TCP may use and uses"),
    kind<&State::sunrpc, &SunrpcState::gss_upcalls>("gss_upcalls", "clients", "gss_upcall",
                                                    "requests to rpc.gssd under way"),
    kind<&State::sunrpc, &SunrpcState::gss_creds>("gss_creds", "clients", "gss_cred",
                                                  "RPCSEC_GSS credentials and their contexts"),
    kind<&State::server, &ServerState::svc_servs>("svc_servs", "server", "svc_serv",
                                                  "RPC services of this host: nfsd, lockd, "
                                                  "callbacks"),
    kind<&State::server, &ServerState::svc_pools>("svc_pools", "server", "svc_pool",
                                                  "thread pools of the RPC services"),
    kind<&State::server, &ServerState::svc_threads>("svc_threads", "server", "svc_thread",
                                                    "threads of the RPC services"),
    kind<&State::server, &ServerState::svc_xprts>("svc_xprts", "server", "svc_xprt",
                                                  "listeners and connections of the RPC services"),
    kind<&State::server, &ServerState::svc_deferred>("svc_deferred", "server", "svc_deferred",
                                                     "calls put aside until a cache is filled"),
    kind<&State::server, &ServerState::nfsd_clients>("nfsd_clients", "server", "nfsd_client",
                                                     "NFSv4 clients that nfsd knows"),
    kind<&State::writeback, &WritebackState::totals>(
        "writeback_totals", "writeback", "writeback_totals",
        "what is still to be written, in all and to each file system"),
    kind<&State::writeback, &WritebackState::nfs_inodes>(
        "nfs_inodes", "writeback", "nfs_inode",
        "NFS files that are open, locked, dirty, have requests or could not be written"),
    kind<&State::writeback, &WritebackState::nfs_pages>("nfs_pages", "writeback", "nfs_page",
                                                        "requests: ranges of files to be read, "
                                                        "written or committed"),
    ListKind{"findings", "findings", "finding",
             "what no healthy kernel leaves so: illegal states, broken lists",
             [](State& state) { return any(state.findings()); },
             [](Visitor& visitor) { describe(Finding{}, visitor); }},
};

}  // namespace

std::span<const ListKind> list_kinds() { return kKinds; }

const ListKind* find_list(std::string_view name) {
    auto found = std::find_if(kKinds.begin(), kKinds.end(),
                              [name](const ListKind& kind) { return kind.name == name; });
    return found == kKinds.end() ? nullptr : &*found;
}

}  // namespace nfstriage::nfs
