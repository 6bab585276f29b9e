// cache_detail (include/linux/sunrpc/cache.h): a cache that the kernel asks user space (mountd,
// idmapd, gssd) to fill: exports, file handles, addresses, groups, names, GSS contexts.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct CacheDetail {
    static constexpr std::string_view kType = "struct cache_detail";
    VAddr address;
    Field<std::string> name;  // "nfsd.export"
    Field<VAddr> net;
    Field<std::uint64_t> entries;                               // as counted by the kernel
    Field<std::uint64_t> valid, negative, pending, incomplete;  // entries seen, by state
    Field<std::uint64_t> upcalls;           // requests that wait for user space to read
    Field<std::uint64_t> upcall_listeners;  // processes that have the channel open
    Field<Duration> listener_gone;          // since the last one closed it
    Field<Duration> flushed;
};

void describe(const CacheDetail& cache, Visitor& visitor);

}  // namespace nfstriage::nfs
