// The equations of one stack, in the making: what stack_values.cc answers from. Set up frame by
// frame in stack_values_frames.cc, from frame to frame in stack_values_links.cc.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arguments/equations.h"
#include "arguments/flow_cache.h"
#include "arguments/stack_values.h"
#include "base/tri.h"

namespace nfstriage::arguments {

inline std::uint64_t as_unsigned(std::int64_t value) { return static_cast<std::uint64_t>(value); }

struct StackValues::State {
    using Node = Equations::Node;

    struct Origin {
        std::string how;
        std::uint64_t key = 0;  // address of the word; the same word read twice has the same
    };

    struct PerFrame {
        StackFrame frame;
        std::shared_ptr<const FunctionCode> code;
        const isa::Instruction* call = nullptr;  // that the frame is in, unless it is precise
        std::shared_ptr<const FlowResult> flow;  // null: why_no_flow
        Unknown why_no_flow{Reason::no_decoder, {}};
        std::optional<std::uint64_t> frame_address;
        Node registers = 0;          // kRegisters nodes: at the instruction
        Node entry = 0;              // kRegisters nodes: when the function was entered
        Node symbols = 0;            // one for each symbol of the flow
        Trust trust = Trust::guess;  // of equations within the frame
        std::map<std::int64_t, Node> stacked;
    };

    State(const StackReaders& given, std::vector<StackFrame> frames);
    void run();
    void set_up(std::size_t index);
    void read_flow(PerFrame& per);
    Maybe<FlowCache::Flow> flow_before(const FunctionCode& code, VAddr instruction) const;
    // "nfs_unlock_request+0x37"
    std::string place_of(const PerFrame& per) const;
    void know_registers(std::size_t index);
    // A system call's entry (SYSCALL_DEFINEx, arch/*/include/asm/syscall_wrapper.h, since v4.17),
    // whose one argument is the registers that user mode came with.
    bool is_system_call(const PerFrame& per) const;
    void know_system_call(std::size_t index);
    bool is_frame_pointer(isa::Register number) const;
    void know(Node node, std::uint64_t value, Trust trust, std::string how, std::uint64_t key,
              std::uint8_t bits = 64);
    void find_frame_address(std::size_t index);
    // As the unwinder found it, behind a call that it is sure of.
    std::optional<std::uint64_t> stack_pointer_of_caller(std::size_t index) const;
    static const Symbol& symbol(const PerFrame& per, const Value& value);
    // Whether the unwinder says that the caller's stack begins elsewhere.
    bool disagrees(std::size_t index) const;
    void relate_symbols(std::size_t index);
    // `node` holds `value` of that frame.
    void relate(std::size_t index, const Value& value, Node node, Trust trust);
    // The words of the frame that no callee can have changed.
    void read_slots(PerFrame& per);
    // Slots of a frame that aligned its stack pointer.
    void read_moved_slots(const PerFrame& per);
    static std::string word_text(const PerFrame& per, std::uint64_t address);
    void know_slot(const PerFrame& per, const Value& value, std::uint64_t word,
                   std::uint64_t address);
    Trust frame_trust(std::size_t callee) const;
    // Callee-saved registers of the caller, through `callee`.
    void link_saved(std::size_t callee);
    void restore_by_cfi(std::size_t callee);
    // Whether the call in the caller of `callee` arrives at the callee's function: yes, no (another
    // function tail-called it), or unknown (an indirect call).
    Tri arrives(std::size_t callee);
    std::optional<VAddr> entry_of(const PerFrame& per) const;
    void link_arguments(std::size_t callee, Trust trust);
    // The call leads to a function that jumps on to the callee when its own work is done.
    void link_through_tail_call(std::size_t callee);
    struct TailCalls {
        std::vector<VAddr> sites;  // jumps to the function asked for
        bool others = false;       // and to others
    };
    TailCalls tail_calls(const FunctionCode& code, VAddr entry);
    bool is_return(const isa::Instruction& instruction) const;
    // An indirect call is believed when the pointer it went through is known to be the callee.
    void link_indirect(std::size_t callee);
    std::optional<std::uint64_t> indirect_target(const PerFrame& outer);
    std::optional<Equations::Known> best(Node node) const;
    std::vector<Way> ways(Node node, std::uint64_t delta = 0) const;
    // A symbol that was loaded from memory: the memory as it is now.
    std::optional<Way> load_again(const PerFrame& per, SymbolId id, unsigned depth);
    const PerFrame* owner(Node node) const;
    const StackReaders readers;
    Arch arch = Arch::x86_64;
    std::vector<PerFrame> all;
    Equations equations;
    std::vector<Origin> origins;
    std::map<std::uint64_t, Equations::Origin> by_key;
};

}  // namespace nfstriage::arguments
