// Lists, trees, hash tables, locks, wait queues and tasks in memory that is the input's: every walk
// ends, no node comes twice, and what is not complete says why.
#include <set>

#include "input.h"
#include "kernel/containers_world.h"
#include "kernel/locks.h"
#include "kernel/locks_world.h"
#include "kernel/wait_queue.h"
#include "kernel/workqueue.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using kernel::Object;

namespace {

constexpr std::uint64_t kPlace = 0xffff888000100000;  // two pages of objects of 64 bytes
constexpr std::uint64_t kSteps = 3000;

// Words that mostly point to objects, or into them.
std::uint64_t word(Input& input) {
    std::uint8_t choice = input.u8(), which = input.u8();
    switch (choice % 8) {
        case 0:
            return input.u64();
        case 1:
            return which;
        case 2:
            return kPlace + which * 8u + 2;  // an internal entry of an xarray
        case 3:
            return kPlace + which * 8u + 1;
        default:
            return kPlace + which * 16u;
    }
}

void fill(fakes::FakePages& pages, Input& input) {
    pages.map(kPlace, 8192);
    while (!input.empty()) {
        std::uint8_t at = input.u8();
        if (at == 255) {
            pages.remove(kPlace + 4096);
            continue;
        }
        std::uint8_t count = input.u8() % 8;
        for (std::uint64_t i = 0; i <= count; ++i)
            pages.put(kPlace + at * 16u + i * 8, word(input));
    }
}

void check(const kernel::Walk& walk) {
    std::set<std::uint64_t> seen;
    for (const Object& object : walk.objects)
        require(seen.insert(object.address().value).second, "no object comes twice");
    require(walk.objects.size() <= kSteps, "as many objects as steps");
}

void walk_containers(Input& input, std::uint8_t form) {
    test::ContainerWorld world((form & 1) != 0);
    fill(world.pages, input);
    auto object = [&](const char* type) { return world.reader.object(type, VAddr{kPlace}); };
    auto walk = [&](auto function, const char* head, const char* node) {
        Budget budget(kSteps);
        check(function(object(head), "struct item", node, budget));
        Budget few(3);
        auto part = function(object(head), "struct item", node, few);
        require(!few.exhausted() || !part.complete, "a walk that was stopped is not complete");
    };
    auto list = [](const Object& head, const char* type, const char* node, Budget& budget) {
        return kernel::list(head, type, node, budget);
    };
    walk(list, "struct list_head", "node");
    walk(kernel::hlist, "struct hlist_head", "hnode");
    walk(kernel::hlist, "struct hlist_bl_head", "blnode");
    walk(kernel::hlist, "struct hlist_nulls_head", "nnode");
    walk(kernel::llist, "struct llist_head", "llnode");
    walk(kernel::llist, "struct llist_head", "following");
    walk(kernel::rbtree, "struct rb_root", "rb");
    walk(kernel::rbtree, "struct rb_root_cached", "rb");
    walk(kernel::rhashtable, "struct rhashtable", "rhash");
    walk(kernel::rhashtable, "struct rhltable", "rhlist");
    Budget budget(kSteps);
    check(kernel::list(object("struct owner"), "items", "struct item", "node", budget));
    for (const char* type : {"struct xarray", "struct radix_tree_root", "struct idr"}) {
        Budget own(kSteps);
        auto entries = kernel::xarray(object(type), own);
        for (std::size_t i = 1; i < entries.entries.size(); ++i)
            require(entries.entries[i - 1].index < entries.entries[i].index, "ascending indices");
    }
}

void read_locks(Input& input, std::uint8_t form) {
    test::LockTypes with;
    with.old_rwsem = (form & 2) != 0, with.ring = (form & 4) != 0, with.rt = (form & 8) != 0;
    with.simple_completion = (form & 16) != 0, with.inner_rwsem = !with.rt && (form & 32) != 0;
    with.blocker = (form & 64) != 0;
    test::LockWorld world(with);
    fill(world.dump.pages, input);
    const VAddr at{kPlace};
    kernel::Clock clock;
    clock.hz = 250, clock.jiffies = 5000, clock.monotonic_ns = 20'000'000'000;
    for (const char* type : {"struct mutex", "struct rt_mutex", "struct rw_semaphore",
                             "struct semaphore", "struct percpu_rw_semaphore"}) {
        Budget budget(kSteps);
        auto lock = kernel::read_lock(world.reader.object(type, at), clock, budget);
        if (lock) require(lock->waiters.size() <= kSteps, "as many waiters as steps");
    }
    Budget budget(kSteps);
    (void)kernel::read_spinlock(world.reader.object("struct spinlock", at));
    (void)kernel::read_rwlock(world.reader.object("rwlock_t", at));
    (void)kernel::read_wait_queue(world.reader.object("struct wait_queue_head", at), budget);
    (void)kernel::read_swait_queue(world.reader.object("struct swait_queue_head", at), budget);
    (void)kernel::read_completion(world.reader.object("struct completion", at), budget);
    (void)kernel::read_bit_wait(world.reader.object("struct wait_bit_queue_entry", at));
    (void)kernel::read_folio_wait(world.reader.object("struct wait_page_queue", at));
    (void)kernel::read_blocked_on(world.reader.object("struct task_struct", at));
    (void)kernel::read_worker(world.reader.object("struct task_struct", at), clock);
    (void)kernel::workqueue_of(world.reader.object("struct work_struct", at));
    (void)kernel::find_task_on_stack(world.dump.pages, *world.types, at + 64);
    std::vector<kernel::TaskInfo> tasks;
    if (auto task = kernel::read_task(world.dump.pages, *world.types, at)) tasks.push_back(*task);
    Budget more(kSteps);
    (void)kernel::read_workqueues(world.reader, tasks, clock, more);
    (void)kernel::read_tasks(world.dump.pages, *world.types, at, Budget(kSteps));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    const std::uint8_t form = input.u8();
    if ((form & 128) != 0)
        read_locks(input, form);
    else
        walk_containers(input, form);
    return 0;
}
