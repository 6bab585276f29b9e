// What every CPU was doing: its registers from the dump's notes, its task, its stack.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "dump/dump.h"
#include "kernel/task.h"
#include "layout/kernel_layout.h"
#include "unwind/unwind.h"

namespace nfstriage::facts {

struct CpuStack {
    unsigned cpu = 0;
    std::optional<kernel::TaskInfo> task;
    Registers registers;  // from the note
    unwind::Result unwound;
    bool panicked = false;  // called panic() or crash_kexec()
    bool idle = false;      // ran its idle task, as the task or the note's pid of 0 tell
};

struct CpuStacks {
    std::vector<CpuStack> cpus;        // by number
    std::vector<std::string> remarks;  // what could not be found and why
    const CpuStack* panicked() const;
};

// The tables of the unwinder for this kernel and the modules that `layout` knows.
unwind::Options unwind_options(const dump::Dump& dump, const layout::KernelLayout& layout);

// Unwinds every CPU that has registers. Tasks come from the runqueues, or, without data symbols,
// from the stacks themselves; the panicking CPU from panic_cpu, or from who has panic() on its
// stack.
CpuStacks read_cpu_stacks(const dump::Dump& dump, layout::KernelLayout& layout, Budget& budget);

}  // namespace nfstriage::facts
