#include "nfs/nfsd_text.h"

#include <algorithm>

#include "nfs/file_path.h"
#include "nfs/socket_address.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kLongestHandle = 128;   // NFS4_FHSIZE
constexpr std::uint64_t kLongestNetobj = 1024;  // NFS4_OPAQUE_LIMIT

}  // namespace

std::string hex_text(const std::vector<std::uint8_t>& bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

Field<std::string> file_handle_text(const Object& object, std::string_view path) {
    auto handle = object.at(path);
    if (!handle) return {handle.error().reason, object.origin(path)};
    // struct knfsd_fh {fh_size, fh_raw}, in 4.19 {fh_size, fh_base}; struct nfs_fh {size,
    // data}.
    auto size = handle->get<std::uint64_t>({"fh_size", "size"});
    auto bytes = handle->address_of(handle->first_of({"fh_raw", "fh_base", "data"}));
    if (!size) return {size.why(), size.origin()};
    if (!bytes) return {bytes.error().reason, size.origin()};
    if (*size == 0) return {Reason::null, size.origin()};
    if (*size > kLongestHandle) return {Reason::corrupt, size.origin()};
    auto data = object.reader().memory().bytes(*bytes, *size);
    if (!data) return {data.error().reason, size.origin()};
    object.reader().memory().mark({*bytes, *size}, dump::Secret::bytes);
    return {hex_text(*data), size.origin()};
}

Field<std::string> netobj_text(const Object& object, std::string_view path) {
    std::string base(path);
    auto size = object.get<std::uint64_t>(base + ".len");
    auto address = object.get<VAddr>(base + ".data");
    if (!size) return {size.why(), size.origin()};
    if (!address) return {address.why(), address.origin()};
    if (*size == 0 || address->is_null()) return {Reason::null, size.origin()};
    if (*size > kLongestNetobj) return {Reason::corrupt, size.origin()};
    auto data = object.reader().memory().bytes(*address, *size);
    if (!data) return {data.error().reason, address.origin()};
    bool printable = std::all_of(data->begin(), data->end(),
                                 [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
    object.reader().memory().mark({*address, *size},
                                  printable ? dump::Secret::word : dump::Secret::bytes);
    if (printable) return {std::string(data->begin(), data->end()), address.origin()};
    return {hex_text(*data), address.origin()};
}

namespace {

// "/mnt" and "/" or "/below" of the mount's tree.
Maybe<std::string> below_mount(const Object& vfsmount, const Object& dentry) {
    auto mount = vfsmount.container("struct mount", "mnt");
    if (!mount) return tl::unexpected<Unknown>(mount.error());
    auto at = mount_path(*mount);
    if (!at) return at;
    auto inside = dentry_path(dentry);
    if (!inside) return inside;
    auto root = vfsmount.follow("mnt_root");
    if (!root) return tl::unexpected<Unknown>(root.error());
    auto top = dentry_path(*root);
    if (!top) return top;
    // A bind mount begins further down in its file system.
    if (*top != "/" && inside->starts_with(*top)) inside->erase(0, top->size());
    if (inside->empty() || *inside == "/") return at;
    return (*at == "/" ? std::string() : *at) + *inside;
}

Field<std::string> path_of(const Maybe<Object>& vfsmount, const Maybe<Object>& dentry,
                           kernel::Origin origin) {
    if (!dentry) return {dentry.error().reason, origin};
    if (!vfsmount) return {vfsmount.error().reason, origin};
    auto path = below_mount(*vfsmount, *dentry);
    if (!path) return {path.error().reason, origin};
    return {*path, origin};
}

}  // namespace

Field<std::string> path_text(const Object& path) {
    return path_of(path.follow("mnt"), path.follow("dentry"), path.origin("dentry"));
}

Field<std::string> export_path(const Object& svc_fh) {
    return path_of(svc_fh.follow("fh_export->ex_path.mnt"), svc_fh.follow("fh_dentry"),
                   svc_fh.origin("fh_dentry"));
}

Field<VAddr> mutex_owner(const Object& object, std::string_view path) {
    // The low three bits are flags: MUTEX_FLAG_WAITERS, HANDOFF, PICKUP (kernel/locking/mutex.h).
    auto owner = object.get<VAddr>(std::string(path) + ".owner");
    if (!owner) return owner;
    return {VAddr{owner->value & ~std::uint64_t{7}}, owner.origin()};
}

Field<Duration> seconds_age(const Roots& roots, const Field<std::int64_t>& then) {
    if (!then) return {then.why(), then.origin()};
    // Nothing has been up for thirty years, and no clock is set to the first thirty of its time.
    constexpr std::int64_t kThirtyYears = 30LL * 365 * 86400;
    auto age = *then > kThirtyYears ? roots.clock.since_realtime_s(*then)
                                    : roots.clock.since_boottime_s(*then);
    if (!age) return {age.error().reason, then.origin()};
    return {*age, then.origin()};
}

Field<std::string> enum_text(const kernel::Reader& reader, const Field<std::uint64_t>& value,
                             std::span<const EnumName> names) {
    return EnumTexts(reader, names).text(value);
}

EnumTexts::EnumTexts(const kernel::Reader& reader, std::span<const EnumName> names) {
    for (const EnumName& name : names)
        if (auto number = reader.types().enumerator(name.enumerator))
            known_.emplace_back(static_cast<std::uint64_t>(*number), name.name);
}

Field<std::string> EnumTexts::text(const Field<std::uint64_t>& value) const {
    if (!value) return {value.why(), value.origin()};
    for (const auto& [number, name] : known_)
        if (number == *value) return {std::string(name), value.origin()};
    return {std::to_string(*value), value.origin()};
}

Listing<Object> walk_table(const Roots& roots, VAddr first, std::uint64_t count,
                           std::string_view head, const std::string& of, const WalkChain& chain) {
    Listing<Object> objects;
    auto type = roots.reader.types().type(head);
    if (!type) {
        objects.add_gap(type.error(), of);
        return objects;
    }
    Budget budget = roots.budget();
    std::uint64_t cut = 0;
    std::string why;
    for (std::uint64_t index = 0; index < count; ++index) {
        if (!budget.spend()) {
            objects.add_gap(of + ": " + std::to_string(index) + " of " + std::to_string(count) +
                            " chains looked at, then budget");
            break;
        }
        auto walk = chain(roots.reader.object(head, first + index * type->size), budget);
        for (const Object& object : walk.objects) objects.items.push_back(object);
        if (walk.complete) continue;
        if (cut++ == 0) why = to_string(walk.why);
        if (walk.why.reason == Reason::no_type) break;  // it will be so for all
    }
    if (cut != 0)
        objects.add_gap(of + ": " + std::to_string(objects.items.size()) + " seen, " +
                        std::to_string(cut) + " of " + std::to_string(count) +
                        " chains cut short, the first by " + why);
    return objects;
}

Maybe<bool> is_nfsd_up(const Object& nfsd_net) {
    auto up = nfsd_net.number("nfsd_net_up");
    if (!up) return tl::unexpected<Unknown>(up.error());
    return *up != 0;
}

bool is_absent(const kernel::Reader& reader, std::string_view symbol) {
    auto at = reader.symbols().address(symbol);
    return !at && at.error().reason == Reason::no_symbol && reader.symbols().proves_absence(symbol);
}

Field<std::uint64_t> length_of(const kernel::Walk& walk) {
    if (!walk.complete) return walk.why.reason;
    return static_cast<std::uint64_t>(walk.objects.size());
}

}  // namespace nfstriage::nfs
