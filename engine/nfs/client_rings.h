// The ring that an nfs_client is in: nfs_net.nfs_client_list (fs/nfs/netns.h) with all nfs_clients
// of its network namespace. Where the list's head has no name, the ring is entered at a client and
// the head is what is no client in it.
#pragma once

#include "kernel/containers.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

// The other nfs_clients of the ring that `client` is in.
kernel::Walk clients_beside(const kernel::Object& client, Budget& budget);

}  // namespace nfstriage::nfs
