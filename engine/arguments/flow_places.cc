#include "arguments/flow_places.h"

#include <algorithm>
#include <array>

namespace nfstriage::arguments {
namespace {

using isa::Effect;
using isa::MemoryOperand;
using Numbers = SymbolNumbers;

constexpr Cell kUnknownCell{0, Numbers::kUnset, 64, false};

std::vector<std::uint32_t> number_loads(const FunctionCode& code) {
    std::vector<std::uint32_t> first;
    first.reserve(code.instructions.size() + 1);
    std::uint32_t count = 0;
    for (const isa::Instruction& instruction : code.instructions) {
        first.push_back(count);
        for (const Effect& effect : instruction.effects) count += effect.kind == Effect::Kind::load;
    }
    first.push_back(count);
    return first;
}

// The low `bits` of a sum, where those that do not count may be dropped.
Cell constant(std::uint64_t value) {
    return {static_cast<std::int64_t>(value), Numbers::kZero, 64, false};
}

std::uint64_t low_bits(std::uint64_t value, unsigned bits) {
    return bits >= 64 ? value : value & ((std::uint64_t{1} << bits) - 1);
}

std::uint64_t extended(std::uint64_t value, unsigned bits, bool is_signed) {
    value = low_bits(value, bits);
    if (is_signed && bits < 64 && (value >> (bits - 1)) != 0) value |= ~low_bits(~0ull, bits);
    return value;
}

class Step {
public:
    Step(FlowContext& context, std::uint32_t index, Places& places)
        : context_(context),
          index_(index),
          at_(context.graph.code().instructions[index]),
          places_(places) {}

    void run() {
        if (at_.flow == isa::Flow::call) return call();
        find_addresses();
        std::array<Cell, 4> results{};
        for (std::size_t e = 0; e < at_.effects.size(); ++e) results[e] = result(e);
        note_derived_addresses();
        for (const isa::Store& store : at_.stores) apply(store);
        for (isa::RegisterSet left = at_.writes; left != 0; left &= left - 1) {
            auto reg = static_cast<isa::Register>(__builtin_ctzll(left));
            write(reg, new_value(reg, results));
        }
    }

private:
    // A memory operand's address.
    struct Address {
        enum class Kind : std::uint8_t { slot, somewhere_on_stack, elsewhere } kind;
        std::optional<Cell> value;  // where it is a symbol and a constant
    };

    Cell& reg(isa::Register r) { return places_.cells[r]; }
    Base base(const Cell& cell) const { return context_.base_of(cell); }
    bool on_stack(const Cell& cell) const { return base(cell) != Base::none; }

    void find_addresses() {
        for (std::size_t m = 0; m < at_.memory.size(); ++m) addresses_[m] = address(at_.memory[m]);
    }

    Address address(const MemoryOperand& operand) {
        auto displacement = static_cast<std::uint64_t>(operand.displacement);
        bool on_the_stack = false;
        Cell sum = constant(displacement);
        bool known = true;
        if (operand.base) {
            const Cell& base = reg(*operand.base);
            on_the_stack = on_stack(base);
            known = base.bits == 64;
            sum = base;
            sum.offset =
                static_cast<std::int64_t>(static_cast<std::uint64_t>(base.offset) + displacement);
        }
        if (operand.index) {
            const Cell& index = reg(*operand.index);
            on_the_stack = on_the_stack || on_stack(index);
            if (index.symbol == Numbers::kZero && index.bits == 64 && !operand.index_is_32)
                sum.offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum.offset) +
                                                       static_cast<std::uint64_t>(index.offset) *
                                                           operand.scale);
            else
                known = false;
        }
        sum.given = false;
        if (operand.segment != MemoryOperand::Segment::none) on_the_stack = false;
        if (!on_the_stack)
            return {Address::Kind::elsewhere, known ? std::optional(sum) : std::nullopt};
        if (!known || !on_stack(sum)) return {Address::Kind::somewhere_on_stack, {}};
        return {Address::Kind::slot, sum};
    }

    Cell slot(std::uint32_t place) const {
        return place < places_.cells.size() ? places_.cells[place]
                                            : context_.untouched(places_, place);
    }

    void set_slot(std::uint32_t place, const Cell& cell) {
        while (places_.cells.size() <= place)
            places_.cells.push_back(
                context_.untouched(places_, static_cast<std::uint32_t>(places_.cells.size())));
        places_.cells[place] = cell;
    }

    Cell result(std::size_t effect_index) {
        const Effect& effect = at_.effects[effect_index];
        Cell unknown{0, context_.numbers.computed(index_, effect.to), 64, false};
        switch (effect.kind) {
            case Effect::Kind::constant:
                return constant(extended(effect.value, effect.bits, effect.is_signed));
            case Effect::Kind::copy:
                return part(reg(effect.from), effect, 0, unknown);
            case Effect::Kind::sum:
                return part(reg(effect.from), effect, effect.value, unknown);
            case Effect::Kind::load:
                return load(effect_index, unknown);
        }
        return unknown;
    }

    Cell part(Cell from, const Effect& effect, std::uint64_t plus, const Cell& unknown) const {
        from.given = false;
        std::uint64_t sum = static_cast<std::uint64_t>(from.offset) + plus;
        if (from.symbol == Numbers::kZero)
            return constant(
                extended(low_bits(static_cast<std::uint64_t>(from.offset), from.bits) + plus,
                         effect.bits, effect.is_signed));
        // A value of few bits that is only copied does not change.
        if (plus == 0 && width(from) <= effect.bits && !effect.is_signed) return from;
        if (plus == 0 && width(from) < effect.bits) return from;
        if (effect.bits > from.bits || (effect.is_signed && effect.bits < 64)) return unknown;
        return {static_cast<std::int64_t>(sum), from.symbol, effect.bits, false};
    }

    // Bits of a value that may be set.
    unsigned width(const Cell& cell) const {
        if (cell.offset != 0 || !context_.numbers.is_computed(cell.symbol)) return cell.bits;
        const FlowContext::Load* load = context_.load_of(cell.symbol);
        if (load == nullptr || load->is_signed) return cell.bits;
        return std::min<unsigned>(cell.bits, load->size * 8u);
    }

    Cell load(std::size_t effect_index, const Cell& unknown) {
        const Effect& effect = at_.effects[effect_index];
        const MemoryOperand& operand = at_.memory[effect.memory];
        const Address& address = addresses_[effect.memory];
        std::uint32_t number = context_.first_load[index_];
        for (std::size_t e = 0; e < effect_index; ++e)
            number += at_.effects[e].kind == Effect::Kind::load;
        context_.load_known[number] =
            address.value.has_value() && operand.size <= 8 && !at_.conditional;
        context_.loads[number] = {
            address.value.value_or(Cell{}),
            static_cast<std::uint8_t>(std::min<std::uint32_t>(operand.size, 8)), effect.is_signed,
            operand.segment};
        if (address.kind != Address::Kind::slot || operand.size > 8) return unknown;
        std::int64_t offset = address.value->offset;
        std::int64_t inside = offset & 7;
        auto place = context_.slots.place(base(*address.value), offset - inside);
        if (!place || inside != 0) return unknown;
        Cell held = slot(*place);
        if (held.symbol == Numbers::kUnset) {
            if (operand.size == 8 && effect.bits == 64 && !at_.conditional)
                set_slot(*place, unknown);
            return unknown;
        }
        held.given = false;
        if (operand.size == 8 && effect.bits == 64) return held;
        Effect narrow = effect;
        narrow.bits = static_cast<std::uint8_t>(std::min(operand.size * 8u, unsigned{effect.bits}));
        return part(held, narrow, 0, unknown);
    }

    Cell new_value(isa::Register r, const std::array<Cell, 4>& results) const {
        Cell unknown{0, context_.numbers.computed(index_, r), 64, false};
        if (at_.conditional) return unknown;
        for (std::size_t e = 0; e < at_.effects.size(); ++e)
            if (at_.effects[e].to == r) return results[e];
        return unknown;
    }

    void write(isa::Register r, const Cell& value) {
        if (r == context_.stack_pointer) return move_stack(value);
        if (at_.conditional && on_stack(reg(r))) expose(reg(r));
        reg(r) = value;
        if (on_stack(value) && r != context_.frame_pointer) expose(value);
    }

    // What is below the stack pointer may be overwritten by an interrupt at any time.
    void move_stack(const Cell& value) {
        if (context_.moved == Numbers::kUnset && context_.numbers.is_computed(value.symbol) &&
            context_.numbers.register_of(value.symbol) == context_.stack_pointer)
            context_.moved = value.symbol;
        Base to = base(value);
        bool again = to == Base::moved && context_.numbers.instruction_of(value.symbol) == index_;
        if (to == Base::frame || again) drop_below(Base::moved, Places::kNone);
        if (to != Base::none) drop_below(to, value.offset);
        if (again) places_.exposed_moved = Places::kNone;
        reg(context_.stack_pointer) = value;
    }

    void drop_below(Base below, std::int64_t offset) {
        for (std::uint32_t p = isa::kRegisters; p < places_.cells.size(); ++p)
            if (context_.slots.base(p) == below && context_.slots.offset(p) < offset)
                places_.cells[p] = kUnknownCell;
    }

    void expose(const Cell& address) { context_.expose(places_, address); }

    void expose_everything() {
        places_.exposed_locals = places_.exposed_moved = std::numeric_limits<std::int64_t>::min();
    }

    // A register computed from a frame address in a way that is not followed may point anywhere
    // into the frame.
    void note_derived_addresses() {
        isa::RegisterSet followed = isa::bit(context_.stack_pointer);
        for (const Effect& effect : at_.effects) followed |= isa::bit(effect.to);
        if (at_.conditional) followed = isa::bit(context_.stack_pointer);
        if ((at_.writes & ~followed) == 0) return;
        isa::RegisterSet operands = at_.reads;
        for (const MemoryOperand& operand : at_.memory) {
            if (operand.base) operands &= ~isa::bit(*operand.base);
            if (operand.index) operands &= ~isa::bit(*operand.index);
        }
        for (isa::RegisterSet left = operands; left != 0; left &= left - 1)
            if (on_stack(reg(static_cast<isa::Register>(__builtin_ctzll(left)))))
                return expose_everything();
    }

    void apply(const isa::Store& store) {
        const MemoryOperand& operand = at_.memory[store.memory];
        const Address& address = addresses_[store.memory];
        bool known = store.known && !at_.conditional;
        Cell value = !known ? kUnknownCell : store.from ? reg(*store.from) : constant(store.value);
        value.given = false;
        bool pushes = (at_.writes & isa::bit(context_.stack_pointer)) != 0;
        if (store.from && on_stack(reg(*store.from))) expose(reg(*store.from));
        if (address.kind == Address::Kind::elsewhere) return forget_exposed();
        if (address.kind == Address::Kind::somewhere_on_stack) {
            expose_everything();
            return forget_exposed();
        }
        std::int64_t offset = address.value->offset;
        Base from = base(*address.value);
        constexpr std::int64_t kFarthest = 1 << 16;  // as SlotTable::place
        if (operand.size == 0 || operand.size > kFarthest) {
            expose(*address.value);
            return forget_exposed();
        }
        if (offset < -2 * kFarthest || offset > kFarthest) return;  // reaches no slot
        if (operand.size == 8 && (offset & 7) == 0) {
            value.given = pushes && context_.graph.arch() == Arch::x86_64 &&
                          !context_.is_saved_register(value);
            if (auto place = context_.slots.place(from, offset)) set_slot(*place, value);
            return;
        }
        std::int64_t end = offset + static_cast<std::int64_t>(operand.size);
        for (std::int64_t at = offset & ~std::int64_t{7}; at < end; at += 8)
            if (auto place = context_.slots.place(from, at)) set_slot(*place, kUnknownCell);
    }

    void forget_exposed() {
        for (std::uint32_t p = isa::kRegisters; p < places_.cells.size(); ++p)
            if (context_.is_exposed(places_, p)) {
                bool given = places_.cells[p].given;
                places_.cells[p] = kUnknownCell;
                places_.cells[p].given = given;
            }
    }

    void call() {
        CallEffect effect = context_.graph.call_effect(index_);
        if (effect == CallEffect::none) return;
        isa::RegisterSet kept = context_.callee_saved | isa::bit(context_.stack_pointer);
        if (effect == CallEffect::traced) kept |= isa::bit(9) - 1;
        unsigned registers = context_.graph.arch() == Arch::x86_64 ? 16 : 32;
        for (unsigned r = 0; r < registers; ++r)
            if (!(kept & isa::bit(static_cast<isa::Register>(r))))
                reg(static_cast<isa::Register>(r)) = {
                    0, context_.numbers.computed(index_, static_cast<isa::Register>(r)), 64, false};
        if (effect == CallEffect::ordinary) forget_exposed();
    }

    FlowContext& context_;
    std::uint32_t index_;
    const isa::Instruction& at_;
    Places& places_;
    std::array<Address, 3> addresses_{};
};

}  // namespace

std::optional<std::uint32_t> SlotTable::place(Base base, std::int64_t offset) {
    constexpr std::uint64_t kFarthest = 1 << 16;  // bytes; kernel stacks are 16 KiB, with KASAN 32
    std::uint64_t distance =
        offset < 0 ? 0 - static_cast<std::uint64_t>(offset) : static_cast<std::uint64_t>(offset);
    if (base == Base::none || distance >= kFarthest) return std::nullopt;
    auto& side = sides_[(offset < 0 ? 0u : 1u) + (base == Base::moved ? 2u : 0u)];
    std::size_t at = distance / 8;
    if (at >= side.size()) side.resize(at + 16, 0);
    if (side[at] == 0) {
        if (places() >= SymbolNumbers::kMostPlaces) return std::nullopt;
        side[at] = static_cast<std::uint16_t>(places());
        slots_.push_back({base, offset});
    }
    return side[at];
}

FlowContext::FlowContext(const FunctionCode& code, Arch arch, const layout::Symbols& symbols)
    : graph(code, arch, symbols),
      numbers(code.instructions.size()),
      stack_pointer(isa::stack_pointer(arch)),
      frame_pointer(arch == Arch::x86_64 ? 5 : 29),
      callee_saved(isa::callee_saved(arch)),
      lowest_argument(arch == Arch::x86_64 ? -8 : 0),
      entry_stack_pointer(lowest_argument),
      first_load(number_loads(code)),
      loads(first_load.back()),
      load_known(first_load.back(), false) {}

const FlowContext::Load* FlowContext::load_of(SymbolId computed) const {
    std::uint32_t index = numbers.instruction_of(computed);
    std::uint32_t number = first_load[index];
    for (const Effect& effect : graph.code().instructions[index].effects) {
        if (effect.kind != Effect::Kind::load) continue;
        if (effect.to == numbers.register_of(computed))
            return load_known[number] ? &loads[number] : nullptr;
        ++number;
    }
    return nullptr;
}

Places FlowContext::at_entry() const {
    Places places;
    places.cells.resize(isa::kRegisters);
    for (unsigned r = 0; r < isa::kRegisters; ++r)
        places.cells[r] = {0, numbers.entry(static_cast<isa::Register>(r)), 64, false};
    places.cells[stack_pointer] = {entry_stack_pointer, SymbolNumbers::kFrame, 64, false};
    return places;
}

Cell FlowContext::untouched(const Places& places, std::uint32_t place) const {
    std::int64_t offset = slots.offset(place);
    if (slots.base(place) != Base::frame || offset < lowest_argument ||
        offset >= places.exposed_arguments)
        return kUnknownCell;
    return {0, numbers.stacked(place), 64, false};
}

bool FlowContext::is_saved_register(const Cell& cell) const {
    if (!numbers.is_entry(cell.symbol) || cell.offset != 0 || cell.bits != 64) return false;
    isa::RegisterSet saved = callee_saved;
    if (graph.arch() == Arch::aarch64) saved |= isa::bit(30);
    return (saved & isa::bit(numbers.register_of(cell.symbol))) != 0;
}

void FlowContext::expose(Places& places, const Cell& address) const {
    std::int64_t& from = base_of(address) == Base::moved    ? places.exposed_moved
                         : address.offset < lowest_argument ? places.exposed_locals
                                                            : places.exposed_arguments;
    from = std::min(from, address.offset & ~std::int64_t{7});
}

bool FlowContext::is_exposed(const Places& places, std::uint32_t place) const {
    std::int64_t offset = slots.offset(place);
    std::int64_t from = slots.base(place) == Base::moved ? places.exposed_moved
                        : offset < lowest_argument       ? places.exposed_locals
                                                         : places.exposed_arguments;
    if (places.cells[place].given) return true;
    return offset >= from && !is_saved_register(places.cells[place]);
}

void apply_instruction(FlowContext& context, std::uint32_t index, Places& places) {
    Step(context, index, places).run();
}

}  // namespace nfstriage::arguments
