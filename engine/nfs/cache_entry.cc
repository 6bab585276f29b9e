#include "nfs/cache_entry.h"

#include <fmt/format.h>

#include "nfs/cache_detail.h"
#include "nfs/nfsd_text.h"
#include "nfs/socket_address.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kMostFlavors = 8;  // MAX_SECINFO_LIST of fs/nfsd/export.h
constexpr std::uint64_t kMostFsidWords = 6;

CacheEntry read_entry(const Roots& roots, const CacheNames& names, const Object& head,
                      VAddr cache) {
    CacheEntry entry;
    entry.cache = cache;
    entry.state = cache_entry_state(head, names.entry);
    entry.references = head.get<std::uint64_t>("ref");
    entry.expires_in = until_boot_seconds(roots, head, "expiry_time");
    entry.flags = names.entry.flags(head.get<std::uint64_t>("flags"));
    return entry;
}

void describe_entry(const CacheEntry& entry, Visitor& visitor) {
    visitor.column("state", entry.state, "valid, negative or incomplete; pending: being asked for");
    visitor.detail("cache", entry.cache, "cache_detail that has it");
    visitor.detail("references", entry.references, "cache_head.ref");
    visitor.detail("expires_in_ns", entry.expires_in, "until it expires; null: never");
    visitor.detail("entry_flags", entry.flags, "cache_head.flags");
}

// As /proc/net/rpc/nfsd.export/content has them.
Field<std::string> options_of(const BitNames& names, const Field<std::uint64_t>& flags,
                              const Field<std::int64_t>& fsid) {
    if (!flags) return {flags.why(), flags.origin()};
    bool told = true;  // by the types, of each option
    auto has = [&](std::string_view name) {
        const Field<bool> set = names.is_set(flags, name);
        told = told && set.known();
        return set.is(true);
    };
    std::string text = has("READONLY") ? "ro" : "rw";
    auto add = [&text](std::string_view option) { (text += ',') += option; };
    if (has("INSECURE_PORT")) add("insecure");
    add(has("ROOTSQUASH") ? "root_squash" : "no_root_squash");
    if (has("ALLSQUASH")) add("all_squash");
    add(has("ASYNC") ? "async" : "sync");
    add(has("GATHERED_WRITES") ? "wdelay" : "no_wdelay");
    if (has("NOREADDIRPLUS")) add("nordirplus");
    if (has("SECURITY_LABEL")) add("security_label");
    if (has("NOHIDE")) add("nohide");
    if (has("CROSSMOUNT")) add("crossmnt");
    if (has("NOSUBTREECHECK")) add("no_subtree_check");
    if (has("NOAUTHNLM")) add("insecure_locks");
    if (has("NOACL")) add("no_acl");
    if (has("V4ROOT")) add("v4root");
    if (has("PNFS")) add("pnfs");
    if (has("FSID") && fsid) add(fmt::format("fsid={}", *fsid));
    if (!told) return {Reason::no_type, flags.origin()};
    return {text, flags.origin()};
}

std::string flavor_name(std::uint64_t flavor) {
    switch (flavor) {  // RPC_AUTH_* of include/linux/sunrpc/msg_prot.h and xdr
        case 0:
            return "none";
        case 1:
            return "sys";
        case 7:
            return "tls";
        case 390003:
            return "krb5";
        case 390004:
            return "krb5i";
        case 390005:
            return "krb5p";
        default:
            return std::to_string(flavor);
    }
}

Field<std::string> security_of(const Object& entry) {
    auto count = entry.get<std::uint64_t>("ex_nflavors");
    if (!count) return {count.why(), count.origin()};
    if (*count > kMostFlavors) return {Reason::corrupt, count.origin()};
    std::string text;
    for (std::uint64_t index = 0; index < *count; ++index) {
        auto flavor = entry.get<std::uint64_t>(fmt::format("ex_flavors[{}].pseudoflavor", index));
        if (!flavor) return {flavor.why(), flavor.origin()};
        text += (text.empty() ? "" : ":") + flavor_name(*flavor);
    }
    return {text, count.origin()};
}

Field<std::string> uuid_of(const Object& entry) {
    auto address = entry.get<VAddr>("ex_uuid");
    if (!address) return {address.why(), address.origin()};
    if (address->is_null()) return {Reason::null, address.origin()};
    auto bytes = entry.reader().memory().bytes(*address, 16);
    if (!bytes) return {bytes.error().reason, address.origin()};
    entry.reader().memory().mark({*address, 16}, dump::Secret::bytes);
    return {hex_text(*bytes), address.origin()};
}

Field<std::string> path_at(const Object& entry, std::string_view member) {
    auto path = entry.at(member);
    if (!path) return {path.error().reason, entry.origin(member)};
    return path_text(*path);
}

}  // namespace

void describe(const Export& entry, Visitor& visitor) {
    visitor.object(entry.kType, entry.address);
    visitor.column("path", entry.path, "what is exported, as this host sees it");
    visitor.column("client", entry.client, "to whom: name of its auth_domain");
    visitor.column("options", entry.options, "as in /proc/net/rpc/nfsd.export/content");
    describe_entry(entry.entry, visitor);
    visitor.detail("flags", entry.flags, "ex_flags, NFSEXP_");
    visitor.detail("fsid", entry.fsid, "ex_fsid");
    visitor.detail("anonymous_uid", entry.anonymous_uid, "uid of squashed users");
    visitor.detail("anonymous_gid", entry.anonymous_gid, "gid of squashed users");
    visitor.detail("uuid", entry.uuid, "of the file system, hexadecimal; null: none");
    visitor.column("security", entry.security, "flavors allowed: sys, krb5, krb5i, krb5p");
    visitor.detail("layout_types", entry.layout_types, "pNFS layouts on offer, a set of bits");
}

void describe(const ExportKey& entry, Visitor& visitor) {
    visitor.object(entry.kType, entry.address);
    visitor.column("client", entry.client, "name of its auth_domain");
    visitor.column("fsid_type", entry.fsid_type, "kind of file system number in the file handle");
    visitor.column("fsid", entry.fsid, "that number, words of hexadecimal");
    visitor.column("path", entry.path, "where it leads");
    describe_entry(entry.entry, visitor);
}

void describe(const ClientAddress& entry, Visitor& visitor) {
    visitor.object(entry.kType, entry.address);
    visitor.column("service_class", entry.service_class, "class of programs: nfsd");
    visitor.column("peer", entry.peer, "address of the client");
    visitor.column("domain", entry.domain, "auth_domain that it is in; null: none");
    describe_entry(entry.entry, visitor);
}

void describe(const ClientGroups& entry, Visitor& visitor) {
    visitor.object(entry.kType, entry.address);
    visitor.column("uid", entry.uid, "the user");
    visitor.column("groups", entry.groups, "how many groups the user is in");
    describe_entry(entry.entry, visitor);
}

Export read_export(const Roots& roots, const CacheNames& names, const Object& head, VAddr cache) {
    Object object = head.as(Export::kType);
    Export result;
    result.address = object.address();
    result.entry = read_entry(roots, names, head, cache);
    result.path = path_at(object, "ex_path");
    result.client = object.get<std::string>("ex_client->name");
    auto flags = object.get<std::uint64_t>("ex_flags");
    result.flags = names.export_.flags(flags);
    result.fsid = object.get<std::int64_t>("ex_fsid");
    result.options = options_of(names.export_, flags, result.fsid);
    // Not yet filled in: no answer has come.
    if (result.entry.state && !result.entry.state->starts_with("valid"))
        result.options = {Reason::null, flags.origin()};
    result.anonymous_uid = object.get<std::int64_t>("ex_anon_uid");
    result.anonymous_gid = object.get<std::int64_t>("ex_anon_gid");
    result.uuid = uuid_of(object);
    result.security = security_of(object);
    result.layout_types = object.get<std::uint64_t>("ex_layout_types");
    return result;
}

ExportKey read_export_key(const Roots& roots, const CacheNames& names, const Object& head,
                          VAddr cache) {
    Object object = head.as(ExportKey::kType);
    ExportKey result;
    result.address = object.address();
    result.entry = read_entry(roots, names, head, cache);
    result.client = object.get<std::string>("ek_client->name");
    result.path = path_at(object, "ek_path");
    result.fsid_type = object.get<std::uint64_t>("ek_fsidtype");
    // key_len() of fs/nfsd/nfsfh.h: words that each kind has.
    constexpr std::uint64_t kWords[] = {2, 1, 3, 2, 2, 4, 4, 6};
    if (!result.fsid_type) {
        result.fsid = result.fsid_type.why();
        return result;
    }
    if (*result.fsid_type >= std::size(kWords)) {
        result.fsid = Reason::corrupt;
        return result;
    }
    static_assert(kWords[7] == kMostFsidWords);
    std::string text;
    for (std::uint64_t word = 0; word < kWords[*result.fsid_type]; ++word) {
        auto value = object.get<std::uint64_t>(fmt::format("ek_fsid[{}]", word));
        if (!value) {
            result.fsid = value.why();
            return result;
        }
        if (kWords[*result.fsid_type] > 3)  // a uuid
            roots.reader.memory().mark({value.origin().address, 4}, dump::Secret::bytes);
        text += fmt::format("{}{:08x}", text.empty() ? "" : " ", *value);
    }
    result.fsid = text;
    return result;
}

ClientAddress read_client_address(const Roots& roots, const CacheNames& names, const Object& head,
                                  VAddr cache) {
    Object object = head.as(ClientAddress::kType);
    ClientAddress result;
    result.address = object.address();
    result.entry = read_entry(roots, names, head, cache);
    result.service_class = object.get<std::string>("m_class");
    result.domain = object.get<std::string>("m_client->h.name");
    auto place = object.address_of("m_addr");
    auto bytes = place ? roots.reader.memory().bytes(*place, 16)
                       : Maybe<std::vector<std::uint8_t>>(tl::unexpected<Unknown>(place.error()));
    if (!bytes) {
        result.peer = bytes.error().reason;
        return result;
    }
    roots.reader.memory().mark({*place, 16}, dump::Secret::ipv6);
    // IPv4 stands as ::ffff:a.b.c.d.
    bool mapped = (*bytes)[10] == 0xff && (*bytes)[11] == 0xff;
    for (std::size_t index = 0; index < 10; ++index) mapped = mapped && (*bytes)[index] == 0;
    ByteSpan span(*bytes);
    result.peer = {mapped ? ipv4_text(span.subspan(12)) : ipv6_text(span), object.origin("m_addr")};
    return result;
}

ClientGroups read_client_groups(const Roots& roots, const CacheNames& names, const Object& head,
                                VAddr cache) {
    Object object = head.as(ClientGroups::kType);
    ClientGroups result;
    result.address = object.address();
    result.entry = read_entry(roots, names, head, cache);
    result.uid = object.get<std::uint64_t>("uid");
    result.groups = object.get<std::uint64_t>("gi->ngroups");
    return result;
}

}  // namespace nfstriage::nfs
