#include "arguments/flow_graph.h"

#include <algorithm>
#include <array>

namespace nfstriage::arguments {
namespace {

using isa::Flow;

// Functions that no caller gets back from and that a caller's code may end with: of those that
// objtool lists in tools/objtool/noreturns.h and its predecessors, what common code calls.
constexpr std::array<std::string_view, 16> kEndless{"__stack_chk_fail",
                                                    "panic",
                                                    "nmi_panic",
                                                    "do_exit",
                                                    "make_task_dead",
                                                    "fortify_panic",
                                                    "__fortify_panic",
                                                    "usercopy_abort",
                                                    "kthread_exit",
                                                    "do_group_exit",
                                                    "module_put_and_exit",
                                                    "__module_put_and_kthread_exit",
                                                    "complete_and_exit",
                                                    "kthread_complete_and_exit",
                                                    "rewind_stack_and_make_dead",
                                                    "lbug_with_loc"};

constexpr std::array<std::string_view, 5> kTracers{"__fentry__", "ftrace_caller",
                                                   "ftrace_regs_caller", "mcount", "_mcount"};

bool is_tracer(std::string_view name) {
    return std::find(kTracers.begin(), kTracers.end(), name) != kTracers.end();
}

bool does_nothing(const isa::Instruction& instruction) {
    return (instruction.flow == Flow::next && instruction.writes == 0 &&
            instruction.memory.empty()) ||
           instruction.flow == Flow::trap;
}

// How far into a function calls of the tracer stand, in instructions: behind the landing pad of
// indirect calls, or behind the set up of a frame on kernels that call mcount.
constexpr std::uint32_t kTracedWithin = 10;

// Far above any function of a kernel.
constexpr std::size_t kMostGuessedEdges = 1 << 16;

}  // namespace

FlowGraph::FlowGraph(const FunctionCode& code, Arch arch, const layout::Symbols& symbols)
    : code_(code), arch_(arch) {
    entry_ = index_of(code.entry.value).value_or(0);
    find_special_calls(symbols);
    make_blocks(symbols);
    find_unresolved(symbols);
    std::vector<Edge> edges;
    edges.reserve(blocks_.size() * 2);
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) add_edges(b, edges);
    add_guessed_edges(edges);
    sort_edges(std::move(edges));
}

std::optional<std::uint32_t> FlowGraph::index_of(std::uint64_t address) const {
    const isa::Instruction* found = code_.at(VAddr{address});
    if (!found) return std::nullopt;
    return static_cast<std::uint32_t>(found - code_.instructions.data());
}

// The instruction behind stands in the same part, without a gap.
bool FlowGraph::runs_on(std::uint32_t instruction) const {
    if (instruction + 1 >= code_.instructions.size()) return false;
    std::uint64_t end = code_.instructions[instruction].end();
    if (code_.instructions[instruction + 1].address != end) return false;
    return std::none_of(code_.parts.begin(), code_.parts.end(),
                        [end](const CodeRange& part) { return part.begin.value == end; });
}

void FlowGraph::find_special_calls(const layout::Symbols& symbols) {
    bool straight = true;  // nothing but landing pads and padding so far
    auto last = static_cast<std::uint32_t>(code_.instructions.size());
    for (std::uint32_t i = entry_; i < std::min(last, entry_ + kTracedWithin); ++i) {
        const isa::Instruction& at = code_.instructions[i];
        if (at.flow == Flow::call) {
            if (!at.target) return;
            auto found = symbols.find(VAddr{*at.target});
            // A trampoline that function tracing made has no symbol.
            bool tracer = found ? is_tracer(found->symbol.name)
                                : straight && !symbols.is_text(VAddr{*at.target});
            if (!tracer) return;
            if (arch_ == Arch::x86_64)
                special_calls_.push_back({i, CallEffect::none});
            else if (straight)
                special_calls_.push_back({i, CallEffect::traced});
            return;
        }
        if (at.flow != Flow::next) return;
        // mov x9, x30 stands in front of the tracer's call on aarch64.
        bool keeps_return = arch_ == Arch::aarch64 && at.writes == isa::bit(9);
        straight = straight && (does_nothing(at) || keeps_return);
    }
}

void FlowGraph::make_blocks(const layout::Symbols& symbols) {
    auto count = static_cast<std::uint32_t>(code_.instructions.size());
    std::vector<bool> leads(count, false), jumped_to(count, false);
    auto lead = [&](std::uint64_t address) {
        if (auto index = index_of(address)) leads[*index] = jumped_to[*index] = true;
    };
    leads[entry_] = true;
    for (std::uint32_t i = 0; i < count; ++i) {
        const isa::Instruction& at = code_.instructions[i];
        bool ends = at.flow == Flow::jump || at.flow == Flow::branch || at.flow == Flow::ret ||
                    at.flow == Flow::stop;
        if ((at.flow == Flow::jump || at.flow == Flow::branch) && at.target) lead(*at.target);
        if ((ends || !runs_on(i)) && i + 1 < count) leads[i + 1] = true;
    }
    for (const JumpTable& table : code_.jump_tables)
        for (VAddr target : table.targets) lead(target.value);
    // Whether a call comes back matters where its way would meet another.
    for (std::uint32_t i = 0; i + 1 < count; ++i) {
        const isa::Instruction& at = code_.instructions[i];
        if (at.flow != Flow::call || !at.target || !jumped_to[i + 1]) continue;
        auto callee = symbols.find(VAddr{*at.target});
        if (callee && callee->offset == 0 &&
            std::find(kEndless.begin(), kEndless.end(), callee->symbol.name) != kEndless.end())
            special_calls_.push_back({i, CallEffect::endless});
    }
    std::sort(special_calls_.begin(), special_calls_.end());
    block_of_.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i == 0 || leads[i]) blocks_.push_back({i, i});
        blocks_.back().last = i + 1;
        block_of_[i] = static_cast<std::uint32_t>(blocks_.size() - 1);
    }
}

CallEffect FlowGraph::call_effect(std::uint32_t instruction) const {
    auto found =
        std::lower_bound(special_calls_.begin(), special_calls_.end(), instruction,
                         [](const auto& special, std::uint32_t i) { return special.first < i; });
    return found != special_calls_.end() && found->first == instruction ? found->second
                                                                        : CallEffect::ordinary;
}

void FlowGraph::add_edges(std::uint32_t block, std::vector<Edge>& edges) const {
    std::uint32_t last = blocks_[block].last - 1;
    const isa::Instruction& at = code_.instructions[last];
    if ((at.flow == Flow::jump || at.flow == Flow::branch) && at.target)
        if (auto index = index_of(*at.target)) edges.push_back({block, block_of_[*index]});
    if (at.flow == Flow::jump && !at.target)
        for (const JumpTable& table : code_.jump_tables)
            if (table.jump.value == at.address)
                for (VAddr target : table.targets)
                    if (auto index = index_of(target.value))
                        edges.push_back({block, block_of_[*index]});
    bool stays = at.flow == Flow::jump || at.flow == Flow::ret || at.flow == Flow::stop ||
                 (at.flow == Flow::call && call_effect(last) == CallEffect::endless);
    bool weak = at.flow == Flow::trap || at.flow == Flow::call;
    if (!stays && runs_on(last)) edges.push_back({block, block + 1, weak});
}

void FlowGraph::find_unresolved(const layout::Symbols& symbols) {
    for (std::uint32_t b = 0; b < blocks_.size(); ++b) {
        const isa::Instruction& at = code_.instructions[blocks_[b].last - 1];
        if (at.flow != Flow::jump) continue;
        if (at.target) {
            if (code_.contains(VAddr{*at.target})) continue;
            auto found = symbols.find(VAddr{*at.target});
            if (!found || !thunk_register(found->symbol.name)) continue;
        } else if (std::any_of(code_.jump_tables.begin(), code_.jump_tables.end(),
                               [&](const JumpTable& t) { return t.jump.value == at.address; })) {
            continue;
        }
        unresolved_.push_back(b);
    }
}

bool FlowGraph::ends_unresolved(std::uint32_t block) const {
    return std::binary_search(unresolved_.begin(), unresolved_.end(), block);
}

bool FlowGraph::is_padding(const Block& block) const {
    for (std::uint32_t i = block.first; i < block.last; ++i)
        if (!does_nothing(code_.instructions[i])) return false;
    return true;
}

std::vector<bool> FlowGraph::reached(const std::vector<Edge>& edges) const {
    std::vector<bool> seen(blocks_.size(), false);
    std::vector<std::vector<std::uint32_t>> next(blocks_.size());
    for (const Edge& edge : edges) next[edge.from].push_back(edge.to);
    std::vector<std::uint32_t> waiting{entry_block()};
    seen[entry_block()] = true;
    while (!waiting.empty()) {
        std::uint32_t block = waiting.back();
        waiting.pop_back();
        for (std::uint32_t to : next[block])
            if (!seen[to]) seen[to] = true, waiting.push_back(to);
    }
    return seen;
}

// Blocks that nothing leads to are where jumps without a table go.
void FlowGraph::add_guessed_edges(std::vector<Edge>& edges) {
    if (unresolved_.empty()) return;
    std::vector<bool> seen = reached(edges), has_edge(blocks_.size(), false);
    for (const Edge& edge : edges) has_edge[edge.to] = true;
    std::vector<std::uint32_t> targets;
    for (std::uint32_t b = 0; b < blocks_.size(); ++b)
        if (!seen[b] && !has_edge[b] && !is_padding(blocks_[b])) targets.push_back(b);
    is_lost_ = targets.size() > kMostGuessedEdges / unresolved_.size();
    if (is_lost_) return;
    for (std::uint32_t b : targets)
        for (std::uint32_t from : unresolved_) edges.push_back({from, b, true, true});
}

void FlowGraph::sort_edges(std::vector<Edge> edges) {
    auto begins = [this](const std::vector<Edge>& sorted, std::uint32_t Edge::*key) {
        std::vector<std::uint32_t> begin(blocks_.size() + 1, 0);
        for (const Edge& edge : sorted) ++begin[edge.*key + 1];
        for (std::size_t b = 1; b < begin.size(); ++b) begin[b] += begin[b - 1];
        return begin;
    };
    std::stable_sort(edges.begin(), edges.end(),
                     [](const Edge& a, const Edge& b) { return a.from < b.from; });
    from_ = edges;
    from_begin_ = begins(from_, &Edge::from);
    std::stable_sort(edges.begin(), edges.end(),
                     [](const Edge& a, const Edge& b) { return a.to < b.to; });
    to_ = std::move(edges);
    to_begin_ = begins(to_, &Edge::to);
}

std::span<const Edge> FlowGraph::edges_to(std::uint32_t block) const {
    return std::span(to_).subspan(to_begin_[block], to_begin_[block + 1] - to_begin_[block]);
}

std::span<const Edge> FlowGraph::edges_from(std::uint32_t block) const {
    return std::span(from_).subspan(from_begin_[block],
                                    from_begin_[block + 1] - from_begin_[block]);
}

std::vector<std::uint32_t> FlowGraph::ways_to(std::uint32_t block) const {
    std::vector<bool> leads_there(blocks_.size(), false), seen(blocks_.size(), false);
    std::vector<std::uint32_t> waiting{block};
    // Whether a jump without a table leads anywhere is seen by the state at it.
    waiting.insert(waiting.end(), unresolved_.begin(), unresolved_.end());
    for (std::uint32_t b : waiting) leads_there[b] = true;
    while (!waiting.empty()) {
        std::uint32_t to = waiting.back();
        waiting.pop_back();
        for (const Edge& edge : edges_to(to))
            if (!leads_there[edge.from]) {
                leads_there[edge.from] = true;
                waiting.push_back(edge.from);
            }
    }
    std::vector<std::uint32_t> order;
    if (!leads_there[entry_block()]) return order;
    bool arrives = false;
    // Depth first; a block is put down when all behind it are.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> path{{entry_block(), 0}};
    seen[entry_block()] = true;
    while (!path.empty()) {
        auto& [at, edge] = path.back();
        auto edges = edges_from(at);
        if (edge == edges.size()) {
            arrives = arrives || at == block;
            order.push_back(at);
            path.pop_back();
            continue;
        }
        std::uint32_t to = edges[edge++].to;
        if (leads_there[to] && !seen[to]) {
            seen[to] = true;
            path.push_back({to, 0});
        }
    }
    if (!arrives) return {};
    std::reverse(order.begin(), order.end());
    return order;
}

std::optional<isa::Register> thunk_register(std::string_view name) {
    for (std::string_view prefix :
         {"__x86_indirect_thunk_", "__x86_indirect_call_thunk_", "__x86_indirect_jump_thunk_"})
        if (name.starts_with(prefix))
            return isa::register_number(Arch::x86_64, name.substr(prefix.size()));
    return std::nullopt;
}

}  // namespace nfstriage::arguments
