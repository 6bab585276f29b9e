// The addresses of this host: in_ifaddr (include/linux/inetdevice.h) and inet6_ifaddr
// (include/net/if_inet6.h) of the devices of every network namespace. A server at one of them is
// this host, though it may be in a container of its own.
#pragma once

#include <set>
#include <string>

#include "nfs/roots.h"
#include "nfs/socket_address.h"

namespace nfstriage::nfs {

struct OwnAddresses {
    std::set<std::string> hosts;  // as SocketAddress::host, without scopes
    bool complete = true;         // false: there may be others
};

OwnAddresses read_own_addresses(const Roots& roots);

// Whether `address` is this host. Unknown(not_dumped) for one that is not among those of an
// incomplete set.
Maybe<bool> is_own(const OwnAddresses& own, const SocketAddress& address);

}  // namespace nfstriage::nfs
