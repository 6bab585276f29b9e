// What was read of what the NFS client has still to write: inodes with requests, the requests
// themselves, and what they add up to for each file system.
#pragma once

#include "nfs/client_state.h"
#include "nfs/listing.h"
#include "nfs/nfs_inode.h"
#include "nfs/nfs_page.h"
#include "nfs/roots.h"
#include "nfs/sunrpc_state.h"
#include "nfs/writeback_requests.h"
#include "nfs/writeback_totals.h"

namespace nfstriage::nfs {

struct WritebackState {
    // Those that are open, locked, dirty, have requests or could not write, these with something to
    // write first; the totals count all.
    Listing<NfsInode> nfs_inodes;
    // By inode and place in the file.
    LongListing<NfsPage> nfs_pages;
    // All together first, then each nfs_server.
    Listing<WritebackTotals> totals;
    // For the checks.
    std::vector<DamagedList> damaged_lists;
    std::vector<StrangeFolio> strange_folios;
};

WritebackState read_writeback_state(const Roots& roots, const ClientState& client,
                                    const SunrpcState& sunrpc);

}  // namespace nfstriage::nfs
