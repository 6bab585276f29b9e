// What registers and stack slots hold at one point of a function while its data flow is worked out:
// flat arrays, as states are compared, copied and joined thousands of times. Symbols have numbers
// that follow from where they come to be, so that an instruction that is looked at again makes the
// same symbol again: that is what lets equal values be recognised.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "arguments/flow.h"
#include "arguments/flow_graph.h"

namespace nfstriage::arguments {

// A Value in 16 bytes.
struct Cell {
    std::int64_t offset = 0;
    SymbolId symbol = 0;
    std::uint8_t bits = 64;
    // Of a slot: pushed as an argument, so that the callee may change it.
    bool given = false;

    bool same_value(const Cell& other) const {
        return symbol == other.symbol && offset == other.offset && bits == other.bits;
    }
};

// Numbers of symbols while a function is looked at.
class SymbolNumbers {
public:
    static constexpr SymbolId kZero = 0, kFrame = 1, kEntry = 2;
    static constexpr SymbolId kUnset = std::numeric_limits<SymbolId>::max();  // nothing is known
    static constexpr std::uint32_t kMostPlaces = 4096;  // 32 registers, the others slots

    explicit SymbolNumbers(std::size_t instructions)
        : stacked_(kComputed + static_cast<SymbolId>(instructions) * isa::kRegisters),
          merged_(stacked_ + kMostPlaces) {}

    SymbolId entry(isa::Register reg) const { return kEntry + reg; }
    SymbolId computed(std::uint32_t instruction, isa::Register reg) const {
        return kComputed + instruction * isa::kRegisters + reg;
    }
    SymbolId stacked(std::uint32_t place) const { return stacked_ + place; }
    SymbolId merged(std::uint32_t block, std::uint32_t place) const {
        return merged_ + block * kMostPlaces + place;
    }

    bool is_entry(SymbolId id) const { return id >= kEntry && id < kComputed; }
    bool is_computed(SymbolId id) const { return id >= kComputed && id < stacked_; }
    bool is_stacked(SymbolId id) const { return id >= stacked_ && id < merged_; }
    isa::Register register_of(SymbolId entry_or_computed) const {
        return static_cast<isa::Register>(entry_or_computed - kEntry) % isa::kRegisters;
    }
    std::uint32_t instruction_of(SymbolId computed) const {
        return (computed - kComputed) / isa::kRegisters;
    }
    std::uint32_t stacked_place(SymbolId id) const { return id - stacked_; }
    std::uint32_t merged_block(SymbolId id) const { return (id - merged_) / kMostPlaces; }
    std::uint32_t merged_place(SymbolId id) const { return (id - merged_) % kMostPlaces; }

private:
    static constexpr SymbolId kComputed = kEntry + isa::kRegisters;
    SymbolId stacked_, merged_;
};

// What a stack address is reckoned from. A function that aligns its stack pointer or makes room for
// an array of variable size has a second base below the frame address, at a distance that its code
// does not tell.
enum class Base : std::uint8_t { none, frame, moved };

// Stack slots by base and distance; places are numbered as they are met.
class SlotTable {
public:
    // The place of the slot at `offset`, a multiple of 8; nothing when the function has too many.
    std::optional<std::uint32_t> place(Base base, std::int64_t offset);
    std::int64_t offset(std::uint32_t place) const {
        return slots_[place - isa::kRegisters].second;
    }
    Base base(std::uint32_t place) const { return slots_[place - isa::kRegisters].first; }
    std::uint32_t places() const {
        return isa::kRegisters + static_cast<std::uint32_t>(slots_.size());
    }

private:
    // Place or 0, by distance / 8: below and above the frame address, and the same for the other.
    std::array<std::vector<std::uint16_t>, 4> sides_;
    std::vector<std::pair<Base, std::int64_t>> slots_;
};

struct Places {
    std::vector<Cell> cells;  // registers, then slots; those behind its end were never touched
    // Slots at and above these may have been handed out: local variables, those by the moved stack
    // pointer, and what the caller put on the stack.
    static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
    std::int64_t exposed_locals = kNone, exposed_moved = kNone, exposed_arguments = kNone;
};

// What all states of a function share.
struct FlowContext {
    FlowContext(const FunctionCode& code, Arch arch, const layout::Symbols& symbols);

    const FlowGraph graph;
    const SymbolNumbers numbers;
    SlotTable slots;
    SymbolId moved = SymbolNumbers::kUnset;  // what slots with Base::moved are reckoned from
    const isa::Register stack_pointer, frame_pointer;
    const isa::RegisterSet callee_saved;
    // The lowest slot that the caller wrote: the return address, or the first stack argument.
    const std::int64_t lowest_argument;
    const std::int64_t entry_stack_pointer;

    // Loads, each by the symbol of its result.
    struct Load {
        Cell from;
        std::uint8_t size = 0;
        bool is_signed = false;
        isa::MemoryOperand::Segment segment = isa::MemoryOperand::Segment::none;
    };
    // Of an instruction's effect; null if its address was not understood.
    const Load* load_of(SymbolId computed) const;

    std::vector<std::uint32_t> first_load;  // by instruction
    std::vector<Load> loads;
    std::vector<bool> load_known;

    Places at_entry() const;
    Base base_of(const Cell& cell) const {
        if (cell.bits != 64) return Base::none;
        if (cell.symbol == SymbolNumbers::kFrame) return Base::frame;
        return cell.symbol == moved && moved != SymbolNumbers::kUnset ? Base::moved : Base::none;
    }
    // What a place holds that `places` does not mention.
    Cell untouched(const Places& places, std::uint32_t place) const;
    // A register that the function saved for its caller: nobody else gets the slot's address.
    bool is_saved_register(const Cell& cell) const;
    // Notes that an address on the stack may have been handed out.
    void expose(Places& places, const Cell& address) const;
    bool is_exposed(const Places& places, std::uint32_t place) const;
};

// Changes `places` as the instruction with number `index` does.
void apply_instruction(FlowContext& context, std::uint32_t index, Places& places);

}  // namespace nfstriage::arguments
