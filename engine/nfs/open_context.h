// nfs_open_context (include/linux/nfs_fs.h): one open() of an NFS file, shared by the requests that
// it made. It is on its inode's list while it lives, so all are found by the inodes of each mounted
// file system.
#pragma once

#include "nfs/describe.h"
#include "nfs/file_path.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct OpenContext {
    static constexpr std::string_view kType = "struct nfs_open_context";
    VAddr address;
    Field<VAddr> inode, dentry, state, files;
    Field<std::string> path;
    Field<Flags> flags, mode;
    Field<std::int64_t> error;
    Field<std::uint64_t> uid, references, io;
    Field<std::int64_t> pid;
    Field<std::string> comm;
};

void describe(const OpenContext& context, Visitor& visitor);

// Of the inodes of each super block.
Listing<OpenContext> read_open_contexts(const Roots& roots, const FilePaths& paths,
                                        const std::vector<kernel::Object>& super_blocks);

}  // namespace nfstriage::nfs
