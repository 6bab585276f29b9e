// What recovery costs: CPU time for all arguments of one stack, functions decoded anew for each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dump/dump.h"
#include "layout/kernel_layout.h"
#include "unwind/unwind.h"

namespace nfstriage::test {

struct Cost {
    std::size_t frames = 0;
    double milliseconds = 0;  // of this thread
};

Cost cost_of(const unwind::Result& unwound, const dump::Dump& dump,
             const layout::KernelLayout& layout);

// One line over stacks of at least 20 frames, scaled to 30: median and highest; "" if there are
// none.
std::string summary(const std::vector<Cost>& costs);

}  // namespace nfstriage::test
