// What is still to be written to one NFS file system, or to all: files and bytes that are lost if
// the host does not come back. A byte that several requests cover counts once.
#pragma once

#include "nfs/describe.h"

namespace nfstriage::nfs {

struct WritebackTotals {
    static constexpr std::string_view kType = "struct nfs_server";
    VAddr address;  // of the nfs_server; 0: all of them
    Field<std::string> hostname, path;
    Field<std::uint64_t> inodes, active_inodes;  // all that are known; those listed
    Field<std::uint64_t> files, requests;        // with something to write; their requests
    Field<std::uint64_t> dirty, under_writeback, unstable, at_risk;  // bytes
    Field<std::uint64_t> writeback_pages;  // as the nfs_server counts them
    Field<Duration> oldest_write;
};

void describe(const WritebackTotals& totals, Visitor& visitor);

}  // namespace nfstriage::nfs
