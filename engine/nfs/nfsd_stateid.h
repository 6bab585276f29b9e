// nfs4_stid (fs/nfsd/state.h): one NFSv4 state that nfsd keeps for a client: an open, a byte-range
// lock, a delegation, a layout. Found by the idr of its client.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdStateid {
    static constexpr std::string_view kType = "struct nfs4_stid";
    VAddr address;
    Field<VAddr> client;      // sc_client
    Field<std::uint64_t> id;  // in the idr of its client
    Field<std::uint64_t> generation;
    Field<std::string> type;    // "open", "lock", "delegation", "layout", "none"
    Field<std::string> status;  // "", "closed", "revoked", "freeable", ...
    Field<std::uint64_t> references;
    Field<VAddr> file;  // nfs4_file
    Field<VAddr> inode;
    Field<std::uint64_t> inode_number;
    Field<std::string> path;
    Field<std::string> access, deny;  // of an open: "read|write"
    Field<VAddr> owner, open_stateid;
    Field<std::string> owner_name;       // hexadecimal
    Field<std::string> delegation_type;  // "read", "write"
    Field<Duration> recall_age;
    Field<bool> recalled;
    Field<std::uint64_t> recall_retries;
    Field<std::uint64_t> layout_type;
    Field<VAddr> mutex_owner;  // task that works on the open or lock state, 0: nobody
};

void describe(const NfsdStateid& stateid, Visitor& visitor);

// The stateids in the idr of an nfs4_client.
Listing<NfsdStateid> read_nfsd_stateids(const Roots& roots, const kernel::Object& client);

}  // namespace nfstriage::nfs
