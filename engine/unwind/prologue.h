// What an x86_64 function has put on the stack when it runs, read from its first instructions: for
// functions that ORC leaves out. The one that matters most is __crash_kexec
// (STACK_FRAME_NON_STANDARD in kernel/kexec_core.c): every kdump that panic() started begins there.
// We promise: only instructions whose effect on rsp is certain are passed; the answer is a claim
// about straight code, to be believed only when a call to the function confirms it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace nfstriage::unwind {

struct Prologue {
    std::uint64_t depth = 0;  // bytes pushed and reserved below the return address
    // Distance of the saved rbp below the return address; nothing if rbp was not pushed.
    std::optional<std::uint64_t> rbp_depth;
    bool frame_pointer = false;  // rbp was pointed at its saved value
    bool reached = false;        // the decoding came as far as it was asked to
};

// Decodes `code`, the beginning of a function, up to its byte `until` or to the first instruction
// that may branch, pop or is not known.
Prologue read_prologue(ByteSpan code, std::uint64_t until);

}  // namespace nfstriage::unwind
