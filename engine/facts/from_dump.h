// A dump -> Scene: what its printk ring reports (from_log), corrected and completed by what memory
// shows: who panicked, the registers at the fault, whole stacks of the panicking, the blocked and
// the other running tasks. Where memory and log contradict each other, both are said.
#pragma once

#include <cstdint>

#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/kernel_layout.h"

namespace nfstriage::facts {

struct DumpLimits {
    std::uint64_t unwind_steps = 200'000;  // frames and scanned words, over all stacks
    std::size_t blocked_stacks = 64;       // stacks of sleeping tasks shown for a hung task
};

// Both must outlive the scene, which points to their memory, types and symbols. `layout` learns the
// modules when they had to be found through tasks. Never fails: what is absent is listed in
// input.missing.
Scene from_dump(const dump::Dump& dump, layout::KernelLayout& layout,
                const DumpLimits& limits = {});

}  // namespace nfstriage::facts
