#include "kernel/find_module.h"

#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

#include "base/budget.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kMostFileSystems = 512;
constexpr std::uint64_t kMostMounts = 256;  // one mount of a registered type is enough

// Follows pointers: each step reads the pointer at `member` of `structure`.
Maybe<VAddr> follow(const dump::Memory& memory, const layout::Types& types, VAddr address,
                    std::initializer_list<std::pair<std::string_view, std::string_view>> steps) {
    for (auto [structure, member] : steps) {
        auto offset = types.offset_of(structure, member);
        if (!offset) return tl::unexpected<Unknown>(offset.error());
        auto next = memory.pointer(address + *offset);
        if (!next) return next;
        if (next->is_null())
            return unknown(Reason::null, std::string(structure) + "." + std::string(member));
        address = *next;
    }
    return address;
}

// The owner of the file system type at `type`, or of one registered after it; null if none has one.
Maybe<VAddr> owner_from(const dump::Memory& memory, const layout::Types& types, VAddr type) {
    auto owner = types.offset_of("struct file_system_type", "owner");
    auto next = types.offset_of("struct file_system_type", "next");
    if (!owner) return tl::unexpected<Unknown>(owner.error());
    if (!next) return tl::unexpected<Unknown>(next.error());
    Budget budget(kMostFileSystems);
    while (!type.is_null() && budget.spend()) {
        auto module = memory.pointer(type + *owner);
        if (!module || !module->is_null()) return module;
        auto after = memory.pointer(type + *next);
        if (!after) return after;
        type = *after;
    }
    return VAddr{};
}

// The mounts on top of `parent`: mount.mnt_mounts links mount.mnt_child.
void add_children(const dump::Memory& memory, const layout::Types& types, VAddr parent,
                  std::vector<VAddr>& mounts, Budget& budget) {
    auto head = types.offset_of("struct mount", "mnt_mounts");
    auto child = types.offset_of("struct mount", "mnt_child");
    if (!head || !child) return;
    auto node = memory.pointer(parent + *head);
    while (node && *node != parent + *head && budget.spend()) {
        mounts.push_back(*node - *child);
        node = memory.pointer(*node);
    }
}

}  // namespace

Maybe<VAddr> find_module(const dump::Memory& memory, const layout::Types& types, VAddr task) {
    auto root = follow(memory, types, task,
                       {{"struct task_struct", "nsproxy"},
                        {"struct nsproxy", "mnt_ns"},
                        {"struct mnt_namespace", "root"}});
    if (!root) return root;
    std::vector<VAddr> mounts{*root};
    Budget budget(kMostMounts);
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        auto type = follow(memory, types, mounts[i],
                           {{"struct mount", "mnt.mnt_sb"}, {"struct super_block", "s_type"}});
        if (type) {
            auto owner = owner_from(memory, types, *type);
            if (owner && !owner->is_null()) return owner;
        }
        add_children(memory, types, mounts[i], mounts, budget);
    }
    return unknown(Reason::no_symbol, "no file system that is mounted leads to a module");
}

}  // namespace nfstriage::kernel
