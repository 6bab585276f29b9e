// nfsd_file (fs/nfsd/filecache.h): a file that nfsd keeps open between calls, found by a hash over
// all network namespaces.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsdFile {
    static constexpr std::string_view kType = "struct nfsd_file";
    VAddr address;
    Field<VAddr> file, inode, net;
    Field<std::uint64_t> inode_number;
    Field<std::string> path;
    Field<Flags> flags;
    Field<std::uint64_t> references;
    Field<std::string> access;  // "read|write", what it was opened for
    Field<bool> garbage_collected, on_lru;
    Field<Duration> age;
    Field<std::uint64_t> uid;
};

void describe(const NfsdFile& file, Visitor& visitor);

// All that the hash has, of every namespace.
Listing<NfsdFile> read_nfsd_files(const Roots& roots);

}  // namespace nfstriage::nfs
