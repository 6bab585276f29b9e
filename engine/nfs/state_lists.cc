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
    kind<&State::client, &ClientState::nfs4_sessions>("nfs4_sessions", "slots", "nfs4_session",
                                                      "sessions of NFSv4.1 and later with servers"),
    kind<&State::client, &ClientState::nfs4_slot_tables>(
        "nfs4_slot_tables", "slots", "nfs4_slot_table",
        "slot tables: how many calls may be under way, who waits"),
    kind<&State::client, &ClientState::nfs4_slots>("nfs4_slots", "slots", "nfs4_slot",
                                                   "slots, and the rpc_tasks that have them"),
    kind<&State::client, &ClientState::nfs4_state_owners>(
        "nfs4_state_owners", "state", "nfs4_state_owner", "users of NFSv4 file systems"),
    kind<&State::client, &ClientState::nfs4_states>("nfs4_states", "state", "nfs4_state",
                                                    "files that are open over NFSv4"),
    kind<&State::client, &ClientState::nfs4_lock_states>(
        "nfs4_lock_states", "state", "nfs4_lock_state", "locks on files of NFSv4"),
    kind<&State::client, &ClientState::open_contexts>("open_contexts", "state", "nfs_open_context",
                                                      "open NFS files, and who opened them"),
    kind<&State::client, &ClientState::delegations>("delegations", "delegations", "nfs_delegation",
                                                    "files delegated to this client"),
    kind<&State::client, &ClientState::pnfs_layouts>("pnfs_layouts", "state", "pnfs_layout_hdr",
                                                     "files with a pNFS layout"),
    kind<&State::client, &ClientState::pnfs_segments>("pnfs_segments", "state",
                                                      "pnfs_layout_segment", "their segments"),
    kind<&State::client, &ClientState::pnfs_devices>("pnfs_devices", "state", "pnfs_device",
                                                     "pNFS devices"),
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
    kind<&State::server, &ServerState::nfsd_nets>("nfsd_nets", "server", "nfsd_net",
                                                  "nfsd in each network namespace"),
    kind<&State::server, &ServerState::nfsd_stateids>("nfsd_stateids", "server", "nfsd_stateid",
                                                      "NFSv4 states that nfsd keeps for clients"),
    kind<&State::server, &ServerState::nfsd_sessions>("nfsd_sessions", "server", "nfsd_session",
                                                      "NFSv4.1 sessions of nfsd"),
    kind<&State::server, &ServerState::nfsd_slots>("nfsd_slots", "server", "nfsd_slot",
                                                   "slots of those sessions"),
    kind<&State::server, &ServerState::nfsd_callbacks>(
        "nfsd_callbacks", "server", "nfsd_callback",
        "calls of nfsd to its clients, queued or under way"),
    kind<&State::server, &ServerState::nfsd_files>("nfsd_files", "server", "nfsd_file",
                                                   "files that nfsd keeps open"),
    kind<&State::server, &ServerState::nfsd_replies>("nfsd_replies", "server", "nfsd_reply",
                                                     "duplicate reply cache of nfsd"),
    kind<&State::server, &ServerState::exports>("exports", "server", "export",
                                                "what nfsd exports, and to whom"),
    kind<&State::server, &ServerState::export_keys>("export_keys", "server", "export_key",
                                                    "file systems that file handles lead to"),
    kind<&State::server, &ServerState::client_addresses>("client_addresses", "server",
                                                         "client_address", "clients by address"),
    kind<&State::server, &ServerState::client_groups>("client_groups", "server", "client_groups",
                                                      "groups of users of clients"),
    kind<&State::server, &ServerState::caches>("caches", "server", "cache",
                                               "caches that user space fills"),
    kind<&State::lockd, &LockdState::nlm_hosts>("nlm_hosts", "locks", "nlm_host",
                                                "peers of the lock manager"),
    kind<&State::lockd, &LockdState::nlm_blocks>("nlm_blocks", "locks", "nlm_block",
                                                 "locks of clients that wait here"),
    kind<&State::lockd, &LockdState::nlm_waits>("nlm_waits", "locks", "nlm_wait",
                                                "locks of this host that wait at servers"),
    kind<&State::lockd, &LockdState::nlm_files>("nlm_files", "locks", "nlm_file",
                                                "files that NFSv3 clients lock"),
    kind<&State::lockd, &LockdState::nlm_locks>("nlm_locks", "locks", "nlm_lock",
                                                "locks that NFSv3 clients hold"),
    kind<&State::writeback, &WritebackState::totals>(
        "writeback_totals", "writeback", "writeback_totals",
        "what is still to be written, in all and to each file system"),
    kind<&State::writeback, &WritebackState::nfs_inodes>(
        "nfs_inodes", "writeback", "nfs_inode",
        "NFS files that are open, locked, dirty, have requests or could not be written"),
    kind<&State::writeback, &WritebackState::nfs_pages>("nfs_pages", "writeback", "nfs_page",
                                                        "requests: ranges of files to be read, "
                                                        "written or committed"),
    kind<&State::waits, &WaitsState::waits>("waits", "waits", "wait",
                                            "tasks that wait, for what, and where that leads"),
    kind<&State::waits, &WaitsState::chains>("wait_chains", "waits", "wait_chain",
                                             "what chains of waits end at, and how many tasks that "
                                             "blocks"),
    kind<&State::waits, &WaitsState::cycles>("wait_cycles", "waits", "wait_cycle",
                                             "tasks that wait for each other in a ring"),
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
