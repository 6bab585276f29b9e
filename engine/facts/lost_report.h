// Which report a dump's crash is, where the log has gaps: the rest of the log may hold older
// reports of other tasks, and memory tells how the panicking CPU came to panic. Reports are those
// of kernel/{watchdog,hung_task,panic}.c and of the exceptions in facts/entry.h. We promise that a
// gap makes no other report the crash: it is the same one, the one that memory shows, or none.
#pragma once

#include <optional>
#include <vector>

#include "base/arch.h"
#include "facts/cpu_stacks.h"
#include "facts/entry.h"
#include "facts/scene.h"
#include "kernel/printk.h"

namespace nfstriage::facts {

// Whether both are the same moment of the same context: the program counter, most registers or the
// instruction's place are equal.
bool is_same_context(const std::optional<Frame>& top_a, const Registers& registers_a,
                     const Frame& top_b, const Registers& registers_b, Arch arch);

// Where a report that decides may be among what the log lost: blames the report that fits the
// panicking CPU, else none, so that memory alone tells; without an entry none. `panicked` and
// `entry` may be absent. The scene's reports are placed anew and input.missing says why.
void doubt_the_report(Scene& scene, const std::vector<kernel::PrintkGap>& gaps,
                      const CpuStack* panicked, const std::optional<Entry>& entry, Arch arch);

}  // namespace nfstriage::facts
