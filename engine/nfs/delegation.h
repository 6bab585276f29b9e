// nfs_delegation (fs/nfs/delegation.h): a file that the server has handed to this client alone, or
// to its readers, until it recalls it.
#pragma once

#include "nfs/describe.h"
#include "nfs/file_path.h"
#include "nfs/read_fields.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct Delegation {
    static constexpr std::string_view kType = "struct nfs_delegation";
    VAddr address;
    Field<VAddr> server, inode;
    Field<std::string> hostname, path, kind;  // "read", "write"
    Field<Flags> flags;
    Field<bool> returning;
    Field<std::uint64_t> uid, references, change, page_limit;
    StateidFields stateid;
};

void describe(const Delegation& delegation, Visitor& visitor);

// Of one nfs_server.
Listing<Delegation> read_delegations(const Roots& roots, const FilePaths& paths,
                                     const kernel::Object& server);

}  // namespace nfstriage::nfs
