#include "layout/profile_symbols.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "layout/code_blocks.h"
#include "layout/name_hash.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kBlockSymbols = 1024;
constexpr std::size_t kMostBlocks = 1 << 11;  // two million symbols: a kernel has 100,000
constexpr std::size_t kMostText = 64 << 20;   // bytes of all names: a kernel's are 3 MiB
constexpr std::size_t kColumns = 3;           // distances of addresses, types, names
constexpr int kLevel = 12;

tl::unexpected<Unknown> damaged() {
    return unknown(Reason::corrupt, "a block of the profile's symbols is damaged");
}

}  // namespace

struct ProfileSymbols::State {
    CodeBlocks blocks;
    std::pair<std::size_t, std::vector<LinkedSymbol>> last{SIZE_MAX, {}};  // block, its symbols

    // By name, made when first asked for: names one behind the other, and an open hash of them.
    struct Name {
        std::uint32_t offset, size;
        std::uint64_t address;
        char type;
    };
    bool names_read = false;
    std::optional<Unknown> names_failed;
    std::string text;
    std::vector<Name> names;
    std::vector<std::uint32_t> table;  // index into names + 1, 0 = free

    // Hands (name, address, type) of each symbol of a block to `use`.
    template <class Use>
    Maybe<void> walk(std::size_t block, Use use) const {
        auto raw = blocks.unpack(block);
        if (!raw) return tl::unexpected<Unknown>(raw.error());
        std::array<CodeReader, kColumns> columns;
        if (!split_columns(*raw, columns)) return damaged();
        auto& [distances, types, texts] = columns;
        std::uint64_t address = blocks.first_address(block);
        for (std::size_t count = types.left(); count > 0; --count) {
            address += distances.number();
            char type = static_cast<char>(types.take(1)[0]);
            ByteSpan name = texts.take(texts.number());
            if (!distances.ok() || !texts.ok()) return damaged();
            use(std::string_view(reinterpret_cast<const char*>(name.data()), name.size()), address,
                type);
        }
        return {};
    }

    Maybe<std::vector<LinkedSymbol>> unpack(std::size_t block) const {
        std::vector<LinkedSymbol> symbols;
        auto done = walk(block, [&](std::string_view name, std::uint64_t address, char type) {
            symbols.push_back({std::string(name), address, type, 0});
        });
        if (!done) return tl::unexpected<Unknown>(done.error());
        set_sizes(symbols, block);
        return symbols;
    }

    void set_sizes(std::vector<LinkedSymbol>& symbols, std::size_t block) const {
        std::optional<std::uint64_t> next;
        if (block + 1 < blocks.count()) next = blocks.first_address(block + 1);
        for (std::size_t i = symbols.size(); i-- > 0;) {
            if (next) symbols[i].size = *next - symbols[i].address;
            if (i > 0 && symbols[i - 1].address != symbols[i].address) next = symbols[i].address;
        }
    }

    void read_names() {
        if (std::exchange(names_read, true)) return;
        for (std::size_t block = 0; block < blocks.count(); ++block) {
            auto done = walk(block, [&](std::string_view name, std::uint64_t address, char type) {
                names.push_back({static_cast<std::uint32_t>(text.size()),
                                 static_cast<std::uint32_t>(name.size()), address, type});
                text += name;
            });
            if (text.size() > kMostText) done = damaged();
            if (!done) {
                names_failed = done.error();
                return;
            }
        }
        table.assign(std::bit_ceil(names.size() * 2 + 1), 0);
        for (std::uint32_t i = 0; i < names.size(); ++i) {
            std::size_t slot = name_hash(name(i)) & (table.size() - 1);
            while (table[slot] != 0) slot = (slot + 1) & (table.size() - 1);
            table[slot] = i + 1;
        }
    }

    std::string_view name(std::size_t i) const {
        return std::string_view(text).substr(names[i].offset, names[i].size);
    }
};

Maybe<ProfileSymbols> ProfileSymbols::open(ByteSpan bytes) {
    auto blocks = CodeBlocks::open(bytes);
    if (!blocks) return tl::unexpected<Unknown>(blocks.error());
    if (blocks->count() > kMostBlocks)
        return unknown(Reason::corrupt,
                       std::to_string(blocks->count()) + " blocks of symbols in a profile");
    ProfileSymbols result;
    result.state_ = std::make_shared<State>();
    result.state_->blocks = std::move(*blocks);
    return result;
}

std::size_t ProfileSymbols::blocks() const { return state_->blocks.count(); }

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::block(std::size_t index) const {
    if (index >= blocks()) return unknown(Reason::no_symbol, "no such block of symbols");
    if (state_->last.first != index) {
        auto symbols = state_->unpack(index);
        if (!symbols) return symbols;
        state_->last = {index, std::move(*symbols)};
    }
    return state_->last.second;
}

Maybe<LinkedSymbol> ProfileSymbols::at(std::uint64_t address) const {
    auto index = state_->blocks.find(address);
    if (!index)
        return unknown(Reason::no_symbol, "no symbol of the profile at or below the address");
    if (auto loaded = block(*index); !loaded) return tl::unexpected<Unknown>(loaded.error());
    const std::vector<LinkedSymbol>& symbols = state_->last.second;
    auto next =
        std::upper_bound(symbols.begin(), symbols.end(), address,
                         [](std::uint64_t a, const LinkedSymbol& s) { return a < s.address; });
    if (next == symbols.begin()) return damaged();
    auto found = std::prev(next);
    while (found != symbols.begin() && std::prev(found)->address == found->address) --found;
    return *found;
}

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::find(std::string_view wanted) const {
    State& state = *state_;
    state.read_names();
    if (state.names_failed) return tl::unexpected<Unknown>(*state.names_failed);
    std::vector<LinkedSymbol> found;
    std::size_t slot = name_hash(wanted) & (state.table.size() - 1);
    for (; state.table[slot] != 0; slot = (slot + 1) & (state.table.size() - 1)) {
        const State::Name& name = state.names[state.table[slot] - 1];
        if (state.name(state.table[slot] - 1) == wanted)
            found.push_back({std::string(wanted), name.address, name.type, 0});
    }
    std::stable_sort(found.begin(), found.end(), [](const LinkedSymbol& a, const LinkedSymbol& b) {
        return a.address < b.address;
    });
    return found;
}

std::vector<std::uint8_t> encode_symbols(std::vector<LinkedSymbol> symbols) {
    std::stable_sort(
        symbols.begin(), symbols.end(),
        [](const LinkedSymbol& a, const LinkedSymbol& b) { return a.address < b.address; });
    std::vector<CodeBlock> blocks;
    for (std::size_t first = 0; first < symbols.size(); first += kBlockSymbols) {
        std::array<CodeWriter, kColumns> columns;
        auto& [distances, types, texts] = columns;
        std::uint64_t address = symbols[first].address;
        for (std::size_t i = first; i < std::min(symbols.size(), first + kBlockSymbols); ++i) {
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
    return pack_code_blocks(blocks, kLevel);
}

}  // namespace nfstriage::layout
