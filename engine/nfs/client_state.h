// What was read of the NFS client: mounts, clients, servers, sessions and slots, open state,
// delegations, layouts.
#pragma once

#include "nfs/listing.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct ClientState {};

ClientState read_client_state(const Roots& roots);

}  // namespace nfstriage::nfs
