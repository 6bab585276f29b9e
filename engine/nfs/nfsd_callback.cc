#include "nfs/nfsd_callback.h"

#include "nfs/nfsd_text.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// NFSD4_CALLBACK_RUNNING, bit 0 of cb_flags; where there is none (6.12), only a held slot says it.
constexpr std::uint64_t kRunning = 1;
// WORK_STRUCT_PENDING_BIT of include/linux/workqueue.h
constexpr std::uint64_t kWorkPending = 1;

NfsdCallback read_callback(const Object& callback, std::string_view kind, Field<VAddr> stateid) {
    NfsdCallback result;
    result.address = callback.address();
    result.kind = std::string(kind);
    result.client = callback.get<VAddr>("cb_clp");
    result.stateid = stateid;
    auto work = callback.get<std::uint64_t>("cb_work.data");
    result.work_pending = work ? Field<bool>((*work & kWorkPending) != 0, work.origin())
                               : Field<bool>(work.why(), work.origin());
    if (callback.has("cb_held_slot")) {  // its number, -1 for none
        auto slot = callback.get<std::int64_t>("cb_held_slot");
        result.holds_slot =
            slot ? Field<bool>(*slot >= 0, slot.origin()) : Field<bool>(slot.why(), slot.origin());
    } else {
        result.holds_slot = callback.get<bool>("cb_holds_slot");
    }
    auto flags = callback.get<std::uint64_t>("cb_flags");
    if (callback.has("cb_flags"))
        result.running = flags ? Field<bool>((*flags & kRunning) != 0, flags.origin())
                               : Field<bool>(flags.why(), flags.origin());
    result.needs_restart = callback.get<bool>("cb_need_restart");
    result.sequence_status = callback.get<std::int64_t>("cb_seq_status");
    result.status = callback.get<std::int64_t>("cb_status");
    return result;
}

bool is_active(const NfsdCallback& callback) {
    return callback.work_pending.is(true) || callback.holds_slot.is(true) ||
           callback.running.is(true);
}

}  // namespace

void describe(const NfsdCallback& callback, Visitor& visitor) {
    visitor.object(callback.kType, callback.address);
    visitor.column("kind", callback.kind, "null (probe), recall, layout_recall or recall_any");
    visitor.column("client", callback.client, "nfs4_client that is called");
    visitor.column("stateid", callback.stateid, "nfs4_stid that is recalled; null: none");
    visitor.column("work_pending", callback.work_pending, "queued on the callback workqueue");
    visitor.column("running", callback.running, "under way, NFSD4_CALLBACK_RUNNING");
    visitor.column("holds_slot", callback.holds_slot, "it holds a slot of the back channel");
    visitor.detail("needs_restart", callback.needs_restart, "it is to be sent again");
    visitor.detail("sequence_status", callback.sequence_status, "of its CB_SEQUENCE; 1: none yet",
                   "errno");
    visitor.detail("status", callback.status, "of its last reply", "errno");
}

Listing<NfsdCallback> read_nfsd_callbacks(const Roots& roots, const Object& client,
                                          const Listing<NfsdStateid>& stateids) {
    Listing<NfsdCallback> callbacks;
    auto add = [&](const Maybe<Object>& callback, std::string_view kind, Field<VAddr> stateid) {
        if (!callback) return;
        auto read = read_callback(*callback, kind, std::move(stateid));
        if (is_active(read)) callbacks.items.push_back(std::move(read));
    };
    add(client.at("cl_cb_null"), "null", Reason::null);
    if (auto any = client.follow("cl_ra")) add(any->at("ra_cb"), "recall_any", Reason::null);
    for (const NfsdStateid& stateid : stateids.items) {
        Object stid = roots.reader.object(NfsdStateid::kType, stateid.address);
        if (stateid.type.is("delegation")) {
            if (auto state = stid.container("struct nfs4_delegation", "dl_stid"))
                add(state->at("dl_recall"), "recall", stateid.address);
        } else if (stateid.type.is("layout")) {
            if (auto state = stid.container("struct nfs4_layout_stateid", "ls_stid"))
                add(state->at("ls_recall"), "layout_recall", stateid.address);
        }
    }
    if (!stateids.complete)
        callbacks.add_gap("callbacks of nfs4_client " + hex(client.address()) +
                          ": not all of its stateids were seen");
    return callbacks;
}

}  // namespace nfstriage::nfs
