// What was read of what the NFS client has still to write: inodes with requests, the requests
// themselves.
#pragma once

#include "nfs/client_state.h"
#include "nfs/listing.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct WritebackState {};

WritebackState read_writeback_state(const Roots& roots, const ClientState& client);

}  // namespace nfstriage::nfs
