// nfs_server (include/linux/nfs_fs_sb.h): what the NFS client knows of one mounted file system. All
// mounts of one super block share it; its nfs_client is shared by all file systems of a server.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct NfsServer {
    static constexpr std::string_view kType = "struct nfs_server";
    VAddr address;
    Field<VAddr> client, rpc_clnt, acl_rpc_clnt, super_block, nlm_host;
    Field<std::string> hostname, path;  // of the server; where it is mounted first
    Field<Flags> flags, caps, options;
    Field<std::uint64_t> rsize, wsize, rpages, wpages, wtmult, dtsize, bsize;
    Field<Duration> acregmin, acregmax, acdirmin, acdirmax;
    Field<std::uint64_t> namelen, port, max_file_size;
    Field<std::uint64_t> fsid_major, fsid_minor;
    Field<std::uint64_t> writeback_pages;  // under writeback now
    Field<bool> write_congested;
    Field<Duration> mounted;  // how long ago
    Field<std::uint64_t> active;
    Field<Duration> timeout;
    Field<std::uint64_t> retransmissions;
    Field<std::uint64_t> delegations, layouts, state_owners;  // how many
    Field<std::string> mountd_address;
    Field<std::uint64_t> mountd_port, mountd_version;
    Field<std::string> layout_driver;
    Field<std::uint64_t> device;
};

void describe(const NfsServer& server, Visitor& visitor);

NfsServer read_nfs_server(const Roots& roots, const kernel::Object& server);

}  // namespace nfstriage::nfs
