#include "nfs/nfs4_session.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "nfs/macro_bits.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kMostSlots = 1024;  // NFS4_MAX_SLOT_TABLE

// "0-3,7"
std::string ranges(const std::vector<std::uint64_t>& numbers) {
    std::string text;
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t last = i;
        while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
        text += fmt::format("{}{}", text.empty() ? "" : ",", numbers[i]);
        if (last != i) text += fmt::format("-{}", numbers[last]);
        i = last + 1;
    }
    return text;
}

// The rpc_tasks that have a slot, by the slot's address.
class Holders {
public:
    Holders(const Roots& roots, const Listing<Object>& clnts) : complete_(clnts.complete) {
        for (const Object& clnt : clnts.items) {
            Budget budget = roots.budget();
            auto tasks = kernel::list(clnt, "cl_tasks", "struct rpc_task", "tk_task", budget);
            complete_ = complete_ && tasks.complete;
            for (const Object& task : tasks.objects) add(roots, task);
        }
    }

    const Object* of(VAddr slot) const {
        auto found = holders_.find(slot);
        return found == holders_.end() ? nullptr : &found->second;
    }
    // Whether no task can have been missed.
    bool complete() const { return complete_; }

private:
    // The result of every operation with a session begins with its nfs4_sequence_res, and sr_slot
    // is cleared when the slot is given back; nfs4_sequence_args keeps it.
    void add(const Roots& roots, const Object& task) {
        auto result = task.pointer("tk_msg.rpc_resp");
        if (!result) {
            complete_ = false;
            return;
        }
        if (result->is_null()) return;
        auto slot = roots.reader.object("struct nfs4_sequence_res", *result).pointer("sr_slot");
        if (!slot)
            complete_ = false;
        else if (!slot->is_null())
            holders_.emplace(*slot, task);
    }

    std::map<VAddr, Object> holders_;
    bool complete_;
};

Field<std::string> session_id(const Object& session) {
    auto at = session.address_of("sess_id.data");
    auto bytes =
        at ? session.reader().memory().bytes(*at, 16) : tl::unexpected<Unknown>(at.error());
    if (!bytes) return {bytes.error().reason, session.origin("sess_id.data")};
    std::string text;
    for (std::uint8_t byte : *bytes) text += fmt::format("{:02x}", byte);
    return {std::move(text), session.origin("sess_id.data")};
}

Field<std::string> server_of(const Object& client) {
    return client.get<std::string>("cl_hostname");
}

Nfs4SlotTable read_table(const SlotTableAt& at, const BitNames& state_names) {
    const Object& table = at.table;
    Nfs4SlotTable result;
    result.address = table.address();
    result.session = table.get<VAddr>("session");
    result.client = at.client.address();
    result.server = server_of(at.client);
    result.channel = std::string(at.channel);
    result.slots = table.get<std::uint64_t>("max_slots");
    auto used = used_slots(table);
    kernel::Origin origin = table.origin("used_slots");
    if (used) {
        result.used = {std::uint64_t{used->size()}, origin};
        result.used_slots = {ranges(*used), origin};
    } else {
        result.used = {used.error().reason, origin};
        result.used_slots = {used.error().reason, origin};
    }
    result.max_slotid = table.get<std::uint64_t>("max_slotid");
    result.highest_used = table.get<std::int64_t>("highest_used_slotid");
    if (result.highest_used.is(0xffffffff))  // NFS4_NO_SLOT
        result.highest_used = {std::int64_t{-1}, result.highest_used.origin()};
    result.target_highest = table.get<std::uint64_t>("target_highest_slotid");
    result.server_highest = table.get<std::uint64_t>("server_highest_slotid");
    result.generation = table.get<std::uint64_t>("generation");
    result.state = state_names.flags(table.get<std::uint64_t>("slot_tbl_state"));
    result.draining = state_names.is_set(result.state, "NFS4_SLOT_TBL_DRAINING");
    result.drained = result.draining;
    if (result.draining && !result.highest_used)
        result.drained = result.highest_used.why();
    else if (result.draining)
        result.drained = {*result.draining && *result.highest_used == -1,
                          result.highest_used.origin()};
    result.waiting = table.get<std::uint64_t>("slot_tbl_waitq.qlen");
    return result;
}

void read_holder(const Object& task, Nfs4Slot& slot) {
    slot.holder = {task.address(), task.origin("tk_msg.rpc_resp")};
    slot.holder_procedure = task.get<std::string>("tk_msg.rpc_proc->p_name");
    slot.holder_pid = task.get<std::int64_t>("tk_owner");
}

Nfs4Slot read_slot(const Object& slot, const Nfs4SlotTable& table,
                   const Maybe<std::vector<std::uint64_t>>& used, const Holders& holders) {
    Nfs4Slot result;
    result.address = slot.address();
    result.table = slot.get<VAddr>("table");
    result.server = table.server;
    result.channel = table.channel;
    result.number = slot.get<std::uint64_t>("slot_nr");
    result.sequence = slot.get<std::uint64_t>("seq_nr");
    result.last_acked = slot.get<std::uint64_t>("seq_nr_last_acked");
    result.highest_sent = slot.get<std::uint64_t>("seq_nr_highest_sent");
    result.generation = slot.get<std::uint64_t>("generation");
    result.privileged = slot.get<bool>("privileged");
    result.sequence_done = slot.get<bool>("seq_done");
    result.interrupted = slot.get<bool>("interrupted");  // until 3453d5708b33, in 4.19
    if (!result.number)
        result.used = result.number.why();
    else if (!used)
        result.used = used.error().reason;
    else
        result.used = {std::binary_search(used->begin(), used->end(), *result.number),
                       table.used.origin()};
    const Object* holder = holders.of(slot.address());
    if (holder != nullptr) {
        read_holder(*holder, result);
    } else {
        Reason why = holders.complete() ? Reason::null : Reason::not_dumped;
        result.holder = why;
        result.holder_procedure = why;
        result.holder_pid = why;
    }
    return result;
}

}  // namespace

void describe(const Nfs4Session& session, Visitor& visitor) {
    visitor.object(session.kType, session.address);
    visitor.column("server", session.server, "name of the server, from its nfs_client");
    visitor.detail("nfs_client", session.client, "struct nfs_client");
    visitor.column("id", session.id, "session id in hex");
    visitor.column("state", session.state, "session_state, NFS4_SESSION_*");
    visitor.detail("flags", session.flags, "what CREATE_SESSION agreed on");
    visitor.column("max_requests", session.max_requests, "slots that the server allows");
    visitor.detail("max_operations", session.max_operations, "operations in one COMPOUND");
    visitor.detail("max_request_bytes", session.max_request_size, "largest call", "bytes");
    visitor.detail("max_reply_bytes", session.max_reply_size, "largest reply", "bytes");
    visitor.detail("max_cached_reply_bytes", session.max_cached_reply_size,
                   "largest reply that the server keeps", "bytes");
    visitor.column("callback_requests", session.callback_requests, "slots for callbacks");
    visitor.detail("callback_operations", session.callback_operations,
                   "operations in one callback");
    visitor.detail("callback_request_bytes", session.callback_request_size, "largest callback",
                   "bytes");
}

Nfs4Session read_nfs4_session(const Roots& roots, const Object& session) {
    Nfs4Session result;
    result.address = session.address();
    result.client = session.get<VAddr>("clp");
    result.server = session.get<std::string>("clp->cl_hostname");
    result.id = session_id(session);
    result.flags =
        BitNames(roots.reader, "nfs4_session.flags").flags(session.get<std::uint64_t>("flags"));
    result.state = BitNames(roots.reader, "nfs4_session.session_state")
                       .flags(session.get<std::uint64_t>("session_state"));
    result.max_requests = session.get<std::uint64_t>("fc_attrs.max_reqs");
    result.max_operations = session.get<std::uint64_t>("fc_attrs.max_ops");
    result.max_request_size = session.get<std::uint64_t>("fc_attrs.max_rqst_sz");
    result.max_reply_size = session.get<std::uint64_t>("fc_attrs.max_resp_sz");
    result.max_cached_reply_size = session.get<std::uint64_t>("fc_attrs.max_resp_sz_cached");
    result.callback_requests = session.get<std::uint64_t>("bc_attrs.max_reqs");
    result.callback_operations = session.get<std::uint64_t>("bc_attrs.max_ops");
    result.callback_request_size = session.get<std::uint64_t>("bc_attrs.max_rqst_sz");
    return result;
}

void describe(const Nfs4SlotTable& table, Visitor& visitor) {
    visitor.object(table.kType, table.address);
    visitor.column("server", table.server, "name of the server, from its nfs_client");
    visitor.column("channel", table.channel,
                   "fore: calls to the server; back: callbacks from it; v4.0: without a session");
    visitor.detail("session", table.session, "struct nfs4_session; 0 for NFSv4.0");
    visitor.detail("nfs_client", table.client, "struct nfs_client");
    visitor.column("slots", table.slots, "slots that exist, max_slots");
    visitor.column("used", table.used, "slots that are marked as used");
    visitor.detail("used_slots", table.used_slots, "their numbers");
    visitor.column("highest_used", table.highest_used, "highest_used_slotid; -1 for none");
    visitor.detail("max_slotid", table.max_slotid, "highest slot that may be used now");
    visitor.detail("target_highest", table.target_highest, "what the server asks to keep to");
    visitor.detail("server_highest", table.server_highest, "what the server can take");
    visitor.detail("generation", table.generation, "counts changes of the target");
    visitor.detail("state", table.state, "slot_tbl_state, NFS4_SLOT_TBL_*");
    visitor.column("draining", table.draining,
                   "only the state manager gets slots, everybody else waits");
    visitor.detail("drained", table.drained, "draining, and no slot is used any more");
    visitor.column("waiting", table.waiting, "rpc_tasks that wait for a slot");
}

void describe(const Nfs4Slot& slot, Visitor& visitor) {
    visitor.object(slot.kType, slot.address);
    visitor.column("server", slot.server, "name of the server, from its nfs_client");
    visitor.column("channel", slot.channel, "fore, back, v4.0");
    visitor.detail("table", slot.table, "struct nfs4_slot_table");
    visitor.column("number", slot.number, "slot_nr");
    visitor.column("sequence", slot.sequence, "seq_nr of its next call");
    visitor.detail("last_acked", slot.last_acked, "sequence number that the server answered last");
    visitor.detail("highest_sent", slot.highest_sent, "highest sequence number that was sent");
    visitor.detail("generation", slot.generation, "the table's, when the slot was last used");
    visitor.column("used", slot.used, "marked as used in the table");
    visitor.detail("privileged", slot.privileged, "taken by the state manager");
    visitor.detail("sequence_done", slot.sequence_done, "the reply to its SEQUENCE was handled");
    visitor.detail("interrupted", slot.interrupted, "its last call was given up before the reply");
    visitor.column("holder", slot.holder, "struct rpc_task that has it");
    visitor.column("holder_procedure", slot.holder_procedure, "what that task calls");
    visitor.detail("holder_pid", slot.holder_pid, "process that asked for it");
}

Maybe<std::vector<SlotTableAt>> slot_tables_of(const Object& client) {
    std::vector<SlotTableAt> tables;
    auto session = client.follow("cl_session");
    if (!session && session.error().reason != Reason::null)
        return tl::unexpected<Unknown>(session.error());
    if (session) {
        auto fore = session->at("fc_slot_table"), back = session->at("bc_slot_table");
        if (!fore || !back) return tl::unexpected<Unknown>(fore ? back.error() : fore.error());
        tables.push_back({*fore, client, "fore"});
        tables.push_back({*back, client, "back"});
    }
    auto table = client.follow("cl_slot_tbl");
    if (!table && table.error().reason != Reason::null)
        return tl::unexpected<Unknown>(table.error());
    if (table) tables.push_back({*table, client, "v4.0"});
    return tables;
}

Maybe<std::vector<std::uint64_t>> used_slots(const Object& table) {
    auto at = table.address_of("used_slots");
    if (!at) return tl::unexpected<Unknown>(at.error());
    auto words = table.reader().types().member(table.type(), "used_slots");
    if (!words) return tl::unexpected<Unknown>(words.error());
    if (words->type.size > kMostSlots / 8) return unknown(Reason::corrupt, "used_slots");
    auto bytes = table.reader().memory().bytes(*at, words->type.size);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    std::vector<std::uint64_t> set;
    for (std::uint64_t bit = 0; bit < bytes->size() * 8; ++bit)
        if (((*bytes)[bit / 8] >> bit % 8 & 1) != 0) set.push_back(bit);
    return set;
}

kernel::Walk slots_of(const Object& table, Budget& budget) {
    kernel::Walk walk;
    auto stop = [&](Unknown why) {
        walk.complete = false;
        walk.why = std::move(why);
    };
    auto slot = table.follow("slots");
    for (; slot; slot = slot->follow("next")) {
        if (walk.objects.size() == kMostSlots || !budget.spend()) {
            stop({walk.objects.size() == kMostSlots ? Reason::corrupt : Reason::budget,
                  "chain of slots at " + hex(slot->address())});
            return walk;
        }
        walk.objects.push_back(*slot);
    }
    if (slot.error().reason != Reason::null) stop(slot.error());
    return walk;
}

void read_slot_tables(const Roots& roots, const std::vector<SlotTableAt>& tables,
                      const Listing<Object>& clnts, Listing<Nfs4SlotTable>& read,
                      LongListing<Nfs4Slot>& slots) {
    if (tables.empty()) return;
    Holders holders(roots, clnts);
    BitNames state_names(roots.reader, "nfs4_slot_table.slot_tbl_state");
    for (const SlotTableAt& at : tables) {
        const Nfs4SlotTable& table = read.items.emplace_back(read_table(at, state_names));
        auto used = used_slots(at.table);
        Budget budget = roots.budget();
        auto walk = slots_of(at.table, budget);
        slots.add_gap(walk, "slots of nfs4_slot_table " + hex(at.table.address()));
        for (const Object& slot : walk.objects)
            slots.items.push_back(read_slot(slot, table, used, holders));
    }
}

}  // namespace nfstriage::nfs
