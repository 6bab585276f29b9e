#include "nfs/read_fields.h"

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

}  // namespace nfstriage::nfs
