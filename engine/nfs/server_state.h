// What was read of the NFS server: services, threads, transports, clients, stateids, sessions,
// files, exports.
#pragma once

#include "nfs/cache_detail.h"
#include "nfs/cache_entry.h"
#include "nfs/listing.h"
#include "nfs/nfsd_callback.h"
#include "nfs/nfsd_client.h"
#include "nfs/nfsd_file.h"
#include "nfs/nfsd_net.h"
#include "nfs/nfsd_reply.h"
#include "nfs/nfsd_session.h"
#include "nfs/nfsd_stateid.h"
#include "nfs/roots.h"
#include "nfs/svc_serv.h"
#include "nfs/svc_thread.h"
#include "nfs/svc_xprt.h"

namespace nfstriage::nfs {

struct ServerState {
    Listing<SvcServ> svc_servs;
    Listing<SvcPool> svc_pools;
    Listing<SvcThread> svc_threads;
    Listing<SvcXprt> svc_xprts;
    Listing<SvcDeferred> svc_deferred;
    Listing<NfsdNet> nfsd_nets;
    Listing<NfsdClient> nfsd_clients;
    Listing<NfsdStateid> nfsd_stateids;
    Listing<NfsdSession> nfsd_sessions;
    Listing<NfsdSlot> nfsd_slots;
    Listing<NfsdCallback> nfsd_callbacks;
    Listing<NfsdFile> nfsd_files;
    LongListing<NfsdReply> nfsd_replies;
    Listing<CacheDetail> caches;
    Listing<Export> exports;
    Listing<ExportKey> export_keys;
    Listing<ClientAddress> client_addresses;
    Listing<ClientGroups> client_groups;
};

ServerState read_server_state(const Roots& roots);

}  // namespace nfstriage::nfs
