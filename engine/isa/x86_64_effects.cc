// The new values of general registers and what is stored to memory, where that is simple to say.
// Exactness is the rule here: a sum is said of 64-bit arithmetic only, because 32-bit arithmetic
// carries modulo 2^32; writing 8 or 16 bits of a register leaves the rest and says nothing.
#include <optional>

#include "isa/x86_64.h"

namespace nfstriage::isa {
namespace {

// What is being filled, with what is known of it.
struct Filling {
    const X86Decoder& decoder;
    const X86Raw& raw;
    Instruction& out;

    const ZydisDecodedOperand& operand(unsigned i) const { return raw.operands[i]; }

    // The operand as a register that is written whole; nothing if it is memory, a part of 8 or 16
    // bits, or no general register.
    std::optional<X86Part> whole_register(unsigned i) const {
        if (operand(i).type != ZYDIS_OPERAND_TYPE_REGISTER) return std::nullopt;
        X86Part part = decoder.part(operand(i).reg.value);
        if (part.bits < 32) return std::nullopt;
        return part;
    }

    bool is_immediate(unsigned i) const { return operand(i).type == ZYDIS_OPERAND_TYPE_IMMEDIATE; }

    std::uint64_t immediate(unsigned i, unsigned bits) const {
        std::uint64_t value = operand(i).imm.value.u;
        return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
    }

    void copy(Register to, Register from, unsigned bits, bool is_signed = false) {
        out.effects.push_back({.to = to,
                               .kind = Effect::Kind::copy,
                               .from = from,
                               .bits = static_cast<std::uint8_t>(bits),
                               .is_signed = is_signed});
    }
    void constant(Register to, std::uint64_t value) {
        out.effects.push_back({.to = to, .kind = Effect::Kind::constant, .value = value});
    }
    void sum(Register to, Register from, std::uint64_t value) {
        if (value == 0) return copy(to, from, 64);
        out.effects.push_back({.to = to, .kind = Effect::Kind::sum, .from = from, .value = value});
    }
    // Only where the address and the size of the operand are known.
    void load(Register to, std::uint8_t memory, unsigned bits, bool is_signed = false) {
        if (memory == kNoMemory || out.memory[memory].size * 8 != bits) return;
        out.effects.push_back({.to = to,
                               .kind = Effect::Kind::load,
                               .memory = memory,
                               .bits = static_cast<std::uint8_t>(bits),
                               .is_signed = is_signed});
    }
    void stores_register(std::uint8_t memory, Register from) {
        for (Store& store : out.stores)
            if (store.memory == memory) store = {.memory = memory, .from = from};
    }
    void stores_constant(std::uint8_t memory, std::uint64_t value) {
        for (Store& store : out.stores)
            if (store.memory == memory) store = {.memory = memory, .value = value};
    }
    std::uint8_t add_memory(Register base, std::int64_t displacement, std::uint32_t size,
                            bool written) {
        auto index = static_cast<std::uint8_t>(out.memory.size());
        out.memory.push_back({.base = base,
                              .displacement = displacement,
                              .size = size,
                              .read = !written,
                              .written = written});
        if (written) out.stores.push_back({.memory = index, .known = false});
        out.reads |= bit(base);
        return index;
    }
    void moves_stack_by(std::int64_t bytes) {
        out.reads |= bit(x86::rsp);
        out.writes |= bit(x86::rsp);
        sum(x86::rsp, x86::rsp, static_cast<std::uint64_t>(bytes));
    }
    // Bytes that a push or pop moves: 8, or 2 with an operand size prefix.
    std::uint32_t stack_bytes() const {
        for (unsigned i = 0; i < raw.head.operand_count; ++i)
            if (operand(i).type == ZYDIS_OPERAND_TYPE_MEMORY &&
                operand(i).visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN)
                return operand(i).size / 8;
        return 8;
    }
};

void move(Filling& f) {
    if (f.operand(0).type == ZYDIS_OPERAND_TYPE_MEMORY) {
        std::uint8_t memory = f.raw.memory[0];
        if (memory == kNoMemory) return;
        if (f.is_immediate(1)) {
            f.stores_constant(memory, f.immediate(1, f.operand(0).size));
        } else if (f.operand(1).type == ZYDIS_OPERAND_TYPE_REGISTER) {
            X86Part from = f.decoder.part(f.operand(1).reg.value);
            if (from.bits == f.operand(0).size && !from.high) f.stores_register(memory, from.reg);
        }
        return;
    }
    auto to = f.whole_register(0);
    if (!to) return;
    if (f.is_immediate(1)) return f.constant(to->reg, f.immediate(1, to->bits));
    if (f.operand(1).type == ZYDIS_OPERAND_TYPE_MEMORY)
        return f.load(to->reg, f.raw.memory[1], to->bits);
    auto from = f.whole_register(1);
    if (from && from->bits == to->bits) f.copy(to->reg, from->reg, to->bits);
}

// movzx, movsx, movsxd
void extend(Filling& f, bool is_signed) {
    auto to = f.whole_register(0);
    unsigned bits = f.operand(1).size;
    // Extending the sign to 32 bits clears the upper half: neither zeros nor copies of the sign.
    if (!to || (is_signed && to->bits != 64 && bits != 32)) return;
    if (to->bits == 32) is_signed = false;
    if (f.operand(1).type == ZYDIS_OPERAND_TYPE_MEMORY)
        return f.load(to->reg, f.raw.memory[1], bits, is_signed);
    X86Part from = f.decoder.part(f.operand(1).reg.value);
    if (from.bits == bits && !from.high) f.copy(to->reg, from.reg, bits, is_signed);
}

void load_address(Filling& f) {
    auto to = f.whole_register(0);
    if (!to) return;
    const auto& mem = f.operand(1).mem;
    auto displacement = static_cast<std::uint64_t>(mem.disp.value);
    if (mem.base == ZYDIS_REGISTER_RIP || mem.base == ZYDIS_REGISTER_NONE) {
        if (mem.base == ZYDIS_REGISTER_RIP) displacement += f.out.end();
        if (mem.index == ZYDIS_REGISTER_NONE)
            return f.constant(to->reg, to->bits == 64 && f.raw.head.address_width == 64
                                           ? displacement
                                           : displacement & 0xffffffff);
        if (mem.base == ZYDIS_REGISTER_RIP || mem.scale > 1) return;
    } else if (mem.index != ZYDIS_REGISTER_NONE) {
        return;
    }
    X86Part from = f.decoder.part(mem.base == ZYDIS_REGISTER_NONE ? mem.index : mem.base);
    if (from.bits == 64 && to->bits == 64) return f.sum(to->reg, from.reg, displacement);
    if (displacement == 0 && from.bits >= 32) f.copy(to->reg, from.reg, 32);
}

// add, sub, inc, dec with `value` added
void add(Filling& f, std::uint64_t value) {
    auto to = f.whole_register(0);
    if (to && to->bits == 64) f.sum(to->reg, to->reg, value);
}

// xor r,r and sub r,r
void cancel(Filling& f) {
    auto a = f.whole_register(0), b = f.whole_register(1);
    if (a && b && a->reg == b->reg) f.constant(a->reg, 0);
}

void exchange(Filling& f) {
    unsigned first = f.operand(0).type == ZYDIS_OPERAND_TYPE_MEMORY ? 1 : 0, second = 1 - first;
    if (f.operand(second).type == ZYDIS_OPERAND_TYPE_MEMORY) {
        std::uint8_t memory = f.raw.memory[second];
        X86Part part = f.decoder.part(f.operand(first).reg.value);
        if (memory == kNoMemory) return;
        if (!part.high) f.stores_register(memory, part.reg);
        if (part.bits >= 32) f.load(part.reg, memory, part.bits);
        return;
    }
    auto a = f.whole_register(0), b = f.whole_register(1);
    if (!a || !b) return;
    f.copy(a->reg, b->reg, a->bits);
    if (a->reg != b->reg) f.copy(b->reg, a->reg, a->bits);
}

// xadd: the second operand gets the old value of the first
void exchange_and_add(Filling& f) {
    auto old = f.whole_register(1);
    if (!old) return;
    if (f.operand(0).type == ZYDIS_OPERAND_TYPE_MEMORY)
        return f.load(old->reg, f.raw.memory[0], old->bits);
    auto sum = f.whole_register(0);
    if (sum && sum->reg != old->reg) f.copy(old->reg, sum->reg, old->bits);
}

void push(Filling& f) {
    std::uint32_t size = f.stack_bytes();
    std::uint8_t memory = f.add_memory(x86::rsp, -static_cast<std::int64_t>(size), size, true);
    f.moves_stack_by(-static_cast<std::int64_t>(size));
    if (f.raw.head.mnemonic != ZYDIS_MNEMONIC_PUSH) return;
    if (f.is_immediate(0)) return f.stores_constant(memory, f.immediate(0, size * 8));
    if (f.operand(0).type != ZYDIS_OPERAND_TYPE_REGISTER) return;
    X86Part from = f.decoder.part(f.operand(0).reg.value);
    if (from.bits == size * 8) f.stores_register(memory, from.reg);
}

void pop(Filling& f) {
    std::uint32_t size = f.stack_bytes();
    if (f.raw.head.mnemonic == ZYDIS_MNEMONIC_POP &&
        f.operand(0).type == ZYDIS_OPERAND_TYPE_MEMORY && f.raw.memory[0] != kNoMemory) {
        // Its address is computed after the stack pointer has moved.
        MemoryOperand& to = f.out.memory[f.raw.memory[0]];
        if (to.base == x86::rsp) to.displacement += size;
    }
    std::uint8_t memory = f.add_memory(x86::rsp, 0, size, false);
    bool to_register = f.raw.head.mnemonic == ZYDIS_MNEMONIC_POP &&
                       f.operand(0).type == ZYDIS_OPERAND_TYPE_REGISTER;
    if (to_register) {
        X86Part to = f.decoder.part(f.operand(0).reg.value);
        if (to.bits == 64) f.load(to.reg, memory, 64);
        // pop rsp: the value that was popped stays; pop sp: in the low part.
        if (to.bits != 0 && to.reg == x86::rsp) return;
    }
    f.moves_stack_by(size);
}

void leave(Filling& f) {
    f.out.writes |= bit(x86::rsp) | bit(x86::rbp);
    f.out.reads |= bit(x86::rbp);
    // With an operand size prefix only 16 bits of rbp are popped.
    bool whole = f.stack_bytes() == 8;
    std::uint8_t memory = f.add_memory(x86::rbp, 0, f.stack_bytes(), false);
    if (whole) f.load(x86::rbp, memory, 64);
    f.sum(x86::rsp, x86::rbp, f.stack_bytes());
}

void enter(Filling& f) {
    f.out.writes |= bit(x86::rsp) | bit(x86::rbp);
    f.out.reads |= bit(x86::rsp) | bit(x86::rbp);
    bool plain = f.is_immediate(1) && f.immediate(1, 64) == 0 && f.stack_bytes() == 8;
    std::uint8_t memory = f.add_memory(x86::rsp, -8, plain ? 8 : 0, true);
    if (!plain) return;  // nested frames copy pointers of their outer ones
    f.stores_register(memory, x86::rbp);
    f.sum(x86::rbp, x86::rsp, static_cast<std::uint64_t>(-8));
    f.sum(x86::rsp, x86::rsp, static_cast<std::uint64_t>(-8) - f.immediate(0, 16));
}

void leave_function(Filling& f) {
    std::uint64_t arguments = 0;
    if (f.raw.head.operand_count_visible > 0 && f.is_immediate(0)) arguments = f.immediate(0, 16);
    f.moves_stack_by(static_cast<std::int64_t>(8 + arguments));
}

void store_string(Filling& f) {
    if (f.out.stores.size() == 1 && f.out.memory[f.out.stores[0].memory].size != 0)
        f.stores_register(f.out.stores[0].memory, x86::rax);
}

}  // namespace

void add_x86_effects(const X86Decoder& decoder, const X86Raw& raw, Instruction& out) {
    Filling f{decoder, raw, out};
    switch (raw.head.mnemonic) {
        case ZYDIS_MNEMONIC_MOV:
        case ZYDIS_MNEMONIC_MOVNTI:
        case ZYDIS_MNEMONIC_MOVDIRI:
            return move(f);
        case ZYDIS_MNEMONIC_MOVZX:
            return extend(f, false);
        case ZYDIS_MNEMONIC_MOVSX:
        case ZYDIS_MNEMONIC_MOVSXD:
            return extend(f, true);
        case ZYDIS_MNEMONIC_CDQE:
            return f.copy(x86::rax, x86::rax, 32, true);
        case ZYDIS_MNEMONIC_LEA:
            return load_address(f);
        case ZYDIS_MNEMONIC_ADD:
            if (f.is_immediate(1)) add(f, f.operand(1).imm.value.u);
            return;
        case ZYDIS_MNEMONIC_SUB:
            if (f.is_immediate(1)) return add(f, 0 - f.operand(1).imm.value.u);
            return cancel(f);
        case ZYDIS_MNEMONIC_XOR:
            return cancel(f);
        case ZYDIS_MNEMONIC_INC:
            return add(f, 1);
        case ZYDIS_MNEMONIC_DEC:
            return add(f, static_cast<std::uint64_t>(-1));
        case ZYDIS_MNEMONIC_XCHG:
            return exchange(f);
        case ZYDIS_MNEMONIC_XADD:
            return exchange_and_add(f);
        case ZYDIS_MNEMONIC_PUSH:
        case ZYDIS_MNEMONIC_PUSHF:
        case ZYDIS_MNEMONIC_PUSHFQ:
            return push(f);
        case ZYDIS_MNEMONIC_POP:
        case ZYDIS_MNEMONIC_POPF:
        case ZYDIS_MNEMONIC_POPFQ:
            return pop(f);
        case ZYDIS_MNEMONIC_LEAVE:
            return leave(f);
        case ZYDIS_MNEMONIC_ENTER:
            return enter(f);
        case ZYDIS_MNEMONIC_RET:
            if (out.flow == Flow::ret) leave_function(f);
            return;
        case ZYDIS_MNEMONIC_STOSB:
        case ZYDIS_MNEMONIC_STOSW:
        case ZYDIS_MNEMONIC_STOSD:
        case ZYDIS_MNEMONIC_STOSQ:
            return store_string(f);
        default:
            return;
    }
}

}  // namespace nfstriage::isa
