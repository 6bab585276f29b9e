// Jump tables of switch statements, read from the dump's read-only data. x86_64: absolute
// addresses, `jmp *table(,%reg,8)`. aarch64: bytes, halves or words that are added, times 4, to an
// address near the jump (`ldrb w0, [x0, w1, uxtw]; adr x1, base; add x0, x1, w0, sxtb #2; br x0`).
// We promise: a table that is returned names every place that the jump can lead to, provided that
// the index stays inside of the table; places beyond its end may be named too.
#pragma once

#include <cstddef>
#include <optional>

#include "arguments/function_code.h"

namespace nfstriage::arguments {

// The table behind the indirect jump `code.instructions[index]`; nothing if it has another form or
// cannot be read.
std::optional<JumpTable> read_jump_table(const FunctionCode& code, std::size_t index, Arch arch,
                                         const dump::Memory& memory);

}  // namespace nfstriage::arguments
