// The stacks of a dump beyond those that a verdict needs: of idle CPUs, of the tasks in
// uninterruptible sleep, of one task wherever it is, or of every task.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/kernel_layout.h"

namespace nfstriage::facts {

struct StackList {
    Input input;
    Kernel kernel;
    std::vector<Stack> stacks;   // of the panic first, then of the crash, then the others
    std::size_t tasks_seen = 0;  // in the dump's list of tasks; 0 for logs
};

struct StacksWanted {
    std::optional<std::int64_t> pid;  // of this task and no other; 0: the idle tasks
    bool all = false;                 // of every task; otherwise of all CPUs and blocked tasks
    // Told how many tasks are done, and of how many; may be empty.
    std::function<void(std::size_t done, std::size_t total)> progress;
};

struct StackLimits {
    std::uint64_t tasks = 8'388'608;      // steps: PID_MAX_LIMIT processes, and each once more
                                          // as its own thread
    std::size_t stacks = 20'000;          // unwound; more are counted in input.missing
    std::uint64_t unwind_steps = 20'000;  // of one stack
};

// With arguments, source and inlined functions as far as they are known. Never fails: what is
// absent is listed in input.missing. A task that was found and whose stack cannot be read has a
// stack without frames. `dump` and `layout` must outlive the result.
StackList stacks_of_dump(const dump::Dump& dump, layout::KernelLayout& layout,
                         const StacksWanted& wanted, const StackLimits& limits = {});

// The stacks that a log printed; of `wanted` only the pid counts.
StackList stacks_of_log(Scene log, const StacksWanted& wanted);

}  // namespace nfstriage::facts
