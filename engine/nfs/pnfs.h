// pNFS (fs/nfs/pnfs.h): pnfs_layout_hdr says of one file which of its parts, the
// pnfs_layout_segments, are read and written where; nfs4_deviceid_node is a place: a group of data
// servers or disks.
#pragma once

#include "nfs/describe.h"
#include "nfs/file_path.h"
#include "nfs/read_fields.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct PnfsLayout {
    static constexpr std::string_view kType = "struct pnfs_layout_hdr";
    VAddr address;
    Field<VAddr> server, inode;
    Field<std::string> hostname, path, driver;
    Field<Flags> flags;
    Field<std::uint64_t> references, outstanding, segments, returning_segments, block_gets;
    Field<std::uint64_t> barrier, return_sequence, last_write_byte, uid;
    Field<Duration> failed;  // since when it is not retried
    StateidFields stateid;
};

struct PnfsSegment {
    static constexpr std::string_view kType = "struct pnfs_layout_segment";
    VAddr address;
    Field<VAddr> layout;
    Field<std::string> path, mode;  // "read", "read-write"
    Field<std::uint64_t> offset, length, references, sequence;
    Field<Flags> flags;
};

struct PnfsDevice {
    static constexpr std::string_view kType = "struct nfs4_deviceid_node";
    VAddr address;
    Field<VAddr> client;
    Field<std::string> id, driver, server;
    Field<Flags> flags;
    Field<std::uint64_t> references;
    Field<Duration> unavailable;
};

void describe(const PnfsLayout& layout, Visitor& visitor);
void describe(const PnfsSegment& segment, Visitor& visitor);
void describe(const PnfsDevice& device, Visitor& visitor);

// Of one nfs_server.
void read_layouts(const Roots& roots, const FilePaths& paths, const kernel::Object& server,
                  Listing<PnfsLayout>& layouts, Listing<PnfsSegment>& segments);

// All that are cached, by the table nfs4_deviceid_cache. `none`: it is known otherwise that there
// are none, which counts where the table cannot be found.
Listing<PnfsDevice> read_pnfs_devices(const Roots& roots, bool none);

}  // namespace nfstriage::nfs
