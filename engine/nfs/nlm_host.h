// nlm_host (include/linux/lockd/lockd.h): a peer of the lock manager: a server whose files this
// host locks, or a client that locks files of this host.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NlmHost {
    static constexpr std::string_view kType = "struct nlm_host";
    VAddr address;
    Field<bool> is_server;  // this host is the peer's server: h_server
    Field<std::string> name, peer, source;
    Field<std::uint64_t> version, protocol;
    Field<std::uint64_t> references;
    Field<bool> reclaiming, in_use, monitored;
    Field<std::uint64_t> state, nsm_state;
    Field<Duration> expires_in;
    Field<VAddr> rpc_clnt, net, nsm_handle, mutex_owner;
    Field<std::uint64_t> granted, reclaims, lock_owners;
};

void describe(const NlmHost& host, Visitor& visitor);

// Those of lockd's two tables, and those that mounts of NFSv2 and v3 use (nfs_server.nlm_host),
// which is all that kernels without data symbols show.
Listing<kernel::Object> find_nlm_hosts(const Roots& roots);
NlmHost read_nlm_host(const Roots& roots, const kernel::Object& host);

}  // namespace nfstriage::nfs
