#include "arguments/stack_values.h"

#include "arguments/stack_values_state.h"

namespace nfstriage::arguments {
namespace {

constexpr std::size_t kMostEquals = 64;  // nodes that are looked at for one to read again
constexpr unsigned kMostLoads = 6;       // memory reads behind one another

// Origins above are addresses of words.
constexpr std::uint64_t kHighestNumber = (std::uint64_t{1} << 32) - 1;

}  // namespace

std::optional<Equations::Known> StackValues::State::best(Node node) const {
    const auto& known = equations.known(node);
    if (known.empty() || known.front().bits != 64) return std::nullopt;
    return known.front();
}

std::vector<Way> StackValues::State::ways(Node node, std::uint64_t delta) const {
    std::vector<Way> result;
    for (const Equations::Known& known : equations.known(node)) {
        const Origin& origin = origins[known.origin];
        result.push_back({known.value + delta, known.bits, known.trust, origin.how, origin.key,
                          origin.key > kHighestNumber});
    }
    return result;
}

std::optional<Way> StackValues::State::load_again(const PerFrame& per, SymbolId id,
                                                  unsigned depth) {
    const Symbol& symbol = per.flow->symbols[id];
    if (symbol.kind != Symbol::Kind::loaded || symbol.from.bits != 64 ||
        symbol.segment != isa::MemoryOperand::Segment::none || depth >= kMostLoads)
        return std::nullopt;
    std::optional<Way> from;
    if (auto known = best(per.symbols + symbol.from.symbol))
        from = Way{known->value, 64, known->trust, {}, 0, false};
    else
        from = load_again(per, symbol.from.symbol, depth + 1);
    if (!from) return std::nullopt;
    std::uint64_t address = from->value + as_unsigned(symbol.from.offset);
    if (symbol.size != 8) return std::nullopt;
    auto word = readers.code.memory().u64(VAddr{address});
    if (!word) return std::nullopt;
    const auto& user = readers.user_registers;
    bool steady = user && user->begin.value <= address && address < user->end.value;
    Trust trust = steady ? from->trust : Trust::guess;
    std::string how = steady
                          ? "struct pt_regs of the system call at " + hex(address)
                          : "read again at " + hex(address) + ", as " + per.frame.function + " did";
    return Way{*word, 64, trust, std::move(how), address, true};
}

const StackValues::State::PerFrame* StackValues::State::owner(Node node) const {
    for (const PerFrame& per : all)
        if (per.flow && node >= per.symbols && node < per.symbols + per.flow->symbols.size())
            return &per;
    return nullptr;
}

StackValues::StackValues(const StackReaders& readers, std::vector<StackFrame> frames)
    : state_(std::make_unique<State>(readers, std::move(frames))) {
    state_->run();
}

StackValues::~StackValues() = default;
StackValues::StackValues(StackValues&&) noexcept = default;

std::size_t StackValues::size() const { return state_->all.size(); }
const StackFrame& StackValues::frame(std::size_t index) const { return state_->all[index].frame; }
const Unknown* StackValues::why_no_flow(std::size_t frame) const {
    const State::PerFrame& per = state_->all[frame];
    return per.flow ? nullptr : &per.why_no_flow;
}
const FunctionCode* StackValues::code(std::size_t frame) const {
    return state_->all[frame].code.get();
}
std::optional<std::uint64_t> StackValues::frame_address(std::size_t frame) const {
    return state_->all[frame].frame_address;
}

std::vector<Way> StackValues::at_instruction(std::size_t frame, isa::Register r) const {
    return state_->ways(state_->all[frame].registers + r);
}

std::vector<Way> StackValues::at_entry(std::size_t frame, isa::Register r) const {
    return state_->ways(state_->all[frame].entry + r);
}

std::vector<Way> StackValues::stacked(std::size_t frame, std::int64_t offset) const {
    const State::PerFrame& per = state_->all[frame];
    auto node = per.stacked.find(offset);
    return node == per.stacked.end() ? std::vector<Way>{} : state_->ways(node->second);
}

std::vector<Way> StackValues::read_again(std::size_t frame, isa::Register r) const {
    std::vector<Way> found;
    State::Node wanted = state_->all[frame].entry + r;
    for (auto [node, delta] : state_->equations.equals(wanted, kMostEquals)) {
        const State::PerFrame* per = state_->owner(node);
        if (per == nullptr) continue;
        auto way = state_->load_again(*per, node - per->symbols, 0);
        if (!way) continue;
        way->value -= delta;
        found.push_back(std::move(*way));
    }
    return found;
}

std::vector<Way> StackValues::value(std::size_t frame, const Value& value) const {
    const State::PerFrame& per = state_->all[frame];
    if (!per.flow || value.symbol >= per.flow->symbols.size() || value.bits != 64) return {};
    return state_->ways(per.symbols + value.symbol, as_unsigned(value.offset));
}

}  // namespace nfstriage::arguments
