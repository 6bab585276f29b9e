// One machine instruction, reduced to what following data through a function needs: which general
// registers and which memory it reads and writes, what the new value of a register is where that is
// simple to say, and where execution goes on. Filled by decoder.h: by Zydis for x86_64, by tables
// of our own for aarch64. We promise: `writes` and `memory` leave nothing out, implicit operands
// included; what an effect says of a register is exact, and a register in `writes` without an
// effect has an unknown value. Flags and vector registers are not modelled; a general register
// computed from them is unknown.
//
// Everything is said at the level of the function that executes the instruction:
// - call: what the callee changes is not listed, the calling convention says it. On x86_64 rsp is
//   after the call what it was before, so it is not in `writes`; the return address is no memory
//   operand, though it overwrites 8 bytes below rsp. On aarch64 x30 is in `writes`, unknown.
// - ret: on x86_64 rsp + 8 (or more: ret $n). On aarch64 `via` is the register, x30 but for
// oddities.
// - push, pop, leave and enter name their place in the stack by rsp and rbp before the instruction.
// - hypercalls, guest entry and `int $n` (x86_64) may change every register but rsp; svc, hvc and
//   smc (aarch64) x0 ... x17. Pointer authentication changes the register, to an unknown value.
// - int3, ud2 and brk change nothing: what their handlers emulate is not visible here.
// - A size of 0 means that an unknown stretch around the address, to either side, may be accessed:
//   repeated string instructions, bts with a register, xsave, dc zva, addresses of 32 bits, vector
//   gathers and scatters (whose lanes may be anywhere).
// - Prefetches, cache maintenance hints, no-ops and invlpg access no memory. Tags are no memory.
// - A store of known = false may write nothing (cmpxchg, cas); what is read comes before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/arch.h"
#include "isa/inline_list.h"

namespace nfstriage::isa {

// A general register by number. x86_64: the processor's own order, rax 0, rcx 1, rdx 2, rbx 3, rsp
// 4, rbp 5, rsi 6, rdi 7, r8 ... r15. aarch64: x0 ... x30, sp 31; xzr is no register but the
// constant 0. Parts of a register (eax, ah, w0) count as the whole.
using Register = std::uint8_t;
constexpr unsigned kRegisters = 32;

using RegisterSet = std::uint64_t;  // bit N: register N
constexpr RegisterSet bit(Register r) { return RegisterSet{1} << r; }

// As Registers (base/registers.h) names it: "rdi", "x0", "sp".
std::string_view register_name(Arch arch, Register r);
std::optional<Register> register_number(Arch arch, std::string_view name);
Register stack_pointer(Arch arch);

// The C calling convention: registers of the integer arguments in order (System V ABI AMD64 3.2.3:
// 6; AAPCS64 6.4: 8), and those that a function gives back as it found them, the stack pointer left
// out.
std::vector<Register> argument_registers(Arch arch);
RegisterSet callee_saved(Arch arch);

// A place in memory, in terms of register values before the instruction.
struct MemoryOperand {
    enum class Segment : std::uint8_t { none, fs, gs };
    std::optional<Register> base = std::nullopt, index = std::nullopt;
    std::uint8_t scale = 1;        // of the index
    bool index_is_32 = false;      // only the low 32 bits of the index count (aarch64 uxtw, sxtw)
    bool index_is_signed = false;  // and are sign extended (sxtw)
    Segment segment = Segment::none;
    std::int64_t displacement = 0;  // with rip or pc relative addressing: the absolute address
    std::uint32_t size = 0;         // bytes accessed; 0: unknown or more than one element (rep)
    bool read = false, written = false;
};

// The new value of a register.
struct Effect {
    enum class Kind : std::uint8_t {
        copy,      // register `from`
        constant,  // `value`
        sum,       // register `from` + `value`, modulo 2^64
        load       // memory[`memory`], `memory` an index into Instruction::memory
    };
    Register to = 0;
    Kind kind = Kind::constant;
    Register from = 0;
    std::uint8_t memory = 0;
    // Bits of the result that come from there; those above are 0, or copies of the highest of them
    // if `is_signed`. Never less than 32 on x86_64 unless extended (movzx): writing ax or al leaves
    // the rest of rax and is no effect at all.
    std::uint8_t bits = 64;
    bool is_signed = false;
    std::uint64_t value = 0;
};

// What is stored to memory[`memory`]: register `from`, or the constant `value` if there is none.
struct Store {
    std::uint8_t memory = 0;
    std::optional<Register> from = std::nullopt;
    bool known = true;  // false: something else (a computed or vector value)
    std::uint64_t value = 0;
};

enum class Flow : std::uint8_t {
    next,    // to the next instruction
    call,    // and comes back to the next instruction
    jump,    // never to the next instruction
    branch,  // to `target` or to the next instruction
    ret,     // to the caller
    trap,    // ud2, int3, brk: to the next instruction if the handler says so (WARN)
    stop     // sysret, iret, eret: nowhere that is known. hlt and wfi go on at the next interrupt
};

// A function is kept with all of its instructions: members stand so that they fill their words.
struct Instruction {
    std::uint64_t address = 0;
    std::uint8_t size = 0;  // bytes
    Flow flow = Flow::next;
    bool conditional = false;  // the effects and stores may not happen (cmov is no effect at all)

    // Of call, jump and branch. Direct: `target`. Indirect: through register `via`, or through
    // memory[*via_memory].
    std::optional<Register> via;
    std::optional<std::uint8_t> via_memory;
    std::optional<std::uint64_t> target;

    RegisterSet reads = 0, writes = 0;
    InlineList<MemoryOperand, 2> memory;  // without the return address of call and ret
    InlineList<Effect, 3> effects;        // all of them at once: sources are values before
    InlineList<Store, 2> stores;          // one for each written memory operand

    std::uint64_t end() const { return address + size; }
};

}  // namespace nfstriage::isa
