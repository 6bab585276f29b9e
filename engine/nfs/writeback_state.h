// What was read of what the NFS client has still to write: inodes with requests, the requests
// themselves, and what they add up to for each file system.
#pragma once

#include "nfs/client_state.h"
#include "nfs/listing.h"
#include "nfs/nfs_inode.h"
#include "nfs/nfs_page.h"
#include "nfs/roots.h"
#include "nfs/writeback_totals.h"

namespace nfstriage::nfs {

// A list of requests whose links disagree, for the checks.
struct DamagedList {
    std::string list;       // "commit list of nfs_inode 0x..."
    std::string_view type;  // of its owner
    VAddr owner;
    kernel::ListDamage damage;
};

struct WritebackState {
    // Those that are open, locked, dirty, have requests or could not write; the totals count all.
    Listing<NfsInode> nfs_inodes;
    // By inode and place in the file.
    Listing<NfsPage> nfs_pages;
    // All together first, then each nfs_server.
    Listing<WritebackTotals> totals;
    std::vector<DamagedList> damaged_lists;
};

WritebackState read_writeback_state(const Roots& roots, const ClientState& client);

}  // namespace nfstriage::nfs
