#include "nfs/roots.h"

#include <algorithm>
#include <set>

#include "nfs/roots_net_ids.h"
#include "nfs/task_namespaces.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Reader;

// The network namespaces that form one ring with `net`. The ring's head, net_namespace_list, is in
// it too and is none: it is told by ns.ops, which all namespaces of one kind share.
void add_ring(const Object& net, Budget& budget, Listing<Object>& nets) {
    auto walk = kernel::list(net, "list", "struct net", "list", budget);
    nets.add_gap(walk, "network namespaces beside " + hex(net.address()));
    auto ops = net.pointer("ns.ops");
    std::size_t others = 0;
    for (const Object& other : walk.objects) {
        auto its = other.pointer("ns.ops");
        if (ops && its && *its == *ops)
            nets.items.push_back(other);
        else
            ++others;
    }
    if (walk.complete && others != 1)
        nets.add_gap("network namespaces beside " + hex(net.address()) + ": " +
                     std::to_string(others) +
                     " links of the ring are no namespace, instead of one");
}

Listing<Object> find_nets(const Reader& reader, const Listing<kernel::TaskInfo>& tasks,
                          std::uint64_t walk_steps) {
    Listing<Object> nets;
    std::set<VAddr> seen;
    auto add = [&](const Object& net) { return seen.insert(net.address()).second; };
    auto head = reader.variable("net_namespace_list", "struct list_head");
    if (head) {
        Budget budget(walk_steps);
        auto walk = kernel::list(*head, "struct net", "list", budget);
        nets.add_gap(walk, "network namespaces");
        for (const Object& net : walk.objects)
            if (add(net)) nets.items.push_back(net);
    }
    const auto spaces = namespaces_of(reader, tasks, "net_ns");
    if (!head) nets.add_gaps(spaces);
    for (const TaskNamespace& known : spaces.items) {
        const Object& net = known.space;
        if (!add(net)) continue;
        nets.items.push_back(net);
        if (head) continue;
        Budget budget(walk_steps);
        Listing<Object> ring;
        add_ring(net, budget, ring);
        std::erase_if(ring.items, [&](const Object& other) { return !add(other); });
        nets.append(std::move(ring));
    }
    if (nets.items.empty() && !head) nets.add_gap(head.error(), "network namespaces");
    return nets;
}

}  // namespace

Listing<NetNamespace> read_net_namespaces(const Reader& reader,
                                          const Listing<kernel::TaskInfo>& tasks,
                                          std::uint64_t walk_steps) {
    Listing<Object> found = find_nets(reader, tasks, walk_steps);
    NetIds ids = find_net_ids(reader, found.items);
    Listing<NetNamespace> nets;
    nets.complete = found.complete;
    nets.gaps = std::move(found.gaps);
    nets.limited = found.limited;
    for (const Object& net : found.items)
        nets.items.push_back({net, net_generic(net, ids.nfs, "struct nfs_net"),
                              net_generic(net, ids.sunrpc, "struct sunrpc_net"),
                              net_generic(net, ids.nfsd, "struct nfsd_net"),
                              net_generic(net, ids.lockd, "struct lockd_net")});
    return nets;
}

}  // namespace nfstriage::nfs
