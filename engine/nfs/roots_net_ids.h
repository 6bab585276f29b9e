// The ids under which modules keep their own data of each network namespace (net_generic() of
// include/net/netns/generic.h). Each is a variable of its module: nfs_net_id. Where that has no
// name, the entry of the table that is a struct nfs_net is told by what it holds: a cache or work
// of a name that only it has, clients that name the namespace. An empty nfs_net is told by the
// module's code, which reads the id.
// We promise: an id is answered only on such a proof.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/object.h"

namespace nfstriage::nfs {

struct NetIds {
    Maybe<std::uint32_t> nfs, sunrpc, nfsd, lockd;
};

// `nets`: the network namespaces that are known. Unknown: no_symbol; null if the module is not
// loaded.
NetIds find_net_ids(const kernel::Reader& reader, const std::vector<kernel::Object>& nets);

// net_generic(net, id), as an object of C type `type`. Unknown(null): the module has nothing there.
Maybe<kernel::Object> net_generic(const kernel::Object& net, const Maybe<std::uint32_t>& id,
                                  std::string_view type);

}  // namespace nfstriage::nfs
