// x86_64 instructions taken apart by Capstone 4.0 or later, for programs that cannot have Zydis.
// Capstone is believed only where it was compared with Zydis on whole kernels and at random: length
// and operands of the general instructions that compiled kernel code consists of. Which operands
// are read and written, and what no operand names, stands in a table of ours. Everything else is
// Unknown(no_decoder): most vector and x87 arithmetic, prefixes that an instruction does not need,
// and what came after Capstone.
#pragma once

#include <memory>

#include "isa/x86_64.h"

namespace nfstriage::isa {

std::unique_ptr<X86Decoder> x86_decoder_by_capstone();

}  // namespace nfstriage::isa
