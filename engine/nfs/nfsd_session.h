// nfsd4_session and nfsd4_slot (fs/nfsd/state.h): an NFSv4.1 session of nfsd and its slots, each
// with the reply kept for a repeated call.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdSession {
    static constexpr std::string_view kType = "struct nfsd4_session";
    VAddr address;
    Field<VAddr> client;
    Field<std::string> session_id;
    Field<std::uint64_t> references;  // calls that use it now
    Field<bool> dead;
    Field<Flags> flags;
    Field<std::uint64_t> slots, slots_in_use;
    Field<std::uint64_t> connections;
    Field<std::uint64_t> max_request_bytes, max_response_bytes, max_cached_bytes, max_operations;
    Field<std::uint64_t> backchannel_slots, callback_program, callback_sequence;
};

struct NfsdSlot {
    static constexpr std::string_view kType = "struct nfsd4_slot";
    VAddr address;
    Field<VAddr> session;
    Field<std::uint64_t> index, sequence;
    Field<bool> in_use, cached;
    Field<std::uint64_t> cached_bytes, operations;
    Field<std::uint64_t> status;
    Field<Flags> flags;
};

void describe(const NfsdSession& session, Visitor& visitor);
void describe(const NfsdSlot& slot, Visitor& visitor);

Listing<kernel::Object> find_nfsd_sessions(const Roots& roots, const kernel::Object& client);
// The slots that a session has; those it was not given memory for yet are left out.
Listing<NfsdSlot> read_nfsd_slots(const Roots& roots, const kernel::Object& session);
NfsdSession read_nfsd_session(const Roots& roots, const kernel::Object& session,
                              const Listing<NfsdSlot>& slots);

}  // namespace nfstriage::nfs
