// nfs_client (include/linux/nfs_fs_sb.h): the NFS client's end of one server, one version and one
// transport protocol: lease, sessions and state manager of NFSv4.
#pragma once

#include "nfs/describe.h"
#include "nfs/own_addresses.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsClient {
    static constexpr std::string_view kType = "struct nfs_client";
    VAddr address;
    Field<std::string> hostname, server_address;
    Field<std::string> version;  // "4.1"
    Field<std::uint64_t> minor_version, protocol_number;
    Field<std::int64_t> cons_state;
    Field<std::string> cons_state_name;
    Field<Flags> flags, state, exchange_flags, res_state;
    Field<std::uint64_t> references, data_server_references;
    Field<VAddr> rpc_clnt, session, slot_table, net;
    Field<Duration> lease_time, last_renewal;
    Field<bool> lease_expired;
    Field<std::uint64_t> client_id;
    Field<std::string> owner_id, minor_version_ops, callback_address, acceptor;
    Field<std::uint64_t> callback_ident, nconnect, max_connect;
    Field<std::string> protocol, module;
    Field<std::uint64_t> servers;  // file systems of it
    Field<bool> is_this_host;
    // The state manager's thread and what it was asked to do.
    Field<bool> manager_running;
    Field<VAddr> manager_task;
    Field<std::int64_t> manager_pid;
    Field<Duration> manager_age;
    Field<std::string> manager_works_on;
};

void describe(const NfsClient& client, Visitor& visitor);

NfsClient read_nfs_client(const Roots& roots, const OwnAddresses& own,
                          const kernel::Object& client);

}  // namespace nfstriage::nfs
