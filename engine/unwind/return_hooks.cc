// Undoing return trampolines and ftrace's run time copies.
#include "unwind/return_hooks.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace nfstriage::unwind {
namespace {

// Trampolines return into themselves a few instructions in at most.
constexpr std::uint64_t kTrampolineReach = 8;
constexpr std::size_t kMaxHooks = 64;       // hooks on one task, or ftrace_ops in the kernel
constexpr std::size_t kShadowStack = 4096;  // SHADOW_STACK_SIZE; the older array is smaller

constexpr std::array<std::string_view, 5> kTrampolines{
    "return_to_handler", "arch_rethook_trampoline", "__kretprobe_trampoline",
    "kretprobe_trampoline", "arch_kretprobe_trampoline"};

constexpr std::uint64_t kSample = 16;  // bytes that tell the two ftrace entries apart

}  // namespace

ReturnHooks::ReturnHooks(const dump::Memory& memory, const layout::Types& types,
                         const layout::Symbols& symbols)
    : memory_(memory), types_(types), symbols_(symbols) {
    for (std::string_view name : kTrampolines)
        if (auto address = symbols.address(name)) trampolines_.push_back(*address);
}

bool ReturnHooks::is_hook(VAddr return_address) const {
    return std::any_of(trampolines_.begin(), trampolines_.end(), [&](VAddr first) {
        return first <= return_address && return_address - first < kTrampolineReach;
    });
}

Maybe<VAddr> ReturnHooks::original(VAddr task, VAddr key) const {
    static constexpr std::array<List, 2> kLists{{
        // v5.18: struct rethook_node on task->rethooks.
        {"rethooks.first", "struct rethook_node", "llist", "ret_addr", "frame"},
        // v5.11 to v5.17: struct kretprobe_instance on task->kretprobe_instances.
        {"kretprobe_instances.first", "struct kretprobe_instance", "llist", "ret_addr", "fp"},
    }};
    for (const List& list : kLists)
        if (auto found = from_list(task, key, list)) return found;
    return from_graph(task, key);
}

Maybe<VAddr> ReturnHooks::from_list(VAddr task, VAddr key, const List& list) const {
    auto head = types_.offset_of("struct task_struct", list.head);
    auto link = types_.offset_of(list.node, list.link);
    auto address = types_.offset_of(list.node, list.address);
    auto frame = types_.offset_of(list.node, list.frame);
    for (const auto* needed : {&head, &link, &address, &frame})
        if (!*needed) return tl::unexpected<Unknown>(needed->error());
    auto next = memory_.pointer(task + *head);
    for (std::size_t i = 0; i < kMaxHooks && next && !next->is_null(); ++i) {
        VAddr node = *next - *link;
        auto owner = memory_.pointer(node + *frame);
        if (owner && *owner == key) return memory_.pointer(node + *address);
        next = memory_.pointer(*next);
    }
    if (!next) return tl::unexpected<Unknown>(next.error());
    return unknown(Reason::no_symbol, "no return hook for the frame " + hex(key));
}

// task->ret_stack is an array of struct ftrace_ret_stack, since v6.11 mixed with other words;
// either way the entry is found by its retp, which names the frame.
Maybe<VAddr> ReturnHooks::from_graph(VAddr task, VAddr key) const {
    auto head = types_.offset_of("struct task_struct", "ret_stack");
    auto ret = types_.offset_of("struct ftrace_ret_stack", "ret");
    auto retp = types_.offset_of("struct ftrace_ret_stack", "retp");
    for (const auto* needed : {&head, &ret, &retp})
        if (!*needed) return tl::unexpected<Unknown>(needed->error());
    auto stack = memory_.pointer(task + *head);
    if (!stack) return tl::unexpected<Unknown>(stack.error());
    if (stack->is_null()) return unknown(Reason::null, "the task has no ret_stack");
    for (std::uint64_t at = 0; at + 8 <= kShadowStack; at += 8) {
        auto word = memory_.pointer(*stack + at);
        if (!word) return tl::unexpected<Unknown>(word.error());
        if (*word != key || at + *ret < *retp) continue;
        auto address = memory_.pointer(*stack + at - *retp + *ret);
        if (address && symbols_.is_text(*address)) return address;
    }
    return unknown(Reason::no_symbol, "no return hook for the frame " + hex(key));
}

Maybe<VAddr> ftrace_original(const dump::Memory& memory, const layout::Types& types,
                             const layout::Symbols& symbols, VAddr pc) {
    auto list = symbols.address("ftrace_ops_list");
    if (!list) return tl::unexpected<Unknown>(list.error());
    auto next_at = types.offset_of("struct ftrace_ops", "next");
    auto begin_at = types.offset_of("struct ftrace_ops", "trampoline");
    auto size_at = types.offset_of("struct ftrace_ops", "trampoline_size");
    for (const auto* needed : {&next_at, &begin_at, &size_at})
        if (!*needed) return tl::unexpected<Unknown>(needed->error());

    auto ops = memory.pointer(*list);
    for (std::size_t i = 0; i < kMaxHooks && ops && !ops->is_null(); ++i) {
        auto begin = memory.pointer(*ops + *begin_at);
        auto size = memory.u64(*ops + *size_at);
        if (begin && size && *begin <= pc && pc - *begin < *size) {
            auto copy = memory.bytes(*begin, kSample);
            if (!copy) return tl::unexpected<Unknown>(copy.error());
            for (std::string_view name : {"ftrace_regs_caller", "ftrace_caller"}) {
                auto source = symbols.address(name);
                if (!source) continue;
                auto code = memory.bytes(*source, kSample);
                if (code && *code == *copy) return *source + (pc - *begin);
            }
            return unknown(Reason::no_symbol,
                           "trampoline at " + hex(*begin) + " copies neither ftrace entry");
        }
        ops = memory.pointer(*ops + *next_at);
    }
    if (!ops) return tl::unexpected<Unknown>(ops.error());
    return unknown(Reason::no_symbol, "no ftrace trampoline at " + hex(pc));
}

}  // namespace nfstriage::unwind
