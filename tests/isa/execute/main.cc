// isa_execute: instructions of a kernel against the processor. Each distinct instruction that a
// user may run goes through a few lines of generated code between two states of registers and
// memory; what we say of it must hold: no register but those in `writes` changes, every effect
// predicts the new value, no byte of memory outside of the written operands changes, known stores
// store what they say, and no result depends on a register that is not in `reads`.
//   objdump -d -w VMLINUX | nfstriage_isa_execute      (x86_64 hosts only)
// Prints what is wrong; fails if anything is, or if few instructions could be tried.
#include <cstdio>
#include <cstring>
#include <iostream>
#include <random>
#include <unordered_set>

#include "../oracle/listing.h"
#include "machine.h"

using namespace nfstriage;
using namespace nfstriage::test;
using isa::Effect, isa::Instruction, isa::MemoryOperand, isa::Register;

namespace {

bool starts(const std::string& text, std::string_view with) { return text.starts_with(with); }

// Instructions that change what the test itself stands on, or that ask others.
bool is_left_out(const Line& line, const Instruction& instruction) {
    std::string text = line.mnemonic + " " + line.operands;  // prefixes may be either
    for (const char* name :
         {"syscall",  "sysenter", "int",    "vmcall", "vmmcall", "vmgexit",  "tdcall", "seamcall",
          "wrfsbase", "wrgsbase", "swapgs", "wrpkru", "ldmxcsr", "vldmxcsr", "fld",    "fxrstor",
          "xrstor",   "frstor",   "fnclex", "fninit", "fnsave",  "fsave",    "lfs",    "lgs",
          "lss",      "popf",     "wrss",   "umwait", "tpause",  "enqcmd",   "xbegin", "emms"})
        if (text.find(name) != text.npos) return true;
    auto operands = split(line.operands);
    if (!operands.empty())
        for (const char* segment : {"%fs", "%gs", "%ss", "%ds", "%es"})
            if (operands.back().ends_with(segment)) return true;
    if (text.find("addr32") != text.npos) return true;
    for (const MemoryOperand& operand : instruction.memory) {
        if (operand.segment == MemoryOperand::Segment::fs) return true;
        if (!operand.base && !operand.index) return true;  // kernel data
    }
    return instruction.flow != isa::Flow::next;
}

// Results that two runs need not share. Vector registers keep what the test itself left there.
bool is_volatile(const Line& line) {
    const std::string& m = line.mnemonic;
    if (line.operands.find("mm") != line.operands.npos) return true;
    for (const char* name : {"rdtsc", "rdrand", "rdseed", "cpuid", "rdpid", "xgetbv", "rdpmc",
                             "fxsave", "xsave", "fnst"})
        if (starts(m, name)) return true;
    return false;
}

class Test {
public:
    Test() : decoder_(Arch::x86_64), random_(20) {}

    void run(const Line& line) {
        if (!seen_.insert(std::string(line.bytes.begin(), line.bytes.end())).second) return;
        auto instruction = decoder_.decode(line.bytes, machine_.code_address());
        if (!instruction || is_left_out(line, *instruction)) {
            ++left_out_;
            return;
        }
        machine_.load(line.bytes);
        bool ran = false;
        for (int i = 0; i < 4; ++i) ran = trial(line, *instruction, i == 3) || ran;
        ++(ran ? ran_ : faulted_);
        if (!ran) faults_.add(line.mnemonic, line);
    }

    int finish() const {
        for (const auto& [what, found] : wrong_.all()) {
            std::printf("  WRONG %s: %llu\n", what.c_str(),
                        static_cast<unsigned long long>(found.first));
            for (const auto& example : found.second) std::printf("%s\n", example.c_str());
        }
        for (const auto& [what, found] : faults_.all())
            if (found.first >= 20)
                std::printf("  faulted: %s: %llu\n%s\n", what.c_str(),
                            static_cast<unsigned long long>(found.first), found.second[0].c_str());
        std::printf(
            "%llu distinct instructions run, %llu effects and %llu stores checked, "
            "%llu faulted, %llu left out\n",
            ran_, effects_, stores_, faulted_, left_out_);
        return wrong_.empty() && ran_ > 1000 ? 0 : 1;
    }

private:
    // Registers that put every memory operand into the arena.
    void choose(const Instruction& instruction, State& state, bool small) {
        for (auto& value : state.registers) value = small ? random_() % 4 : random_();
        state.flags = 0x202 | (random_() & 0x8d5);
        bool unsized = false;
        for (const MemoryOperand& operand : instruction.memory) unsized |= operand.size == 0;
        // Counts of repeated instructions, bit numbers.
        if (unsized)
            for (auto& value : state.registers) value = random_() % 32;
        for (std::size_t i = 0; i < kArena; i += 8) {
            std::uint64_t value = small ? 0 : random_();
            std::memcpy(&state.memory[i], &value, 8);
        }
        for (const MemoryOperand& operand : instruction.memory) {
            std::uint64_t at = machine_.arena() + kArena / 4 + random_() % 128 * 16;
            if (operand.segment == MemoryOperand::Segment::gs) at -= machine_.gs();
            if (operand.index && operand.index != operand.base)
                state.registers[*operand.index] = random_() % 64;
            std::uint64_t rest = static_cast<std::uint64_t>(operand.displacement);
            if (operand.index && operand.index != operand.base)
                rest += state.registers[*operand.index] * operand.scale;
            if (operand.base && operand.base == operand.index) {
                state.registers[*operand.base] = (at - rest) / (operand.scale + 1u);
            } else if (operand.base) {
                state.registers[*operand.base] = at - rest;
            } else if (operand.index) {
                state.registers[*operand.index] =
                    (at - static_cast<std::uint64_t>(operand.displacement)) / operand.scale;
            }
        }
    }

    std::uint64_t address(const MemoryOperand& operand, const State& state) const {
        std::uint64_t out = static_cast<std::uint64_t>(operand.displacement);
        if (operand.base) out += state.registers[*operand.base];
        if (operand.index) out += state.registers[*operand.index] * operand.scale;
        if (operand.segment == MemoryOperand::Segment::gs) out += machine_.gs();
        return out;
    }

    // Bytes of the arena, as a number; nothing if they are not all inside.
    std::optional<std::uint64_t> read(const State& state, std::uint64_t at, unsigned size) const {
        std::uint64_t offset = at - machine_.arena(), out = 0;
        if (offset > kArena - size) return std::nullopt;
        for (unsigned i = 0; i < size; ++i)
            out |= std::uint64_t{state.memory[offset + i]} << (8 * i);
        return out;
    }

    bool trial(const Line& line, const Instruction& instruction, bool small) {
        State before, after;
        choose(instruction, before, small);
        if (!machine_.run(before, after)) return false;
        check_registers(line, instruction, before, after);
        check_effects(line, instruction, before, after);
        check_memory(line, instruction, before, after);
        if (!is_volatile(line)) check_reads(line, instruction, before, after);
        return true;
    }

    void check_registers(const Line& line, const Instruction& instruction, const State& before,
                         const State& after) {
        for (Register r = 0; r < 16; ++r)
            if (before.registers[r] != after.registers[r] && !(instruction.writes & isa::bit(r)))
                wrong_.add("register not in writes", line, name(r));
    }

    void check_effects(const Line& line, const Instruction& instruction, const State& before,
                       const State& after) {
        for (const Effect& effect : instruction.effects) {
            std::uint64_t value = effect.value;
            if (effect.kind == Effect::Kind::copy) value = before.registers[effect.from];
            if (effect.kind == Effect::Kind::sum) value += before.registers[effect.from];
            if (effect.kind == Effect::Kind::load) {
                const MemoryOperand& operand = instruction.memory[effect.memory];
                auto loaded = read(before, address(operand, before), effect.bits / 8);
                if (!loaded) continue;
                value = *loaded;
            }
            if (effect.bits < 64) {
                std::uint64_t top = std::uint64_t{1} << (effect.bits - 1);
                value &= top * 2 - 1;
                if (effect.is_signed && (value & top)) value |= ~(top * 2 - 1);
            }
            ++effects_;
            if (after.registers[effect.to] != value) wrong_.add("effect", line, name(effect.to));
        }
    }

    void check_memory(const Line& line, const Instruction& instruction, const State& before,
                      const State& after) {
        for (std::size_t i = 0; i < kArena; ++i) {
            if (before.memory[i] == after.memory[i]) continue;
            std::uint64_t at = machine_.arena() + i;
            bool may_change = false;
            for (const MemoryOperand& operand : instruction.memory)
                may_change |= operand.written &&
                              (operand.size == 0 || at - address(operand, before) < operand.size);
            if (may_change) continue;
            wrong_.add("memory that is not in a written operand", line);
            break;
        }
        for (const isa::Store& store : instruction.stores) {
            const MemoryOperand& operand = instruction.memory[store.memory];
            if (!store.known || operand.size == 0 || operand.size > 8) continue;
            auto stored = read(after, address(operand, before), operand.size);
            if (!stored) continue;
            std::uint64_t value = store.from ? before.registers[*store.from] : store.value;
            if (operand.size < 8) value &= (std::uint64_t{1} << (operand.size * 8)) - 1;
            ++stores_;
            if (*stored != value) wrong_.add("store", line);
        }
    }

    // Changing a register that is not read changes no other register and no memory.
    void check_reads(const Line& line, const Instruction& instruction, const State& before,
                     const State& after) {
        for (Register r = 0; r < 16; ++r) {
            if (instruction.reads & isa::bit(r)) continue;
            State changed = before, result;
            changed.registers[r] = ~changed.registers[r];
            if (!machine_.run(changed, result)) {
                wrong_.add("faults with another value of a register not in reads", line, name(r));
                continue;
            }
            result.registers[r] = after.registers[r];
            if (result.registers != after.registers || result.memory != after.memory)
                wrong_.add("result depends on a register not in reads", line, name(r));
        }
    }

    std::string name(Register r) const { return std::string(isa::register_name(Arch::x86_64, r)); }

    isa::Decoder decoder_;
    Machine machine_;
    std::mt19937_64 random_;
    std::unordered_set<std::string> seen_;
    Findings wrong_, faults_;
    unsigned long long ran_ = 0, faulted_ = 0, left_out_ = 0, effects_ = 0, stores_ = 0;
};

}  // namespace

int main() {
    Test test;
    Line line;
    std::ios::sync_with_stdio(false);
    while (next_line(std::cin, Arch::x86_64, line)) test.run(line);
    return test.finish();
}
