#include "nfs/mount.h"

#include <map>
#include <set>

#include "base/text.h"
#include "nfs/file_path.h"
#include "nfs/macro_bits.h"
#include "nfs/task_namespaces.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Reader;

// All mounts of a namespace: a tree by their ids since 2eea9ce4310d (v6.8), a list before.
kernel::Walk mounts_of(const Object& space, Budget& budget) {
    auto root = space.has("list") ? unknown(Reason::no_type) : space.at("mounts");
    if (root) return kernel::rbtree(*root, Mount::kType, "mnt_node", budget);
    return kernel::list(space, "list", Mount::kType, "mnt_list", budget);
}

class MountReader {
public:
    MountReader(const Roots& roots, Listing<Mount>& mounts)
        : roots_(roots),
          mounts_(mounts),
          flags_(roots.reader, "vfsmount.mnt_flags"),
          super_flags_(roots.reader, "super_block.s_flags") {
        auto spaces = namespaces_of(roots.reader, roots.tasks, "mnt_ns");
        for (const TaskNamespace& known : spaces.items)
            spaces_.emplace(known.space.address(), known);
        unknown_spaces_.add_gaps(spaces);
        if (!roots.tasks.complete)
            unknown_spaces_.add_gap("mount namespaces: not all tasks are known");
        for (const Mount& mount : mounts.items) seen_.insert(mount.address);
    }

    const std::map<VAddr, TaskNamespace>& spaces() const { return spaces_; }
    const Listing<VAddr>& unknown_spaces() const { return unknown_spaces_; }

    // Adds the mount if it is one of NFS.
    void add(const Object& mount) {
        auto super = mount.follow("mnt.mnt_sb");
        if (!super) {
            // A reader of /proc/self/mounts has its place in the list marked by a struct mount with
            // nothing in it: 9f6c61f96f2d (v5.8).
            if (super.error().reason != Reason::null)
                mounts_.add_gap(super.error(), "mount " + hex(mount.address()));
            return;
        }
        auto kind = kind_of(*super);
        if (!kind) {
            mounts_.add_gap(kind.error(), "type of mount " + hex(mount.address()));
            return;
        }
        if ((*kind != "nfs" && *kind != "nfs4") || !seen_.insert(mount.address()).second) return;
        mounts_.items.push_back(read(mount, *super));
    }

private:
    // The file system types of super blocks, each read once: containers mount one many times.
    const Maybe<std::string>& kind_of(const Object& super) {
        auto [at, added] = kinds_.try_emplace(super.address(), std::string());
        if (added) at->second = super.get<std::string>("s_type->name").maybe();
        return at->second;
    }

    Mount read(const Object& mount, const Object& super) {
        Mount result;
        result.address = mount.address();
        result.path = {mount_path(mount), mount.origin("mnt_mountpoint")};
        result.source = mount.get<std::string>("mnt_devname");
        result.fstype = super.get<std::string>("s_type->name");
        result.server = super.get<VAddr>("s_fs_info");
        result.super_block = mount.get<VAddr>("mnt.mnt_sb");
        result.root_dentry = mount.get<VAddr>("mnt.mnt_root");
        result.parent = mount.get<VAddr>("mnt_parent");
        result.mount_namespace = mount.get<VAddr>("mnt_ns");
        result.namespace_number = mount.get<std::uint64_t>("mnt_ns->ns.inum");
        result.namespace_pid = Reason::null;
        result.namespace_comm = Reason::null;
        auto known = spaces_.find(*result.mount_namespace);
        // Another task could have a lower pid where not all are known.
        if (!unknown_spaces_.complete) {
            result.namespace_pid = Reason::not_dumped;
            result.namespace_comm = Reason::not_dumped;
        } else if (result.mount_namespace && known != spaces_.end()) {
            result.namespace_pid = known->second.task->pid;
            result.namespace_comm = known->second.task->comm;
        }
        result.id = mount.get<std::uint64_t>("mnt_id");
        result.flags = flags_.flags(mount.get<std::uint64_t>("mnt.mnt_flags"));
        result.super_flags = super_flags_.flags(super.get<std::uint64_t>("s_flags"));
        result.super_references = super.get<std::uint64_t>("s_count");
        result.super_active = super.get<std::uint64_t>("s_active");
        return result;
    }

    const Roots& roots_;
    Listing<Mount>& mounts_;
    BitNames flags_, super_flags_;
    std::map<VAddr, TaskNamespace> spaces_;
    Listing<VAddr> unknown_spaces_;  // none of them, but why there may be some
    std::map<VAddr, Maybe<std::string>> kinds_;
    std::set<VAddr> seen_;
};

}  // namespace

void describe(const Mount& mount, Visitor& visitor) {
    visitor.object(mount.kType, mount.address);
    visitor.column("path", mount.path, "where it is seen in its mount namespace");
    visitor.column("source", mount.source, "what was mounted: server and exported directory");
    visitor.column("fstype", mount.fstype, "name of the file system type: nfs, nfs4");
    visitor.detail("nfs_server", mount.server, "struct nfs_server of its super block");
    visitor.detail("super_block", mount.super_block, "struct super_block");
    visitor.detail("root_dentry", mount.root_dentry, "struct dentry that is seen at its place");
    visitor.detail("parent", mount.parent, "struct mount that it is mounted on; itself for none");
    visitor.detail("mount_namespace", mount.mount_namespace,
                   "struct mnt_namespace; 0 if it was taken out of its namespace (umount -l)");
    visitor.column("namespace_number", mount.namespace_number,
                   "number of the namespace, as in /proc/PID/ns/mnt");
    visitor.column("namespace_pid", mount.namespace_pid, "pid of a task in that namespace");
    visitor.detail("namespace_comm", mount.namespace_comm, "name of that task");
    visitor.detail("id", mount.id, "mnt_id, the first number of a line of mountinfo");
    visitor.detail("flags", mount.flags, "mount flags, MNT_*");
    visitor.detail("super_flags", mount.super_flags, "flags of the super block, SB_*");
    visitor.detail("super_references", mount.super_references, "s_count of the super block");
    visitor.detail("super_active", mount.super_active,
                   "s_active of the super block: its mounts and other users");
}

Listing<Mount> read_mounts(const Roots& roots) {
    Listing<Mount> mounts;
    MountReader reader(roots, mounts);
    mounts.add_gaps(reader.unknown_spaces());
    for (const auto& [address, known] : reader.spaces()) {
        Budget budget = roots.budget();
        auto walk = mounts_of(known.space, budget);
        mounts.add_gap(walk, "mounts of namespace " + hex(address));
        for (const Object& mount : walk.objects) reader.add(mount);
    }
    return mounts;
}

namespace {

// All mounts of a super block, in its own order. A chain of single links in 7.3, where struct
// mount has no mnt_instance.
kernel::Walk mounts_on(const Object& super, Budget& budget) {
    if (super.reader().object(Mount::kType, VAddr{}).has("mnt_instance"))
        return kernel::list(super, "s_mounts", Mount::kType, "mnt_instance", budget);
    kernel::Walk walk;
    auto mount = super.follow("s_mounts");
    for (; mount && budget.spend(); mount = mount->follow("mnt_next_for_sb"))
        walk.objects.push_back(*mount);
    if (!mount && mount.error().reason == Reason::null) return walk;
    walk.complete = false;
    walk.why = mount ? Unknown{Reason::corrupt, "a chain without an end"} : mount.error();
    return walk;
}

// Marks, of the mounts of one super block that was walked to its end, those that name files.
void mark_first(const std::vector<Object>& in_order, std::map<VAddr, Mount*>& known) {
    std::set<VAddr> roots;
    for (const Object& object : in_order) {
        auto found = known.find(object.address());
        if (found == known.end() || !found->second->root_dentry) return;
    }
    for (const Object& object : in_order) {
        Mount& mount = *known[object.address()];
        mount.siblings_known = true;
        mount.is_first = roots.empty();
        mount.is_first_of_root = roots.insert(*mount.root_dentry).second;
    }
}

}  // namespace

void add_mounts_of(const Roots& roots, const std::vector<Object>& super_blocks,
                   Listing<Mount>& mounts) {
    MountReader reader(roots, mounts);
    std::vector<kernel::Walk> walks;
    for (const Object& super : super_blocks) {
        Budget budget = roots.budget();
        walks.push_back(mounts_on(super, budget));
        mounts.add_gap(walks.back(), "mounts of super block " + hex(super.address()));
        for (const Object& mount : walks.back().objects) reader.add(mount);
    }
    std::map<VAddr, Mount*> known;
    for (Mount& mount : mounts.items) known.emplace(mount.address, &mount);
    for (const kernel::Walk& walk : walks)
        if (walk.complete) mark_first(walk.objects, known);
}

}  // namespace nfstriage::nfs
