#include "nfs/nfsd_session.h"

#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// NFSD_MAX_SLOTS_PER_SESSION of fs/nfsd/state.h has been 160 and 2048.
constexpr std::uint64_t kMostSlots = 4096;

NfsdSlot read_slot(const Object& slot, const Object& session, std::uint64_t index,
                   const BitNames& names) {
    NfsdSlot result;
    result.address = slot.address();
    result.session = session.address();
    result.index = index;
    result.sequence = slot.get<std::uint64_t>("sl_seqid");
    auto flags = slot.get<std::uint64_t>("sl_flags");
    result.flags = names.flags(flags);
    result.in_use = names.is_set(flags, "NFSD4_SLOT_INUSE");
    result.cached = names.is_set(flags, "NFSD4_SLOT_CACHED");
    result.cached_bytes = slot.get<std::uint64_t>("sl_datalen");
    result.operations = slot.get<std::uint64_t>("sl_opcnt");
    result.status = network_u32(slot, "sl_status");
    return result;
}

}  // namespace

void describe(const NfsdSession& session, Visitor& visitor) {
    visitor.object(session.kType, session.address);
    visitor.column("client", session.client, "nfs4_client that it belongs to");
    visitor.column("session_id", session.session_id, "16 bytes, hexadecimal");
    visitor.column("references", session.references, "calls that use it now, se_ref");
    visitor.column("dead", session.dead, "it was destroyed while calls used it");
    visitor.detail("flags", session.flags, "se_flags");
    visitor.column("slots", session.slots, "slots of the fore channel");
    visitor.column("slots_in_use", session.slots_in_use, "slots with a call being worked on");
    visitor.detail("connections", session.connections, "connections bound to it, se_conns");
    visitor.detail("max_request_bytes", session.max_request_bytes, "fore channel, maxreq_sz",
                   "bytes");
    visitor.detail("max_response_bytes", session.max_response_bytes, "fore channel, maxresp_sz",
                   "bytes");
    visitor.detail("max_cached_bytes", session.max_cached_bytes, "fore channel, maxresp_cached",
                   "bytes");
    visitor.detail("max_operations", session.max_operations, "operations of a COMPOUND, maxops");
    visitor.detail("backchannel_slots", session.backchannel_slots, "back channel, maxreqs");
    visitor.detail("callback_program", session.callback_program, "program of callbacks");
    visitor.detail("callback_sequence", session.callback_sequence,
                   "sequence of the back channel's first slot, se_cb_seq_nr");
}

void describe(const NfsdSlot& slot, Visitor& visitor) {
    visitor.object(slot.kType, slot.address);
    visitor.column("session", slot.session, "nfsd4_session that it belongs to");
    visitor.column("index", slot.index, "number of the slot");
    visitor.column("sequence", slot.sequence, "sequence of its last call, sl_seqid");
    visitor.column("in_use", slot.in_use, "a call is being worked on, NFSD4_SLOT_INUSE");
    visitor.column("cached", slot.cached, "the last reply is kept, NFSD4_SLOT_CACHED");
    visitor.detail("cached_bytes", slot.cached_bytes, "size of the reply that is kept", "bytes");
    visitor.detail("operations", slot.operations, "operations of the last call, sl_opcnt");
    visitor.detail("status", slot.status, "NFSv4 status of the last reply");
    visitor.column("flags", slot.flags, "sl_flags");
}

Listing<Object> find_nfsd_sessions(const Roots& roots, const Object& client) {
    Listing<Object> sessions;
    Budget budget = roots.budget();
    auto walk = kernel::list(client, "cl_sessions", NfsdSession::kType, "se_perclnt", budget);
    sessions.add_gap(walk, "sessions of nfs4_client " + hex(client.address()));
    sessions.items = std::move(walk.objects);
    return sessions;
}

Listing<NfsdSlot> read_nfsd_slots(const Roots& roots, const Object& session) {
    Listing<NfsdSlot> slots;
    std::string of = "slots of nfsd4_session " + hex(session.address());
    BitNames names(roots.reader, "nfsd4_slot.sl_flags");
    auto add = [&](VAddr slot, std::uint64_t index) {
        slots.items.push_back(
            read_slot(roots.reader.object(NfsdSlot::kType, slot), session, index, names));
    };
    // An xarray in newer kernels, an array of pointers at the end of the session before (6.12).
    auto array = session.at("se_slots");
    if (array && array->type() == "struct xarray") {
        Budget budget = roots.budget();
        auto entries = kernel::xarray(*array, budget);
        for (const kernel::Entry& entry : entries.entries) add(entry.pointer, entry.index);
        if (!entries.complete) slots.add_gap(entries.why, of);
        return slots;
    }
    auto first = session.address_of("se_slots");
    auto count = session.number("se_fchannel.maxreqs");
    if (!first || !count) {
        slots.add_gap(!first ? first.error() : count.error(), of);
        return slots;
    }
    if (*count > kMostSlots) {
        slots.add_gap(Unknown{Reason::corrupt, std::to_string(*count) + " slots"}, of);
        return slots;
    }
    for (std::uint64_t index = 0; index < *count; ++index) {
        auto slot = roots.reader.memory().pointer(*first + index * 8);
        if (!slot) {
            slots.add_gap(slot.error(), of);
            return slots;
        }
        if (!slot->is_null()) add(*slot, index);
    }
    return slots;
}

NfsdSession read_nfsd_session(const Roots& roots, const Object& session,
                              const Listing<NfsdSlot>& slots) {
    NfsdSession result;
    result.address = session.address();
    result.client = session.get<VAddr>("se_client");
    auto id = session.address_of("se_sessionid");
    auto bytes = id ? roots.reader.memory().bytes(*id, 16)
                    : Maybe<std::vector<std::uint8_t>>(tl::unexpected<Unknown>(id.error()));
    result.session_id = bytes ? Field<std::string>(hex_text(*bytes), session.origin("se_sessionid"))
                              : Field<std::string>(bytes.error().reason);
    result.references = session.get<std::uint64_t>("se_ref");
    BitNames names(roots.reader, "nfsd4_session.se_flags");
    auto flags = session.get<std::uint64_t>("se_flags");
    result.flags = names.flags(flags);
    result.dead = session.has("se_dead") ? session.get<bool>("se_dead")
                                         : names.is_set(flags, "NFS4_SESSION_DEAD");
    if (slots.complete) {
        std::uint64_t in_use = 0;
        Field<std::uint64_t> unread;
        for (const NfsdSlot& slot : slots.items) {
            if (!slot.in_use) unread = Field<std::uint64_t>(slot.in_use.why());
            in_use += slot.in_use.is(true);
        }
        result.slots = static_cast<std::uint64_t>(slots.items.size());
        bool read_all = true;
        for (const NfsdSlot& slot : slots.items) read_all = read_all && slot.in_use.known();
        result.slots_in_use = read_all ? Field<std::uint64_t>(in_use) : unread;
    } else {
        result.slots = Reason::not_dumped;
        result.slots_in_use = Reason::not_dumped;
    }
    result.connections =
        length_field(roots, session, "se_conns", "struct nfsd4_conn", "cn_persession");
    result.max_request_bytes = session.get<std::uint64_t>("se_fchannel.maxreq_sz");
    result.max_response_bytes = session.get<std::uint64_t>("se_fchannel.maxresp_sz");
    result.max_cached_bytes = session.get<std::uint64_t>("se_fchannel.maxresp_cached");
    result.max_operations = session.get<std::uint64_t>("se_fchannel.maxops");
    result.backchannel_slots = session.get<std::uint64_t>("se_bchannel.maxreqs");
    result.callback_program = session.get<std::uint64_t>("se_cb_prog");
    result.callback_sequence = session.get<std::uint64_t>({"se_cb_seq_nr[0]", "se_cb_seq_nr"});
    return result;
}

}  // namespace nfstriage::nfs
