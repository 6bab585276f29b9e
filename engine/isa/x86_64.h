// x86_64 instructions through Zydis (Intel SDM volume 2; AMD APM volume 3 for what only AMD has).
// Zydis names every operand with what is done to it, hidden ones included; what it leaves out and
// what the bytes mean beyond that is added here: addresses of the stack in terms of registers
// before the instruction, the new values of registers, and instructions that hand over to a
// hypervisor.
#pragma once

#include <Zydis/Zydis.h>

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/maybe.h"
#include "isa/instruction.h"

namespace nfstriage::isa {

namespace x86 {
constexpr Register rax = 0, rcx = 1, rdx = 2, rbx = 3, rsp = 4, rbp = 5, rsi = 6, rdi = 7, r11 = 11;
constexpr RegisterSet kAllButStack = 0xffff & ~bit(rsp);
}  // namespace x86

// What Zydis says of one instruction.
struct X86Raw {
    ZydisDecodedInstruction head;
    std::array<ZydisDecodedOperand, ZYDIS_MAX_OPERAND_COUNT> operands;
    // For each operand that is a memory access: its index in Instruction::memory.
    std::array<std::uint8_t, ZYDIS_MAX_OPERAND_COUNT> memory;
};
constexpr std::uint8_t kNoMemory = 0xff;  // in X86Raw::memory

// The general register that a Zydis register is or is part of. `bits` 0: it is none.
struct X86Part {
    Register reg = 0;
    std::uint8_t bits = 0;
    bool high = false;  // ah, ch, dh, bh
};

class X86Decoder {
public:
    X86Decoder();

    // As Decoder::decode and Decoder::text (decoder.h).
    Maybe<Instruction> decode(ByteSpan bytes, std::uint64_t address) const;
    Maybe<std::string> text(ByteSpan bytes, std::uint64_t address) const;

    X86Part part(ZydisRegister reg) const { return parts_[reg]; }

private:
    ZydisDecoder decoder_;
    ZydisFormatter formatter_;
    std::array<X86Part, ZYDIS_REGISTER_MAX_VALUE + 1> parts_;
};

// Fills `effects` and the values of `stores`; everything else is filled already. Instructions that
// are not mentioned there change registers in ways that an effect cannot say.
void add_x86_effects(const X86Decoder& decoder, const X86Raw& raw, Instruction& out);

// erets, eretu of FRED: later than the Zydis of today's distributions.
bool is_x86_fred_return(ByteSpan bytes);

}  // namespace nfstriage::isa
