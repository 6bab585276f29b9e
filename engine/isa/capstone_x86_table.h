// What we know of the instructions that Capstone names, one row for each number of operands.
#pragma once

#include <string_view>

#include "isa/x86_64_raw.h"

namespace nfstriage::isa {

struct CapstoneX86Row {
    unsigned id = 0;  // X86_INS_...
    X86Kind kind = X86Kind::other;
    // A letter for each operand: 'r' read, 'w' written, 'b' both, 'n' only named (an address),
    // '-' not even that.
    std::string_view access = {};
    bool is_sized = false;   // has a form with the operand size prefix
    bool takes_rep = false;  // or a prefix of its group, which some need
    bool is_string = false;
    // Registers that no operand names, and those of them that instructions on bytes leave out.
    RegisterSet reads = 0, writes = 0, not_with_bytes = 0;
};

// Null: none for that number of operands.
const CapstoneX86Row* capstone_x86_row(unsigned id, unsigned operands);

}  // namespace nfstriage::isa
