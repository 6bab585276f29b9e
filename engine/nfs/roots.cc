#include "nfs/roots.h"

#include <set>

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Reader;

// net_generic(net, id): net->gen->ptr[id].
Maybe<Object> generic(const Reader& reader, const Object& net, std::string_view id_symbol,
                      std::string_view type) {
    auto id_at = reader.symbols().address(id_symbol);
    if (!id_at) return tl::unexpected<Unknown>(id_at.error());
    auto id = reader.memory().u32(*id_at);
    if (!id) return tl::unexpected<Unknown>(id.error());
    auto array = net.address_of("gen->ptr");
    if (!array) return tl::unexpected<Unknown>(array.error());
    auto address = reader.memory().pointer(*array + std::uint64_t{*id} * 8);
    if (!address) return tl::unexpected<Unknown>(address.error());
    if (address->is_null()) return unknown(Reason::null, std::string(id_symbol));
    return reader.object(type, *address);
}

}  // namespace

Listing<NetNamespace> read_net_namespaces(const Reader& reader,
                                          const Listing<kernel::TaskInfo>& tasks,
                                          std::uint64_t walk_steps) {
    Listing<NetNamespace> nets;
    std::set<VAddr> seen;
    auto add = [&](const Object& net) {
        if (!seen.insert(net.address()).second) return;
        nets.items.push_back({net, generic(reader, net, "nfs_net_id", "struct nfs_net"),
                              generic(reader, net, "sunrpc_net_id", "struct sunrpc_net"),
                              generic(reader, net, "nfsd_net_id", "struct nfsd_net"),
                              generic(reader, net, "lockd_net_id", "struct lockd_net")});
    };
    auto head = reader.variable("net_namespace_list", "struct list_head");
    if (!head) {
        nets.add_gap(head.error(), "network namespaces");
    } else {
        Budget budget(walk_steps);
        auto walk = kernel::list(*head, "struct net", "list", budget);
        nets.add_gap(walk, "network namespaces");
        for (const Object& net : walk.objects) add(net);
    }
    for (const kernel::TaskInfo& task : tasks.items)
        if (auto net = reader.object("struct task_struct", task.address).follow("nsproxy->net_ns"))
            add(*net);
    return nets;
}

}  // namespace nfstriage::nfs
