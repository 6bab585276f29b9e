// The function that is about to be called, or was, through a pointer: by an indirect call at the
// program counter, inside a retpoline (arch/x86/lib/retpoline.S: __x86_indirect_thunk_r15 jumps to
// what r15 holds), or where the processor could not fetch an instruction because the call went
// astray.
// We promise: the address is the one in that register or memory at this moment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "arguments/faulting_access.h"

namespace nfstriage::arguments {

struct CallTarget {
    std::string through;     // "r15", "rax + 0x20"
    std::string expression;  // "task->tk_action"; "" if not known
    std::uint64_t address = 0;
    std::string function, module;  // of the symbol that begins there; "" if none does
    std::uint64_t offset = 0;      // into `function`, for a pointer that leads inside of it
    bool has_happened = false;     // the processor is already there, and cannot go on
};

// In a dump. `return_address`: of the innermost caller, if the stack tells it. Unknown: no_type
// (nothing is called through a pointer at `pc`), not_in_log (the register was not saved), else as
// CodeReader::function_at.
Maybe<CallTarget> call_target(const AccessReaders& readers, const Registers& registers, VAddr pc,
                              std::optional<VAddr> return_address);

// In a console log: `function` is where the program counter was, `bytes` the code there.
Maybe<CallTarget> call_target(const isa::Decoder& decoder, std::string_view function,
                              ByteSpan bytes, const Registers& registers);

}  // namespace nfstriage::arguments
