// Types of locks, wait queues and workqueues, cut down, with tasks and their stacks, over made-up
// memory. Places: task_struct is task_test.cc's with thread.sp at 48, worker_private at 64,
// flags at 72 and pi_blocked_on at 88.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "kernel/containers_world.h"
#include "kernel/task.h"

namespace nfstriage::test {

struct LockTypes {
    bool old_rwsem = false;  // before v5.3
    bool ring = false;       // waiters in a ring, as on newest kernels
    bool rt = false;         // PREEMPT_RT
    bool simple_completion = true;
    bool inner_rwsem = false;  // percpu_rw_semaphore before v5.7
    bool blocker = false;      // task_struct.blocker instead of nothing
};

inline std::unique_ptr<layout::BtfTypes> lock_types(const LockTypes& with) {
    fakes::BtfWriter w;
    auto u32 = w.integer("unsigned int", 4);
    auto s32 = w.integer("int", 4, true);
    auto u64 = w.integer("unsigned long", 8), s64 = w.integer("long", 8, true);
    auto character = w.integer("char", 1);
    auto pointer = w.pointer(0);
    auto comm = w.array(character, u32, 16), name = w.array(character, u32, 24);
    auto list = w.structure("list_head", 16, {{"next", pointer, 0}, {"prev", pointer, 64}});
    auto counter = w.structure("atomic_long", 8, {{"counter", s64, 0}});
    auto counter32 = w.structure("atomic", 4, {{"counter", s32, 0}});
    auto osq = w.structure("optimistic_spin_queue", 4, {{"tail", counter32, 0}});
    auto rb = w.structure(
        "rb_node", 24,
        {{"__rb_parent_color", u64, 0}, {"rb_right", pointer, 64}, {"rb_left", pointer, 128}});
    auto root = w.structure("rb_root", 8, {{"rb_node", pointer, 0}});
    auto cached =
        w.structure("rb_root_cached", 16, {{"rb_root", root, 0}, {"rb_leftmost", pointer, 64}});
    auto rt_base =
        w.structure("rt_mutex_base", 24, {{"waiters", cached, 0}, {"owner", pointer, 128}});
    w.structure("rt_mutex", 24, {{"rtmutex", rt_base, 0}});
    auto rt_waiter = w.structure("rt_mutex_waiter", 40,
                                 {{"tree", rb, 0}, {"task", pointer, 192}, {"lock", pointer, 256}});

    auto mutex_waiter =
        w.structure("mutex_waiter", 24, {{"list", list, 0}, {"task", pointer, 128}});
    auto rwsem_waiter = w.structure(
        "rwsem_waiter", 40,
        {{"list", list, 0}, {"task", pointer, 128}, {"type", u32, 192}, {"timeout", u64, 256}});
    auto semaphore_waiter =
        w.structure("semaphore_waiter", 24, {{"list", list, 0}, {"task", pointer, 128}});
    auto queue = [&](std::uint32_t waiter, std::uint32_t at) {
        return with.ring ? fakes::BtfWriter::Member{"first_waiter", w.pointer(waiter), at}
                         : fakes::BtfWriter::Member{"wait_list", list, at};
    };
    auto mutex_queue = queue(mutex_waiter, 128), rwsem_queue = queue(rwsem_waiter, 192);
    auto semaphore_queue = queue(semaphore_waiter, 64);
    if (with.rt) {
        w.structure("mutex", 24, {{"rtmutex", rt_base, 0}});
        auto rwbase =
            w.structure("rwbase_rt", 32, {{"readers", counter32, 0}, {"rtmutex", rt_base, 64}});
        w.structure("rw_semaphore", 32, {{"rwbase", rwbase, 0}});
    } else {
        w.structure("mutex", 32, {{"owner", counter, 0}, {"osq", osq, 96}, mutex_queue});
    }
    std::uint32_t rwsem = 0;
    if (!with.rt)
        rwsem = w.structure("rw_semaphore", 40,
                            {{"count", counter, 0},
                             {"owner", with.old_rwsem ? pointer : counter, 64},
                             {"osq", osq, 128},
                             rwsem_queue});
    w.structure("semaphore", 32, {{"count", u32, 32}, semaphore_queue, {"last_holder", u64, 192}});

    auto head = w.structure("wait_queue_head", 24, {{"head", list, 64}});
    auto entry = w.structure("wait_queue_entry", 40,
                             {{"flags", u32, 0},
                              {"private", pointer, 64},
                              {"func", pointer, 128},
                              {"entry", list, 192}});
    auto key = w.structure("wait_bit_key", 24, {{"flags", pointer, 0}, {"bit_nr", s32, 64}});
    w.structure("wait_bit_queue_entry", 64, {{"key", key, 0}, {"wq_entry", entry, 192}});
    w.structure("wait_page_queue", 56,
                {{"folio", pointer, 0}, {"bit_nr", s32, 64}, {"wait", entry, 128}});
    auto simple_head = w.structure("swait_queue_head", 24, {{"task_list", list, 64}});
    w.structure("swait_queue", 24, {{"task", pointer, 0}, {"task_list", list, 64}});
    w.structure("completion", 32,
                {{"done", u32, 0}, {"wait", with.simple_completion ? simple_head : head, 64}});
    auto rcuwait = w.structure("rcuwait", 8, {{"task", pointer, 0}});
    if (with.inner_rwsem)
        w.structure(
            "percpu_rw_semaphore", 64,
            {{"read_count", w.pointer(u32), 0}, {"writer", rcuwait, 64}, {"rw_sem", rwsem, 128}});
    else
        w.structure("percpu_rw_semaphore", 64,
                    {{"read_count", w.pointer(u32), 0},
                     {"writer", rcuwait, 64},
                     {"waiters", head, 128},
                     {"block", counter32, 320}});

    auto qspinlock = w.structure("qspinlock", 4, {{"val", counter32, 0}});
    auto raw =
        w.structure("raw_spinlock", 24,
                    {{"raw_lock", qspinlock, 0}, {"owner_cpu", u32, 64}, {"owner", pointer, 128}});
    w.structure("spinlock", 24, {{"rlock", raw, 0}});
    auto qrwlock = w.structure("qrwlock", 8, {{"cnts", counter32, 0}});
    w.typedef_("rwlock_t", w.structure("", 8, {{"raw_lock", qrwlock, 0}}));

    auto attrs = w.structure("workqueue_attrs", 4, {{"nice", s32, 0}});
    auto work = w.structure("work_struct", 32,
                            {{"data", counter, 0}, {"entry", list, 64}, {"func", pointer, 192}});
    auto pool = w.structure("worker_pool", 64,
                            {{"cpu", s32, 0},
                             {"nr_workers", u32, 32},
                             {"nr_idle", u32, 64},
                             {"nr_running", counter32, 96},
                             {"watchdog_ts", u64, 128},
                             {"worklist", list, 192},
                             {"attrs", w.pointer(attrs), 320}});
    auto workqueue = w.structure("workqueue_struct", 40, {{"pwqs", list, 0}, {"name", name, 128}});
    auto pwq = w.structure("pool_workqueue", 48,
                           {{"pool", w.pointer(pool), 0},
                            {"wq", w.pointer(workqueue), 64},
                            {"inactive_works", list, 128},
                            {"pwqs_node", list, 256}});
    w.structure("worker", 96,
                {{"current_work", w.pointer(work), 0},
                 {"current_func", pointer, 64},
                 {"current_pwq", w.pointer(pwq), 128},
                 {"task", pointer, 192},
                 {"pool", w.pointer(pool), 256},
                 {"last_active", u64, 320},
                 {"rescue_wq", w.pointer(workqueue), 384},
                 {"desc", name, 448}});
    w.structure("kthread", 16, {{"data", pointer, 64}});
    auto thread = w.structure("thread_struct", 8, {{"sp", u64, 0}});
    std::vector<fakes::BtfWriter::Member> task = {{"__state", u32, 0},
                                                  {"stack", pointer, 64},
                                                  {"pid", s32, 128},
                                                  {"tgid", s32, 160},
                                                  {"comm", comm, 192},
                                                  {"thread", thread, 384},
                                                  {"worker_private", pointer, 512},
                                                  {"flags", u32, 576},
                                                  {"pi_blocked_on", w.pointer(rt_waiter), 704}};
    if (with.blocker) task.push_back({"blocker", u64, 640});
    w.structure("task_struct", 128, task);
    return std::make_unique<layout::BtfTypes>(std::move(layout::Btf::parse(w.bytes()).value()));
}

struct LockWorld {
    explicit LockWorld(const LockTypes& with = {}) : types(lock_types(with)) {
        for (const char* function :
             {"autoremove_wake_function", "wake_bit_function", "var_wake_function",
              "wake_page_function", "rpc_async_schedule", "ep_poll_callback"})
            function_at[function] = add_function(function);
    }
    LockWorld(const LockWorld&) = delete;
    LockWorld& operator=(const LockWorld&) = delete;

    static constexpr std::uint64_t kLock = 0xffff888000001000;
    static constexpr std::uint64_t task(unsigned n) { return 0xffff888000100000 + n * 0x1000; }
    static constexpr std::uint64_t stack(unsigned n) { return 0xffffc90000000000 + n * 0x8000; }
    // A place on the stack of that task, in use.
    static constexpr std::uint64_t local(unsigned n) { return stack(n) + 0x3800; }

    template <class T>
    void put(std::uint64_t at, T value) {
        pages.put(at, value);
    }
    void add_task(unsigned n) {
        pages.map(task(n), 0x1000);
        pages.map(stack(n), 0x4000);
        put(task(n) + 8, stack(n));
        put(task(n) + 16, n);
        put(task(n) + 20, n);
        pages.put_string(task(n) + 24, "writer");
        put(task(n) + 48, local(n) - 0x100);
    }
    // Links the list_heads to a circle.
    void circle(const std::vector<std::uint64_t>& nodes) {
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            std::uint64_t next = nodes[(i + 1) % nodes.size()];
            put(nodes[i], next);
            put(next + 8, nodes[i]);
        }
    }
    // A wait_queue_entry without its links, which are at 24.
    void entry(std::uint64_t at, std::uint32_t flags, std::uint64_t who,
               const std::string& function) {
        put(at, flags);
        put(at + 8, who);
        put(at + 16, function_at.at(function));
    }
    kernel::Object object(std::string_view type, std::uint64_t at = kLock) {
        return reader.object(type, VAddr{at});
    }
    std::uint64_t add_function(const std::string& name) {
        std::uint64_t at = 0xffffffff81000000 + next_function++ * 0x100;
        symbols.add(name, at, 0x100);
        return at;
    }

    PagesDump dump;
    fakes::FakePages& pages = dump.pages;
    fakes::FakeSymbols symbols;
    std::unique_ptr<layout::BtfTypes> types;
    kernel::Reader reader{dump, *types, symbols};
    std::map<std::string, std::uint64_t> function_at;
    unsigned next_function = 0;
    Budget budget{10000};
};

}  // namespace nfstriage::test
