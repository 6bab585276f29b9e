// What one frame's code and words say of its registers, and the way through all frames.
#include <algorithm>

#include "arguments/stack_values_state.h"

namespace nfstriage::arguments {
namespace {

// Origins that are no words of memory: addresses below any that the kernel maps.
constexpr std::uint64_t kRegister = 1 << 24, kFrame = 1 << 25, kConstant = 1 << 26,
                        kSystemCall = 1 << 27;

constexpr std::uint64_t kLargestFrame = 64 * 1024;  // bytes

}  // namespace

StackValues::State::State(const StackReaders& given, std::vector<StackFrame> frames)
    : readers(given) {
    arch = readers.code.arch();
    for (StackFrame& frame : frames) {
        PerFrame per;
        per.frame = std::move(frame);
        all.push_back(std::move(per));
    }
}

void StackValues::State::run() {
    for (std::size_t i = 0; i < all.size(); ++i) set_up(i);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) link_saved(i);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
        Tri arrived = arrives(i);
        if (arrived == Tri::yes) link_arguments(i, frame_trust(i));
        if (arrived == Tri::no) link_through_tail_call(i);
    }
    equations.spread();
    for (PerFrame& per : all) read_moved_slots(per);
    equations.spread();
    for (std::size_t i = 0; i + 1 < all.size(); ++i) link_indirect(i);
    equations.spread();
}

void StackValues::State::set_up(std::size_t index) {
    PerFrame& per = all[index];
    per.registers = equations.add(isa::kRegisters);
    per.entry = equations.add(isa::kRegisters);
    per.trust = per.frame.trust;
    read_flow(per);
    know_registers(index);
    know_system_call(index);
    if (!per.flow) return;
    if (!per.flow->all_paths_seen) per.trust = std::max(per.trust, Trust::scan);
    find_frame_address(index);
    if (disagrees(index)) {
        per.flow.reset();
        per.why_no_flow = {Reason::corrupt,
                           "code and unwinder differ about the frame of " + per.frame.function};
        per.frame_address.reset();
        return;
    }
    per.symbols = equations.add(static_cast<std::uint32_t>(per.flow->symbols.size()));
    relate_symbols(index);
    read_slots(per);
}

void StackValues::State::read_flow(PerFrame& per) {
    auto code = readers.code.function_at(per.frame.instruction());
    if (!code) {
        per.why_no_flow = code.error();
        return;
    }
    per.code = *code;
    VAddr instruction = per.frame.pc;
    if (!per.frame.precise) {
        per.call = per.code->before(per.frame.pc);
        if (per.call == nullptr) {
            per.why_no_flow = {Reason::corrupt, "no instruction ends at " + hex(per.frame.pc)};
            return;
        }
        instruction = VAddr{per.call->address};
    }
    if (auto flow = flow_before(*per.code, instruction))
        per.flow = std::move(*flow);
    else
        per.why_no_flow = flow.error();
}

Maybe<FlowCache::Flow> StackValues::State::flow_before(const FunctionCode& code,
                                                       VAddr instruction) const {
    if (readers.flows != nullptr) return readers.flows->before(code, instruction);
    return FlowCache(arch, readers.code.symbols()).before(code, instruction);
}

std::string StackValues::State::place_of(const PerFrame& per) const {
    if (per.frame.function.empty()) return hex(per.frame.pc);
    auto symbol = readers.code.symbols().find(per.frame.pc);
    if (!symbol) return per.frame.function;
    return symbol->symbol.name + "+" + hex(symbol->offset);
}

void StackValues::State::know_registers(std::size_t index) {
    PerFrame& per = all[index];
    bool follows = index > 0 && per.frame.calls_inner && all[index - 1].flow;
    for (const auto& [name, value] : per.frame.registers.values) {
        auto number = isa::register_number(arch, name);
        if (!number) continue;
        bool stack = *number == isa::stack_pointer(arch);
        // What the unwinder restored, the equations restore better; its words would count
        // twice.
        if (!per.frame.whole && follows && !stack) continue;
        if (!per.frame.whole && !stack && !is_frame_pointer(*number)) continue;
        std::uint64_t key = kRegister | index << 8 | *number;
        know(per.registers + *number, value, per.frame.trust, name + " at " + place_of(per), key);
    }
}

bool StackValues::State::is_system_call(const PerFrame& per) const {
    if (!readers.user_registers) return false;
    std::string_view name = per.frame.function;
    return name.starts_with("__x64_sys_") || name.starts_with("__arm64_sys_");
}

void StackValues::State::know_system_call(std::size_t index) {
    PerFrame& per = all[index];
    if (!is_system_call(per)) return;
    know(per.entry + isa::argument_registers(arch).front(), readers.user_registers->begin.value,
         per.frame.trust, "struct pt_regs of the system call", kSystemCall);
}

bool StackValues::State::is_frame_pointer(isa::Register number) const {
    return number == (arch == Arch::x86_64 ? 5 : 29);
}

void StackValues::State::know(Node node, std::uint64_t value, Trust trust, std::string how,
                              std::uint64_t key, std::uint8_t bits) {
    auto [it, fresh] = by_key.emplace(key, static_cast<Equations::Origin>(origins.size()));
    if (fresh) origins.push_back({std::move(how), key});
    equations.set(node, {value, bits, trust, it->second});
}

void StackValues::State::find_frame_address(std::size_t index) {
    PerFrame& per = all[index];
    const State& self = *this;
    const arguments::State& state = per.flow->state;
    for (isa::Register r :
         {isa::stack_pointer(arch), static_cast<isa::Register>(arch == Arch::x86_64 ? 5 : 29)}) {
        const Value& value = state.registers[r];
        if (value.bits != 64 || symbol(per, value).kind != Symbol::Kind::frame) continue;
        auto known = per.frame.registers.get(isa::register_name(self.arch, r));
        if (!known) continue;
        per.frame_address = *known - as_unsigned(value.offset);
        return;
    }
    // A frame that aligned its stack pointer: where the caller's begins.
    if (arch == Arch::x86_64) per.frame_address = stack_pointer_of_caller(index);
}

std::optional<std::uint64_t> StackValues::State::stack_pointer_of_caller(std::size_t index) const {
    if (index + 1 >= all.size()) return std::nullopt;
    const StackFrame& caller = all[index + 1].frame;
    if (!caller.calls_inner || caller.trust >= Trust::scan) return std::nullopt;
    return caller.registers.get("rsp");
}

const Symbol& StackValues::State::symbol(const PerFrame& per, const Value& value) {
    return per.flow->symbols[value.symbol];
}

bool StackValues::State::disagrees(std::size_t index) const {
    const PerFrame& per = all[index];
    if (!per.frame_address || arch != Arch::x86_64) return false;
    auto sp = stack_pointer_of_caller(index);
    return sp && *sp != *per.frame_address;
}

void StackValues::State::relate_symbols(std::size_t index) {
    PerFrame& per = all[index];
    const FlowResult& flow = *per.flow;
    for (SymbolId id = 0; id < flow.symbols.size(); ++id) {
        const Symbol& symbol = flow.symbols[id];
        Node node = per.symbols + id;
        if (symbol.kind == Symbol::Kind::entry)
            equations.equal(per.entry + symbol.reg, node, 0, per.trust);
        if (symbol.kind == Symbol::Kind::stacked) per.stacked[symbol.from.offset] = node;
        if (symbol.kind == Symbol::Kind::frame && per.frame_address)
            know(node, *per.frame_address, per.trust,
                 "an address in the frame of " + per.frame.function, kFrame | index);
    }
    for (unsigned r = 0; r < isa::kRegisters; ++r)
        relate(index, flow.state.registers[r], per.registers + r, per.trust);
}

void StackValues::State::relate(std::size_t index, const Value& value, Node node, Trust trust) {
    const PerFrame& per = all[index];
    auto offset = as_unsigned(value.offset);
    // Constants are no unknowns: a word that holds one says nothing of another.
    if (symbol(per, value).kind == Symbol::Kind::zero)
        know(node, value.bits == 32 ? offset & 0xffffffff : offset, trust,
             "a constant of " + per.frame.function, kConstant | index);
    else if (value.bits == 64)
        equations.equal(per.symbols + value.symbol, node, offset, trust);
    else if (value.bits == 32)
        equations.low_half(per.symbols + value.symbol, node, offset, trust);
}

void StackValues::State::read_slots(PerFrame& per) {
    if (!per.frame_address) return;
    const arguments::State& state = per.flow->state;
    const Value& sp = state.registers[isa::stack_pointer(arch)];
    std::int64_t lowest = -static_cast<std::int64_t>(kLargestFrame);
    if (sp.bits == 64 && symbol(per, sp).kind == Symbol::Kind::frame)
        lowest = std::max(lowest, sp.offset);
    auto size = static_cast<std::uint64_t>(-lowest);
    std::uint64_t begin = *per.frame_address - size;
    auto bytes = lowest < 0 ? readers.code.memory().bytes(VAddr{begin}, size)
                            : Maybe<std::vector<std::uint8_t>>(std::vector<std::uint8_t>{});
    for (const auto& [offset, slot] : state.slots) {
        if (slot.exposed || offset < lowest) continue;
        std::uint64_t address = *per.frame_address + as_unsigned(offset);
        Maybe<std::uint64_t> word = unknown(Reason::not_dumped);
        if (bytes && offset <= -8) {
            std::uint64_t read = 0;
            std::copy_n(bytes->begin() + (offset - lowest), 8,
                        reinterpret_cast<std::uint8_t*>(&read));
            word = read;
        } else {
            word = readers.code.memory().u64(VAddr{address});
        }
        if (word) know_slot(per, slot.value, *word, address);
    }
    for (auto& [offset, node] : per.stacked) {
        if (offset < 0 || state.slots.contains(offset)) continue;
        std::uint64_t address = *per.frame_address + as_unsigned(offset);
        if (auto word = readers.code.memory().u64(VAddr{address}))
            know(node, *word, per.trust, word_text(per, address), address);
    }
}

void StackValues::State::read_moved_slots(const PerFrame& per) {
    if (!per.flow || !per.flow->state.moved) return;
    auto base = best(per.symbols + *per.flow->state.moved);
    if (!base) return;
    for (const auto& [offset, slot] : per.flow->state.moved_slots) {
        if (slot.exposed) continue;
        std::uint64_t address = base->value + as_unsigned(offset);
        auto sp = per.frame.registers.sp(arch);
        if (sp && address < *sp) continue;
        if (auto word = readers.code.memory().u64(VAddr{address}))
            know_slot(per, slot.value, *word, address);
    }
}

std::string StackValues::State::word_text(const PerFrame& per, std::uint64_t address) {
    return "stack word " + hex(address) + " of " + per.frame.function;
}

void StackValues::State::know_slot(const PerFrame& per, const Value& value, std::uint64_t word,
                                   std::uint64_t address) {
    if (symbol(per, value).kind == Symbol::Kind::zero) return;
    std::uint64_t content = word - as_unsigned(value.offset);
    if (value.bits != 64 && value.bits != 32) return;
    know(per.symbols + value.symbol, value.bits == 64 ? content : content & 0xffffffff, per.trust,
         word_text(per, address), address, value.bits);
}

}  // namespace nfstriage::arguments
