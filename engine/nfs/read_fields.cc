#include "nfs/read_fields.h"

#include <fmt/format.h>

#include "nfs/socket_address.h"

namespace nfstriage::nfs {

using kernel::Object;

Field<Duration> jiffies_field(const Roots& roots, const Object& object, std::string_view path) {
    auto value = object.get<std::int64_t>(path);
    if (!value) return {value.why(), value.origin()};
    return {roots.clock.from_jiffies(*value), value.origin()};
}

Field<Duration> age_field(const Roots& roots, const Object& object, std::string_view path) {
    auto value = object.get<std::uint64_t>(path);
    if (!value) return {value.why(), value.origin()};
    return {roots.clock.since_jiffies(*value), value.origin()};
}

Field<std::uint64_t> length_field(const Roots& roots, const Object& owner, std::string_view head,
                                  std::string_view type, std::string_view node) {
    Budget budget = roots.budget();
    auto walk = kernel::list(owner, head, type, node, budget);
    if (!walk.complete) return {walk.why.reason, owner.origin(head)};
    return {std::uint64_t{walk.objects.size()}, owner.origin(head)};
}

Field<std::string> address_field(const Object& object, std::string_view path) {
    auto address = read_socket_address(object, path);
    if (!address) return {address.error().reason, object.origin(path)};
    return {address->text(), object.origin(path)};
}

Field<std::uint64_t> network_u32(const Object& object, std::string_view path) {
    auto raw = object.get<std::uint64_t>(path);
    if (!raw) return raw;
    auto value = static_cast<std::uint32_t>(*raw);
    return {std::uint64_t{__builtin_bswap32(value)}, raw.origin()};
}

Field<std::uint64_t> uid_field(const Object& object, std::string_view path) {
    const std::string pointer(path);
    const std::string uid = pointer + "->fsuid", old = pointer + "->cr_uid";
    return object.get<std::uint64_t>({uid, old});
}

Field<std::string> path_field(const FilePaths& paths, const Object& object, std::string_view path) {
    auto target = object.follow(path);
    if (!target) return {target.error().reason, object.origin(path)};
    auto text =
        target->type() == "struct dentry" ? paths.of_dentry(*target) : paths.of_inode(*target);
    return {std::move(text), object.origin(path)};
}

StateidFields read_stateid(const Object& object, std::string_view path) {
    constexpr std::string_view kTypes[] = {"INVALID",    "SPECIAL", "OPEN",    "LOCK",
                                           "DELEGATION", "LAYOUT",  "PNFS_DS", "REVOKED"};
    StateidFields result;
    const std::string at(path);
    const layout::Types& types = object.reader().types();
    auto type = object.get<std::int64_t>(at + ".type");
    result.type = type ? Field<std::string>(std::to_string(*type), type.origin())
                       : Field<std::string>(type.why(), type.origin());
    for (std::string_view name : kTypes) {
        auto value = types.enumerator(fmt::format("NFS4_{}_STATEID_TYPE", name));
        if (type && value && *value == *type) result.type = {std::string(name), type.origin()};
    }
    auto data = object.address_of(at + ".data");
    auto bytes =
        data ? object.reader().memory().bytes(*data, 16) : tl::unexpected<Unknown>(data.error());
    kernel::Origin origin = object.origin(at + ".data");
    if (!bytes) {
        result.sequence = {bytes.error().reason, origin};
        result.other = {bytes.error().reason, origin};
        return result;
    }
    std::uint64_t sequence = 0;
    std::string other;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i < 4)
            sequence = sequence << 8 | (*bytes)[i];
        else
            other += fmt::format("{:02x}", (*bytes)[i]);
    }
    result.sequence = {sequence, origin};
    result.other = {std::move(other), origin};
    return result;
}

void describe(const StateidFields& stateid, const StateidNames& names, Visitor& visitor) {
    visitor.detail(names.type, stateid.type, "what the stateid is of: OPEN, LOCK, DELEGATION, ...");
    visitor.detail(names.sequence, stateid.sequence, "its sequence number");
    visitor.detail(names.other, stateid.other, "its other 12 bytes in hex");
}

}  // namespace nfstriage::nfs
