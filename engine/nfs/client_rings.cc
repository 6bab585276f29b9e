#include "nfs/client_rings.h"

#include <algorithm>

namespace nfstriage::nfs {

using kernel::Object;

kernel::Walk clients_beside(const Object& client, Budget& budget) {
    auto walk = kernel::list(client, "cl_share_link", client.type(), "cl_share_link", budget);
    auto net = client.pointer("cl_net");
    // The head lies in a struct nfs_net: what would be its cl_net, far in front of it or behind it,
    // is not the network namespace that the clients name.
    auto is_other = [&](const Object& node) {
        auto its = node.pointer("cl_net");
        return !net || !its || *its != *net;
    };
    std::erase_if(walk.objects, is_other);
    return walk;
}

}  // namespace nfstriage::nfs
