#include "nfs/cache_detail.h"

#include <set>

#include "nfs/nfsd_text.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// More buckets than any cache has been made with (512 in net/sunrpc/auth_gss/svcauth_gss.c).
constexpr std::uint64_t kMostBuckets = 65536;

// What never expires: user space writes the last second of 32 bits since 1970, which the kernel
// turns into seconds since boot by its clock of that moment.
constexpr std::int64_t kNever = 0x7fffffff, kSlack = 3600;

constexpr std::string_view kNfsdCaches[] = {"svc_export_cache", "svc_expkey_cache",
                                            "idtoname_cache", "nametoid_cache"};
constexpr std::string_view kSunrpcCaches[] = {"ip_map_cache", "unix_gid_cache", "rsc_cache",
                                              "rsi_cache"};

// Requests that no process has read yet. One queue for readers and requests; `reader` tells them
// apart.
Field<std::uint64_t> waiting_upcalls(const Roots& roots, const Object& cache) {
    Budget budget = roots.budget();
    auto walk = kernel::list(cache, "queue", "struct cache_queue", "list", budget);
    if (!walk.complete) return walk.why.reason;
    std::uint64_t upcalls = 0;
    for (const Object& entry : walk.objects) {
        auto reader = entry.get<std::uint64_t>("reader");
        if (!reader) return reader;
        upcalls += *reader == 0;
    }
    return upcalls;
}

}  // namespace

void describe(const CacheDetail& cache, Visitor& visitor) {
    visitor.object(cache.kType, cache.address);
    visitor.column("name", cache.name, "name of the cache");
    visitor.detail("net", cache.net, "struct net that it belongs to");
    visitor.column("entries", cache.entries, "entries as the kernel counts them");
    visitor.column("valid", cache.valid, "entries with an answer");
    visitor.column("negative", cache.negative, "entries with the answer that there is none");
    visitor.column("pending", cache.pending, "entries that user space was asked for");
    visitor.detail("incomplete", cache.incomplete, "entries without an answer");
    visitor.column("upcalls", cache.upcalls, "requests that user space has not read");
    visitor.column("upcall_listeners", cache.upcall_listeners,
                   "open files of processes that answer, writers; readers in older kernels");
    visitor.detail("listener_gone_ns", cache.listener_gone,
                   "since the last of them closed it; null: never");
    visitor.detail("flushed_ns", cache.flushed, "since it was flushed");
}

Listing<Object> find_caches(const Roots& roots) {
    Listing<Object> caches;
    std::set<VAddr> seen;
    auto add = [&](const Object& cache) {
        if (seen.insert(cache.address()).second) caches.items.push_back(cache);
    };
    auto add_members = [&](const Maybe<Object>& owner, std::span<const std::string_view> members) {
        if (!owner) return;
        for (std::string_view member : members)
            if (auto cache = owner->follow(member)) add(*cache);
    };
    for (const NetNamespace& net : roots.nets.items) {
        add_members(net.nfsd, kNfsdCaches);
        add_members(net.sunrpc, kSunrpcCaches);
    }
    // Every cache that has been registered (net/sunrpc/cache.c).
    auto head = roots.reader.variable("cache_list", "struct list_head");
    if (!head) {
        if (is_absent(roots.reader, "cache_list")) return caches;
        caches.add_gap(head.error(), "caches other than those of nfsd and SUNRPC");
        return caches;
    }
    Budget budget = roots.budget();
    auto walk = kernel::list(*head, CacheDetail::kType, "others", budget);
    caches.add_gap(walk, "caches");
    for (const Object& cache : walk.objects) add(cache);
    return caches;
}

Listing<Object> find_cache_entries(const Roots& roots, const Object& cache) {
    Listing<Object> entries;
    auto name = cache.get<std::string>("name");
    std::string of = "entries of cache " + (name ? *name : hex(cache.address()));
    auto first = cache.pointer("hash_table");
    auto size = cache.number("hash_size");
    if (!first || !size) {
        entries.add_gap(!first ? first.error() : size.error(), of);
        return entries;
    }
    if (first->is_null()) return entries;  // never made, or taken down
    if (*size > kMostBuckets) {
        entries.add_gap(Unknown{Reason::corrupt, std::to_string(*size) + " buckets"}, of);
        return entries;
    }
    return walk_table(roots, *first, *size, "struct hlist_head", of,
                      [](const Object& head, Budget& budget) {
                          return kernel::hlist(head, "struct cache_head", "cache_list", budget);
                      });
}

Field<std::string> cache_entry_state(const Object& cache_head, const BitNames& names) {
    auto flags = cache_head.get<std::uint64_t>("flags");
    const Field<bool> valid = names.is_set(flags, "CACHE_VALID"),
                      negative = names.is_set(flags, "CACHE_NEGATIVE"),
                      pending = names.is_set(flags, "CACHE_PENDING");
    for (const Field<bool>* bit : {&valid, &negative, &pending})
        if (!*bit) return {bit->why(), bit->origin()};
    // Both bits: valid, and what is known is that there is nothing.
    std::string state = *negative ? "negative" : *valid ? "valid" : "incomplete";
    if (*pending) state += "|pending";
    return {state, flags.origin()};
}

Field<Duration> until_boot_seconds(const Roots& roots, const Object& object,
                                   std::string_view path) {
    auto then = object.get<std::int64_t>(path);
    if (!then) return {then.why(), then.origin()};
    if (*then >= kNever) return {Reason::null, then.origin()};
    auto until = roots.clock.until_boottime_s(*then);
    if (!until) return {until.error().reason, then.origin()};
    constexpr std::int64_t kSecond = 1'000'000'000;
    if (roots.clock.realtime_s && *roots.clock.realtime_s + until->ns / kSecond >= kNever - kSlack)
        return {Reason::null, then.origin()};
    return {*until, then.origin()};
}

CacheDetail read_cache_detail(const Roots& roots, const Object& cache,
                              const Listing<Object>& entries) {
    CacheDetail result;
    result.address = cache.address();
    result.name = cache.get<std::string>("name");
    result.net = cache.get<VAddr>("net");
    result.entries = cache.get<std::uint64_t>("entries");
    std::uint64_t valid = 0, negative = 0, pending = 0, incomplete = 0;
    bool all = entries.complete;
    const BitNames names(roots.reader, "cache_head.flags");
    for (const Object& entry : entries.items) {
        auto state = cache_entry_state(entry, names);
        all = all && state.known();
        if (!state) continue;
        valid += state->starts_with("valid");
        negative += state->starts_with("negative");
        incomplete += state->starts_with("incomplete");
        pending += state->ends_with("pending");
    }
    auto counted = [all](std::uint64_t count) {
        return all ? Field<std::uint64_t>(count) : Field<std::uint64_t>(Reason::not_dumped);
    };
    result.valid = counted(valid);
    result.negative = counted(negative);
    result.pending = counted(pending);
    result.incomplete = counted(incomplete);
    result.upcalls = waiting_upcalls(roots, cache);
    result.upcall_listeners = cache.get<std::uint64_t>({"writers", "readers"});
    auto closed = cache.get<std::int64_t>("last_close");
    if (closed.is(0))
        result.listener_gone = {Reason::null, closed.origin()};
    else
        result.listener_gone = seconds_age(roots, closed);
    result.flushed = seconds_age(roots, cache.get<std::int64_t>("flush_time"));
    return result;
}

}  // namespace nfstriage::nfs
