// What the registers of every frame of a stack held, at the frame's instruction and when its
// function was entered. Each function's data flow (flow.h) gives equations between its entry, its
// registers and its stack slots; a call gives equations between caller and callee: callee-saved
// registers pass through, argument registers are handed over. Known words (registers saved at an
// interruption, words of the stack) then spread along the equations to everything they determine.
// We promise: every value names the word it was read from; two values from different words are
// independent, and both are kept when they differ; an equation that is only likely (a call whose
// target is not proved, paths that were not seen) lowers the trust of all that comes over it to
// scan.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arguments/flow.h"
#include "arguments/function_code.h"
#include "base/frame.h"
#include "base/maybe.h"
#include "base/registers.h"
#include "dump/memory.h"
#include "layout/kernel_code.h"

namespace nfstriage::arguments {

// A frame as the unwinder left it, innermost first in a list of them.
struct StackFrame {
    std::string function;  // symbol, "" if none
    VAddr pc;
    bool precise = false;  // `pc` is the frame's instruction; else its return address
    Trust trust = Trust::guess;
    Registers registers;  // what the unwinder knows of them
    bool whole =
        false;  // all of `registers` hold at `pc`, as saved by an exception or for a sleeper
    bool calls_inner = true;  // the frame before this one was called from here

    // The frame's own instruction, or the last byte of its call.
    VAddr instruction() const { return precise ? pc : pc - 1; }
};

// One way by which a value is known.
struct Way {
    std::uint64_t value = 0;
    std::uint8_t bits = 64;  // low bits that are known
    Trust trust = Trust::guess;
    std::string how;           // "rbx at nfs_unlock_request+0x37"
    std::uint64_t origin = 0;  // the same number for the same word
    bool in_memory = false;    // the word is one of memory, `origin` its address
};

class FlowCache;

struct StackReaders {
    CodeReader& code;  // functions are decoded when needed; must outlive the values
    const layout::KernelCode* profile = nullptr;  // call frame information where a flow is missing
    // struct pt_regs of the system call that entered the kernel, whose words do not change.
    std::optional<CodeRange> user_registers;
    FlowCache* flows = nullptr;  // keeps flows for other stacks; null: they are this one's alone
};

class StackValues {
public:
    StackValues(const StackReaders& readers, std::vector<StackFrame> frames);
    ~StackValues();
    StackValues(StackValues&&) noexcept;

    std::size_t size() const;
    const StackFrame& frame(std::size_t index) const;

    // Why there is no flow up to the frame's instruction: as CodeReader::function_at and
    // state_before, or corrupt: code and unwinder disagree about the size of the frame. Null: there
    // is one.
    const Unknown* why_no_flow(std::size_t frame) const;
    // The code of the frame's function, or null.
    const FunctionCode* code(std::size_t frame) const;
    // Canonical frame address.
    std::optional<std::uint64_t> frame_address(std::size_t frame) const;

    // Register `r` at the frame's instruction (before a call), and when its function was entered.
    // Best way first; empty when nothing tells.
    std::vector<Way> at_instruction(std::size_t frame, isa::Register r) const;
    std::vector<Way> at_entry(std::size_t frame, isa::Register r) const;
    // The 8 bytes at frame address + `offset` when the function was entered.
    std::vector<Way> stacked(std::size_t frame, std::int64_t offset) const;
    // As at_entry, for what no word on the stack tells: memory that was loaded from then is read
    // again now. Trust guess, as it may have changed.
    std::vector<Way> read_again(std::size_t frame, isa::Register r) const;
    // The value of any symbol of the frame's flow, without reading memory again.
    std::vector<Way> value(std::size_t frame, const Value& value) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nfstriage::arguments
