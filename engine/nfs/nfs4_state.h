// What NFSv4 keeps of open files (fs/nfs/nfs4_fs.h): nfs4_state_owner is a user of one mounted file
// system, nfs4_state a file that it has open, nfs4_lock_state the locks of one process on it.
#pragma once

#include "nfs/describe.h"
#include "nfs/file_path.h"
#include "nfs/macro_bits.h"
#include "nfs/read_fields.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct Nfs4StateOwner {
    static constexpr std::string_view kType = "struct nfs4_state_owner";
    VAddr address;
    Field<VAddr> server;
    Field<std::string> hostname;
    Field<std::uint64_t> uid, owner_id, references, sequence, states;
    Field<Flags> flags;
    Field<Duration> idle;
};

struct Nfs4State {
    static constexpr std::string_view kType = "struct nfs4_state";
    VAddr address;
    Field<VAddr> owner, inode;
    Field<std::string> path;
    Field<Flags> flags, mode;
    Field<std::uint64_t> readers, writers, both, references, locks;
    StateidFields stateid, open_stateid;
};

struct Nfs4LockState {
    static constexpr std::string_view kType = "struct nfs4_lock_state";
    VAddr address;
    Field<VAddr> state, lock_owner;
    Field<std::string> path;
    Field<Flags> flags;
    Field<std::uint64_t> references;
    StateidFields stateid;
};

void describe(const Nfs4StateOwner& owner, Visitor& visitor);
void describe(const Nfs4State& state, Visitor& visitor);
void describe(const Nfs4LockState& lock, Visitor& visitor);

struct OpenState {
    Listing<Nfs4StateOwner> owners;
    Listing<Nfs4State> states;
    Listing<Nfs4LockState> locks;
};

// Of one nfs_server.
void read_open_state(const Roots& roots, const FilePaths& paths, const kernel::Object& server,
                     OpenState& into);

}  // namespace nfstriage::nfs
