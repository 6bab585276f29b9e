// nfsd_net (fs/nfsd/netns.h): nfsd in one network namespace: whether it is up, in grace, and what
// its laundromat, reply cache and clients come to.
#pragma once

#include "nfs/describe.h"
#include "nfs/nfsd_client.h"
#include "nfs/nfsd_reply.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdNet {
    static constexpr std::string_view kType = "struct nfsd_net";
    VAddr address;
    Field<VAddr> net, serv;
    Field<bool> up, lockd_up;
    Field<bool> in_grace;     // NFSv4 reclaims only
    Field<bool> grace_ended;  // grace has ended or was ended by hand
    Field<Duration> grace_period, lease_period, uptime;
    Field<bool> somebody_reclaimed;
    Field<std::string> client_tracking;
    Field<std::uint64_t> clients, confirmed_clients, unconfirmed_clients, courtesy_clients;
    Field<std::uint64_t> recalled_delegations, closed_owners, blocked_locks;
    Field<bool> laundromat_pending;
    Field<Duration> laundromat_next;  // until it runs
    Field<bool> shrinker_pending;
    Field<std::uint64_t> reply_cache_entries, reply_cache_limit;
    Field<std::uint64_t> replies_in_progress, replies_done, replies_bytes;
    Field<Duration> oldest_reply_age;
    Field<std::uint64_t> async_copies;
    Field<std::string> versions;
};

void describe(const NfsdNet& net, Visitor& visitor);

// `clients`, `replies`: what was read of this one.
NfsdNet read_nfsd_net(const Roots& roots, const kernel::Object& nfsd_net, const kernel::Object& net,
                      const Listing<NfsdClient>& clients, const LongListing<NfsdReply>& replies);

}  // namespace nfstriage::nfs
