// aarch64 instructions (Arm ARM DDI 0487, A64). General registers, memory and control flow of every
// class but vector arithmetic are decoded by our own tables (aarch64_word.h), because Capstone 4.0
// knows neither the atomics of FEAT_LSE nor FEAT_PAuth, FEAT_LRCPC and FEAT_MTE, and because a
// missing register would make a wrong verdict. Vector and floating point arithmetic is decoded as
// far as it touches general registers; Capstone says whether such bits are an instruction. SVE and
// SME are not decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/maybe.h"
#include "isa/capstone.h"
#include "isa/instruction.h"

namespace nfstriage::isa {

class A64Decoder {
public:
    // As Decoder::decode and Decoder::text (decoder.h).
    Maybe<Instruction> decode(ByteSpan bytes, std::uint64_t address) const;
    Maybe<std::string> text(ByteSpan bytes, std::uint64_t address) const;

private:
    Capstone capstone_;
};

// Text of the instructions that Capstone 4.0 does not know or prints as a bare hint.
std::optional<std::string> a64_text(std::uint32_t word);

}  // namespace nfstriage::isa
