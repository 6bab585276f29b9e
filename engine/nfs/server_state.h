// What was read of the NFS server: services, threads, transports, clients, stateids, sessions,
// files, exports.
#pragma once

#include "nfs/listing.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct ServerState {};

ServerState read_server_state(const Roots& roots);

}  // namespace nfstriage::nfs
