#include "nfs/check_tools.h"

#include <fmt/format.h>

#include "kernel/locks.h"

namespace nfstriage::nfs {

using kernel::Object;

bool is_lock_free(const Object& object, std::string_view path) {
    auto lock = object.at(path);
    return lock && kernel::read_spinlock(*lock).locked.is(false);
}

Finding make_finding(const Check& check, const Object& object, std::string found) {
    Finding finding;
    finding.check = std::string(check.name);
    finding.type = std::string(object.type());
    finding.address = object.address();
    finding.found = std::move(found);
    finding.expected = std::string(check.expected);
    finding.meaning = std::string(check.meaning);
    return finding;
}

void check_links(const kernel::Walk& walk, bool is_quiet, const Object& owner,
                 std::string_view list, Listing<Finding>& findings) {
    constexpr Check kCheck{"list_links", "each neighbour on a list points back",
                           "the list was overwritten or an object was freed while on it: its next "
                           "list_add() or list_del() corrupts memory or stops the kernel"};
    if (!walk.damage || !is_quiet) return;
    findings.items.push_back(make_finding(
        kCheck, owner,
        fmt::format("{}: node {} points back to {} instead of {}", list, hex(walk.damage->node),
                    hex(walk.damage->found), hex(walk.damage->expected))));
}

void check_allocated(const Roots& roots, const Object& object, const std::string& by,
                     Listing<Finding>& findings) {
    constexpr Check kCheck{"freed_object", "an object that is in use is allocated",
                           "its memory is given to the next that asks: what it holds may be "
                           "overwritten at any time"};
    auto slab = roots.objects.slab_object(object.address());
    if (!slab || slab->offset != 0 || !slab->free || !*slab->free) return;
    findings.items.push_back(make_finding(kCheck, object,
                                          fmt::format("{}, but it is free: {} of slab cache {}", by,
                                                      slab->ground, slab->cache.name)));
}

}  // namespace nfstriage::nfs
