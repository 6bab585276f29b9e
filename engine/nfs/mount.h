// mount (fs/mount.h): one NFS file system at one place of one mount namespace. Mounts are found by
// the namespaces that tasks are in and by the super blocks of known nfs_servers, so that one in a
// namespace without tasks, or taken out of its namespace by umount -l, is seen too.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct Mount {
    static constexpr std::string_view kType = "struct mount";
    VAddr address;
    Field<std::string> path, source, fstype;
    Field<VAddr> server, super_block, root_dentry, parent, mount_namespace;
    Field<std::uint64_t> namespace_number;  // as /proc/PID/ns/mnt shows it
    Field<std::int64_t> namespace_pid;      // one of the tasks in it
    Field<std::string> namespace_comm;
    Field<std::uint64_t> id;
    Field<Flags> flags, super_flags;
    Field<std::uint64_t> super_references, super_active;
    // For paths of files: whether all mounts of the super block are known, and whether this is the
    // first of them, or the first with its root, in the super block's own order. So that no path
    // becomes another when a mount cannot be read.
    bool siblings_known = false, is_first = false, is_first_of_root = false;
};

void describe(const Mount& mount, Visitor& visitor);

// The NFS mounts of the mount namespaces that tasks are in.
Listing<Mount> read_mounts(const Roots& roots);

// Adds those of the super blocks that are not in `mounts` yet, and says which of them name files.
void add_mounts_of(const Roots& roots, const std::vector<kernel::Object>& super_blocks,
                   Listing<Mount>& mounts);

}  // namespace nfstriage::nfs
