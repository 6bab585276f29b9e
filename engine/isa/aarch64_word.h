// The 32 bits of one A64 instruction and what is found out about it (Arm ARM DDI 0487, C4.1: the
// encoding index, whose classes the aarch64_*.cc files follow). Each of the functions below decodes
// one class whole, so that no register that an instruction of the class writes can be missed, and
// answers false for bits that the class leaves unallocated.
#pragma once

#include <cstdint>

#include "isa/instruction.h"

namespace nfstriage::isa {

class A64Word {
public:
    A64Word(std::uint32_t word, Instruction& out_) : out(out_), word_(word) {}

    std::uint32_t word() const { return word_; }
    bool is(std::uint32_t mask, std::uint32_t value) const { return (word_ & mask) == value; }

    // Bits [low, low + count), as they are or sign extended.
    unsigned field(unsigned low, unsigned count) const {
        return (word_ >> low) & ((1u << count) - 1);
    }
    std::int64_t signed_field(unsigned low, unsigned count) const {
        auto value = static_cast<std::int64_t>(field(low, count));
        return value >> (count - 1) & 1 ? value - (std::int64_t{1} << count) : value;
    }
    bool flag(unsigned at) const { return (word_ >> at & 1) != 0; }

    // The usual places of registers.
    unsigned rd() const { return field(0, 5); }
    unsigned rt() const { return field(0, 5); }
    unsigned rn() const { return field(5, 5); }
    unsigned rt2() const { return field(10, 5); }
    unsigned rm() const { return field(16, 5); }
    unsigned rs() const { return field(16, 5); }

    // Number 31 is xzr here, which is neither read nor written ...
    void reads(unsigned r) {
        if (r != 31) out.reads |= bit(static_cast<Register>(r));
    }
    void writes(unsigned r) {
        if (r != 31) out.writes |= bit(static_cast<Register>(r));
    }
    // ... and the stack pointer here.
    void reads_sp(unsigned r) { out.reads |= bit(static_cast<Register>(r)); }
    void writes_sp(unsigned r) { out.writes |= bit(static_cast<Register>(r)); }

    // Effects, with 31 as xzr. Call these beside writes().
    void copy(unsigned to, unsigned from, unsigned bits, bool is_signed = false) {
        if (to == 31) return;
        if (from == 31) return constant(to, 0);
        copy_sp(to, from, bits, is_signed);
    }
    void constant(unsigned to, std::uint64_t value) {
        if (to != 31) constant_sp(to, value);
    }
    void load(unsigned to, std::uint8_t memory, unsigned bits, bool is_signed = false) {
        if (to == 31) return;
        out.effects.push_back({.to = static_cast<Register>(to),
                               .kind = Effect::Kind::load,
                               .memory = memory,
                               .bits = static_cast<std::uint8_t>(bits),
                               .is_signed = is_signed});
    }
    // With 31 as sp.
    void copy_sp(unsigned to, unsigned from, unsigned bits, bool is_signed = false) {
        out.effects.push_back({.to = static_cast<Register>(to),
                               .kind = Effect::Kind::copy,
                               .from = static_cast<Register>(from),
                               .bits = static_cast<std::uint8_t>(bits),
                               .is_signed = is_signed});
    }
    void constant_sp(unsigned to, std::uint64_t value) {
        out.effects.push_back(
            {.to = static_cast<Register>(to), .kind = Effect::Kind::constant, .value = value});
    }
    void sum_sp(unsigned to, unsigned from, std::uint64_t value) {
        if (value == 0) return copy_sp(to, from, 64);
        out.effects.push_back({.to = static_cast<Register>(to),
                               .kind = Effect::Kind::sum,
                               .from = static_cast<Register>(from),
                               .value = value});
    }

    // A memory operand at a base register (31: sp) plus an offset; its index. If it is written, a
    // store of an unknown value comes with it.
    std::uint8_t access(unsigned base, std::int64_t displacement, std::uint32_t size, bool read,
                        bool written) {
        reads_sp(base);
        return access({.base = static_cast<Register>(base),
                       .displacement = displacement,
                       .size = size,
                       .read = read,
                       .written = written});
    }
    std::uint8_t access(const MemoryOperand& operand) {
        auto index = static_cast<std::uint8_t>(out.memory.size());
        out.memory.push_back(operand);
        if (operand.written) out.stores.push_back({.memory = index, .known = false});
        return index;
    }
    // What is stored there is the register (31: 0).
    void stores(std::uint8_t memory, unsigned from) {
        for (Store& store : out.stores) {
            if (store.memory != memory) continue;
            store = {.memory = memory};
            if (from != 31) store.from = static_cast<Register>(from);
        }
    }

    Instruction& out;

private:
    std::uint32_t word_;
};

// Data processing with an immediate; with registers.
bool decode_a64_immediate(A64Word& w);
bool decode_a64_register(A64Word& w);
// Branches, exceptions, hints, barriers, system registers.
bool decode_a64_branch(A64Word& w);
// Loads and stores: all of them; exclusive, ordered and atomic ones; vector structures; tags, and
// the instructions for memcpy and memset.
bool decode_a64_memory(A64Word& w);
bool decode_a64_exclusive(A64Word& w);
bool decode_a64_atomic(A64Word& w);
bool decode_a64_structure(A64Word& w);
bool decode_a64_tag(A64Word& w);
bool decode_a64_copy_set(A64Word& w);
// General registers of vector and floating point instructions. These are told apart only as far as
// that needs: whether the bits are an instruction at all is for others to say.
void decode_a64_vector_registers(A64Word& w);

}  // namespace nfstriage::isa
