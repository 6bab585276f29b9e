// nfs_inode (include/linux/nfs_fs.h): a file, directory or link of an NFS file system as this
// client knows it, with the struct inode inside of it. A regular file counts here what it has still
// to write: requests, those that wait for COMMIT, COMMITs under way. Directories keep other things
// in the same place in later kernels, so that none of these is read of them.
#pragma once

#include "nfs/describe.h"
#include "nfs/macro_bits.h"
#include "nfs/roots.h"
#include "nfs/writeback_flags.h"

namespace nfstriage::nfs {

struct NfsInode {
    static constexpr std::string_view kType = "struct nfs_inode";
    VAddr address;
    Field<VAddr> inode, super_block, server;  // struct inode inside of it; struct nfs_server
    Field<std::uint64_t> fileid, ino, generation;
    Field<std::string> path, kind;  // "regular", "directory", "symlink", ...
    Field<std::uint64_t> mode, size, links;
    Field<std::uint64_t> references, pages, page_index;  // i_count, nrpages, writeback_index
    Field<std::int64_t> writers;                         // i_writecount
    Field<Flags> flags, cache_validity, inode_state, mapping_flags, mapping_marks;
    Field<std::uint64_t> open_contexts;
    Field<std::uint64_t> requests, redirtied, uncommitted, commit_rpcs;
    Field<std::uint64_t> read_io, write_io;
    Field<std::int64_t> write_error;  // errno, negative; 0: none since it was read
    Field<bool> write_error_reported;
    Field<VAddr> layout, delegation;
    Field<VAddr> rwsem, commit_mutex;  // where they lie, for the list of locks
    Field<VAddr> commit_mutex_owner;
    Field<bool> rwsem_held;
    Field<VAddr> rwsem_owner;  // that writes; Unknown(null): nobody does
    Field<std::uint64_t> rwsem_readers, rwsem_waiters, commit_mutex_waiters;
    // From its requests that were found:
    Field<std::uint64_t> found_requests;
    Field<std::uint64_t> dirty, under_writeback, unstable, at_risk;  // bytes
    Field<std::uint64_t> pnfs_written, pnfs_committing;              // pnfs_ds_commit_info
    Field<Duration> oldest_write;  // of the tasks that carry its requests
    bool is_regular = false;
};

void describe(const NfsInode& inode, Visitor& visitor);

// The pnfs_ds_commit_info of a file whose layout keeps lists of its own for COMMITs to data
// servers. Unknown(null): it has no such layout.
Maybe<kernel::Object> pnfs_commit_info(const kernel::Object& nfs_inode);

// Reads inodes with what is asked of the types once.
class NfsInodeReader {
public:
    explicit NfsInodeReader(const Roots& roots);

    // `nfs_inode`: a struct nfs_inode. All but path, server and what its requests say.
    NfsInode read(const kernel::Object& nfs_inode) const;
    // Whether there is more to it than cached attributes: it is open, locked, dirty, has requests,
    // or could not write. Cheap. Unknown: what could tell was not read.
    Maybe<bool> is_active(const kernel::Object& nfs_inode) const;

private:
    void read_file(const kernel::Object& inode, NfsInode& result) const;
    void read_mapping(const kernel::Object& inode, NfsInode& result) const;
    void read_writes(const kernel::Object& inode, NfsInode& result) const;
    void read_locks(const kernel::Object& inode, NfsInode& result) const;

    const Roots& roots_;
    FlagNames mapping_flags_;
    std::uint64_t mapping_mask_;  // of the bits of address_space.flags that are flags
    BitNames flags_, validity_;
    std::string_view state_member_;
    BitNames state_;
};

}  // namespace nfstriage::nfs
