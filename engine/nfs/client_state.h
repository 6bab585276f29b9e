// What was read of the NFS client: mounts, clients, servers, sessions and slots, open state,
// delegations, layouts.
#pragma once

#include "nfs/delegation.h"
#include "nfs/listing.h"
#include "nfs/mount.h"
#include "nfs/nfs4_session.h"
#include "nfs/nfs4_state.h"
#include "nfs/nfs_client.h"
#include "nfs/nfs_server.h"
#include "nfs/open_context.h"
#include "nfs/pnfs.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct ClientState {
    Listing<Mount> mounts;
    Listing<NfsServer> nfs_servers;
    Listing<NfsClient> nfs_clients;
    Listing<Nfs4Session> nfs4_sessions;
    Listing<Nfs4SlotTable> nfs4_slot_tables;
    LongListing<Nfs4Slot> nfs4_slots;
    Listing<Nfs4StateOwner> nfs4_state_owners;
    Listing<Nfs4State> nfs4_states;
    Listing<Nfs4LockState> nfs4_lock_states;
    Listing<OpenContext> open_contexts;
    Listing<Delegation> delegations;
    Listing<PnfsLayout> pnfs_layouts;
    Listing<PnfsSegment> pnfs_segments;
    Listing<PnfsDevice> pnfs_devices;
};

// Each nfs_client by the network namespaces and by the mounts, each nfs_server by its nfs_client
// and by the mounts, whichever is there.
ClientState read_client_state(const Roots& roots);

}  // namespace nfstriage::nfs
