// The equations of one stack, set up frame by frame.
#include "arguments/stack_values.h"

#include <algorithm>
#include <map>
#include <set>

#include "arguments/equations.h"
#include "arguments/location_argument.h"
#include "base/tri.h"

namespace nfstriage::arguments {
namespace {

using Node = Equations::Node;

constexpr std::size_t kMostEquals = 64;  // nodes that are looked at for one to read again
constexpr unsigned kMostLoads = 6;       // memory reads behind one another

// Origins that are no words of memory: addresses below any that the kernel maps.
constexpr std::uint64_t kRegister = 1 << 24, kFrame = 1 << 25, kConstant = 1 << 26;
constexpr std::uint64_t kLargestFrame = 64 * 1024;  // bytes

std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

struct StackValues::State {
    struct Origin {
        std::string how;
        std::uint64_t key = 0;  // address of the word; the same word read twice has the same
    };
    struct PerFrame {
        StackFrame frame;
        std::shared_ptr<const FunctionCode> code;
        const isa::Instruction* call = nullptr;  // that the frame is in, unless it is precise
        Maybe<FlowResult> flow = unknown(Reason::no_decoder);
        std::optional<std::uint64_t> frame_address;
        Node registers = 0;          // kRegisters nodes: at the instruction
        Node entry = 0;              // kRegisters nodes: when the function was entered
        Node symbols = 0;            // one for each symbol of the flow
        Trust trust = Trust::guess;  // of equations within the frame
        std::map<std::int64_t, Node> stacked;
    };

    State(const StackReaders& given, std::vector<StackFrame> frames) : readers(given) {
        arch = readers.code.arch();
        for (StackFrame& frame : frames) {
            PerFrame per;
            per.frame = std::move(frame);
            all.push_back(std::move(per));
        }
    }

    void run() {
        for (std::size_t i = 0; i < all.size(); ++i) set_up(i);
        for (std::size_t i = 0; i + 1 < all.size(); ++i) link_saved(i);
        for (std::size_t i = 0; i + 1 < all.size(); ++i)
            if (arrives(i) == Tri::yes) link_arguments(i, frame_trust(i));
        equations.spread();
        for (std::size_t i = 0; i + 1 < all.size(); ++i) link_indirect(i);
        equations.spread();
    }

    // --- one frame -------------------------------------------------------------------------------

    void set_up(std::size_t index) {
        PerFrame& per = all[index];
        per.registers = equations.add(isa::kRegisters);
        per.entry = equations.add(isa::kRegisters);
        per.trust = per.frame.trust;
        read_flow(per);
        know_registers(index);
        if (!per.flow) return;
        if (!per.flow->all_paths_seen) per.trust = std::max(per.trust, Trust::scan);
        find_frame_address(per);
        if (disagrees(index)) {
            per.flow = unknown(Reason::corrupt,
                               "code and unwinder differ about the frame of " + per.frame.function);
            per.frame_address.reset();
            return;
        }
        per.symbols = equations.add(static_cast<std::uint32_t>(per.flow->symbols.size()));
        relate_symbols(index);
        read_slots(per);
    }

    void read_flow(PerFrame& per) {
        VAddr inside = per.frame.precise ? per.frame.pc : per.frame.pc - 1;
        auto code = readers.code.function_at(inside);
        if (!code) {
            per.flow = tl::unexpected<Unknown>(code.error());
            return;
        }
        per.code = *code;
        VAddr instruction = per.frame.pc;
        if (!per.frame.precise) {
            per.call = per.code->before(per.frame.pc);
            if (per.call == nullptr) {
                per.flow = unknown(Reason::corrupt, "no instruction ends at " + hex(per.frame.pc));
                return;
            }
            instruction = VAddr{per.call->address};
        }
        per.flow = state_before(*per.code, arch, instruction, readers.code.symbols());
    }

    // "nfs_unlock_request+0x37"
    std::string place_of(const PerFrame& per) const {
        if (per.frame.function.empty()) return hex(per.frame.pc);
        auto symbol = readers.code.symbols().find(per.frame.pc);
        if (!symbol) return per.frame.function;
        return symbol->symbol.name + "+" + hex(symbol->offset);
    }

    void know_registers(std::size_t index) {
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
            know(per.registers + *number, value, per.frame.trust, name + " at " + place_of(per),
                 key);
        }
    }

    bool is_frame_pointer(isa::Register number) const {
        return number == (arch == Arch::x86_64 ? 5 : 29);
    }

    void know(Node node, std::uint64_t value, Trust trust, std::string how, std::uint64_t key,
              std::uint8_t bits = 64) {
        auto [it, fresh] = by_key.emplace(key, static_cast<Equations::Origin>(origins.size()));
        if (fresh) origins.push_back({std::move(how), key});
        equations.set(node, {value, bits, trust, it->second});
    }

    void find_frame_address(PerFrame& per) {
        const State& self = *this;
        const arguments::State& state = per.flow->state;
        for (isa::Register r : {isa::stack_pointer(arch),
                                static_cast<isa::Register>(arch == Arch::x86_64 ? 5 : 29)}) {
            const Value& value = state.registers[r];
            if (value.bits != 64 || symbol(per, value).kind != Symbol::Kind::frame) continue;
            auto known = per.frame.registers.get(isa::register_name(self.arch, r));
            if (!known) continue;
            per.frame_address = *known - as_unsigned(value.offset);
            return;
        }
    }

    static const Symbol& symbol(const PerFrame& per, const Value& value) {
        return per.flow->symbols[value.symbol];
    }

    // Whether the unwinder says that the caller's stack begins elsewhere.
    bool disagrees(std::size_t index) const {
        const PerFrame& per = all[index];
        if (!per.frame_address || index + 1 >= all.size()) return false;
        const StackFrame& caller = all[index + 1].frame;
        if (!caller.calls_inner || caller.trust >= Trust::scan) return false;
        if (arch == Arch::x86_64) {
            auto sp = caller.registers.get("rsp");
            return sp && *sp != *per.frame_address;
        }
        return false;
    }

    void relate_symbols(std::size_t index) {
        PerFrame& per = all[index];
        const FlowResult& flow = *per.flow;
        for (SymbolId id = 0; id < flow.symbols.size(); ++id) {
            const Symbol& symbol = flow.symbols[id];
            Node node = per.symbols + id;
            if (symbol.kind == Symbol::Kind::zero)
                know(node, 0, per.trust, "a constant of " + per.frame.function, kConstant | index);
            if (symbol.kind == Symbol::Kind::entry)
                equations.equal(per.entry + symbol.reg, node, 0, per.trust);
            if (symbol.kind == Symbol::Kind::stacked) per.stacked[symbol.from.offset] = node;
            if (symbol.kind == Symbol::Kind::frame && per.frame_address)
                know(node, *per.frame_address, per.trust,
                     "an address in the frame of " + per.frame.function, kFrame | index);
        }
        for (unsigned r = 0; r < isa::kRegisters; ++r)
            relate(per, flow.state.registers[r], per.registers + r);
    }

    // `node` holds `value`.
    void relate(const PerFrame& per, const Value& value, Node node) {
        auto offset = as_unsigned(value.offset);
        if (value.bits == 64)
            equations.equal(per.symbols + value.symbol, node, offset, per.trust);
        else if (value.bits == 32)
            equations.low_half(per.symbols + value.symbol, node, offset, per.trust);
    }

    // The words of the frame that no callee can have changed.
    void read_slots(PerFrame& per) {
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

    static std::string word_text(const PerFrame& per, std::uint64_t address) {
        return "the word at " + hex(address) + " in the frame of " + per.frame.function;
    }

    void know_slot(const PerFrame& per, const Value& value, std::uint64_t word,
                   std::uint64_t address) {
        if (symbol(per, value).kind == Symbol::Kind::zero) return;
        std::uint64_t content = word - as_unsigned(value.offset);
        if (value.bits != 64 && value.bits != 32) return;
        know(per.symbols + value.symbol, value.bits == 64 ? content : content & 0xffffffff,
             per.trust, word_text(per, address), address, value.bits);
    }

    // --- from frame to frame ---------------------------------------------------------------------

    Trust frame_trust(std::size_t callee) const {
        return std::max(all[callee].frame.trust, all[callee + 1].frame.trust);
    }

    // Callee-saved registers of the caller, through `callee`.
    void link_saved(std::size_t callee) {
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

    void restore_by_cfi(std::size_t callee) {
        PerFrame& inner = all[callee];
        PerFrame& outer = all[callee + 1];
        if (readers.profile == nullptr) return;
        VAddr inside = inner.frame.precise ? inner.frame.pc : inner.frame.pc - 1;
        auto row = readers.profile->cfi(inside);
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

    // Whether the call in the caller of `callee` arrives at the callee's function: yes, no (another
    // function tail-called it), or unknown (an indirect call).
    Tri arrives(std::size_t callee) {
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

    std::optional<VAddr> entry_of(const PerFrame& per) const {
        if (per.code) return per.code->entry;
        VAddr inside = per.frame.precise ? per.frame.pc : per.frame.pc - 1;
        auto symbol = readers.code.symbols().find(inside);
        if (!symbol) return std::nullopt;
        return symbol->symbol.address;
    }

    void link_arguments(std::size_t callee, Trust trust) {
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
            if (slot != outer.flow->state.slots.end() && slot->second.value.bits == 64)
                equations.equal(outer.symbols + slot->second.value.symbol, node,
                                as_unsigned(slot->second.value.offset), trust);
        }
    }

    // An indirect call is believed when the pointer it went through is known to be the callee.
    void link_indirect(std::size_t callee) {
        if (arrives(callee) != Tri::unknown) return;
        auto target = indirect_target(all[callee + 1]);
        auto entry = entry_of(all[callee]);
        if (target && readers.code.follow_jumps(VAddr{*target}) != *entry) return;
        link_arguments(callee,
                       target ? frame_trust(callee) : std::max(frame_trust(callee), Trust::scan));
    }

    std::optional<std::uint64_t> indirect_target(const PerFrame& outer) {
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
        auto word =
            readers.code.memory().u64(VAddr{base->value + as_unsigned(memory.displacement)});
        if (!word) return std::nullopt;
        return *word;
    }

    // --- answers ---------------------------------------------------------------------------------

    std::optional<Equations::Known> best(Node node) const {
        const auto& known = equations.known(node);
        if (known.empty() || known.front().bits != 64) return std::nullopt;
        return known.front();
    }

    std::vector<Way> ways(Node node, std::uint64_t delta = 0) const {
        std::vector<Way> result;
        for (const Equations::Known& known : equations.known(node)) {
            const Origin& origin = origins[known.origin];
            result.push_back(
                {known.value + delta, known.bits, known.trust, origin.how, origin.key});
        }
        return result;
    }

    // A symbol that was loaded from memory: the memory as it is now.
    std::optional<Way> load_again(const PerFrame& per, SymbolId id, unsigned depth) {
        const Symbol& symbol = per.flow->symbols[id];
        if (symbol.kind != Symbol::Kind::loaded || symbol.from.bits != 64 ||
            symbol.segment != isa::MemoryOperand::Segment::none || depth >= kMostLoads)
            return std::nullopt;
        std::optional<Way> from;
        if (auto known = best(per.symbols + symbol.from.symbol))
            from = Way{known->value, 64, known->trust, {}, 0};
        else
            from = load_again(per, symbol.from.symbol, depth + 1);
        if (!from) return std::nullopt;
        std::uint64_t address = from->value + as_unsigned(symbol.from.offset);
        if (symbol.size != 8) return std::nullopt;
        auto word = readers.code.memory().u64(VAddr{address});
        if (!word) return std::nullopt;
        const auto& user = readers.user_registers;
        bool steady = user && user->begin.value <= address && address < user->end.value;
        Trust trust = steady ? from->trust : Trust::guess;
        std::string how =
            steady ? "struct pt_regs of the system call at " + hex(address)
                   : "read again at " + hex(address) + ", as " + per.frame.function + " did";
        return Way{*word, 64, trust, std::move(how), address};
    }

    const PerFrame* owner(Node node) const {
        for (const PerFrame& per : all)
            if (per.flow && node >= per.symbols && node < per.symbols + per.flow->symbols.size())
                return &per;
        return nullptr;
    }

    const StackReaders readers;
    Arch arch = Arch::x86_64;
    std::vector<PerFrame> all;
    Equations equations;
    std::vector<Origin> origins;
    std::map<std::uint64_t, Equations::Origin> by_key;
};

StackValues::StackValues(const StackReaders& readers, std::vector<StackFrame> frames)
    : state_(std::make_unique<State>(readers, std::move(frames))) {
    state_->run();
}

StackValues::~StackValues() = default;
StackValues::StackValues(StackValues&&) noexcept = default;

std::size_t StackValues::size() const { return state_->all.size(); }
const StackFrame& StackValues::frame(std::size_t index) const { return state_->all[index].frame; }
const Maybe<FlowResult>& StackValues::flow(std::size_t frame) const {
    return state_->all[frame].flow;
}
const FunctionCode* StackValues::code(std::size_t frame) const {
    return state_->all[frame].code.get();
}
std::optional<std::uint64_t> StackValues::frame_address(std::size_t frame) const {
    return state_->all[frame].frame_address;
}

std::vector<Way> StackValues::at_instruction(std::size_t frame, isa::Register r) const {
    return state_->ways(state_->all[frame].registers + r);
}

std::vector<Way> StackValues::at_entry(std::size_t frame, isa::Register r) const {
    return state_->ways(state_->all[frame].entry + r);
}

std::vector<Way> StackValues::stacked(std::size_t frame, std::int64_t offset) const {
    const State::PerFrame& per = state_->all[frame];
    auto node = per.stacked.find(offset);
    return node == per.stacked.end() ? std::vector<Way>{} : state_->ways(node->second);
}

std::vector<Way> StackValues::read_again(std::size_t frame, isa::Register r) const {
    std::vector<Way> found;
    Node wanted = state_->all[frame].entry + r;
    for (auto [node, delta] : state_->equations.equals(wanted, kMostEquals)) {
        const State::PerFrame* per = state_->owner(node);
        if (per == nullptr) continue;
        auto way = state_->load_again(*per, node - per->symbols, 0);
        if (!way) continue;
        way->value -= delta;
        found.push_back(std::move(*way));
    }
    return found;
}

std::vector<Way> StackValues::value(std::size_t frame, const Value& value) const {
    const State::PerFrame& per = state_->all[frame];
    if (!per.flow || value.symbol >= per.flow->symbols.size() || value.bits != 64) return {};
    return state_->ways(per.symbols + value.symbol, as_unsigned(value.offset));
}

}  // namespace nfstriage::arguments
