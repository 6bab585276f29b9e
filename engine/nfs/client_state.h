// What was read of the NFS client: mounts, clients, servers, sessions and slots, open state,
// delegations, layouts.
#pragma once

#include "nfs/listing.h"
#include "nfs/mount.h"
#include "nfs/nfs_client.h"
#include "nfs/nfs_server.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct ClientState {
    Listing<Mount> mounts;
    Listing<NfsServer> nfs_servers;
    Listing<NfsClient> nfs_clients;
};

// Each nfs_client by the network namespaces and by the mounts, each nfs_server by its nfs_client
// and by the mounts, whichever is there.
ClientState read_client_state(const Roots& roots);

}  // namespace nfstriage::nfs
