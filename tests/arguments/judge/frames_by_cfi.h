// The judge's own view of a stack: every register of every frame by DWARF's call frame information
// (DWARF 5 section 6.4), frame by frame from the registers of the innermost one or of an
// interruption, and parameters by the compiler's word (DW_AT_location, call site parameters). Uses
// nothing of the recovery that it judges, no data flow and no decoder.
// We promise: a frame's registers are given only while each return address that call frame
// information leads to is the one that the unwinder found.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arguments/location_argument.h"
#include "base/arch.h"
#include "dump/memory.h"
#include "layout/kernel_code.h"
#include "unwind/unwind.h"

namespace nfstriage::test {

struct CfiFrame {
    bool known = false;           // `state` holds every register that the calling convention keeps
    arguments::FrameState state;  // at the instruction, for a caller the byte before its return
    std::uint64_t pc = 0;         // as in unwind::Result
    bool called_inner = false;    // the frame before this one was called from here
};

std::vector<CfiFrame> frames_by_cfi(const unwind::Result& unwound, const layout::KernelCode& code,
                                    Arch arch, const dump::Memory& memory);

struct JudgedParameter {
    unsigned index = 0;
    std::string name, type;
    std::optional<std::uint64_t> now;       // what the variable holds at the frame's instruction
    std::optional<std::uint64_t> at_entry;  // what its caller passed
};

// The pointer parameters of frame `index`, those with neither value included. Empty where debug
// information does not know the function.
std::vector<JudgedParameter> pointer_parameters(const std::vector<CfiFrame>& frames,
                                                std::size_t index, const layout::KernelCode& code,
                                                Arch arch, const dump::Memory& memory);

// The source file of the frame's function, without what is inlined there; "" if unknown.
std::string file_of(const CfiFrame& frame, const layout::KernelCode& code);

}  // namespace nfstriage::test
