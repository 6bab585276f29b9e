// nfs4_session (fs/nfs/nfs4session.h): the channel of NFSv4.1 and later between a client and a
// server. It has two tables of slots, for calls to the server and for callbacks from it; NFSv4.0
// has one table without a session.
#pragma once

#include <vector>

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct Nfs4Session {
    static constexpr std::string_view kType = "struct nfs4_session";
    VAddr address;
    Field<VAddr> client;
    Field<std::string> server, id;  // the session's id in hex, as it is on the wire
    Field<Flags> flags, state;
    Field<std::uint64_t> max_requests, max_operations, max_request_size, max_reply_size,
        max_cached_reply_size;
    Field<std::uint64_t> callback_requests, callback_operations, callback_request_size;
};

void describe(const Nfs4Session& session, Visitor& visitor);
Nfs4Session read_nfs4_session(const Roots& roots, const kernel::Object& session);

// nfs4_slot_table: as many calls can be under way as it has slots.
struct Nfs4SlotTable {
    static constexpr std::string_view kType = "struct nfs4_slot_table";
    VAddr address;
    Field<VAddr> session, client;
    Field<std::string> server, channel;  // "fore", "back", "v4.0"
    Field<std::uint64_t> slots, used;    // that exist; marked used
    Field<std::string> used_slots;       // "0-3,7"
    Field<std::uint64_t> max_slotid;
    Field<std::int64_t> highest_used;  // -1: none
    Field<std::uint64_t> target_highest, server_highest, generation;
    Field<Flags> state;
    Field<bool> draining, drained;
    Field<std::uint64_t> waiting;  // rpc_tasks on slot_tbl_waitq
};

void describe(const Nfs4SlotTable& table, Visitor& visitor);

// nfs4_slot: one call of a session at a time. Who has it is known by the call's own result, which
// points to the slot until it is given back.
struct Nfs4Slot {
    static constexpr std::string_view kType = "struct nfs4_slot";
    VAddr address;
    Field<VAddr> table;
    Field<std::string> server, channel;
    Field<std::uint64_t> number, sequence, last_acked, highest_sent, generation;
    Field<bool> used, privileged, sequence_done, interrupted;
    Field<VAddr> holder;  // rpc_task
    Field<std::string> holder_procedure;
    Field<std::int64_t> holder_pid;  // of the process that asked
};

void describe(const Nfs4Slot& slot, Visitor& visitor);

// A table and what it is for.
struct SlotTableAt {
    kernel::Object table, client;
    std::string_view channel;
};
// The tables of a client: none, one (NFSv4.0) or two. Unknown: why it could not be told.
Maybe<std::vector<SlotTableAt>> slot_tables_of(const kernel::Object& nfs_client);

// The bits of nfs4_slot_table.used_slots that are set.
Maybe<std::vector<std::uint64_t>> used_slots(const kernel::Object& table);

// The slots of a table in their order, as far as the chain goes.
kernel::Walk slots_of(const kernel::Object& table, Budget& budget);

// Appends what was read of the tables, and of their slots, with who has them. `clnts`: the
// rpc_clnts whose tasks may hold a slot.
void read_slot_tables(const Roots& roots, const std::vector<SlotTableAt>& tables,
                      const Listing<kernel::Object>& clnts, Listing<Nfs4SlotTable>& read,
                      LongListing<Nfs4Slot>& slots);

}  // namespace nfstriage::nfs
