// Arguments of the frames that the compiler inlined: an inlined call has no registers of its own
// and no way in, but the debug information says where its parameters are at an instruction
// (DW_TAG_inlined_subroutine, kept by layout/code_table.h for pointers to structures), and the
// registers of the frame that it is inlined into are its own.
// We promise: a value only where the profile knows the very same inlined calls at the frame's
// instruction. It is the parameter's there: the code may have changed it since the call.
#pragma once

#include <span>

#include "arguments/location_argument.h"
#include "base/frame.h"

namespace nfstriage::facts {

// Fills Frame::arguments of `inlined`: all the frames, innermost first, that add_source() put in
// front of the one whose registers `state` has. Each parameter gets name and type, and a value with
// how it was found and the trust of `state`, or in `doubt` why there is none: a register of the
// frame that is not known, memory that is absent, a value that the compiler keeps nowhere any more,
// no pointer to a structure. Frames stay without arguments where the profile knows none.
void add_inlined_arguments(std::span<Frame> inlined, const layout::KernelCode& code,
                           const arguments::FrameState& state, Arch arch,
                           const dump::Memory& memory);

}  // namespace nfstriage::facts
