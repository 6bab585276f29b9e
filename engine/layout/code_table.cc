#include "layout/code_table.h"

#include <algorithm>
#include <unordered_map>

#include "layout/code_blocks.h"
#include "layout/code_blocks_inlined.h"
#include "layout/code_blocks_parameters.h"
#include "layout/code_blocks_source.h"
#include "layout/code_blocks_write.h"

namespace nfstriage::layout {

namespace {

constexpr std::size_t kMaxChain = 512;       // inlined calls at one address
constexpr std::size_t kMostFunctions = 512;  // whose answers are kept

template <class T>
tl::unexpected<Unknown> same(const Maybe<T>& unknown) {
    return tl::unexpected<Unknown>(unknown.error());
}

tl::unexpected<Unknown> no_symbol(std::uint64_t) {
    return unknown(Reason::no_symbol, "no function of the code table");
}

// The last item that starts at or below a key.
template <class Items, class Key, class Start>
auto last_at(const Items& items, Key key, Start start) -> decltype(items.data()) {
    auto above = std::upper_bound(items.begin(), items.end(), key,
                                  [&](Key k, const auto& item) { return k < start(item); });
    return above == items.begin() ? nullptr : &*std::prev(above);
}

const CodeRow* row_at(const CodePiece& piece, std::uint64_t address) {
    return last_at(piece.rows, address - piece.begin,
                   [](const CodeRow& row) { return std::uint64_t{row.offset}; });
}

}  // namespace

struct CodeTable::State {
    CodeTableHeader header;
    CodeBlocks source, parameters, strings;
    std::optional<CodeBlocks> inlined;  // a table without such parameters has none
    Bytes names;

    // What was unpacked so far.
    mutable std::vector<std::uint8_t> shared_bytes;
    mutable std::vector<std::string_view> shared;
    mutable RecentBlocks<SourceBlock> recent_source;
    mutable RecentBlocks<ParameterBlock> recent_parameters;
    mutable RecentBlocks<InlinedBlock> recent_inlined;
    // What function_at() has answered: stacks have most of their frames in common, and these lie
    // in more blocks than are kept.
    mutable std::unordered_map<std::uint64_t, Maybe<FunctionSource>> functions;

    Maybe<void> load_shared() const {
        if (!shared.empty()) return {};
        auto bytes = strings.unpack(0);
        if (!bytes) return same(bytes);
        shared_bytes = std::move(*bytes);
        shared = split_texts(shared_bytes);
        if (shared.empty()) return unknown(Reason::corrupt, "shared strings of the code table");
        return {};
    }

    Maybe<std::shared_ptr<const SourceBlock>> source_block(std::size_t number) const {
        if (auto kept = recent_source.find(number)) return kept;
        if (auto loaded = load_shared(); !loaded) return same(loaded);
        auto bytes = source.unpack(number);
        if (!bytes) return same(bytes);
        auto block =
            decode_source(std::move(*bytes), source.first_address(number), header.shift, shared);
        if (!block) return same(block);
        auto kept = std::make_shared<const SourceBlock>(std::move(*block));
        recent_source.keep(number, kept);
        return kept;
    }

    Maybe<std::shared_ptr<const ParameterBlock>> parameter_block(std::size_t number) const {
        if (auto kept = recent_parameters.find(number)) return kept;
        if (auto loaded = load_shared(); !loaded) return same(loaded);
        auto bytes = parameters.unpack(number);
        if (!bytes) return same(bytes);
        auto block = decode_parameters(std::move(*bytes), parameters.first_address(number), shared);
        if (!block) return same(block);
        auto kept = std::make_shared<const ParameterBlock>(std::move(*block));
        recent_parameters.keep(number, kept);
        return kept;
    }

    Maybe<std::shared_ptr<const InlinedBlock>> inlined_block(std::size_t number) const {
        if (auto kept = recent_inlined.find(number)) return kept;
        if (auto loaded = load_shared(); !loaded) return same(loaded);
        auto bytes = inlined->unpack(number);
        if (!bytes) return same(bytes);
        auto block =
            decode_inlined(std::move(*bytes), inlined->first_address(number), header.shift, shared);
        if (!block) return same(block);
        auto kept = std::make_shared<const InlinedBlock>(std::move(*block));
        recent_inlined.keep(number, kept);
        return kept;
    }

    Maybe<FunctionSource> function_at(std::uint64_t address) const;

    // The source blocks that may name the function.
    std::vector<std::size_t> blocks_naming(std::string_view function) const {
        const std::uint16_t wanted = name_fingerprint(function);
        std::vector<std::size_t> out;
        std::uint64_t at = std::uint64_t{source.count()} * sizeof(std::uint32_t);
        for (std::size_t number = 0; number < source.count(); number++) {
            std::uint32_t count =
                names.get<std::uint32_t>(number * sizeof(std::uint32_t)).value_or(0);
            auto own = names.range(at, count * std::uint64_t{sizeof wanted});
            if (!own) break;  // cut off
            at += own->size();
            Bytes fingerprints(*own);
            bool found = false;
            for (std::uint64_t i = 0; i < own->size() && !found; i += sizeof wanted)
                found = *fingerprints.get<std::uint16_t>(i) == wanted;
            if (found) out.push_back(number);
        }
        return out;
    }

    struct Found {
        std::shared_ptr<const SourceBlock> block;
        const CodePiece* piece = nullptr;
    };
    Maybe<Found> piece_at(std::uint64_t address) const {
        auto number = source.find(address);
        if (!number) return no_symbol(address);
        auto block = source_block(*number);
        if (!block) return same(block);
        const CodePiece* piece =
            last_at((*block)->pieces, address, [](const CodePiece& each) { return each.begin; });
        if (piece == nullptr || address >= piece->end) return no_symbol(address);
        return Found{*block, piece};
    }

    struct FoundParameters {
        std::shared_ptr<const ParameterBlock> block;
        const CodeParameters* function = nullptr;
    };
    Maybe<FoundParameters> parameters_of(std::uint64_t entry) const {
        auto number = parameters.find(entry);
        if (!number) return no_symbol(entry);
        auto block = parameter_block(*number);
        if (!block) return same(block);
        const CodeParameters* function = last_at(
            (*block)->functions, entry, [](const CodeParameters& each) { return each.entry; });
        if (function == nullptr || function->entry != entry) return no_symbol(entry);
        return FoundParameters{*block, function};
    }

    struct FoundInlined {
        std::shared_ptr<const InlinedBlock> block;
        const InlinedPiece* piece = nullptr;
    };
    // What is known of the calls inlined in the piece that begins at `begin`; no piece where
    // nothing is.
    Maybe<FoundInlined> inlined_in(std::uint64_t begin) const {
        auto number = inlined ? inlined->find(begin) : std::nullopt;
        if (!number) return FoundInlined{};
        auto block = inlined_block(*number);
        if (!block) return same(block);
        const InlinedPiece* piece =
            last_at((*block)->pieces, begin, [](const InlinedPiece& each) { return each.begin; });
        if (piece == nullptr || piece->begin != begin) return FoundInlined{};
        return FoundInlined{*block, piece};
    }
};

Maybe<CodeTable> CodeTable::open(ByteSpan bytes) {
    Bytes all(bytes);
    auto header = all.get<CodeTableHeader>(0);
    if (!header || header->magic != kCodeTableMagic || header->version != kCodeTableVersion ||
        header->shift > 2)
        return unknown(Reason::corrupt, "header of the code table");
    auto state = std::make_shared<State>();
    state->header = *header;
    std::uint64_t offset = sizeof(CodeTableHeader);
    auto part = [&](std::uint32_t size) {
        auto range = all.range(offset, size);
        offset += size;
        return range;
    };
    auto source = part(header->source_size);
    auto parameters = part(header->parameters_size);
    auto strings = part(header->strings_size);
    auto names = part(header->names_size);
    if (!source || !parameters || !strings || !names)
        return unknown(Reason::corrupt, "code table cut off");
    auto source_blocks = CodeBlocks::open(*source);
    auto parameter_blocks = CodeBlocks::open(*parameters);
    auto string_blocks = CodeBlocks::open(*strings);
    if (!source_blocks) return same(source_blocks);
    if (!parameter_blocks) return same(parameter_blocks);
    if (!string_blocks) return same(string_blocks);
    state->source = std::move(*source_blocks);
    state->parameters = std::move(*parameter_blocks);
    state->strings = std::move(*string_blocks);
    state->names = Bytes(*names);
    if (offset < all.size()) {
        auto inlined_blocks = CodeBlocks::open(bytes.subspan(offset));
        if (!inlined_blocks) return same(inlined_blocks);
        state->inlined = std::move(*inlined_blocks);
    }
    CodeTable table;
    table.state_ = std::move(state);
    return table;
}

Maybe<std::vector<SourceFrame>> CodeTable::source_of(std::uint64_t address) const {
    auto found = state_->piece_at(address);
    if (!found) return same(found);
    const CodePiece& piece = *found->piece;
    const StringTable& strings = *found->block->strings;
    const CodeRow* row = row_at(piece, address);
    std::vector<SourceFrame> frames;
    std::uint32_t node = row == nullptr ? 0 : row->node;
    std::string file(row == nullptr ? "" : strings.text(row->file));
    unsigned line = row == nullptr ? 0 : row->line;
    for (; node != 0; node = piece.nodes[node - 1].parent) {
        const CodeNode& inlined = piece.nodes[node - 1];
        frames.push_back({std::string(strings.text(inlined.function)), file, line, true});
        file = strings.text(inlined.call_file);
        line = inlined.call_line;
        if (frames.size() == kMaxChain) return unknown(Reason::corrupt, "endless inlining");
    }
    frames.push_back({std::string(strings.text(piece.function)), file, line, false});
    return frames;
}

Maybe<FunctionSource> CodeTable::function_at(std::uint64_t address) const {
    auto& functions = state_->functions;
    if (auto known = functions.find(address); known != functions.end()) return known->second;
    auto function = state_->function_at(address);
    if (functions.size() >= kMostFunctions) functions.clear();
    functions.emplace(address, function);
    return function;
}

Maybe<FunctionSource> CodeTable::State::function_at(std::uint64_t address) const {
    auto found = piece_at(address);
    if (!found) return same(found);
    FunctionSource function;
    function.name = found->block->strings->text(found->piece->function);
    function.begin = found->piece->begin;
    function.end = found->piece->end;
    function.entry = found->piece->entry;
    auto known = parameters_of(function.entry);
    if (!known) {
        if (known.error().reason == Reason::no_symbol) return function;
        return same(known);
    }
    for (const CodeParameter& parameter : known->function->parameters) {
        Parameter& out = function.parameters.emplace_back();
        out.name = known->block->strings->text(parameter.name);
        out.type = known->block->strings->text(parameter.type);
        out.locations = parameter.locations;
        for (Location& location : out.locations)
            if (location.begin == 0 && location.end == 0) location.end = UINT64_MAX;
    }
    return function;
}

Maybe<std::vector<InlinedFunction>> CodeTable::inlined_at(std::uint64_t address) const {
    auto found = state_->piece_at(address);
    if (!found) return same(found);
    const CodePiece& piece = *found->piece;
    const CodeRow* row = row_at(piece, address);
    std::vector<InlinedFunction> out;
    if (row == nullptr || row->node == 0) return out;
    auto known = state_->inlined_in(piece.begin);
    if (!known) return same(known);
    for (std::uint32_t node = row->node; node != 0; node = piece.nodes[node - 1].parent) {
        if (out.size() == kMaxChain) return unknown(Reason::corrupt, "endless inlining");
        InlinedFunction& function = out.emplace_back();
        function.name = found->block->strings->text(piece.nodes[node - 1].function);
        if (known->piece == nullptr) continue;
        const InlinedCall* call =
            last_at(known->piece->calls, node, [](const InlinedCall& each) { return each.node; });
        if (call == nullptr || call->node != node) continue;
        CodeStretch stretch = stretch_of(piece, node);
        for (const CodeParameter& parameter : call->parameters) {
            Parameter& told = function.parameters.emplace_back();
            told.name = known->block->strings->text(parameter.name);
            told.type = known->block->strings->text(parameter.type);
            told.locations = parameter.locations;
            for (Location& location : told.locations) {
                if (location.end == 0) location.end = stretch.end - stretch.begin;
                location.begin += piece.begin + stretch.begin;
                location.end += piece.begin + stretch.begin;
            }
        }
    }
    return out;
}

Maybe<std::vector<CallArgument>> CodeTable::call_arguments(std::uint64_t return_address) const {
    if (return_address == 0) return no_symbol(return_address);
    auto found = state_->piece_at(return_address - 1);  // a call may be a function's last word
    if (!found) return same(found);
    auto known = state_->parameters_of(found->piece->entry);
    if (!known) return same(known);
    for (const CodeCall& call : known->function->calls)
        if (call.return_address == return_address) return call.arguments;
    return no_symbol(return_address);
}

std::vector<std::string> CodeTable::hosts(std::string_view function) const {
    std::vector<std::string> out;
    for (std::size_t number : state_->blocks_naming(function)) {
        auto block = state_->source_block(number);
        if (!block) continue;
        const StringTable& strings = *(*block)->strings;
        for (const CodePiece& piece : (*block)->pieces)
            if (std::any_of(piece.nodes.begin(), piece.nodes.end(), [&](const CodeNode& node) {
                    return strings.text(node.function) == function;
                }))
                out.emplace_back(strings.text(piece.function));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::vector<std::uint64_t> CodeTable::entries(std::string_view function) const {
    std::vector<std::uint64_t> out;
    for (std::size_t number : state_->blocks_naming(function)) {
        auto block = state_->source_block(number);
        if (!block) continue;
        for (const CodePiece& piece : (*block)->pieces)
            if (piece.begin == piece.entry && (*block)->strings->text(piece.function) == function)
                out.push_back(piece.begin);
    }
    return out;
}

}  // namespace nfstriage::layout
