// nfsd4_callback (fs/nfsd/state.h): a call that nfsd makes, or wants to make, to one of its
// clients: the probe of the channel, a delegation's or layout's recall, a lock's notification.
#pragma once

#include "nfs/describe.h"
#include "nfs/nfsd_stateid.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdCallback {
    static constexpr std::string_view kType = "struct nfsd4_callback";
    VAddr address;
    Field<std::string> kind;  // "null", "recall", "layout_recall", "notify_lock", "recall_any"
    Field<VAddr> client, stateid;
    Field<bool> work_pending;  // queued on the callback workqueue
    Field<bool> running;       // it counts as in flight
    Field<bool> holds_slot, needs_restart;
    Field<std::int64_t> sequence_status, status;
};

void describe(const NfsdCallback& callback, Visitor& visitor);

// Those of an nfs4_client that are queued or under way. `stateids`: of that client.
Listing<NfsdCallback> read_nfsd_callbacks(const Roots& roots, const kernel::Object& client,
                                          const Listing<NfsdStateid>& stateids);

}  // namespace nfstriage::nfs
