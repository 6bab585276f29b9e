#include "isa/x86_64.h"

#include "isa/x86_64_raw.h"

namespace nfstriage::isa {
namespace {

// A bit number in a register reaches beyond the operand, to either side.
bool is_bit_string(const X86Raw& raw) {
    return raw.kind == X86Kind::bit_test && raw.operands[0].type == X86Operand::Type::memory &&
           raw.operands[1].type == X86Operand::Type::reg;
}

// The operand's address, and its size unless that is not what is accessed.
MemoryOperand memory_operand(const X86Raw& raw, const X86Operand& operand, std::uint64_t end) {
    MemoryOperand out;
    out.displacement = operand.displacement;
    out.size = operand.bits / 8;
    out.read = operand.read;
    out.written = operand.written;
    out.segment = operand.segment;

    bool plain = raw.address_bits == 64 && !operand.vector_index;
    if (operand.at_rip) {
        out.displacement =
            static_cast<std::int64_t>(end + static_cast<std::uint64_t>(operand.displacement));
    } else if (operand.base.bits != 0) {
        out.base = operand.base.reg;
        plain = plain && operand.base.bits == 64;
    }
    if (operand.index.bits == 64) {
        out.index = operand.index.reg;
        out.scale = operand.scale;
    } else if (operand.index.bits != 0) {
        plain = false;
    }
    bool unsized = is_bit_string(raw) || raw.is_repeated || raw.kind == X86Kind::xsave ||
                   raw.kind == X86Kind::xlat;
    if (!plain || unsized) out.size = 0;
    return out;
}

// Reads, writes and memory from the operands. False: more memory operands than there is room for.
bool add_operands(X86Raw& raw, Instruction& out) {
    for (X86Operand& operand : raw.operands) {
        if (operand.type == X86Operand::Type::reg) {
            if (operand.reg.bits == 0) continue;
            if (operand.read) out.reads |= bit(operand.reg.reg);
            if (operand.written) out.writes |= bit(operand.reg.reg);
        } else if (operand.type == X86Operand::Type::memory) {
            for (const X86Part& part : {operand.base, operand.index})
                if (part.bits != 0) out.reads |= bit(part.reg);
            if (!operand.read && !operand.written) continue;
            if (out.memory.full()) return false;
            operand.memory = static_cast<std::uint8_t>(out.memory.size());
            out.memory.push_back(memory_operand(raw, operand, out.end()));
            if (operand.written) out.stores.push_back({.memory = operand.memory, .known = false});
        }
    }
    return true;
}

// What no operand says.
void add_omissions(const X86Raw& raw, Instruction& out) {
    if (raw.kind == X86Kind::hand_over || raw.kind == X86Kind::interrupt) {
        out.reads |= x86::kAllButStack;
        out.writes |= x86::kAllButStack;
    }
    if (raw.is_repeated) {
        out.reads |= bit(x86::rcx);
        out.writes |= bit(x86::rcx);
    }
    if (raw.is_string)  // rsi and rdi move along
        for (const MemoryOperand& operand : out.memory)
            if (operand.base) out.writes |= bit(*operand.base);
    if (raw.kind == X86Kind::xlat) out.reads |= bit(x86::rax);
    if (raw.kind == X86Kind::clzero) {  // the cache line that contains [rax]
        auto index = static_cast<std::uint8_t>(out.memory.size());
        out.memory.push_back({.base = x86::rax, .size = 0, .written = true});
        out.stores.push_back({.memory = index, .known = false});
    }
}

void set_flow(const X86Raw& raw, Instruction& out) {
    switch (raw.kind) {
        case X86Kind::stop:
            out.flow = Flow::stop;
            return;
        case X86Kind::trap:
        case X86Kind::interrupt:
            out.flow = Flow::trap;
            return;
        case X86Kind::ret:
            out.flow = Flow::ret;
            return;
        case X86Kind::call:
            out.flow = Flow::call;
            break;
        case X86Kind::jump:
            out.flow = Flow::jump;
            break;
        case X86Kind::branch:
            out.flow = Flow::branch;
            break;
        default:
            return;
    }
    const X86Operand& to = raw.operands[0];
    if (to.type == X86Operand::Type::immediate && to.is_relative)
        out.target = out.end() + to.immediate;
    if (to.type == X86Operand::Type::reg) out.via = to.reg.reg;
    if (to.memory != kNoMemory) out.via_memory = to.memory;
}

}  // namespace

Maybe<Instruction> x86_instruction(X86Raw& raw, std::uint64_t address) {
    Maybe<Instruction> out(Instruction{});
    out->address = address;
    out->size = raw.size;
    if (!add_operands(raw, *out))
        return unknown(Reason::no_decoder, "an instruction with many memory operands");
    add_omissions(raw, *out);
    set_flow(raw, *out);
    add_x86_effects(raw, *out);
    return out;
}

}  // namespace nfstriage::isa
