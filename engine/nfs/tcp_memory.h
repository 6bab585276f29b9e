// What TCP as a whole may use and uses: struct proto tcp_prot (include/net/sock.h), shared by all
// sockets and network namespaces. Above the third limit sockets get no memory to send or receive.
#pragma once

#include <vector>

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct TcpMemory {
    static constexpr std::string_view kType = "struct proto";
    VAddr address;
    Field<std::string> protocol;  // "TCP", "TCPv6"
    // As the kernel counts, less what CPUs have in reserve for themselves: each up to 1 MiB in 6.1,
    // none in 5.10. With little in use the count alone may be negative.
    Field<std::int64_t> allocated_bytes;
    Field<std::uint64_t> low_bytes, pressure_bytes, limit_bytes;  // net.ipv4.tcp_mem
    Field<bool> pressure;          // the kernel has declared memory pressure
    Field<Duration> pressure_age;  // since then
    Field<bool> over_limit;
    Field<std::int64_t> sockets;
};

void describe(const TcpMemory& memory, Visitor& visitor);

// By tcp_prot and tcpv6_prot, or where the kernel tells no symbols of data by what `socks` name as
// theirs.
Listing<TcpMemory> read_tcp_memory(const Roots& roots, const std::vector<kernel::Object>& socks);

}  // namespace nfstriage::nfs
