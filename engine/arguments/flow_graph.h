// The control flow graph of one function: basic blocks over all of its parts, and the edges between
// them. Calls do not end a block. A `weak` edge is one that the code as it stands does not prove:
// behind a trap, which is passed for WARN and not for BUG, and behind a call, which may not come
// back. A `guessed` edge leads from an indirect jump without a known table to a block that nothing
// else leads to.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments/function_code.h"

namespace nfstriage::arguments {

// How a call changes what its caller holds.
enum class CallEffect : std::uint8_t {
    ordinary,  // as the calling convention says
    none,      // function tracing on x86_64 saves every register
    traced,    // on aarch64 it changes x9 ... x17 and x30
    endless    // does not come back
};

struct Edge {
    std::uint32_t from = 0, to = 0;  // blocks
    bool weak = false, guessed = false;
};

struct Block {
    std::uint32_t first = 0, last = 0;  // instructions, half open
};

class FlowGraph {
public:
    // `code` must outlive it and hold its entry.
    FlowGraph(const FunctionCode& code, Arch arch, const layout::Symbols& symbols);

    const FunctionCode& code() const { return code_; }
    Arch arch() const { return arch_; }
    std::uint32_t entry_block() const { return block_of(entry_); }
    std::uint32_t block_of(std::uint32_t instruction) const { return block_of_[instruction]; }
    const std::vector<Block>& blocks() const { return blocks_; }
    std::span<const Edge> edges_to(std::uint32_t block) const;
    std::span<const Edge> edges_from(std::uint32_t block) const;
    CallEffect call_effect(std::uint32_t instruction) const;

    // Blocks that lie on a way from the entry to `block`; without loops each follows those that
    // lead to it. Empty: there is no way.
    std::vector<std::uint32_t> ways_to(std::uint32_t block) const;

    // Its indirect jumps could lead to more places than can be followed: bytes that are no code of
    // this function, such as the linkage table behind the last function of a module. No edge of
    // theirs is there then, and nothing can be said of the function.
    bool is_lost() const { return is_lost_; }

    // The block ends in an indirect jump, and no table tells where to: a tail call or a switch.
    bool ends_unresolved(std::uint32_t block) const;

private:
    void find_special_calls(const layout::Symbols& symbols);
    void make_blocks(const layout::Symbols& symbols);
    void find_unresolved(const layout::Symbols& symbols);
    void add_edges(std::uint32_t block, std::vector<Edge>& edges) const;
    void add_guessed_edges(std::vector<Edge>& edges);
    void sort_edges(std::vector<Edge> edges);
    std::vector<bool> reached(const std::vector<Edge>& edges) const;
    std::optional<std::uint32_t> index_of(std::uint64_t address) const;
    bool runs_on(std::uint32_t instruction) const;
    bool is_padding(const Block& block) const;

    const FunctionCode& code_;
    Arch arch_;
    std::uint32_t entry_ = 0;  // instruction
    std::vector<Block> blocks_;
    std::vector<std::uint32_t> block_of_;                              // by instruction
    std::vector<Edge> to_, from_;                                      // by Edge::to, by Edge::from
    std::vector<std::uint32_t> to_begin_, from_begin_;                 // by block, and one behind
    std::vector<std::uint32_t> unresolved_;                            // blocks, ascending
    std::vector<std::pair<std::uint32_t, CallEffect>> special_calls_;  // ascending
    bool is_lost_ = false;
};

// The register that a compiler's indirect call or jump goes through, if `name` is the thunk for it:
// __x86_indirect_thunk_r15, __x86_indirect_call_thunk_rax, __x86_indirect_jump_thunk_rax.
std::optional<isa::Register> thunk_register(std::string_view name);

}  // namespace nfstriage::arguments
