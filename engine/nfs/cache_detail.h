// cache_detail (include/linux/sunrpc/cache.h): a cache that the kernel asks user space (mountd,
// idmapd, gssd) to fill: exports, file handles, addresses, groups, names, GSS contexts.
#pragma once

#include "nfs/describe.h"
#include "nfs/macro_bits.h"
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

// The caches of all namespaces: those that nfsd and SUNRPC keep there, and the list of all.
Listing<kernel::Object> find_caches(const Roots& roots);
// The struct cache_head of each entry of a cache.
Listing<kernel::Object> find_cache_entries(const Roots& roots, const kernel::Object& cache);
CacheDetail read_cache_detail(const Roots& roots, const kernel::Object& cache,
                              const Listing<kernel::Object>& entries);
// "valid", "negative", "incomplete", "pending": a cache_head's flags in one word. `names`: those of
// cache_head.flags.
Field<std::string> cache_entry_state(const kernel::Object& cache_head, const BitNames& names);
// Until a time in seconds since boot, as caches keep it; Unknown(null) for never.
Field<Duration> until_boot_seconds(const Roots& roots, const kernel::Object& object,
                                   std::string_view path);

}  // namespace nfstriage::nfs
