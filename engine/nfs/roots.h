// Where the walks over NFS state begin: the tasks, and in each network namespace what NFS, SUNRPC,
// nfsd and lockd keep there (net_generic() of include/net/netns/generic.h; nfs_net, sunrpc_net,
// nfsd_net, lockd_net).
#pragma once

#include <optional>
#include <vector>

#include "kernel/clock.h"
#include "kernel/object.h"
#include "kernel/objects.h"
#include "kernel/task.h"
#include "nfs/listing.h"

namespace nfstriage::nfs {

struct NetNamespace {
    kernel::Object net;  // struct net
    Maybe<kernel::Object> nfs = unknown(Reason::no_symbol, "nfs_net_id");
    Maybe<kernel::Object> sunrpc = unknown(Reason::no_symbol, "sunrpc_net_id");
    Maybe<kernel::Object> nfsd = unknown(Reason::no_symbol, "nfsd_net_id");
    Maybe<kernel::Object> lockd = unknown(Reason::no_symbol, "lockd_net_id");
};

// What readers share. Owned by State; readers borrow it.
struct Roots {
    const kernel::Reader& reader;
    kernel::Objects& objects;  // slab identity
    const kernel::Clock& clock;
    const Listing<kernel::TaskInfo>& tasks;
    const Listing<NetNamespace>& nets;
    std::uint64_t walk_steps;  // the budget of each walk

    Budget budget() const { return Budget(walk_steps); }
};

// Every network namespace that the kernel's list has, or that a task is in.
Listing<NetNamespace> read_net_namespaces(const kernel::Reader& reader,
                                          const Listing<kernel::TaskInfo>& tasks,
                                          std::uint64_t walk_steps);

}  // namespace nfstriage::nfs
