#include "kernel/find_module.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/budget.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kMostFileSystems = 512;

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

}  // namespace

Maybe<VAddr> find_module(const dump::Memory& memory, const layout::Types& types, VAddr task) {
    auto type = follow(memory, types, task,
                       {{"struct task_struct", "nsproxy"},
                        {"struct nsproxy", "mnt_ns"},
                        {"struct mnt_namespace", "root"},
                        {"struct mount", "mnt.mnt_sb"},
                        {"struct super_block", "s_type"}});
    if (!type) return type;
    auto owner = types.offset_of("struct file_system_type", "owner");
    auto next = types.offset_of("struct file_system_type", "next");
    if (!owner) return tl::unexpected<Unknown>(owner.error());
    if (!next) return tl::unexpected<Unknown>(next.error());
    Budget budget(kMostFileSystems);
    for (VAddr at = *type; !at.is_null() && budget.spend();) {
        auto module = memory.pointer(at + *owner);
        if (!module) return module;
        if (!module->is_null()) return module;
        auto after = memory.pointer(at + *next);
        if (!after) return after;
        at = *after;
    }
    return unknown(Reason::no_symbol, "no registered file system belongs to a module");
}

}  // namespace nfstriage::kernel
