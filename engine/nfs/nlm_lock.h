// What lockd keeps of files and locks (include/linux/lockd/lockd.h, fs/lockd/clntlock.c):
// nlm_block, a client's lock that waits here; nlm_wait (nlm_wait in clntlock.c), a lock of this
// host that waits at a server; nlm_file, a file of this host that NFSv2 and v3 clients have locked,
// with its locks.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NlmBlock {
    static constexpr std::string_view kType = "struct nlm_block";
    VAddr address;
    Field<VAddr> host, file, call;
    Field<std::string> host_name, caller, path;
    Field<std::uint64_t> start, length;  // as the client asked; length 0: to the end
    Field<std::string> mode;             // "read", "write"
    Field<std::int64_t> owner_pid;       // svid: the process on the client
    Field<bool> granted, queued;
    Field<Flags> flags;
    Field<Duration> retry_in;
    Field<std::uint64_t> references;
};

struct NlmWait {
    static constexpr std::string_view kType = "struct nlm_wait";
    VAddr address;
    Field<VAddr> host, lock;
    Field<std::string> server;
    Field<std::int64_t> owner_pid;
    Field<std::int64_t> start, end;
    Field<std::string> mode, status;
    Field<VAddr> file;
    Field<std::uint64_t> inode_number;
    Field<std::string> path, file_handle;
};

struct NlmFile {
    static constexpr std::string_view kType = "struct nlm_file";
    VAddr address;
    Field<std::string> path, file_handle;
    Field<VAddr> read_file, write_file, inode;
    Field<std::uint64_t> references, locks, blocks, shares;
    Field<VAddr> mutex_owner;
};

struct NlmLock {  // file_lock that lockd holds for a client
    static constexpr std::string_view kType = "struct file_lock";
    VAddr address;
    Field<VAddr> file, host;
    Field<std::string> host_name, path, mode;
    Field<std::int64_t> owner_pid, start, end;
};

void describe(const NlmBlock& block, Visitor& visitor);
void describe(const NlmWait& wait, Visitor& visitor);
void describe(const NlmFile& file, Visitor& visitor);
void describe(const NlmLock& lock, Visitor& visitor);

// The two lists of waiting locks, which have one name in the kernel: nlm_blocked.
struct NlmBlocked {
    Listing<NlmBlock> blocks;
    Listing<NlmWait> waits;
};
NlmBlocked read_nlm_blocked(const Roots& roots);
Listing<kernel::Object> find_nlm_files(const Roots& roots);
NlmFile read_nlm_file(const Roots& roots, const kernel::Object& file);
// The locks that lockd holds on the file for clients.
Listing<NlmLock> read_nlm_locks(const Roots& roots, const kernel::Object& nlm_file);

}  // namespace nfstriage::nfs
