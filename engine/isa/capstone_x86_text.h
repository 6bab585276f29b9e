// Text of x86_64 instructions from Capstone's operands, letter for letter as zydis_text.cc gives
// it.
#pragma once

#include <capstone/capstone.h>

#include <optional>
#include <string>

namespace nfstriage::isa {

// Nothing for forms whose text was not compared.
std::optional<std::string> capstone_x86_text(csh handle, const cs_insn& instruction);

}  // namespace nfstriage::isa
