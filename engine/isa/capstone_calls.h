// Capstone for aarch64, loaded when the first instruction needs it: linking it costs every start
// three megabytes and their relocations, and dumps of x86_64 never ask it anything.
#pragma once

#include <capstone/capstone.h>

namespace nfstriage::isa {

struct CapstoneCalls {
    decltype(&cs_open) open;
    decltype(&cs_close) close;
    decltype(&cs_malloc) make_instruction;
    decltype(&cs_free) free_instructions;
    decltype(&cs_disasm_iter) next_instruction;
};

// Null where the library is not installed. A program that is linked with Capstone may define this
// itself.
const CapstoneCalls* capstone_calls();

}  // namespace nfstriage::isa
