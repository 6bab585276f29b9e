// Functions written as lists of isa::Instruction, for tests of data flow. Addresses are given by
// position: every instruction is 4 bytes long.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "arguments/flow.h"
#include "fakes/fake_symbols.h"

namespace nfstriage::arguments::build {

constexpr std::uint64_t kText = 0xffffffff81000000;
constexpr std::uint64_t kColdText = 0xffffffff81f00000;

constexpr isa::Register rax = 0, rcx = 1, rdx = 2, rbx = 3, rsp = 4, rbp = 5, rsi = 6, rdi = 7,
                        r12 = 12, r13 = 13;
constexpr isa::Register x0 = 0, x1 = 1, x9 = 9, x19 = 19, x20 = 20, x29 = 29, x30 = 30, sp = 31;

inline isa::Instruction plain() {
    isa::Instruction i;
    i.size = 4;
    return i;
}

inline isa::Instruction effect(isa::Register to, isa::Effect::Kind kind, isa::Register from,
                               std::uint64_t value, std::uint8_t bits = 64) {
    isa::Instruction i = plain();
    isa::Effect e;
    e.to = to;
    e.kind = kind;
    e.from = from;
    e.value = value;
    e.bits = bits;
    i.effects.push_back(e);
    i.writes = isa::bit(to);
    if (kind == isa::Effect::Kind::copy || kind == isa::Effect::Kind::sum) i.reads = isa::bit(from);
    return i;
}

inline isa::Instruction nop() { return plain(); }
inline isa::Instruction copy(isa::Register to, isa::Register from, std::uint8_t bits = 64) {
    return effect(to, isa::Effect::Kind::copy, from, 0, bits);
}
inline isa::Instruction set(isa::Register to, std::uint64_t value) {
    return effect(to, isa::Effect::Kind::constant, 0, value);
}
inline isa::Instruction add(isa::Register to, isa::Register from, std::int64_t value) {
    return effect(to, isa::Effect::Kind::sum, from, static_cast<std::uint64_t>(value));
}
// to = something of from that is not followed
inline isa::Instruction compute(isa::Register to, isa::Register from) {
    isa::Instruction i = plain();
    i.writes = isa::bit(to);
    i.reads = isa::bit(from);
    return i;
}

inline isa::MemoryOperand at(isa::Register base, std::int64_t displacement,
                             std::uint32_t size = 8) {
    isa::MemoryOperand m;
    m.base = base;
    m.displacement = displacement;
    m.size = size;
    return m;
}

inline void add_load(isa::Instruction& i, isa::Register to, isa::MemoryOperand from) {
    from.read = true;
    isa::Effect e;
    e.to = to;
    e.kind = isa::Effect::Kind::load;
    e.memory = static_cast<std::uint8_t>(i.memory.size());
    e.bits = static_cast<std::uint8_t>(from.size * 8);
    i.memory.push_back(from);
    i.effects.push_back(e);
    i.writes |= isa::bit(to);
    if (from.base) i.reads |= isa::bit(*from.base);
}

inline void add_store(isa::Instruction& i, isa::MemoryOperand to, isa::Register from) {
    to.written = true;
    isa::Store s;
    s.memory = static_cast<std::uint8_t>(i.memory.size());
    s.from = from;
    i.memory.push_back(to);
    i.stores.push_back(s);
    i.reads |= isa::bit(from);
    if (to.base) i.reads |= isa::bit(*to.base);
}

inline void add_sum(isa::Instruction& i, isa::Register to, std::int64_t value) {
    isa::Effect e;
    e.to = to;
    e.kind = isa::Effect::Kind::sum;
    e.from = to;
    e.value = static_cast<std::uint64_t>(value);
    i.effects.push_back(e);
    i.writes |= isa::bit(to);
}

inline isa::Instruction load(isa::Register to, isa::MemoryOperand from) {
    isa::Instruction i = plain();
    add_load(i, to, from);
    return i;
}
inline isa::Instruction store(isa::MemoryOperand to, isa::Register from) {
    isa::Instruction i = plain();
    add_store(i, to, from);
    return i;
}
inline isa::Instruction push(isa::Register from) {
    isa::Instruction i = store(at(rsp, -8), from);
    add_sum(i, rsp, -8);
    return i;
}
inline isa::Instruction pop(isa::Register to) {
    isa::Instruction i = load(to, at(rsp, 0));
    add_sum(i, rsp, 8);
    return i;
}

inline isa::Instruction flow(isa::Flow kind) {
    isa::Instruction i = plain();
    i.flow = kind;
    return i;
}
inline std::uint64_t place(std::size_t index, std::uint64_t text = kText) {
    return text + 4 * index;
}
inline isa::Instruction call(std::uint64_t target = 0xffffffff81a00000) {
    isa::Instruction i = flow(isa::Flow::call);
    i.target = target;
    return i;
}
inline isa::Instruction jump(std::uint64_t target) {
    isa::Instruction i = flow(isa::Flow::jump);
    i.target = target;
    return i;
}
inline isa::Instruction jump_through(isa::Register via) {
    isa::Instruction i = flow(isa::Flow::jump);
    i.via = via;
    i.reads = isa::bit(via);
    return i;
}
inline isa::Instruction branch(std::uint64_t target) {
    isa::Instruction i = flow(isa::Flow::branch);
    i.target = target;
    return i;
}
inline isa::Instruction ret() { return flow(isa::Flow::ret); }

// Adds a part whose instructions stand one behind the other from `text` on.
inline void add_part(FunctionCode& code, std::uint64_t text,
                     std::initializer_list<isa::Instruction> instructions) {
    std::uint64_t address = text;
    for (isa::Instruction i : instructions) {
        i.address = address;
        address += i.size;
        code.instructions.push_back(i);
    }
    code.parts.push_back({VAddr{text}, VAddr{address}});
}

inline FunctionCode function(std::initializer_list<isa::Instruction> instructions) {
    FunctionCode code;
    code.name = "f";
    code.entry = VAddr{kText};
    add_part(code, kText, instructions);
    return code;
}

// What a function holds in front of one of its instructions, with short questions about it.
class Flowed {
public:
    Flowed(const FunctionCode& code, std::uint64_t address, Arch arch = Arch::x86_64,
           const fakes::FakeSymbols& symbols = {})
        : result_(state_before(code, arch, VAddr{address}, symbols)) {}

    bool known() const { return result_.has_value(); }
    const Unknown& error() const { return result_.error(); }
    const FlowResult& result() const { return *result_; }
    bool all_paths_seen() const { return result_->all_paths_seen; }

    Value reg(isa::Register r) const { return result_->state.registers[r]; }
    bool has_slot(std::int64_t offset) const { return result_->state.slots.contains(offset); }
    Value slot(std::int64_t offset) const { return result_->state.slots.at(offset).value; }
    bool exposed(std::int64_t offset) const { return result_->state.slots.at(offset).exposed; }
    const Symbol& symbol(Value value) const { return result_->symbols.at(value.symbol); }

    // "rdi+8", "frame-16", "7", "[rdi+8]", "result rax", "merged", "other"; "/32" for low bits
    std::string text(Value value) const {
        const Symbol& s = symbol(value);
        std::string out = name(s);
        if (s.kind == Symbol::Kind::zero)
            out = std::to_string(value.offset);
        else if (value.offset != 0)
            out += (value.offset > 0 ? "+" : "") + std::to_string(value.offset);
        if (value.bits != 64) out += "/" + std::to_string(value.bits);
        return out;
    }
    std::string operator()(isa::Register r) const { return text(reg(r)); }
    std::string at_slot(std::int64_t offset) const {
        return has_slot(offset) ? text(slot(offset)) : "unknown";
    }

private:
    std::string name(const Symbol& s) const {
        switch (s.kind) {
            case Symbol::Kind::zero:
                return "";
            case Symbol::Kind::frame:
                return "frame";
            case Symbol::Kind::entry:
                return "entry " + std::to_string(s.reg);
            case Symbol::Kind::stacked:
                return "stacked" + std::to_string(s.from.offset);
            case Symbol::Kind::loaded:
                return "[" + text(s.from) + "]";
            case Symbol::Kind::result:
                return "result " + std::to_string(s.reg);
            case Symbol::Kind::merged:
                return "merged";
            case Symbol::Kind::other:
                return "other";
        }
        return "";
    }

    Maybe<FlowResult> result_;
};

}  // namespace nfstriage::arguments::build
