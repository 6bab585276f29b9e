// x86_64 instructions taken apart by Zydis.
#pragma once

#include <Zydis/Zydis.h>

#include <array>

#include "isa/x86_64.h"
#include "isa/x86_64_raw.h"

namespace nfstriage::isa {

class ZydisX86 final : public X86Decoder {
public:
    ZydisX86();

    Maybe<Instruction> decode(ByteSpan bytes, std::uint64_t address) const override;
    Maybe<std::string> text(ByteSpan bytes, std::uint64_t address) const override;

private:
    X86Operand operand(const ZydisDecodedOperand& from) const;

    ZydisDecoder decoder_;
    ZydisFormatter formatter_;
    std::array<X86Part, ZYDIS_REGISTER_MAX_VALUE + 1> parts_;
};

// erets, eretu of FRED: later than the Zydis of today's distributions.
bool is_x86_fred_return(ByteSpan bytes);

}  // namespace nfstriage::isa
