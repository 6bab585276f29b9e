// Runs a function of isa::Instructions with made-up values along one random path, and compares what
// it meets with what data flow claims: every place must hold the value of its symbol plus the
// constant. What an instruction computes in a way that its effects do not tell is random, so are
// branches, memory that is not on the stack, and what calls leave behind.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "arguments/flow.h"
#include "arguments/flow_graph.h"

namespace nfstriage::arguments {

class FlowWalk {
public:
    FlowWalk(const FlowGraph& graph, std::uint64_t seed) : graph_(graph), random_(seed) {
        arm_ = graph.arch() == Arch::aarch64;
        sp_ = isa::stack_pointer(graph.arch());
        for (std::uint64_t& r : registers_) r = value();
        registers_[sp_] = kFrame - (arm_ ? 0 : 8);
        entry_ = registers_;
        at_ = graph.code().at(graph.code().entry);
        enter_block();
    }

    // Walks on until `target` is in front, or false at the path's end.
    bool reach(const isa::Instruction* target, unsigned steps) {
        bool first = true;
        while (at_ != nullptr && steps-- > 0) {
            if (at_ == target && !(first && moved_)) return true;
            first = false;
            moved_ = true;
            step();
        }
        return false;
    }
    void pass() { moved_ = true; }

    // The first claim that does not hold; empty if all do.
    std::string contradiction(const FlowResult& result) {
        for (unsigned r = 0; r < (arm_ ? 32u : 16u); ++r) {
            auto expected = value_of(result, result.state.registers[r]);
            if (expected && *expected != registers_[r])
                return "register " + std::to_string(r) + ": " + hex(registers_[r]) + ", not " +
                       hex(*expected) + " (" + kind(result, result.state.registers[r]) + ")";
        }
        for (const auto& [offset, slot] : result.state.slots) {
            auto expected = value_of(result, slot.value);
            std::uint64_t held = word(kFrame + static_cast<std::uint64_t>(offset));
            if (expected && *expected != held)
                return "slot " + std::to_string(offset) + ": " + hex(held) + ", not " +
                       hex(*expected) + " (" + kind(result, slot.value) + ")";
        }
        if (!result.state.moved) return {};
        auto base = value_of(result, Value{*result.state.moved, 0, 64});
        for (const auto& [offset, slot] : result.state.moved_slots) {
            auto expected = value_of(result, slot.value);
            std::uint64_t held = base ? word(*base + static_cast<std::uint64_t>(offset)) : 0;
            if (expected && base && *expected != held)
                return "moved slot " + std::to_string(offset) + ": " + hex(held) + ", not " +
                       hex(*expected) + " (" + kind(result, slot.value) + ")";
        }
        return {};
    }

private:
    static constexpr std::uint64_t kFrame = 0xffffc90000100000, kStack = 1 << 17;

    static std::uint64_t low(std::uint64_t v, unsigned bits) {
        return bits >= 64 ? v : v & ((std::uint64_t{1} << bits) - 1);
    }
    static std::uint64_t extend(std::uint64_t v, unsigned bits, bool is_signed) {
        v = low(v, bits);
        if (is_signed && bits < 64 && (v >> (bits - 1)) != 0) v |= ~low(~0ull, bits);
        return v;
    }
    static bool on_stack(std::uint64_t a) { return a > kFrame - kStack && a < kFrame + kStack; }

    std::uint64_t value() { return (random_() & 0x0000fffffffffff8ull) | 0x5a5a000000000000ull; }
    bool coin() { return (random_() & 1) != 0; }

    std::uint64_t word(std::uint64_t address) {
        auto [it, made] = memory_.try_emplace(address & ~7ull, 0);
        if (made) it->second = first_words_[address & ~7ull] = value();
        return it->second;
    }
    std::uint8_t byte(std::uint64_t address) {
        return static_cast<std::uint8_t>(word(address) >> (8 * (address & 7)));
    }
    void set_byte(std::uint64_t address, std::uint8_t b) {
        word(address);
        std::uint64_t& w = memory_[address & ~7ull];
        w = (w & ~(0xffull << (8 * (address & 7)))) | std::uint64_t{b} << (8 * (address & 7));
    }

    std::uint64_t address(const isa::MemoryOperand& m) {
        if (m.segment != isa::MemoryOperand::Segment::none) return value();
        auto a = static_cast<std::uint64_t>(m.displacement);
        if (m.base) a += registers_[*m.base];
        if (m.index) {
            std::uint64_t index = registers_[*m.index];
            if (m.index_is_32) index = low(index, 32);
            a += index * m.scale;
        }
        return a;
    }

    void step() {
        const isa::Instruction& i = *at_;
        auto index = static_cast<std::uint32_t>(at_ - graph_.code().instructions.data());
        const isa::Instruction* behind = graph_.code().at(VAddr{i.end()});
        if (i.flow == isa::Flow::call) {
            if (!call(i, index)) behind = nullptr;
        } else {
            compute(i);
        }
        switch (i.flow) {
            case isa::Flow::jump:
                behind = destination(i);
                break;
            case isa::Flow::branch:
                if (coin()) behind = destination(i);
                break;
            case isa::Flow::ret:
            case isa::Flow::stop:
                behind = nullptr;
                break;
            default:
                break;
        }
        at_ = behind;
        if (at_ != nullptr) enter_block();
    }

    const isa::Instruction* destination(const isa::Instruction& i) {
        if (i.target) return graph_.code().at(VAddr{*i.target});
        for (const JumpTable& table : graph_.code().jump_tables)
            if (table.jump.value == i.address)
                return graph_.code().at(table.targets[random_() % table.targets.size()]);
        return nullptr;
    }

    void compute(const isa::Instruction& i) {
        bool happens = !i.conditional || coin();
        std::array<std::uint64_t, 8> results{}, places{};
        for (std::size_t m = 0; m < i.memory.size(); ++m) places[m] = address(i.memory[m]);
        for (std::size_t e = 0; e < i.effects.size(); ++e) results[e] = result(i, e, places);
        if (happens)
            for (const isa::Store& s : i.stores) store(i, s, places[s.memory]);
        for (unsigned r = 0; r < isa::kRegisters; ++r) {
            if (!(i.writes & isa::bit(static_cast<isa::Register>(r)))) continue;
            bool told = false;
            for (std::size_t e = 0; e < i.effects.size(); ++e)
                if (i.effects[e].to == r) {
                    if (happens) registers_[r] = results[e];
                    told = true;
                }
            if (!told && r == sp_)
                registers_[r] = (registers_[r] - 8 * (random_() % 16)) & ~63ull;
            else if (!told)
                registers_[r] = value();
            computed_[{i.address, r}] = registers_[r];
        }
    }

    std::uint64_t result(const isa::Instruction& i, std::size_t e,
                         const std::array<std::uint64_t, 8>& places) {
        const isa::Effect& effect = i.effects[e];
        switch (effect.kind) {
            case isa::Effect::Kind::copy:
                return extend(registers_[effect.from], effect.bits, effect.is_signed);
            case isa::Effect::Kind::constant:
                return extend(effect.value, effect.bits, effect.is_signed);
            case isa::Effect::Kind::sum:
                return extend(registers_[effect.from] + effect.value, effect.bits,
                              effect.is_signed);
            case isa::Effect::Kind::load:
                break;
        }
        std::uint64_t loaded = value(), at = places[effect.memory];
        if (on_stack(at)) {
            loaded = 0;
            for (unsigned b = 0; b < 8; ++b) loaded |= std::uint64_t{byte(at + b)} << (8 * b);
        }
        return extend(loaded, effect.bits, effect.is_signed);
    }

    void store(const isa::Instruction& i, const isa::Store& s, std::uint64_t at) {
        const isa::MemoryOperand& m = i.memory[s.memory];
        if (!on_stack(at)) return;
        std::uint64_t v = !s.known ? value() : s.from ? registers_[*s.from] : s.value;
        std::uint32_t size = m.size == 0 ? 24 : m.size;
        for (std::uint32_t b = 0; b < size; ++b)
            set_byte(at + b, static_cast<std::uint8_t>(b < 8 ? v >> (8 * b) : random_()));
    }

    bool call(const isa::Instruction& i, std::uint32_t index) {
        CallEffect effect = graph_.call_effect(index);
        if (effect == CallEffect::endless) return false;
        if (effect == CallEffect::none) return true;
        isa::RegisterSet kept = isa::callee_saved(graph_.arch()) | isa::bit(sp_);
        if (effect == CallEffect::traced) kept |= isa::bit(9) - 1;
        // The callee writes what its arguments point to.
        for (isa::Register r : isa::argument_registers(graph_.arch()))
            if (effect == CallEffect::ordinary && on_stack(registers_[r]))
                for (std::uint64_t w = 0; w < 4; ++w) {
                    std::uint64_t at = registers_[r] + 8 * w;
                    if (at < kFrame - 8 && !is_saved(word(at))) memory_[at & ~7ull] = value();
                }
        for (unsigned r = 0; r < (arm_ ? 32u : 16u); ++r)
            if (!(kept & isa::bit(static_cast<isa::Register>(r))))
                computed_[{i.address, r}] = registers_[r] = value();
        return true;
    }

    bool is_saved(std::uint64_t v) const {
        for (unsigned r = 0; r < isa::kRegisters; ++r)
            if ((isa::callee_saved(graph_.arch()) | isa::bit(30)) >> r & 1 && entry_[r] == v)
                return true;
        return false;
    }

    // What a merged symbol stands for is what its place held when its block was entered last.
    void enter_block() {
        auto index = static_cast<std::uint32_t>(at_ - graph_.code().instructions.data());
        if (graph_.blocks()[graph_.block_of(index)].first != index) return;
        heads_[at_->address] = {registers_, memory_};
    }

    std::optional<std::uint64_t> value_of(const FlowResult& result, Value v) {
        const Symbol& s = result.symbols[v.symbol];
        std::optional<std::uint64_t> base;
        switch (s.kind) {
            case Symbol::Kind::zero:
                base = 0;
                break;
            case Symbol::Kind::frame:
                base = kFrame;
                break;
            case Symbol::Kind::entry:
                base = entry_[s.reg];
                break;
            case Symbol::Kind::stacked:
                word(kFrame + static_cast<std::uint64_t>(s.from.offset));
                base = first_words_[kFrame + static_cast<std::uint64_t>(s.from.offset)];
                break;
            case Symbol::Kind::loaded:
            case Symbol::Kind::result:
            case Symbol::Kind::other:
                base = computed_[{s.instruction.value, s.reg}];
                break;
            case Symbol::Kind::merged: {
                auto& [registers, memory] = heads_[s.instruction.value];
                if (result.symbols[s.from.symbol].kind == Symbol::Kind::zero) {
                    base = registers[s.reg];
                    break;
                }
                auto at = value_of(result, s.from);
                if (!at || !memory.contains(*at)) return std::nullopt;
                base = memory[*at];
                break;
            }
        }
        return low(*base + static_cast<std::uint64_t>(v.offset), v.bits);
    }

    static std::string kind(const FlowResult& result, Value v) {
        const Symbol& s = result.symbols[v.symbol];
        return "kind " + std::to_string(static_cast<int>(s.kind)) + " of register " +
               std::to_string(s.reg) + " at " + hex(s.instruction) + " plus " +
               std::to_string(v.offset);
    }

    const FlowGraph& graph_;
    std::mt19937_64 random_;
    bool arm_ = false, moved_ = false;
    isa::Register sp_ = 0;
    const isa::Instruction* at_ = nullptr;
    std::array<std::uint64_t, isa::kRegisters> registers_{}, entry_{};
    std::map<std::uint64_t, std::uint64_t> memory_, first_words_;  // words of the stack
    std::map<std::pair<std::uint64_t, unsigned>, std::uint64_t> computed_;
    std::map<std::uint64_t, std::pair<std::array<std::uint64_t, isa::kRegisters>,
                                      std::map<std::uint64_t, std::uint64_t>>>
        heads_;
};

}  // namespace nfstriage::arguments
