#include "nfs/tcp_memory.h"

#include <array>
#include <set>

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// An integer of `size` bytes that the pointer member `path` leads to.
Field<std::uint64_t> pointed(const Object& proto, std::string_view path, std::uint64_t index = 0) {
    auto at = proto.get<VAddr>(path);
    if (!at) return {at.why(), at.origin()};
    if (at->is_null()) return {Reason::null, at.origin()};
    return {proto.reader().memory().u64(*at + 8 * index), at.origin()};
}

Field<std::uint64_t> limit(const Object& proto, std::uint64_t index, std::uint64_t page_size) {
    auto pages = pointed(proto, "sysctl_mem", index);
    if (!pages) return pages;
    // The limit of a machine that sets none is LONG_MAX or above.
    if (*pages > UINT64_MAX / page_size) return {UINT64_MAX, pages.origin()};
    return {*pages * page_size, pages.origin()};
}

TcpMemory read_proto(const Roots& roots, const Object& proto) {
    const std::uint64_t page_size = roots.reader.dump().page_size();
    TcpMemory result;
    result.address = proto.address();
    result.protocol = proto.get<std::string>("name");
    auto pages = pointed(proto, "memory_allocated");
    if (pages)
        result.allocated_bytes = {static_cast<std::int64_t>(*pages * page_size), pages.origin()};
    else
        result.allocated_bytes = {pages.why(), pages.origin()};
    result.low_bytes = limit(proto, 0, page_size);
    result.pressure_bytes = limit(proto, 1, page_size);
    result.limit_bytes = limit(proto, 2, page_size);
    // The jiffies at which pressure began, 0 for none.
    auto since = pointed(proto, "memory_pressure");
    if (!since) {
        result.pressure = {since.why(), since.origin()};
        result.pressure_age = {since.why(), since.origin()};
    } else {
        result.pressure = {*since != 0, since.origin()};
        if (*since == 0)
            result.pressure_age = {Reason::null, since.origin()};
        else
            result.pressure_age = {roots.clock.since_jiffies(*since), since.origin()};
    }
    if (result.allocated_bytes && result.limit_bytes)
        result.over_limit =
            *result.allocated_bytes > 0 &&
            static_cast<std::uint64_t>(*result.allocated_bytes) > *result.limit_bytes;
    else
        result.over_limit =
            result.allocated_bytes ? result.limit_bytes.why() : result.allocated_bytes.why();
    // Without what CPUs have counted for themselves: struct percpu_counter.
    result.sockets = proto.get<std::int64_t>("sockets_allocated->count");
    return result;
}

}  // namespace

void describe(const TcpMemory& memory, Visitor& visitor) {
    visitor.object(memory.kType, memory.address);
    visitor.column("protocol", memory.protocol, "TCP or TCPv6, which share their memory");
    visitor.column("allocated_bytes", memory.allocated_bytes,
                   "taken by all sockets of all network namespaces, tcp_memory_allocated; newer "
                   "kernels leave out up to 1 MiB of each CPU, so that it may be negative",
                   "bytes");
    visitor.detail("low_bytes", memory.low_bytes, "first value of net.ipv4.tcp_mem", "bytes");
    visitor.column("pressure_bytes", memory.pressure_bytes,
                   "second value: pressure begins above it", "bytes");
    visitor.column("limit_bytes", memory.limit_bytes,
                   "third value: above it sockets get no memory to send or receive", "bytes");
    visitor.column("pressure", memory.pressure, "tcp_memory_pressure");
    visitor.detail("pressure_age_ns", memory.pressure_age, "since pressure began");
    visitor.column("over_limit", memory.over_limit, "more is taken than the third value");
    visitor.detail("sockets", memory.sockets,
                   "tcp_sockets_allocated, without what CPUs count for themselves");
}

Listing<TcpMemory> read_tcp_memory(const Roots& roots, const std::vector<Object>& socks) {
    Listing<TcpMemory> result;
    std::set<VAddr> seen;
    auto add = [&](const Object& proto) {
        if (seen.insert(proto.address()).second) result.items.push_back(read_proto(roots, proto));
    };
    auto by_name = roots.reader.variable("tcp_prot", "struct proto");
    if (by_name) add(*by_name);
    for (const Object& sock : socks) {
        if (by_name) break;
        auto proto = sock.follow("__sk_common.skc_prot");
        auto name = proto ? proto->get<std::string>("name") : Field<std::string>();
        if (name.is("TCP") || name.is("TCPv6")) add(*proto);
    }
    if (result.items.empty()) result.add_gap(by_name.error(), "TCP's memory");
    return result;
}

}  // namespace nfstriage::nfs
