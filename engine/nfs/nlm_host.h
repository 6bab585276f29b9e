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

}  // namespace nfstriage::nfs
