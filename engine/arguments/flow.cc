#include "arguments/flow.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "arguments/flow_places.h"

namespace nfstriage::arguments {
namespace {

using Numbers = SymbolNumbers;

constexpr std::size_t kMostRounds = 64;                   // of all blocks, on average
constexpr std::size_t kMostCells = std::size_t{4} << 20;  // of all states kept, 16 bytes each

bool same_places(const Places& a, const Places& b) {
    return a.exposed_locals == b.exposed_locals && a.exposed_moved == b.exposed_moved &&
           a.exposed_arguments == b.exposed_arguments && a.cells.size() == b.cells.size() &&
           std::equal(
               a.cells.begin(), a.cells.end(), b.cells.begin(),
               [](const Cell& x, const Cell& y) { return x.same_value(y) && x.given == y.given; });
}

bool depths_differ(const Cell& a, const Cell& b) {
    return a.symbol == Numbers::kFrame && b.symbol == Numbers::kFrame && a.offset != b.offset;
}

// Works out the states in front of the blocks that lead to one instruction.
class Solver {
public:
    Solver(FlowContext& context, std::uint32_t target) : context_(context), target_(target) {}

    Maybe<Places> solve() {
        const FlowGraph& graph = context_.graph;
        std::uint32_t goal = graph.block_of(target_);
        std::vector<std::uint32_t> order = graph.ways_to(goal);
        if (order.empty())
            return unknown(Reason::corrupt, "no way leads from the entry to " + address(target_));
        nodes_.resize(graph.blocks().size());
        for (std::uint32_t i = 0; i < order.size(); ++i) {
            nodes_[order[i]].relevant = true;
            nodes_[order[i]].order = i;
        }
        entry_ = context_.at_entry();
        nodes_[graph.entry_block()].waiting = true;
        std::size_t left = kMostRounds * order.size();
        for (bool changed = true; changed;) {
            changed = false;
            for (std::uint32_t block : order) {
                Node& node = nodes_[block];
                if (!node.waiting) continue;
                node.waiting = false;
                if (left-- == 0 || cells_ > kMostCells)
                    return unknown(Reason::budget,
                                   "the data flow of " + graph.code().name + " does not settle");
                changed = visit(block) || changed;
            }
        }
        if (!nodes_[goal].reached)
            return unknown(Reason::corrupt, "no way leads from the entry to " + address(target_));
        Places places = nodes_[goal].in;
        for (std::uint32_t i = graph.blocks()[goal].first; i < target_; ++i)
            apply_instruction(context_, i, places);
        return places;
    }

    // A jump whose targets are not known has been passed.
    bool guessed() const {
        for (std::uint32_t b = 0; b < nodes_.size(); ++b)
            if (nodes_[b].reached && leads_anywhere(b)) return true;
        return false;
    }

private:
    struct Node {
        bool relevant = false, reached = false;
        bool waiting = false;     // to be visited
        std::uint32_t order = 0;  // loops apart, a block comes behind those that lead to it
        Places in, out;
    };
    struct Group {
        std::uint32_t first;  // place
        SymbolId was;         // merged symbol before, or kUnset
    };

    std::string address(std::uint32_t index) const {
        return hex(context_.graph.code().instructions[index].address);
    }

    bool visit(std::uint32_t block);
    bool join(std::uint32_t block, Places& joined);
    void merge_cells(std::uint32_t block, Places& joined);
    void find_sources(std::uint32_t block);

    // An indirect jump without a table is a tail call where the stack is as it was at entry.
    bool leads_anywhere(std::uint32_t block) const {
        if (!context_.graph.ends_unresolved(block)) return false;
        const Cell& top = nodes_[block].out.cells[context_.stack_pointer];
        return !(top.symbol == Numbers::kFrame && top.bits == 64 &&
                 top.offset == context_.entry_stack_pointer);
    }

    Cell cell_of(const Places& places, std::uint32_t place) const {
        return place < places.cells.size() ? places.cells[place]
                                           : context_.untouched(places, place);
    }

    FlowContext& context_;
    std::uint32_t target_;
    std::vector<Node> nodes_;
    std::size_t cells_ = 0;
    Places entry_;
    Places scratch_;
    std::vector<const Places*> sources_;
    std::vector<Group> groups_;
};

// What comes in by each edge whose beginning has been visited. The compiler keeps one stack depth
// for each instruction; a weak edge that says otherwise than an edge which does not depend on this
// block itself is never taken.
void Solver::find_sources(std::uint32_t block) {
    sources_.clear();
    const Cell* top = nullptr;
    auto top_of = [this](const Places& places) { return &places.cells[context_.stack_pointer]; };
    if (block == context_.graph.entry_block()) {
        sources_.push_back(&entry_);
        top = top_of(entry_);
    }
    for (bool weak : {false, true})
        for (const Edge& edge : context_.graph.edges_to(block)) {
            const Node& from = nodes_[edge.from];
            if (edge.weak != weak || !from.reached) continue;
            if (edge.guessed && !leads_anywhere(edge.from)) continue;
            if (weak && top != nullptr && depths_differ(*top, *top_of(from.out))) continue;
            if (!weak && top == nullptr && from.order < nodes_[block].order) top = top_of(from.out);
            sources_.push_back(&from.out);
        }
}

// Places whose values meet in the same way share a symbol: that of the first of them. A group may
// only fall apart from one visit to the next, so that all this ends.
void Solver::merge_cells(std::uint32_t block, Places& joined) {
    const std::vector<const Places*>& from = sources_;
    const Places& before = nodes_[block].in;
    bool again = nodes_[block].reached;
    std::uint32_t count = context_.slots.places();
    SymbolId first_merged = context_.numbers.merged(block, 0);
    SymbolId end_merged = first_merged + Numbers::kMostPlaces;
    groups_.clear();
    joined.cells.resize(count);
    for (std::uint32_t place = 0; place < count; ++place) {
        Cell cell = cell_of(*from.front(), place);
        bool same = true, unset = cell.symbol == Numbers::kUnset, given = cell.given;
        for (std::size_t e = 1; e < from.size(); ++e) {
            Cell other = cell_of(*from[e], place);
            same = same && other.same_value(cell);
            unset = unset || other.symbol == Numbers::kUnset;
            given = given || other.given;
        }
        SymbolId was = Numbers::kUnset;
        if (again && place < before.cells.size()) {
            SymbolId symbol = before.cells[place].symbol;
            if (symbol >= first_merged && symbol < end_merged) was = symbol;
            unset = unset || symbol == Numbers::kUnset;
        }
        if (unset) {
            cell = {0, Numbers::kUnset, 64, false};
        } else if (!same || was != Numbers::kUnset) {
            auto group = std::find_if(groups_.begin(), groups_.end(), [&](const Group& g) {
                if (g.was != was) return false;
                return std::all_of(from.begin(), from.end(), [&](const Places* places) {
                    return cell_of(*places, g.first).same_value(cell_of(*places, place));
                });
            });
            if (group == groups_.end()) {
                groups_.push_back({place, was});
                group = groups_.end() - 1;
            }
            cell = {0, context_.numbers.merged(block, group->first), 64, false};
            // A frame pointer that is one no more on all ways is followed no further.
            if (place == context_.frame_pointer)
                for (const Places* places : from)
                    if (const Cell& was_held = places->cells[place];
                        context_.base_of(was_held) != Base::none)
                        context_.expose(joined, was_held);
        }
        cell.given = given;
        joined.cells[place] = cell;
    }
}

bool Solver::join(std::uint32_t block, Places& joined) {
    find_sources(block);
    const std::vector<const Places*>& from = sources_;
    if (from.empty()) return false;
    if (from.size() == 1) {
        joined = *from.front();
        return true;
    }
    joined.exposed_locals = from.front()->exposed_locals;
    joined.exposed_moved = from.front()->exposed_moved;
    joined.exposed_arguments = from.front()->exposed_arguments;
    for (const Places* places : from) {
        joined.exposed_locals = std::min(joined.exposed_locals, places->exposed_locals);
        joined.exposed_moved = std::min(joined.exposed_moved, places->exposed_moved);
        joined.exposed_arguments = std::min(joined.exposed_arguments, places->exposed_arguments);
    }
    merge_cells(block, joined);
    return true;
}

// True if the state behind the block has changed.
bool Solver::visit(std::uint32_t block) {
    Node& node = nodes_[block];
    if (!join(block, scratch_)) return false;
    if (node.reached && same_places(scratch_, node.in)) return false;
    cells_ -= node.in.cells.size() + node.out.cells.size();
    node.in = scratch_;
    const Block& range = context_.graph.blocks()[block];
    for (std::uint32_t i = range.first; i < range.last; ++i)
        apply_instruction(context_, i, scratch_);
    bool changed = !node.reached || !same_places(scratch_, node.out);
    node.reached = true;
    std::swap(node.out, scratch_);
    cells_ += node.in.cells.size() + node.out.cells.size();
    if (changed)
        for (const Edge& edge : context_.graph.edges_from(block))
            if (nodes_[edge.to].relevant) nodes_[edge.to].waiting = true;
    return changed;
}

// Turns numbers into the symbols of a result, those that the state mentions and what they are made
// of.
class Writer {
public:
    explicit Writer(const FlowContext& context) : context_(context) {
        result_.symbols.push_back({});
        result_.symbols[0].kind = Symbol::Kind::zero;
        ids_.push_back({Numbers::kZero, 0});
    }

    FlowResult write(const Places& places) {
        for (std::uint32_t place = 0; place < places.cells.size(); ++place) {
            const Cell& cell = places.cells[place];
            if (place < isa::kRegisters) {
                result_.state.registers[place] = value(cell);
            } else if (cell.symbol != Numbers::kUnset) {
                bool moved = context_.slots.base(place) == Base::moved;
                auto& slots = moved ? result_.state.moved_slots : result_.state.slots;
                slots[context_.slots.offset(place)] = {value(cell),
                                                       context_.is_exposed(places, place)};
            }
        }
        if (!result_.state.moved_slots.empty()) result_.state.moved = id(context_.moved);
        // What a symbol was loaded from may bring in more symbols.
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            auto [symbol, cell] = waiting_[i];
            Value from = value(cell);
            result_.symbols[symbol].from = from;
        }
        return std::move(result_);
    }

private:
    Value value(const Cell& cell) { return {id(cell.symbol), cell.offset, cell.bits}; }

    SymbolId id(SymbolId number) {
        auto known = std::lower_bound(ids_.begin(), ids_.end(), std::pair(number, SymbolId{0}));
        if (known != ids_.end() && known->first == number) return known->second;
        auto id = static_cast<SymbolId>(result_.symbols.size());
        ids_.insert(known, {number, id});
        result_.symbols.push_back(describe(number, id));
        return id;
    }

    Symbol describe(SymbolId number, SymbolId id) {
        const Numbers& numbers = context_.numbers;
        const FunctionCode& code = context_.graph.code();
        Symbol symbol;
        if (number == Numbers::kFrame) {
            symbol.kind = Symbol::Kind::frame;
        } else if (numbers.is_entry(number)) {
            symbol.kind = Symbol::Kind::entry;
            symbol.reg = numbers.register_of(number);
        } else if (numbers.is_stacked(number)) {
            symbol.kind = Symbol::Kind::stacked;
            at_slot(numbers.stacked_place(number), id);
        } else if (numbers.is_computed(number)) {
            std::uint32_t index = numbers.instruction_of(number);
            symbol.instruction = VAddr{code.instructions[index].address};
            symbol.reg = numbers.register_of(number);
            if (code.instructions[index].flow == isa::Flow::call) {
                symbol.kind = Symbol::Kind::result;
            } else if (const FlowContext::Load* load = context_.load_of(number)) {
                symbol.kind = Symbol::Kind::loaded;
                symbol.size = load->size;
                symbol.is_signed = load->is_signed;
                symbol.segment = load->segment;
                waiting_.push_back({id, load->from});
            }
        } else {
            symbol.kind = Symbol::Kind::merged;
            const Block& block = context_.graph.blocks()[numbers.merged_block(number)];
            symbol.instruction = VAddr{code.instructions[block.first].address};
            std::uint32_t place = numbers.merged_place(number);
            if (place < isa::kRegisters)
                symbol.reg = static_cast<isa::Register>(place);
            else
                at_slot(place, id);
        }
        return symbol;
    }

    void at_slot(std::uint32_t place, SymbolId id) {
        bool moved = context_.slots.base(place) == Base::moved;
        waiting_.push_back(
            {id,
             {context_.slots.offset(place), moved ? context_.moved : Numbers::kFrame, 64, false}});
    }

    const FlowContext& context_;
    FlowResult result_;
    std::vector<std::pair<SymbolId, SymbolId>> ids_;  // number, id; ascending
    std::vector<std::pair<SymbolId, Cell>> waiting_;  // id, what it came from
};

}  // namespace

Maybe<FlowResult> state_before(const FunctionCode& code, Arch arch, VAddr instruction,
                               const layout::Symbols& symbols) {
    if (arch != Arch::x86_64 && arch != Arch::aarch64)
        return unknown(Reason::unsupported_arch, "data flow");
    const isa::Instruction* target = code.at(instruction);
    if (target == nullptr)
        return unknown(Reason::corrupt,
                       "no instruction of " + code.name + " at " + hex(instruction));
    if (code.at(code.entry) == nullptr)
        return unknown(Reason::corrupt, "no instruction at the entry of " + code.name);
    FlowContext context(code, arch, symbols);
    if (context.graph.is_lost())
        return unknown(Reason::budget,
                       "the indirect jumps of " + code.name + " could lead to too many places");
    Solver solver(context, static_cast<std::uint32_t>(target - code.instructions.data()));
    auto places = solver.solve();
    if (!places) return tl::unexpected<Unknown>(places.error());
    FlowResult result = Writer(context).write(*places);
    result.all_paths_seen = code.complete && !solver.guessed();
    return result;
}

}  // namespace nfstriage::arguments
