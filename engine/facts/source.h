// File and line of every frame that was unwound from memory, and the functions that the compiler
// inlined there, as a kernel profile knows them.
#pragma once

#include <vector>

#include "facts/scene.h"
#include "layout/kernel_code.h"

namespace nfstriage::facts {

// Adds file and line to the frames of `stacks`, and in front of a frame those inlined into it: with
// its address and trust, marked inlined, without an offset. Stack::culprit goes on to name the
// same address: the innermost inlined function there. Frames whose source is unknown stay as they
// are.
void add_source(std::vector<Stack>& stacks, const layout::KernelCode& code);

}  // namespace nfstriage::facts
