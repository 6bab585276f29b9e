// What a call says of the registers of caller and callee.
#include <algorithm>

#include "arguments/flow_graph.h"
#include "arguments/location_argument.h"
#include "arguments/stack_values_state.h"

namespace nfstriage::arguments {
namespace {

constexpr std::size_t kMostTailCalls = 4;  // of one function to the same other

// The argument register of the function's entry that `r` still has, and what was added to it.
std::optional<std::pair<isa::Register, std::int64_t>> entry_register(const FlowResult& flow,
                                                                     isa::Register r) {
    const Value& value = flow.state.registers[r];
    const Symbol& symbol = flow.symbols[value.symbol];
    if (value.bits != 64 || symbol.kind != Symbol::Kind::entry) return std::nullopt;
    return std::pair(symbol.reg, value.offset);
}

}  // namespace

Trust StackValues::State::frame_trust(std::size_t callee) const {
    return std::max(all[callee].frame.trust, all[callee + 1].frame.trust);
}

void StackValues::State::link_saved(std::size_t callee) {
    PerFrame& inner = all[callee];
    PerFrame& outer = all[callee + 1];
    if (!outer.frame.calls_inner) return;
    Trust trust = frame_trust(callee);
    if (!inner.flow) return restore_by_cfi(callee);
    isa::RegisterSet saved = isa::callee_saved(arch);
    for (unsigned r = 0; r < isa::kRegisters; ++r)
        if (saved & isa::bit(static_cast<isa::Register>(r)))
            equations.equal(inner.entry + r, outer.registers + r, 0, trust);
}

void StackValues::State::restore_by_cfi(std::size_t callee) {
    PerFrame& inner = all[callee];
    PerFrame& outer = all[callee + 1];
    if (readers.profile == nullptr) return;
    auto row = readers.profile->cfi(inner.frame.instruction());
    if (!row || !row->cfa) return;
    auto base_name = dwarf_register(arch, row->cfa->reg);
    if (!base_name) return;
    auto base = inner.frame.registers.get(*base_name);
    if (!base) return;
    std::uint64_t cfa = *base + as_unsigned(row->cfa->offset);
    inner.frame_address = cfa;
    isa::RegisterSet saved = isa::callee_saved(arch);
    for (unsigned dwarf = 0; dwarf < isa::kRegisters; ++dwarf) {
        auto name = dwarf_register(arch, dwarf);
        auto number = name ? isa::register_number(arch, *name) : std::nullopt;
        if (!number || !(saved & isa::bit(*number))) continue;
        const layout::CfiRow::Register* rule = row->find(static_cast<std::uint16_t>(dwarf));
        if (rule == nullptr) {
            equations.equal(inner.registers + *number, outer.registers + *number, 0,
                            frame_trust(callee));
        } else if (rule->rule == layout::CfiRow::Rule::saved) {
            std::uint64_t address = cfa + as_unsigned(rule->offset);
            if (auto word = readers.code.memory().u64(VAddr{address}))
                know(outer.registers + *number, *word, frame_trust(callee),
                     word_text(inner, address), address);
        }
    }
}

Tri StackValues::State::arrives(std::size_t callee) {
    const PerFrame& outer = all[callee + 1];
    auto entry = entry_of(all[callee]);
    if (!outer.frame.calls_inner || outer.call == nullptr || !entry) return Tri::no;
    if (outer.call->flow != isa::Flow::call) return Tri::no;
    if (!outer.call->target) return Tri::unknown;
    VAddr target{*outer.call->target};
    if (target == *entry) return Tri::yes;
    if (auto symbol = readers.code.symbols().find(target);
        symbol && thunk_register(symbol->symbol.name))
        return Tri::unknown;
    return tri(readers.code.follow_jumps(target) == *entry);
}

std::optional<VAddr> StackValues::State::entry_of(const PerFrame& per) const {
    if (per.code) return per.code->entry;
    auto symbol = readers.code.symbols().find(per.frame.instruction());
    if (!symbol) return std::nullopt;
    return symbol->symbol.address;
}

void StackValues::State::link_arguments(std::size_t callee, Trust trust) {
    PerFrame& inner = all[callee];
    PerFrame& outer = all[callee + 1];
    for (isa::Register r : isa::argument_registers(arch))
        equations.equal(outer.registers + r, inner.entry + r, 0, trust);
    if (!outer.flow || !inner.flow) return;
    const Value& sp = outer.flow->state.registers[isa::stack_pointer(arch)];
    if (sp.bits != 64 || symbol(outer, sp).kind != Symbol::Kind::frame) return;
    for (auto& [offset, node] : inner.stacked) {  // arguments on the stack
        if (offset < 0) continue;
        auto slot = outer.flow->state.slots.find(sp.offset + offset);
        if (slot != outer.flow->state.slots.end())
            relate(callee + 1, slot->second.value, node, std::max(trust, outer.trust));
    }
}

void StackValues::State::link_through_tail_call(std::size_t callee) {
    const PerFrame& outer = all[callee + 1];
    auto entry = entry_of(all[callee]);
    if (!outer.frame.calls_inner || outer.call == nullptr || !outer.call->target || !entry) return;
    if (is_system_call(all[callee])) return;  // hundreds of them hang off one function
    VAddr target = readers.code.follow_jumps(VAddr{*outer.call->target});
    auto between = readers.code.function_at(target);
    if (!between || (*between)->entry != target) return;
    TailCalls calls = tail_calls(**between, *entry);
    if (calls.sites.empty() || calls.sites.size() > kMostTailCalls) return;
    std::vector<FlowCache::Flow> states;
    for (VAddr site : calls.sites) {
        auto state = flow_before(**between, site);
        if (!state || !(*state)->all_paths_seen) return;
        states.push_back(std::move(*state));
    }
    // Another way out of that function may lead here too, with other arguments.
    Trust trust = calls.others ? std::max(frame_trust(callee), Trust::scan) : frame_trust(callee);
    for (isa::Register to : isa::argument_registers(arch)) {
        auto from = entry_register(*states.front(), to);
        bool all_same = from && std::all_of(states.begin(), states.end(), [&](const auto& state) {
                            return entry_register(*state, to) == from;
                        });
        if (all_same)
            equations.equal(outer.registers + from->first, all[callee].entry + to,
                            as_unsigned(from->second), trust);
    }
}

StackValues::State::TailCalls StackValues::State::tail_calls(const FunctionCode& code,
                                                             VAddr entry) {
    TailCalls calls;
    for (const isa::Instruction& instruction : code.instructions) {
        bool leaves = instruction.flow == isa::Flow::jump || instruction.flow == isa::Flow::branch;
        if (!leaves || (instruction.target && code.contains(VAddr{*instruction.target}))) continue;
        if (instruction.target && readers.code.follow_jumps(VAddr{*instruction.target}) == entry)
            calls.sites.push_back(VAddr{instruction.address});
        else
            calls.others = calls.others || !is_return(instruction);
    }
    return calls;
}

// x86_64 kernels with return thunks jump to them instead of returning.
bool StackValues::State::is_return(const isa::Instruction& instruction) const {
    if (!instruction.target) return false;
    auto symbol = readers.code.symbols().find(VAddr{*instruction.target});
    return symbol && symbol->symbol.name.ends_with("_return_thunk");
}

void StackValues::State::link_indirect(std::size_t callee) {
    if (arrives(callee) != Tri::unknown) return;
    auto target = indirect_target(all[callee + 1]);
    auto entry = entry_of(all[callee]);
    if (target && readers.code.follow_jumps(VAddr{*target}) != *entry) return;
    link_arguments(callee,
                   target ? frame_trust(callee) : std::max(frame_trust(callee), Trust::scan));
}

std::optional<std::uint64_t> StackValues::State::indirect_target(const PerFrame& outer) {
    const isa::Instruction& call = *outer.call;
    std::optional<isa::Register> via = call.via;
    if (call.target)
        if (auto symbol = readers.code.symbols().find(VAddr{*call.target}))
            via = thunk_register(symbol->symbol.name);
    if (via) {
        if (auto known = best(outer.registers + *via)) return known->value;
        if (!outer.flow) return std::nullopt;
        const Value& value = outer.flow->state.registers[*via];
        if (value.bits != 64) return std::nullopt;
        auto again = load_again(outer, value.symbol, 0);
        if (!again) return std::nullopt;
        return again->value + as_unsigned(value.offset);
    }
    if (!call.via_memory || *call.via_memory >= call.memory.size()) return std::nullopt;
    const isa::MemoryOperand& memory = call.memory[*call.via_memory];
    if (!memory.base || memory.index || memory.segment != isa::MemoryOperand::Segment::none)
        return std::nullopt;
    auto base = best(outer.registers + *memory.base);
    if (!base) return std::nullopt;
    auto word = readers.code.memory().u64(VAddr{base->value + as_unsigned(memory.displacement)});
    if (!word) return std::nullopt;
    return *word;
}

}  // namespace nfstriage::arguments
