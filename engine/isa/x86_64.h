// x86_64 instructions (Intel SDM volume 2; AMD APM volume 3 for what only AMD has). A library takes
// the bytes apart (x86_64_raw.h); what they mean is said in x86_64.cc and x86_64_effects.cc, for
// all libraries alike. Zydis names every operand, hidden ones included. Capstone's x86 tables have
// gaps, but it can be linked statically.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/maybe.h"
#include "isa/instruction.h"

namespace nfstriage::isa {

class X86Decoder {
public:
    virtual ~X86Decoder() = default;

    // As Decoder::decode and Decoder::text (decoder.h).
    virtual Maybe<Instruction> decode(ByteSpan bytes, std::uint64_t address) const = 0;
    virtual Maybe<std::string> text(ByteSpan bytes, std::uint64_t address) const = 0;
};

// The decoder of this program: Zydis, unless the program brings a definition of its own
// (tools/hook/static). Null: it has none.
std::unique_ptr<X86Decoder> x86_decoder();

}  // namespace nfstriage::isa
