// nfs4_client (fs/nfsd/state.h): an NFSv4 client as nfsd knows it, with its lease and its callback
// channel.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdClient {
    static constexpr std::string_view kType = "struct nfs4_client";
    VAddr address;
    Field<VAddr> nfsd_net;
    Field<std::string> name, peer;
    Field<std::string> client_id;  // "6720f0c1:5ad3b9c2", as in /proc/fs/nfsd/clients
    Field<std::uint64_t> minor_version;
    Field<bool> confirmed;
    Field<std::string> state;   // "active", "courtesy", "expirable"
    Field<Duration> lease_age;  // since it was renewed
    Field<bool> lease_expired;
    Field<Flags> flags;
    Field<std::string> callback_state;  // "up", "unknown", "down", "fault"
    Field<std::uint64_t> callbacks_in_flight;
    Field<std::string> callback_address;
    Field<VAddr> callback_client, callback_session, callback_xprt;
    Field<bool> callback_slot_busy;
    Field<std::uint64_t> references;  // RPCs that use it now
    Field<std::string> principal;
    Field<std::uint64_t> sessions;
    Field<std::uint64_t> stateids, opens, locks, delegations, layouts, closed, revoked;
    Field<std::uint64_t> open_owners, delegations_in_recall, async_copies;
    Field<std::string> implementation;
};

void describe(const NfsdClient& client, Visitor& visitor);

// Every client that the hash tables of an nfsd_net have, confirmed or not.
Listing<kernel::Object> find_nfsd_clients(const Roots& roots, const kernel::Object& nfsd_net);
// Without the counts of its stateids.
NfsdClient read_nfsd_client(const Roots& roots, const kernel::Object& client,
                            const kernel::Object& nfsd_net);

}  // namespace nfstriage::nfs
