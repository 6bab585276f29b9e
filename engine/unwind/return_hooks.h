// Return addresses that the kernel itself replaced: the function graph tracer and kretprobes write
// the address of a trampoline over a return address on the stack and keep the true one aside
// (kernel/trace/fgraph.c, kernel/trace/rethook.c, before v5.18 kernel/kprobes.c).
// Also the code that ftrace copies at run time (arch/x86/kernel/ftrace.c): such a trampoline has no
// symbol and no ORC entries, but is a copy of ftrace_caller or ftrace_regs_caller, which have both.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"
#include "dump/memory.h"
#include "layout/symbols.h"
#include "layout/types.h"

namespace nfstriage::unwind {

class ReturnHooks {
public:
    ReturnHooks(const dump::Memory& memory, const layout::Types& types,
                const layout::Symbols& symbols);

    // Whether `return_address` is one of the kernel's return trampolines.
    bool is_hook(VAddr return_address) const;

    // The true return address of `task` for the frame known by `key`: on x86_64 the address of the
    // stack slot, on aarch64 the caller's frame record. Unknown: no_type, no_symbol when no hook of
    // the task names this frame, or why memory is absent.
    Maybe<VAddr> original(VAddr task, VAddr key) const;

private:
    // A list of hooks that hangs off the task: node type, its list member, and what it holds.
    struct List {
        std::string_view head, node, link, address, frame;
    };
    Maybe<VAddr> from_list(VAddr task, VAddr key, const List& list) const;
    Maybe<VAddr> from_graph(VAddr task, VAddr key) const;

    const dump::Memory& memory_;
    const layout::Types& types_;
    const layout::Symbols& symbols_;
    std::vector<VAddr> trampolines_;  // first addresses
};

// The address in ftrace_caller or ftrace_regs_caller of which the instruction at `pc` is a copy.
// Unknown(no_symbol): not in a trampoline that an ftrace_ops owns; no_type; why memory is absent.
Maybe<VAddr> ftrace_original(const dump::Memory& memory, const layout::Types& types,
                             const layout::Symbols& symbols, VAddr pc);

}  // namespace nfstriage::unwind
