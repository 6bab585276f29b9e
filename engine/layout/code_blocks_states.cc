#include "layout/code_blocks_states.h"

#include <algorithm>
#include <map>

#include "layout/code_blocks.h"

namespace nfstriage::layout {

namespace {

enum Column : std::size_t { kStates, kGaps, kNumbers, kColumns };

constexpr std::size_t kBlockStates = 16384;

// State numbers as they are stored: 0 is what followed the previous state the last time, 1 a new
// state, any other is the state numbered two less.
class Habit {
public:
    std::uint32_t& after(std::uint32_t state) {
        if (state >= next_.size()) next_.resize(state + 1);
        return next_[state];
    }

private:
    std::vector<std::uint32_t> next_;
};

std::vector<std::uint8_t> encode(std::span<const AddressState> states, unsigned shift) {
    CodeWriter columns[kColumns];
    columns[kStates].number(shift);
    std::map<std::vector<std::uint8_t>, std::uint32_t> numbers;
    Habit habit;
    std::uint64_t address = states.front().address;
    std::uint32_t last = 0;
    for (const AddressState& each : states) {
        columns[kGaps].number((each.address - address) >> shift);
        address = each.address;
        auto [found, is_new] =
            numbers.emplace(each.state, static_cast<std::uint32_t>(numbers.size()));
        std::uint32_t number = found->second;
        if (is_new) {
            columns[kStates].number(each.state.size());
            columns[kStates].append(each.state);
        }
        std::uint32_t& habitual = habit.after(last);
        if (is_new)
            columns[kNumbers].number(1);
        else
            columns[kNumbers].number(habitual == number ? 0 : std::uint64_t{number} + 2);
        habitual = number;
        last = number;
    }
    return join_columns(columns);
}

struct Decoded {
    struct Row {
        std::uint64_t address;
        std::uint32_t state;
    };
    std::vector<Row> rows;
    std::vector<std::vector<std::uint8_t>> states;
};

Maybe<Decoded> decode(ByteSpan bytes, std::uint64_t address) {
    auto corrupt = [] { return unknown(Reason::corrupt, "block of states"); };
    CodeReader columns[kColumns];
    if (!split_columns(bytes, columns)) return corrupt();
    std::uint64_t shift = columns[kStates].number();
    if (shift > 2) return corrupt();
    Decoded out;
    while (columns[kStates].left() > 0) {
        ByteSpan state = columns[kStates].take(columns[kStates].number());
        out.states.emplace_back(state.begin(), state.end());
    }
    Habit habit;
    std::uint64_t opened = 0;
    std::uint32_t last = 0;
    out.rows.reserve(columns[kNumbers].left());
    while (columns[kNumbers].left() > 0) {
        std::uint64_t gap = columns[kGaps].number(), code = columns[kNumbers].number();
        auto next = checked_add(address, gap << shift);
        std::uint32_t& habitual = habit.after(last);
        std::uint64_t number = code == 0 ? habitual : code == 1 ? opened++ : code - 2;
        if (gap > UINT64_MAX >> shift || !next || number >= out.states.size()) return corrupt();
        address = *next;
        habitual = last = static_cast<std::uint32_t>(number);
        out.rows.push_back({address, last});
    }
    for (const CodeReader& column : columns)
        if (!column.ok()) return corrupt();
    return out;
}

}  // namespace

std::vector<std::uint8_t> pack_states(std::span<const AddressState> states, int level) {
    std::uint64_t bits = 0;
    for (const AddressState& each : states) bits |= each.address;
    unsigned shift = (bits & 3) == 0 ? 2 : (bits & 1) == 0 ? 1 : 0;
    std::vector<CodeBlock> blocks;
    for (std::size_t i = 0; i < states.size(); i += kBlockStates) {
        auto part = states.subspan(i, std::min(kBlockStates, states.size() - i));
        blocks.push_back({part.front().address, encode(part, shift)});
    }
    return pack_code_blocks(blocks, level);
}

struct AddressStates::State {
    CodeBlocks blocks;
    mutable RecentBlocks<Decoded> recent;
};

Maybe<AddressStates> AddressStates::open(ByteSpan bytes) {
    auto blocks = CodeBlocks::open(bytes);
    if (!blocks) return tl::unexpected<Unknown>(blocks.error());
    auto state = std::make_shared<State>();
    state->blocks = std::move(*blocks);
    AddressStates states;
    states.state_ = std::move(state);
    return states;
}

Maybe<AddressState> AddressStates::at(std::uint64_t address) const {
    auto number = state_->blocks.find(address);
    if (!number) return unknown(Reason::no_symbol, "below the first address of the table");
    auto block = state_->recent.find(*number);
    if (!block) {
        auto bytes = state_->blocks.unpack(*number);
        if (!bytes) return tl::unexpected<Unknown>(bytes.error());
        auto decoded = decode(*bytes, state_->blocks.first_address(*number));
        if (!decoded) return tl::unexpected<Unknown>(decoded.error());
        block = std::make_shared<const Decoded>(std::move(*decoded));
        state_->recent.keep(*number, block);
    }
    auto above = std::upper_bound(
        block->rows.begin(), block->rows.end(), address,
        [](std::uint64_t key, const Decoded::Row& row) { return key < row.address; });
    if (above == block->rows.begin()) return unknown(Reason::corrupt, "block of states");
    const Decoded::Row& row = *std::prev(above);
    return AddressState{row.address, block->states[row.state]};
}

}  // namespace nfstriage::layout
