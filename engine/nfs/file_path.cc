#include "nfs/file_path.h"

#include <algorithm>

#include "base/text.h"
#include "nfs/mount.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr unsigned kDeepest = 512;  // names in a path, mounts on top of each other

Maybe<std::string> name_of(const Object& dentry) {
    auto length = dentry.number("d_name.len");
    if (!length) return tl::unexpected<Unknown>(length.error());
    auto name = dentry.pointer("d_name.name");
    if (!name) return tl::unexpected<Unknown>(name.error());
    if (*length > 255) return unknown(Reason::corrupt, "dentry with a name of that many bytes");
    auto bytes = dentry.reader().memory().bytes(*name, *length);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    dentry.reader().memory().mark({*name, *length}, dump::Secret::word);
    return escape(std::string(bytes->begin(), bytes->end()));
}

// d_unlinked(): not in the table of names, and not the root of a tree.
bool is_unlinked(const Object& dentry, bool is_root) {
    auto hashed = dentry.pointer("d_hash.pprev");
    return hashed && hashed->is_null() && !is_root;
}

// The way up from a dentry, names from the bottom up, to one for which `is_end` holds, or to the
// root of the tree.
struct Climb {
    std::vector<std::string> names;
    Object top;
};

template <class IsEnd>
Maybe<Climb> climb(const Object& dentry, IsEnd is_end) {
    Climb result{{}, dentry};
    while (result.names.size() < kDeepest) {
        if (is_end(result.top)) return result;
        auto parent = result.top.follow("d_parent");
        if (!parent) return tl::unexpected<Unknown>(parent.error());
        if (*parent == result.top) return result;
        auto name = name_of(result.top);
        if (!name) return tl::unexpected<Unknown>(name.error());
        result.names.push_back(std::move(*name));
        result.top = *parent;
    }
    return unknown(Reason::corrupt, "a dentry below " + std::to_string(kDeepest) + " others");
}

std::string join(const std::vector<std::string>& names) {
    std::string path;
    for (auto name = names.rbegin(); name != names.rend(); ++name) path += "/" + *name;
    return path;
}

}  // namespace

Maybe<std::string> mount_path(const Object& mount) {
    std::vector<std::string> names;
    Object at = mount;
    for (unsigned depth = 0; depth < kDeepest; ++depth) {
        auto parent = at.follow("mnt_parent");
        if (!parent) return tl::unexpected<Unknown>(parent.error());
        if (*parent == at) {
            // The root of its namespace is what hangs nowhere; anything else was taken out of it.
            auto space = at.pointer("mnt_ns");
            if (!space) return tl::unexpected<Unknown>(space.error());
            std::string path = names.empty() ? "/" : join(names);
            return space->is_null() ? "(unreachable)" + path : path;
        }
        auto place = at.follow("mnt_mountpoint");
        auto root = parent->pointer("mnt.mnt_root");
        if (!place || !root) return tl::unexpected<Unknown>(place ? root.error() : place.error());
        auto way = climb(*place, [&](const Object& d) { return d.address() == *root; });
        if (!way) return tl::unexpected<Unknown>(way.error());
        names.insert(names.end(), way->names.begin(), way->names.end());
        at = *parent;
    }
    return unknown(Reason::corrupt, "a mount on top of " + std::to_string(kDeepest) + " others");
}

Maybe<std::string> dentry_path(const Object& dentry, Object* root) {
    auto way = climb(dentry, [](const Object&) { return false; });
    if (!way) return tl::unexpected<Unknown>(way.error());
    if (root != nullptr) *root = way->top;
    std::string path = way->names.empty() ? "/" : join(way->names);
    if (is_unlinked(dentry, way->names.empty())) path += " (deleted)";
    return path;
}

FilePaths::FilePaths(const Listing<Mount>& mounts) : complete_(mounts.complete) {
    for (const Mount& mount : mounts.items) {
        if (mount.super_block) supers_[*mount.super_block] = mount.siblings_known;
        if (mount.root_dentry && mount.is_first_of_root)
            mounted_.emplace(*mount.root_dentry, mount.path.maybe());
    }
}

Maybe<std::string> FilePaths::of_dentry(const Object& dentry) const {
    auto super = dentry.pointer("d_sb");
    if (!super) return tl::unexpected<Unknown>(super.error());
    auto known = supers_.find(*super);
    if (known == supers_.end() ? !complete_ : !known->second)
        return unknown(Reason::not_dumped, "not all mounts of super block " + hex(*super));
    auto way = climb(dentry, [&](const Object& d) { return mounted_.contains(d.address()); });
    if (!way) return tl::unexpected<Unknown>(way.error());
    std::string path = join(way->names);
    if (is_unlinked(dentry, way->names.empty())) path += " (deleted)";
    auto mount = mounted_.find(way->top.address());
    if (mount != mounted_.end()) {
        if (!mount->second) return mount->second;
        if (*mount->second == "/" && !way->names.empty()) return path;
        return *mount->second + path;
    }
    // nfs_path() of fs/nfs/namespace.c: d_fsdata of such a root is what it was mounted from.
    auto from = way->top.pointer("d_fsdata");
    if (!from) return tl::unexpected<Unknown>(from.error());
    if (from->is_null()) return unknown(Reason::null, "the tree's root is mounted nowhere");
    auto source = dentry.reader().memory().cstring(*from, 255);
    if (!source) return tl::unexpected<Unknown>(source.error());
    dentry.reader().memory().mark({*from, source->size()}, dump::Secret::word);
    return escape(*source) + path;
}

Maybe<std::string> FilePaths::of_inode(const Object& inode) const {
    auto names = inode.at("i_dentry");
    if (!names) return tl::unexpected<Unknown>(names.error());
    const Object any = inode.reader().object("struct dentry", VAddr{});
    Budget budget(64);
    // In later kernels (7.3) without a name for the union d_u.
    auto aliases =
        kernel::hlist(*names, "struct dentry", any.first_of({"d_u.d_alias", "d_alias"}), budget);
    if (aliases.objects.empty())
        return aliases.complete ? unknown(Reason::null, "no name leads to the inode")
                                : tl::unexpected<Unknown>(aliases.why);
    return of_dentry(aliases.objects.front());
}

}  // namespace nfstriage::nfs
