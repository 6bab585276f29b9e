// Paths of NFS files and mounts: names of dentries (include/linux/dcache.h) joined from the bottom
// up, through the mounts (fs/mount.h) on the way, as d_path() does it in fs/d_path.c.
// We promise: every walk is bounded; a name that is not there makes the path unknown, never
// shorter. Control characters and bytes that are no UTF-8 stand as \xNN.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kernel/object.h"
#include "nfs/listing.h"

namespace nfstriage::nfs {

struct Mount;

// Where a mount is seen in its namespace: "/home/data". A mount that hangs in no namespace any more
// (umount -l) begins with "(unreachable)". Unknown: why a name or mount could not be read; corrupt
// for a chain without an end.
Maybe<std::string> mount_path(const kernel::Object& mount);

// The way to a dentry from the root of its tree, "/dir/file"; " (deleted)" behind it if it was
// unlinked. `root` becomes the tree's root if given: s_root, or a root that NFS keeps beside it.
Maybe<std::string> dentry_path(const kernel::Object& dentry, kernel::Object* root = nullptr);

// Where files of mounted file systems are seen.
class FilePaths {
public:
    explicit FilePaths(const Listing<Mount>& mounts);

    // "/export/data/dir/file": the path below the mount that has it, the first of its super block if
    // there are several. Where no mount has it but NFS knows what its tree was mounted from:
    // "server:/export/dir/file". Unknown: as dentry_path, null for an inode without a name, and
    // not_dumped where not all mounts of the super block are known.
    Maybe<std::string> of_dentry(const kernel::Object& dentry) const;
    Maybe<std::string> of_inode(const kernel::Object& inode) const;

private:
    std::map<VAddr, Maybe<std::string>> mounted_;  // mnt_root of a mount to where that is seen
    std::map<VAddr, bool> supers_;                 // whether all mounts of a super block are known
    bool complete_;                                // whether all mounts are
};

}  // namespace nfstriage::nfs
