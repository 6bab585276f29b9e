// Per-CPU state: which CPUs there are, what each was running, and which one brought the kernel down
// (panic_cpu in kernel/panic.c; runqueues in kernel/sched/core.c).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dump/memory.h"
#include "kernel/task.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::kernel {

struct CpuState {
    unsigned cpu = 0;
    bool online = true;
    TaskInfo current;
};

// The current task of each possible CPU, by runqueues.curr. Unknown: no_symbol (kernels without
// data symbols), no_type, the memory's reasons. CPUs whose runqueue is absent are left out.
Maybe<std::vector<CpuState>> read_cpus(const dump::Memory& memory, const layout::Types& types,
                                       const layout::Symbols& symbols);

// The CPU that called panic() or crash_kexec(). nullopt inside: nobody did.
Maybe<std::optional<unsigned>> read_panic_cpu(const dump::Memory& memory,
                                              const layout::Symbols& symbols);

// The address of a per-CPU variable's copy for `cpu`: symbol + __per_cpu_offset[cpu].
Maybe<VAddr> per_cpu(const dump::Memory& memory, const layout::Symbols& symbols,
                     std::string_view variable, unsigned cpu);

}  // namespace nfstriage::kernel
