// task_struct (include/linux/sched.h): who runs, who sleeps, on which stack.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "dump/memory.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::kernel {

struct TaskInfo {
    VAddr address;
    std::int64_t pid = 0, tgid = 0;
    std::string comm;
    std::uint64_t state = 0;       // __state or state: bits of TASK_*
    std::optional<bool> on_cpu;    // running at the moment of the crash
    std::optional<unsigned> cpu;   // where it runs or ran last
    std::optional<VAddr> stack;    // lowest address of its kernel stack
    std::optional<VAddr> nsproxy;  // struct nsproxy; null once it has exited

    // TASK_UNINTERRUPTIBLE without TASK_NOLOAD: what ps shows as D (TASK_KILLABLE included).
    bool is_uninterruptible() const;
    // As ps shows it, as far as the bits never changed: "R", "D", "I", "S", "T"; "" for others.
    std::string_view state_letter() const;
};

struct TaskList {
    std::vector<TaskInfo> tasks;  // processes in list order, each followed by its threads
    bool complete = false;
    std::string why;       // when not complete
    bool limited = false;  // the budget was spent
};

// Reads one task_struct. Unknown: no_type, the memory's reasons, corrupt when comm or pid cannot be
// those of a task.
Maybe<TaskInfo> read_task(const dump::Memory& memory, const layout::Types& types, VAddr address);

// Every task, by the circle of task_struct.tasks that `any` process is in (init_task, or any other)
// and the threads of each. Idle tasks other than init_task are in no list.
Maybe<TaskList> read_tasks(const dump::Memory& memory, const layout::Types& types, VAddr any,
                           Budget budget);

// The task whose kernel stack holds `sp`, found by looking for a pointer to it in the stack's own
// words: a word is accepted when it points to a task_struct whose `stack` is the bottom of a stack
// that holds `sp` and carries the kernel's end mark there. For kernels without data symbols.
// Unknown(no_symbol) when no word passes.
Maybe<TaskInfo> find_task_on_stack(const dump::Memory& memory, const layout::Types& types,
                                   VAddr sp);

}  // namespace nfstriage::kernel
