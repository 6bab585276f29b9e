// An argument of a frame by the compiler's own word: where a parameter lives at an instruction
// (DWARF's DW_AT_location, kept in a kernel profile, layout/code_table.h), looked up in the
// registers that the frame is known to have had. Sure where all registers of a frame are known, as
// for the instruction that an exception interrupted; a caller's frame has its stack and frame
// pointer only, which answers for parameters that were spilled.
// We promise: a value is given only if every register and memory word that it needs is there; the
// value is the parameter's at that instruction, which the function may have changed before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/arch.h"
#include "base/frame.h"
#include "base/maybe.h"
#include "base/registers.h"
#include "dump/memory.h"
#include "layout/code_table.h"
#include "layout/kernel_code.h"

namespace nfstriage::arguments {

// One frame as far as it is known.
struct FrameState {
    VAddr instruction;    // the frame's own; for a caller the byte before its return address
    Registers registers;  // those that hold at that place; others absent
    std::optional<std::uint64_t> frame_address;  // canonical frame address (DW_OP_call_frame_cfa)
    Trust trust = Trust::guess;                  // of `registers`
};

struct Recovered {
    std::uint64_t value = 0;
    Trust trust = Trust::guess;
    std::string how;  // "in rdi at page_mapping+0x32"
};

// Our name of a DWARF register number: System V ABI AMD64 figure 3.36; AADWARF64 section 4.1.
std::optional<std::string_view> dwarf_register(Arch arch, unsigned number);

// Where `location`, valid at the frame's instruction, leads. Unknown: not_dumped (a register of the
// frame is not known), no_decoder (an expression that is not evaluated), or why memory is absent.
Maybe<Recovered> value_at(const layout::Location& location, const FrameState& frame, Arch arch,
                          const dump::Memory& memory);

// Parameter `index` of `function` (without compiler suffix), which covers the frame's instruction.
// Pointers only. Unknown: no_symbol and no_type as KernelCode::place, no_type for a parameter that
// does not exist or is no pointer, no_decoder where the compiler says nothing or the value is gone,
// and as value_at.
Maybe<Recovered> argument_at(const layout::KernelCode& code, std::string_view function,
                             std::uint64_t index, const FrameState& frame, Arch arch,
                             const dump::Memory& memory);

}  // namespace nfstriage::arguments
