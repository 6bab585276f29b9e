// The new values of general registers and what is stored to memory, where that is simple to say.
// Exactness is the rule here: a sum is said of 64-bit arithmetic only, because 32-bit arithmetic
// carries modulo 2^32; writing 8 or 16 bits of a register leaves the rest and says nothing.
#include <optional>
#include <utility>

#include "isa/x86_64_raw.h"

namespace nfstriage::isa {
namespace {

using Type = X86Operand::Type;

// What is being filled, with what is known of it.
struct Filling {
    const X86Raw& raw;
    Instruction& out;

    const X86Operand& operand(unsigned i) const { return raw.operands[i]; }

    // The operand as a register that is written whole; nothing if it is memory, a part of 8 or 16
    // bits, or no general register.
    std::optional<X86Part> whole_register(unsigned i) const {
        if (!is_register(i) || operand(i).reg.bits < 32) return std::nullopt;
        return operand(i).reg;
    }

    bool is_immediate(unsigned i) const { return operand(i).type == Type::immediate; }
    bool is_register(unsigned i) const { return operand(i).type == Type::reg; }
    bool is_memory(unsigned i) const { return operand(i).type == Type::memory; }

    std::uint64_t immediate(unsigned i, unsigned bits) const {
        std::uint64_t value = operand(i).immediate;
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
};

void move(Filling& f) {
    if (f.is_memory(0)) {
        std::uint8_t memory = f.operand(0).memory;
        if (memory == kNoMemory) return;
        if (f.is_immediate(1)) {
            f.stores_constant(memory, f.immediate(1, f.operand(0).bits));
        } else if (f.is_register(1)) {
            X86Part from = f.operand(1).reg;
            if (from.bits == f.operand(0).bits && !from.high) f.stores_register(memory, from.reg);
        }
        return;
    }
    auto to = f.whole_register(0);
    if (!to) return;
    if (f.is_immediate(1)) return f.constant(to->reg, f.immediate(1, to->bits));
    if (f.is_memory(1)) return f.load(to->reg, f.operand(1).memory, to->bits);
    auto from = f.whole_register(1);
    if (from && from->bits == to->bits) f.copy(to->reg, from->reg, to->bits);
}

// movzx, movsx, movsxd
void extend(Filling& f, bool is_signed) {
    auto to = f.whole_register(0);
    unsigned bits = f.operand(1).bits;
    // Extending the sign to 32 bits clears the upper half: neither zeros nor copies of the sign.
    if (!to || (is_signed && to->bits != 64 && bits != 32)) return;
    if (to->bits == 32) is_signed = false;
    if (f.is_memory(1)) return f.load(to->reg, f.operand(1).memory, bits, is_signed);
    X86Part from = f.operand(1).reg;
    if (from.bits == bits && !from.high) f.copy(to->reg, from.reg, bits, is_signed);
}

void load_address(Filling& f) {
    auto to = f.whole_register(0);
    if (!to) return;
    const X86Operand& mem = f.operand(1);
    auto displacement = static_cast<std::uint64_t>(mem.displacement);
    bool has_base = mem.base.bits != 0, has_index = mem.index.bits != 0;
    if (!has_base) {
        if (mem.at_rip) displacement += f.out.end();
        if (!has_index)
            return f.constant(to->reg, to->bits == 64 && f.raw.address_bits == 64
                                           ? displacement
                                           : displacement & 0xffffffff);
        if (mem.at_rip || mem.scale > 1) return;
    } else if (has_index) {
        return;
    }
    X86Part from = has_base ? mem.base : mem.index;
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
    unsigned first = f.is_memory(0) ? 1 : 0, second = 1 - first;
    if (f.is_memory(second)) {
        std::uint8_t memory = f.operand(second).memory;
        X86Part part = f.operand(first).reg;
        if (memory == kNoMemory) return;
        if (!part.high) f.stores_register(memory, part.reg);
        if (part.bits >= 32) f.load(part.reg, memory, part.bits);
        return;
    }
    auto a = f.whole_register(0), b = f.whole_register(1);
    if (!a || !b) return;
    if (a->reg > b->reg) std::swap(a, b);
    f.copy(a->reg, b->reg, a->bits);
    if (a->reg != b->reg) f.copy(b->reg, a->reg, a->bits);
}

// xadd: the second operand gets the old value of the first
void exchange_and_add(Filling& f) {
    auto old = f.whole_register(1);
    if (!old) return;
    if (f.is_memory(0)) return f.load(old->reg, f.operand(0).memory, old->bits);
    auto sum = f.whole_register(0);
    if (sum && sum->reg != old->reg) f.copy(old->reg, sum->reg, old->bits);
}

void push(Filling& f) {
    std::uint32_t size = f.raw.stack_bytes;
    std::uint8_t memory = f.add_memory(x86::rsp, -static_cast<std::int64_t>(size), size, true);
    f.moves_stack_by(-static_cast<std::int64_t>(size));
    if (f.raw.kind != X86Kind::push) return;
    if (f.is_immediate(0)) return f.stores_constant(memory, f.immediate(0, size * 8));
    if (!f.is_register(0)) return;
    X86Part from = f.operand(0).reg;
    if (from.bits == size * 8) f.stores_register(memory, from.reg);
}

void pop(Filling& f) {
    std::uint32_t size = f.raw.stack_bytes;
    if (f.raw.kind == X86Kind::pop && f.is_memory(0) && f.operand(0).memory != kNoMemory) {
        // Its address is computed after the stack pointer has moved.
        MemoryOperand& to = f.out.memory[f.operand(0).memory];
        if (to.base == x86::rsp) to.displacement += size;
    }
    std::uint8_t memory = f.add_memory(x86::rsp, 0, size, false);
    bool to_register = f.raw.kind == X86Kind::pop && f.is_register(0);
    if (to_register) {
        X86Part to = f.operand(0).reg;
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
    bool whole = f.raw.stack_bytes == 8;
    std::uint8_t memory = f.add_memory(x86::rbp, 0, f.raw.stack_bytes, false);
    if (whole) f.load(x86::rbp, memory, 64);
    f.sum(x86::rsp, x86::rbp, f.raw.stack_bytes);
}

void enter(Filling& f) {
    f.out.writes |= bit(x86::rsp) | bit(x86::rbp);
    f.out.reads |= bit(x86::rsp) | bit(x86::rbp);
    bool plain = f.is_immediate(1) && f.immediate(1, 64) == 0 && f.raw.stack_bytes == 8;
    std::uint8_t memory = f.add_memory(x86::rsp, -8, plain ? 8 : 0, true);
    if (!plain) return;  // nested frames copy pointers of their outer ones
    f.stores_register(memory, x86::rbp);
    f.sum(x86::rbp, x86::rsp, static_cast<std::uint64_t>(-8));
    f.sum(x86::rsp, x86::rsp, static_cast<std::uint64_t>(-8) - f.immediate(0, 16));
}

void leave_function(Filling& f) {
    std::uint64_t arguments = 0;
    if (!f.raw.operands.empty() && f.is_immediate(0)) arguments = f.immediate(0, 16);
    f.moves_stack_by(static_cast<std::int64_t>(8 + arguments));
}

void store_string(Filling& f) {
    if (f.out.stores.size() == 1 && f.out.memory[f.out.stores[0].memory].size != 0)
        f.stores_register(f.out.stores[0].memory, x86::rax);
}

}  // namespace

void add_x86_effects(const X86Raw& raw, Instruction& out) {
    Filling f{raw, out};
    switch (raw.kind) {
        case X86Kind::mov:
            return move(f);
        case X86Kind::movzx:
            return extend(f, false);
        case X86Kind::movsx:
            return extend(f, true);
        case X86Kind::cdqe:
            return f.copy(x86::rax, x86::rax, 32, true);
        case X86Kind::lea:
            return load_address(f);
        case X86Kind::add:
            if (f.is_immediate(1)) add(f, f.operand(1).immediate);
            return;
        case X86Kind::sub:
            if (f.is_immediate(1)) return add(f, 0 - f.operand(1).immediate);
            return cancel(f);
        case X86Kind::exclusive_or:
            return cancel(f);
        case X86Kind::inc:
            return add(f, 1);
        case X86Kind::dec:
            return add(f, static_cast<std::uint64_t>(-1));
        case X86Kind::xchg:
            return exchange(f);
        case X86Kind::xadd:
            return exchange_and_add(f);
        case X86Kind::push:
        case X86Kind::push_flags:
            return push(f);
        case X86Kind::pop:
        case X86Kind::pop_flags:
            return pop(f);
        case X86Kind::leave:
            return leave(f);
        case X86Kind::enter:
            return enter(f);
        case X86Kind::ret:
            return leave_function(f);
        case X86Kind::stos:
            return store_string(f);
        default:
            return;
    }
}

}  // namespace nfstriage::isa
