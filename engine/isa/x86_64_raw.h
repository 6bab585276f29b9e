// One x86_64 instruction as the library that took it apart describes it, in words that are the same
// for every library. Kinds are told apart as far as x86_64.cc and x86_64_effects.cc treat them in a
// way of their own; all others are `other` and only their operands count.
#pragma once

#include <cstdint>

#include "base/maybe.h"
#include "isa/inline_list.h"
#include "isa/instruction.h"

namespace nfstriage::isa {

namespace x86 {
constexpr Register rax = 0, rcx = 1, rdx = 2, rbx = 3, rsp = 4, rbp = 5, rsi = 6, rdi = 7, r11 = 11;
constexpr RegisterSet kAllButStack = 0xffff & ~bit(rsp);
}  // namespace x86

enum class X86Kind : std::uint8_t {
    other,
    // values: add_x86_effects()
    mov,  // movnti, movdiri
    movzx,
    movsx,  // movsxd
    cdqe,
    lea,
    add,
    sub,
    exclusive_or,
    inc,
    dec,
    xchg,
    xadd,
    stos,
    // the stack; their own accesses of it are not among the operands
    push,
    push_flags,
    pop,
    pop_flags,
    enter,
    leave,
    // flow
    call,
    jump,
    branch,
    ret,
    stop,  // sysret, iret, far ret
    trap,  // ud2, int3
    // memory
    bit_test,  // bt, bts, btr, btc
    xsave,     // and others whose operand has no fixed size
    xlat,
    clzero,
    // Others take over and may change any register: a hypervisor, a guest, a user.
    hand_over,
    interrupt  // int $n: hand_over and trap
};

// The general register that a register is or is part of. `bits` 0: it is none.
struct X86Part {
    Register reg = 0;
    std::uint8_t bits = 0;
    bool high = false;  // ah, ch, dh, bh
};

constexpr std::uint8_t kNoMemory = 0xff;

struct X86Operand {
    enum class Type : std::uint8_t { none, reg, memory, immediate };
    Type type = Type::none;
    bool read = false, written = false;  // of memory: neither if only the address counts
    std::uint16_t bits = 0;              // its size

    X86Part reg;

    // The address. `base` and `index` with 0 bits: absent.
    X86Part base, index;
    bool at_rip = false, vector_index = false;
    std::uint8_t scale = 1;
    MemoryOperand::Segment segment = MemoryOperand::Segment::none;
    std::int64_t displacement = 0;
    std::uint8_t memory = kNoMemory;  // its index in Instruction::memory, by x86_instruction()

    std::uint64_t immediate = 0;  // sign extended to 64 bits if the instruction extends it
    bool is_relative = false;     // to the end of the instruction
};

struct X86Raw {
    X86Kind kind = X86Kind::other;
    std::uint8_t size = 0;  // bytes
    std::uint8_t address_bits = 64;
    std::uint8_t stack_bytes = 8;  // that a push or pop moves: 8, or 2 with an operand size prefix
    bool is_string = false, is_repeated = false;
    InlineList<X86Operand, 10> operands;  // hidden ones last
};

// What the instruction does. Unknown: no_decoder (more memory operands than there is room for).
Maybe<Instruction> x86_instruction(X86Raw& raw, std::uint64_t address);

// Fills `effects` and the values of `stores`; everything else is filled already. Instructions that
// are not mentioned there change registers in ways that an effect cannot say.
void add_x86_effects(const X86Raw& raw, Instruction& out);

}  // namespace nfstriage::isa
