// What nfsd's caches hold (include/linux/sunrpc/cache.h, fs/nfsd/export.h,
// net/sunrpc/svcauth_unix.c): exports, the file handles that lead to them, which client an address
// is, which groups a uid is in.
#pragma once

#include "nfs/describe.h"
#include "nfs/macro_bits.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct CacheEntry {  // cache_head, the first member of all of them
    Field<VAddr> cache;
    Field<std::string> state;  // "valid", "negative", "incomplete"; "pending" if an upcall is out
    Field<std::uint64_t> references;
    Field<Duration> expires_in;
    Field<Flags> flags;
};

struct Export {
    static constexpr std::string_view kType = "struct svc_export";
    VAddr address;
    CacheEntry entry;
    Field<std::string> path, client;
    Field<std::string> options;  // "rw,root_squash,sync,..."
    Field<Flags> flags;
    Field<std::int64_t> fsid, anonymous_uid, anonymous_gid;
    Field<std::string> uuid, security;
    Field<std::uint64_t> layout_types;
};

struct ExportKey {  // "nfsd.fh"
    static constexpr std::string_view kType = "struct svc_expkey";
    VAddr address;
    CacheEntry entry;
    Field<std::string> client, path, fsid;
    Field<std::uint64_t> fsid_type;
};

struct ClientAddress {  // "auth.unix.ip"
    static constexpr std::string_view kType = "struct ip_map";
    VAddr address;
    CacheEntry entry;
    Field<std::string> service_class, peer, domain;
};

struct ClientGroups {  // "auth.unix.gid"
    static constexpr std::string_view kType = "struct unix_gid";
    VAddr address;
    CacheEntry entry;
    Field<std::uint64_t> uid, groups;
};

void describe(const Export& entry, Visitor& visitor);
void describe(const ExportKey& entry, Visitor& visitor);
void describe(const ClientAddress& entry, Visitor& visitor);
void describe(const ClientGroups& entry, Visitor& visitor);

// What their bits are called, the same for all entries.
struct CacheNames {
    explicit CacheNames(const kernel::Reader& reader)
        : entry(reader, "cache_head.flags"), export_(reader, "svc_export.ex_flags") {}
    BitNames entry, export_;
};

// The entry whose first member is `cache_head`, of the cache of the name that the type says.
Export read_export(const Roots& roots, const CacheNames& names, const kernel::Object& cache_head,
                   VAddr cache);
ExportKey read_export_key(const Roots& roots, const CacheNames& names,
                          const kernel::Object& cache_head, VAddr cache);
ClientAddress read_client_address(const Roots& roots, const CacheNames& names,
                                  const kernel::Object& cache_head, VAddr cache);
ClientGroups read_client_groups(const Roots& roots, const CacheNames& names,
                                const kernel::Object& cache_head, VAddr cache);

}  // namespace nfstriage::nfs
