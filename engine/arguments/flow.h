// What the registers and stack slots of a function hold at one of its instructions, in terms of
// what they held when it was entered. This is abstract interpretation over the function's control
// flow graph with value numbering: every value is a symbol (the value of a register at entry, what
// a call gave back, what was loaded from some address, what met at a join) plus a constant, and two
// places with the same symbol hold the same value on every path. Only paths that lead from the
// entry to the asked instruction count. We promise: what is said to be equal is equal on every path
// of the code as decoded, provided that called functions keep the calling convention; anything not
// understood becomes a symbol of its own.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "arguments/function_code.h"
#include "base/maybe.h"
#include "isa/instruction.h"

namespace nfstriage::arguments {

using SymbolId = std::uint32_t;

// The symbol's value plus `offset`, modulo 2^64. If `bits` is less than 64 only that many low bits
// of the sum, extended with zeros.
struct Value {
    SymbolId symbol = 0;
    std::int64_t offset = 0;
    std::uint8_t bits = 64;

    bool operator==(const Value&) const = default;
};

struct Symbol {
    enum class Kind : std::uint8_t {
        zero,     // the constant 0: Value::offset is the number itself
        frame,    // the canonical frame address: x86_64 the stack pointer before the call that
                  // entered the function; aarch64 the stack pointer at entry
        entry,    // register `reg` at entry
        stacked,  // the 8 bytes at frame + `from.offset` at entry: stack arguments, return address
        loaded,   // `size` bytes read from memory at `from`
        result,   // register `reg` after the call at `instruction`
        merged,   // what `reg`, or the slot at `from` if that is on the stack, held where paths
                  // met, at `instruction`
        other     // whatever else `instruction` computed
    };
    Kind kind = Kind::other;
    isa::Register reg = 0;
    Value from;
    std::uint8_t size = 0;
    bool is_signed = false;
    // A load through fs or gs: `from` is an offset into the per-CPU area.
    isa::MemoryOperand::Segment segment = isa::MemoryOperand::Segment::none;
    VAddr instruction;
};

struct Slot {
    Value value;
    // The address of this slot or of one below it was computed and may have been handed out, so
    // that a callee or an inner frame may have changed it through a pointer.
    bool exposed = false;
};

// In front of an instruction.
struct State {
    std::array<Value, isa::kRegisters> registers;
    std::map<std::int64_t, Slot> slots;  // 8 aligned bytes each, by distance from the frame address
    // Where the function has aligned its stack pointer (`and rsp, -16`) or made room for an array
    // of variable size: the symbol of what it set the stack pointer to, which the stack pointer's
    // own value leads to, and slots by their distance from there.
    std::optional<SymbolId> moved;
    std::map<std::int64_t, Slot> moved_slots;
};

struct FlowResult {
    State state;
    std::vector<Symbol> symbols;  // by SymbolId
    // Control may have come a way that was not seen: an indirect jump whose targets are unknown, or
    // code that did not decode. What is said then is likely, not certain.
    bool all_paths_seen = true;
};

// The state in front of `instruction`, one of `code`. `symbols` names callees with a calling
// convention of their own (ftrace, thunks). Unknown: corrupt (no
// such instruction, or no path from the entry leads there), budget (the state does not settle, or
// jumps could lead to too many places).
Maybe<FlowResult> state_before(const FunctionCode& code, Arch arch, VAddr instruction,
                               const layout::Symbols& symbols);

}  // namespace nfstriage::arguments
