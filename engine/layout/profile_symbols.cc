#include "layout/profile_symbols.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "layout/code_blocks.h"
#include "layout/name_hash.h"
#include "layout/symbol_alias.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kMostSymbols = 1 << 22;  // a kernel has 100,000
constexpr std::size_t kColumns = 3;            // distances of addresses, types, names
constexpr int kLevel = 15;

tl::unexpected<Unknown> damaged() {
    return unknown(Reason::corrupt, "a block of the profile's symbols is damaged");
}

}  // namespace

struct ProfileSymbols::State {
    ByteSpan fingerprints;  // u16 of each symbol, in address order
    CodeBlocks blocks;
    RecentBlocks<std::vector<LinkedSymbol>> recent;

    using Block = std::shared_ptr<const std::vector<LinkedSymbol>>;

    Maybe<Block> block(std::size_t number) {
        if (auto known = recent.find(number)) return known;
        auto symbols = unpack(number);
        if (!symbols) return tl::unexpected<Unknown>(symbols.error());
        auto made = std::make_shared<const std::vector<LinkedSymbol>>(std::move(*symbols));
        recent.keep(number, made);
        return made;
    }

    Maybe<std::vector<LinkedSymbol>> unpack(std::size_t number) const {
        auto raw = blocks.unpack(number);
        if (!raw) return tl::unexpected<Unknown>(raw.error());
        std::array<CodeReader, kColumns> columns;
        if (!split_columns(*raw, columns)) return damaged();
        auto& [distances, types, texts] = columns;
        std::uint64_t address = blocks.first_address(number);
        std::vector<LinkedSymbol> symbols;
        if (types.left() > ProfileSymbols::kBlockSymbols) return damaged();
        for (std::size_t count = types.left(); count > 0; --count) {
            address += distances.number();
            char type = static_cast<char>(types.take(1)[0]);
            ByteSpan name = texts.take(texts.number());
            if (!distances.ok() || !texts.ok()) return damaged();
            symbols.push_back({std::string(name.begin(), name.end()), address, type, 0});
        }
        set_sizes(symbols, number);
        return symbols;
    }

    void set_sizes(std::vector<LinkedSymbol>& symbols, std::size_t number) const {
        std::optional<std::uint64_t> next;
        if (number + 1 < blocks.count()) next = blocks.first_address(number + 1);
        for (std::size_t i = symbols.size(); i-- > 0;) {
            if (next) symbols[i].size = *next - symbols[i].address;
            if (i > 0 && symbols[i - 1].address != symbols[i].address) next = symbols[i].address;
        }
    }
};

Maybe<ProfileSymbols> ProfileSymbols::open(ByteSpan bytes) {
    Bytes section(bytes);
    auto count = section.get<std::uint32_t>(0);
    if (!count) return tl::unexpected<Unknown>(count.error());
    if (*count > kMostSymbols)
        return unknown(Reason::corrupt, std::to_string(*count) + " symbols in a profile");
    auto fingerprints = section.range(4, std::uint64_t{*count} * 2);
    if (!fingerprints) return tl::unexpected<Unknown>(fingerprints.error());
    auto blocks = CodeBlocks::open(bytes.subspan(4 + fingerprints->size()));
    if (!blocks) return tl::unexpected<Unknown>(blocks.error());
    if (blocks->count() !=
        (*count + ProfileSymbols::kBlockSymbols - 1) / ProfileSymbols::kBlockSymbols)
        return damaged();
    ProfileSymbols result;
    result.state_ = std::make_shared<State>();
    result.state_->fingerprints = *fingerprints;
    result.state_->blocks = std::move(*blocks);
    return result;
}

std::size_t ProfileSymbols::blocks() const { return state_->blocks.count(); }

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::block(std::size_t index) const {
    if (index >= blocks()) return unknown(Reason::no_symbol, "no such block of symbols");
    auto symbols = state_->block(index);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    return **symbols;
}

Maybe<LinkedSymbol> ProfileSymbols::at(std::uint64_t address) const {
    auto index = state_->blocks.find(address);
    if (!index)
        return unknown(Reason::no_symbol, "no symbol of the profile at or below the address");
    auto symbols = state_->block(*index);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    auto next =
        std::upper_bound((*symbols)->begin(), (*symbols)->end(), address,
                         [](std::uint64_t a, const LinkedSymbol& s) { return a < s.address; });
    if (next == (*symbols)->begin()) return damaged();
    // Of those at the same address, which may reach back into earlier blocks, the best.
    const std::uint64_t begin = std::prev(next)->address;
    LinkedSymbol best = *std::prev(next);
    auto consider = [&best](const LinkedSymbol& other) {
        if (!names_better(best.name, best.type, other.name, other.type)) best = other;
    };
    for (auto at = std::prev(next);;) {
        while (at != (*symbols)->begin() && std::prev(at)->address == begin) consider(*--at);
        if (at != (*symbols)->begin() || *index == 0) break;
        symbols = state_->block(--*index);
        if (!symbols) return tl::unexpected<Unknown>(symbols.error());
        at = (*symbols)->end();
    }
    return best;
}

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::find(std::string_view wanted) const {
    std::vector<LinkedSymbol> found;
    const std::uint16_t fingerprint = name_fingerprint(wanted);
    const std::size_t count = state_->fingerprints.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        std::uint16_t one;
        std::memcpy(&one, state_->fingerprints.data() + i * 2, sizeof one);
        if (one != fingerprint) continue;
        auto symbols = state_->block(i / ProfileSymbols::kBlockSymbols);
        if (!symbols) return tl::unexpected<Unknown>(symbols.error());
        if (i % ProfileSymbols::kBlockSymbols >= (*symbols)->size()) return damaged();
        const LinkedSymbol& symbol = (**symbols)[i % ProfileSymbols::kBlockSymbols];
        if (symbol.name == wanted) found.push_back(symbol);
    }
    return found;
}

std::vector<std::uint8_t> encode_symbols(std::vector<LinkedSymbol> symbols) {
    std::stable_sort(
        symbols.begin(), symbols.end(),
        [](const LinkedSymbol& a, const LinkedSymbol& b) { return a.address < b.address; });
    std::vector<std::uint8_t> section;
    auto put = [&section](std::uint64_t value, std::size_t bytes) {
        for (; bytes > 0; --bytes, value >>= 8) section.push_back(value & 0xff);
    };
    put(symbols.size(), 4);
    for (const LinkedSymbol& symbol : symbols) put(name_fingerprint(symbol.name), 2);
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
