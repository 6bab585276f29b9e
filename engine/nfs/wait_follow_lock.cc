// Locks and their holders (kernel/locking/mutex.c, rwsem.c, percpu-rwsem.c).
#include <algorithm>
#include <array>

#include "nfs/wait_follow.h"

namespace nfstriage::nfs {
namespace {

// Low bits of the owner words: MUTEX_FLAG_* and RWSEM_*; a task_struct is aligned to more.
constexpr std::uint64_t kOwnerFlags = 7;
constexpr std::uint64_t kReaderOwned = 1;

// Locks that are members of well-known objects, to name them.
struct Home {
    std::string_view lock, type, member, word;
};
constexpr std::array kHomes{
    Home{"struct rw_semaphore", "struct inode", "i_rwsem", "i_rwsem of "},
    Home{"struct rw_semaphore", "struct super_block", "s_umount", "s_umount of "},
    Home{"struct mutex", "struct nfs_inode", "commit_mutex", "commit_mutex of "},
};

}  // namespace

void WaitFollower::expand_mutex(std::size_t node, const Object& mutex) {
    auto owner = mutex.number(mutex.first_of({"owner.counter", "owner"}));
    if (!owner) {
        graph_.node(node).what = "its owner cannot be read: " + to_string(owner.error());
        return;
    }
    VAddr task{*owner & ~kOwnerFlags};
    if (task.is_null()) {
        graph_.node(node).what = "is not held";
        return;
    }
    to_task(node, task, "held by", Trust::registers);
}

void WaitFollower::expand_rwsem(std::size_t node, const Object& rwsem) {
    auto owner = rwsem.number(rwsem.first_of({"owner.counter", "owner"}));
    if (!owner) {
        graph_.node(node).what = "its owner cannot be read: " + to_string(owner.error());
        return;
    }
    VAddr task{*owner & ~kOwnerFlags};
    if ((*owner & kReaderOwned) == 0) {
        if (task.is_null()) {
            graph_.node(node).what = "has no owner";
        } else {
            to_task(node, task, "held for writing by", Trust::registers);
        }
        return;
    }
    // For readers the word keeps the one that came last, which may have left again since
    // 925b9cd1b89a.
    if (task.is_null() || index_.sleeper(task) == nullptr) {
        graph_.node(node).what = "is held by readers that are not known";
        return;
    }
    to_task(node, task, "held by readers, of which the last was", Trust::scan);
}

void WaitFollower::expand_percpu_rwsem(std::size_t node, const Object& rwsem) {
    for (unsigned level = 0; level < 3; ++level) {
        auto super_block = rwsem.container("struct super_block",
                                           "s_writers.rw_sem[" + std::to_string(level) + "]");
        if (!super_block) break;
        auto frozen = super_block->number("s_writers.frozen");
        if (!frozen || *frozen == 0 || *frozen > 4) continue;
        auto type = super_block->get<std::string>("s_type->name");
        auto id = super_block->get<std::string>("s_id");
        if (!type || !id) continue;
        graph_.connect(node, {add_outside("frozen file system " + *type + " on " + *id,
                                          "is frozen: nothing is written until it is thawed"),
                              "closed by the freezing of", Trust::registers});
        return;
    }
}

void WaitFollower::expand_work(std::size_t node, const Object& work) {
    if (auto function = work.symbol("func")) graph_.node(node).name = "work " + *function;
    // process_one_work(worker, work)
    for (const Sleeper* sleeper : index_.inside("process_one_work")) {
        auto argument = argument_of(*sleeper, "process_one_work", 1, "struct work_struct *");
        if (argument && *argument->value == work.address().value)
            to_task(node, sleeper->task.address, "done by", argument->trust);
    }
}

std::string WaitFollower::name_of_lock(std::string_view type, VAddr lock) {
    Object object = roots_.reader.object(type, lock);
    auto slab = roots_.objects.slab_object(lock);
    for (const Home& home : kHomes) {
        if (home.lock != type) continue;
        auto owner = object.container(home.type, home.member);
        if (!owner) continue;
        if (home.type == "struct inode") {
            auto mapping = owner->pointer("i_mapping");
            auto inside = owner->address_of("i_data");
            if (!mapping || !inside || *mapping != *inside) continue;
        } else if (roots_.objects.looks_like(home.type, owner->address()) != Tri::yes) {
            continue;
        }
        std::string name = name_of(home.type, owner->address());
        return std::string(home.word) + (name.empty() ? hex(owner->address()) : name);
    }
    if (slab && slab->is_inside)
        return "in an object of slab cache " + slab->cache.name + " at +" +
               std::to_string(slab->offset);
    auto symbol = roots_.reader.symbol_at(lock);
    return symbol ? *symbol : "";
}

}  // namespace nfstriage::nfs
