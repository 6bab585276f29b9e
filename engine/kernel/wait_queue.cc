#include "kernel/wait_queue.h"

#include <algorithm>
#include <array>

#include "kernel/task.h"

namespace nfstriage::kernel {
namespace {

constexpr std::uint64_t kExclusive = 1;         // WQ_FLAG_EXCLUSIVE
constexpr std::uint64_t kLargestStack = 65536;  // of a task, built with KASAN

// Functions of entries whose `private` is the task to wake.
constexpr std::array<std::string_view, 8> kTaskWakers = {
    "autoremove_wake_function", "default_wake_function",  "percpu_rwsem_wake_function",
    "var_wake_function",        "wake_atomic_t_function", "wake_bit_function",
    "wake_page_function",       "woken_wake_function"};

// Some other function, perhaps of a module, but the entry lies on the task's own stack.
bool is_on_stack_of(const Object& entry, VAddr address) {
    const Reader& reader = entry.reader();
    auto task = read_task(reader.memory(), reader.types(), address);
    return task && task->stack && entry.address() >= *task->stack &&
           entry.address() - *task->stack < kLargestStack;
}

Field<VAddr> woken_task(const Object& entry, const Field<std::string>& function) {
    auto task = entry.get<VAddr>("private");
    if (!task) return task;
    if (task->is_null()) return {Reason::no_symbol, task.origin()};
    const bool wakes_task = function && std::find(kTaskWakers.begin(), kTaskWakers.end(),
                                                  *function) != kTaskWakers.end();
    if (!wakes_task && !is_on_stack_of(entry, *task)) return {Reason::no_symbol, task.origin()};
    return task;
}

QueueEntry read_entry(const Object& entry) {
    QueueEntry out;
    out.entry = entry.address();
    out.function = entry.symbol("func");
    out.task = woken_task(entry, out.function);
    auto flags = entry.get<std::uint64_t>("flags");
    out.exclusive = flags ? Field<bool>((*flags & kExclusive) != 0, flags.origin())
                          : Field<bool>(flags.why(), flags.origin());
    return out;
}

template <class T>
void stop(T& walk, const Unknown& why) {
    if (!walk.complete) return;
    walk.complete = false;
    walk.why = why;
}

Walk entries_of(const Object& head, Budget& budget) {
    return list(head, "head", "struct wait_queue_entry", "entry", budget);
}

}  // namespace

QueueWalk read_wait_queue(const Object& wait_queue_head, Budget& budget) {
    Walk walk = entries_of(wait_queue_head, budget);
    QueueWalk out{{}, walk.complete, walk.why};
    for (const Object& entry : walk.objects) {
        out.entries.push_back(read_entry(entry));
        out.entries.back().queue = wait_queue_head.address();
    }
    return out;
}

QueueWalk read_swait_queue(const Object& swait_queue_head, Budget& budget) {
    Walk walk = list(swait_queue_head, "task_list", "struct swait_queue", "task_list", budget);
    QueueWalk out{{}, walk.complete, walk.why};
    for (const Object& entry : walk.objects) {
        QueueEntry queued;
        queued.entry = entry.address();
        queued.task = entry.get<VAddr>("task");
        queued.queue = swait_queue_head.address();
        queued.exclusive = true;
        if (queued.task.is(VAddr{})) queued.task = {Reason::null, queued.task.origin()};
        out.entries.push_back(std::move(queued));
    }
    return out;
}

Completion read_completion(const Object& completion, Budget& budget) {
    Completion out;
    out.address = completion.address();
    out.done = completion.get<std::uint64_t>("done");
    // A simple wait queue since a5c6234e1028, v5.7.
    auto queue = completion.at("wait");
    if (!queue)
        stop(out.waiters, queue.error());
    else if (completion.has("wait.task_list"))
        out.waiters = read_swait_queue(*queue, budget);
    else
        out.waiters = read_wait_queue(*queue, budget);
    return out;
}

BitWait read_bit_wait(const Object& entry) {
    BitWait wait;
    wait.entry = entry.address();
    wait.word = entry.get<VAddr>("key.flags");
    wait.bit = entry.get<std::int64_t>("key.bit_nr");
    if (auto inner = entry.at("wq_entry")) {
        QueueEntry queued = read_entry(*inner);
        wait.task = queued.task;
        wait.exclusive = queued.exclusive;
    }
    return wait;
}

FolioWait read_folio_wait(const Object& entry) {
    FolioWait wait;
    wait.entry = entry.address();
    wait.folio = entry.get<VAddr>({"folio", "page"});
    wait.bit = entry.get<std::int64_t>("bit_nr");
    if (auto inner = entry.at("wait")) {
        QueueEntry queued = read_entry(*inner);
        wait.task = queued.task;
        wait.exclusive = queued.exclusive;
    }
    return wait;
}

}  // namespace nfstriage::kernel
