#include "layout/profile_symbols.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "layout/code_blocks.h"
#include "layout/name_hash.h"
#include "layout/symbol_alias.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kMostSymbols = 1 << 22;  // a kernel has 100,000
constexpr std::size_t kColumns = 3;            // distances of addresses, types, names
constexpr std::size_t kBucketNames = 16;       // of the index, in the mean
constexpr std::size_t kMostBuckets = 1 << 16;
constexpr std::size_t kRecent = 64;  // blocks, of some 12 KiB
constexpr int kLevel = 15;

tl::unexpected<Unknown> damaged() {
    return unknown(Reason::corrupt, "a block of the profile's symbols is damaged");
}

std::size_t buckets_for(std::size_t names) {
    return std::min(std::bit_ceil(names / kBucketNames + 1), kMostBuckets);
}

// What the name of a clone of `function` begins with.
std::string stem_of(std::string_view function) { return std::string(function) + '.'; }

bool is_clone(std::string_view name, std::string_view stem) {
    return name.starts_with(stem) && name.find('.') + 1 == stem.size();
}

bool is_function(char type) { return type == 't' || type == 'T' || type == 'w' || type == 'W'; }

// A block as it was unpacked, and where its symbols are in it.
struct SymbolBlock {
    struct Row {
        std::uint64_t address, size;
        std::uint32_t name, name_size;  // in `texts`
        char type;
    };
    std::string texts;
    std::vector<Row> rows;

    std::string_view name(const Row& row) const {
        return std::string_view(texts).substr(row.name, row.name_size);
    }
    LinkedSymbol symbol(const Row& row) const {
        return {std::string(name(row)), row.address, row.type, row.size};
    }
};

}  // namespace

struct ProfileSymbols::State {
    // The index of names; arrays of u32, u16 and u32.
    std::size_t count = 0, names = 0, buckets = 0;
    Bytes starts, fingerprints, numbers;
    CodeBlocks blocks;
    RecentBlocks<SymbolBlock, kRecent> recent;

    using Block = std::shared_ptr<const SymbolBlock>;

    Maybe<Block> block(std::size_t number) {
        if (auto known = recent.find(number)) return known;
        auto symbols = unpack(number);
        if (!symbols) return tl::unexpected<Unknown>(symbols.error());
        auto made = std::make_shared<const SymbolBlock>(std::move(*symbols));
        recent.keep(number, made);
        return made;
    }

    Maybe<SymbolBlock> unpack(std::size_t number) const {
        auto raw = blocks.unpack(number);
        if (!raw) return tl::unexpected<Unknown>(raw.error());
        std::array<CodeReader, kColumns> columns;
        if (!split_columns(*raw, columns)) return damaged();
        auto& [distances, types, texts] = columns;
        std::uint64_t address = blocks.first_address(number);
        if (types.left() > ProfileSymbols::kBlockSymbols) return damaged();
        SymbolBlock symbols;
        symbols.rows.reserve(types.left());
        symbols.texts.reserve(texts.left());
        for (std::size_t left = types.left(); left > 0; --left) {
            address += distances.number();
            char type = static_cast<char>(types.take(1)[0]);
            ByteSpan name = texts.take(texts.number());
            if (!distances.ok() || !texts.ok()) return damaged();
            symbols.rows.push_back({address, 0, static_cast<std::uint32_t>(symbols.texts.size()),
                                    static_cast<std::uint32_t>(name.size()), type});
            symbols.texts.append(name.begin(), name.end());
        }
        set_sizes(symbols.rows, number);
        return symbols;
    }

    void set_sizes(std::vector<SymbolBlock::Row>& symbols, std::size_t number) const {
        std::optional<std::uint64_t> next;
        if (number + 1 < blocks.count()) next = blocks.first_address(number + 1);
        for (std::size_t i = symbols.size(); i-- > 0;) {
            if (next) symbols[i].size = *next - symbols[i].address;
            if (i > 0 && symbols[i - 1].address != symbols[i].address) next = symbols[i].address;
        }
    }

    // The symbols that the index has under `key` and whose name `accepts`, in address order.
    template <class Accepts>
    Maybe<std::vector<LinkedSymbol>> find(std::string_view key, Accepts accepts) {
        const std::uint32_t hash = name_hash(key);
        const std::size_t bucket = hash & (buckets - 1);
        auto first = starts.get<std::uint32_t>(bucket * 4);
        auto end = starts.get<std::uint32_t>(bucket * 4 + 4);
        if (!first || !end || *end > names) return damaged();
        std::vector<LinkedSymbol> found;
        for (std::uint64_t at = *first; at < *end; ++at) {
            if (fingerprints.get<std::uint16_t>(at * 2).value_or(0) != hash >> 16) continue;
            auto number = numbers.get<std::uint32_t>(at * 4);
            if (!number || *number >= count) return damaged();
            auto symbols = block(*number / ProfileSymbols::kBlockSymbols);
            if (!symbols) return tl::unexpected<Unknown>(symbols.error());
            const std::size_t row = *number % ProfileSymbols::kBlockSymbols;
            if (row >= (*symbols)->rows.size()) return damaged();
            const SymbolBlock::Row& symbol = (*symbols)->rows[row];
            if (accepts((*symbols)->name(symbol))) found.push_back((*symbols)->symbol(symbol));
        }
        return found;
    }
};

Maybe<ProfileSymbols> ProfileSymbols::open(ByteSpan bytes) {
    Bytes section(bytes);
    auto count = section.get<std::uint32_t>(0);
    auto names = section.get<std::uint32_t>(4);
    if (!count || !names) return tl::unexpected<Unknown>((count ? names : count).error());
    if (*count > kMostSymbols || *names > 2 * kMostSymbols)
        return unknown(Reason::corrupt, std::to_string(*count) + " symbols in a profile");
    const std::size_t buckets = buckets_for(*names);
    std::uint64_t at = 8;
    auto take = [&](std::uint64_t size) {
        auto part = section.range(at, size);
        at += size;
        return part;
    };
    auto starts = take((std::uint64_t{buckets} + 1) * 4);
    auto fingerprints = take(std::uint64_t{*names} * 2);
    auto numbers = take(std::uint64_t{*names} * 4);
    for (auto* part : {&starts, &fingerprints, &numbers})
        if (!*part) return tl::unexpected<Unknown>(part->error());
    auto blocks = CodeBlocks::open(bytes.subspan(at));
    if (!blocks) return tl::unexpected<Unknown>(blocks.error());
    if (blocks->count() != (*count + kBlockSymbols - 1) / kBlockSymbols) return damaged();
    ProfileSymbols result;
    result.state_ = std::make_shared<State>();
    State& state = *result.state_;
    state.count = *count;
    state.names = *names;
    state.buckets = buckets;
    state.starts = Bytes(*starts);
    state.fingerprints = Bytes(*fingerprints);
    state.numbers = Bytes(*numbers);
    state.blocks = std::move(*blocks);
    return result;
}

std::size_t ProfileSymbols::blocks() const { return state_->blocks.count(); }

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::block(std::size_t index) const {
    if (index >= blocks()) return unknown(Reason::no_symbol, "no such block of symbols");
    auto symbols = state_->block(index);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    std::vector<LinkedSymbol> all;
    all.reserve((*symbols)->rows.size());
    for (const SymbolBlock::Row& row : (*symbols)->rows) all.push_back((*symbols)->symbol(row));
    return all;
}

Maybe<LinkedSymbol> ProfileSymbols::at(std::uint64_t address) const {
    auto index = state_->blocks.find(address);
    if (!index)
        return unknown(Reason::no_symbol, "no symbol of the profile at or below the address");
    auto symbols = state_->block(*index);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    auto rows = [&symbols]() -> const auto& { return (*symbols)->rows; };
    auto next = std::upper_bound(
        rows().begin(), rows().end(), address,
        [](std::uint64_t a, const SymbolBlock::Row& row) { return a < row.address; });
    if (next == rows().begin()) return damaged();
    // Of those at the same address, which may reach back into earlier blocks, the best.
    const std::uint64_t begin = std::prev(next)->address;
    LinkedSymbol best = (*symbols)->symbol(*std::prev(next));
    auto consider = [&](const SymbolBlock::Row& other) {
        if (!names_better(best.name, best.type, (*symbols)->name(other), other.type))
            best = (*symbols)->symbol(other);
    };
    for (auto at = std::prev(next);;) {
        while (at != rows().begin() && std::prev(at)->address == begin) consider(*--at);
        if (at != rows().begin() || *index == 0) break;
        symbols = state_->block(--*index);
        if (!symbols) return tl::unexpected<Unknown>(symbols.error());
        at = rows().end();
    }
    return best;
}

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::find(std::string_view wanted) const {
    return state_->find(wanted, [wanted](std::string_view name) { return name == wanted; });
}

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::clones(std::string_view function) const {
    const std::string stem = stem_of(function);
    return state_->find(stem, [&stem](std::string_view name) { return is_clone(name, stem); });
}

namespace {

void put(std::vector<std::uint8_t>& to, std::uint64_t value, std::size_t bytes) {
    for (; bytes > 0; --bytes, value >>= 8) to.push_back(value & 0xff);
}

// The counts and the index of names in front of the blocks; `symbols` as they are stored.
std::vector<std::uint8_t> encode_names(const std::vector<LinkedSymbol>& symbols) {
    struct Name {
        std::uint32_t hash, number;
    };
    std::vector<Name> names;
    for (std::uint32_t i = 0; i < symbols.size(); ++i) {
        const std::string& name = symbols[i].name;
        names.push_back({name_hash(name), i});
        const std::size_t dot = name.find('.');
        if (dot != std::string::npos && dot != 0 && is_function(symbols[i].type))
            names.push_back({name_hash(std::string_view(name).substr(0, dot + 1)), i});
    }
    const std::size_t buckets = buckets_for(names.size());
    auto bucket_of = [buckets](const Name& name) { return name.hash & (buckets - 1); };
    std::stable_sort(names.begin(), names.end(),
                     [&](const Name& a, const Name& b) { return bucket_of(a) < bucket_of(b); });
    std::vector<std::uint8_t> index;
    put(index, symbols.size(), 4);
    put(index, names.size(), 4);
    std::size_t first = 0;
    for (std::size_t bucket = 0; bucket <= buckets; ++bucket) {
        while (first < names.size() && bucket_of(names[first]) < bucket) ++first;
        put(index, first, 4);
    }
    for (const Name& name : names) put(index, name.hash >> 16, 2);
    for (const Name& name : names) put(index, name.number, 4);
    return index;
}

}  // namespace

std::vector<std::uint8_t> encode_symbols(std::vector<LinkedSymbol> symbols) {
    std::stable_sort(
        symbols.begin(), symbols.end(),
        [](const LinkedSymbol& a, const LinkedSymbol& b) { return a.address < b.address; });
    std::vector<std::uint8_t> section = encode_names(symbols);
    std::vector<CodeBlock> blocks;
    for (std::size_t first = 0; first < symbols.size(); first += ProfileSymbols::kBlockSymbols) {
        std::array<CodeWriter, kColumns> columns;
        auto& [distances, types, texts] = columns;
        std::uint64_t address = symbols[first].address;
        for (std::size_t i = first;
             i < std::min(symbols.size(), first + ProfileSymbols::kBlockSymbols); ++i) {
            const LinkedSymbol& symbol = symbols[i];
            distances.number(symbol.address - std::exchange(address, symbol.address));
            auto type = static_cast<std::uint8_t>(symbol.type);
            types.append({&type, 1});
            texts.number(symbol.name.size());
            texts.append(
                {reinterpret_cast<const std::uint8_t*>(symbol.name.data()), symbol.name.size()});
        }
        blocks.push_back({symbols[first].address, join_columns(columns)});
    }
    auto packed = pack_code_blocks(blocks, kLevel);
    section.insert(section.end(), packed.begin(), packed.end());
    return section;
}

}  // namespace nfstriage::layout
