// What crash and drgn read when they open a dump, list tasks, CPUs and modules, and unwind stacks:
// found by what it is (symbols, types, lists), so that a mini-dump can hold it. Tasks by the
// hundred thousand are cut: those tools then say which they could not read.
#pragma once

#include <vector>

#include "dump/dump.h"
#include "facts/scene.h"
#include "layout/kernel_layout.h"

namespace nfstriage {

enum class ToolMemory {
    whole,  // the kernel's data as it stands, which may hold names of hosts and files
    bare    // named variables and objects in which the kernel keeps numbers and its own names
};

// Memory that those tools need, in no order and partly covering each other; what a kernel does not
// have or the dump does not show is left out. To find it tables and lists are read. `scene`: of the
// same dump, for the stacks of tasks that ran.
std::vector<dump::VRange> memory_for_tools(const dump::Dump& dump,
                                           const layout::KernelLayout& layout,
                                           const facts::Scene& scene, ToolMemory how);

}  // namespace nfstriage
