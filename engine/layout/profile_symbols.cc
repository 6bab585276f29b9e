#include "layout/profile_symbols.h"

#include <zstd.h>
#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "layout/name_hash.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kBlockSymbols = 1024;
constexpr std::uint32_t kLargestBlock = 1 << 20;  // bytes unpacked: names are at most 512 long
constexpr std::uint32_t kMostBlocks = 1 << 14;
constexpr std::uint64_t kMostNames = 64 << 20;  // bytes of all blocks: a kernel's are about 4 MiB
constexpr int kLevel = 12;

struct IndexEntry {
    std::uint64_t address;  // of the block's first symbol
    std::uint32_t offset, packed, unpacked, count;
};
static_assert(sizeof(IndexEntry) == 24);

template <class T>
void append(std::vector<std::uint8_t>& to, const T& value) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
    to.insert(to.end(), bytes, bytes + sizeof value);
}

void append_leb(std::vector<std::uint8_t>& to, std::uint64_t value) {
    do {
        std::uint8_t byte = value & 0x7f;
        value >>= 7;
        to.push_back(value != 0 ? byte | 0x80 : byte);
    } while (value != 0);
}

std::optional<std::uint64_t> read_leb(ByteSpan bytes, std::size_t& at) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
        std::uint8_t byte = bytes[at++];
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
}

}  // namespace

struct ProfileSymbols::State {
    ByteSpan bytes;
    std::vector<IndexEntry> index;
    std::uint64_t count = 0;

    std::pair<std::size_t, std::vector<LinkedSymbol>> last{SIZE_MAX, {}};  // block, its symbols

    // By name, made when first asked for: names one behind the other, and an open hash of them.
    struct Name {
        std::uint32_t offset, size;
        std::uint64_t address;
        char type;
    };
    std::optional<Unknown> names_failed;
    std::string text;
    std::vector<Name> names;
    std::vector<std::uint32_t> table;  // index into names + 1, 0 = free

    Maybe<std::vector<LinkedSymbol>> unpack(std::size_t block) const {
        const IndexEntry& entry = index[block];
        auto packed = Bytes(bytes).range(entry.offset, entry.packed);
        if (!packed) return tl::unexpected<Unknown>(packed.error());
        std::vector<std::uint8_t> raw(entry.unpacked);
        std::size_t got = ZSTD_decompress(raw.data(), raw.size(), packed->data(), packed->size());
        if (ZSTD_isError(got) != 0 || got != raw.size())
            return unknown(Reason::corrupt, "a block of the profile's symbols");
        std::vector<LinkedSymbol> symbols;
        symbols.reserve(entry.count);
        std::uint64_t address = entry.address;
        for (std::size_t at = 0; at < raw.size();) {
            auto delta = read_leb(raw, at);
            if (!delta || at >= raw.size()) break;
            char type = static_cast<char>(raw[at++]);
            auto name = Bytes(ByteSpan(raw)).cstring(at);
            if (!name) break;
            at += name->size() + 1;
            address += *delta;
            symbols.push_back({std::string(*name), address, type, 0});
        }
        if (symbols.size() != entry.count)
            return unknown(Reason::corrupt, "a block of the profile's symbols");
        set_sizes(symbols, block);
        return symbols;
    }

    void set_sizes(std::vector<LinkedSymbol>& symbols, std::size_t block) const {
        std::optional<std::uint64_t> next;
        if (block + 1 < index.size()) next = index[block + 1].address;
        for (std::size_t i = symbols.size(); i-- > 0;) {
            if (next) symbols[i].size = *next - symbols[i].address;
            if (i > 0 && symbols[i - 1].address != symbols[i].address) next = symbols[i].address;
        }
    }

    void read_names() {
        if (!names.empty() || names_failed) return;
        names.reserve(count);
        for (std::size_t block = 0; block < index.size(); ++block) {
            auto symbols = unpack(block);
            if (!symbols) {
                names_failed = symbols.error();
                return;
            }
            for (const LinkedSymbol& symbol : *symbols) {
                names.push_back({static_cast<std::uint32_t>(text.size()),
                                 static_cast<std::uint32_t>(symbol.name.size()), symbol.address,
                                 symbol.type});
                text += symbol.name;
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
    Bytes section(bytes);
    auto blocks = section.get<std::uint32_t>(0);
    if (!blocks) return tl::unexpected<Unknown>(blocks.error());
    if (*blocks > kMostBlocks) return unknown(Reason::corrupt, "too many blocks of symbols");
    ProfileSymbols result;
    result.state_ = std::make_shared<State>();
    State& state = *result.state_;
    state.bytes = bytes;
    std::uint64_t unpacked = 0;
    for (std::uint32_t i = 0; i < *blocks; ++i) {
        auto entry = section.get<IndexEntry>(8 + std::uint64_t{i} * sizeof(IndexEntry));
        if (!entry) return tl::unexpected<Unknown>(entry.error());
        bool sound = entry->unpacked <= kLargestBlock && entry->count <= kBlockSymbols &&
                     entry->count != 0 && section.range(entry->offset, entry->packed) &&
                     (i == 0 || entry->address >= state.index.back().address);
        unpacked += entry->unpacked;
        if (!sound || unpacked > kMostNames)
            return unknown(Reason::corrupt, "index of the profile's symbols");
        state.index.push_back(*entry);
        state.count += entry->count;
    }
    return result;
}

std::uint64_t ProfileSymbols::size() const { return state_->count; }
std::size_t ProfileSymbols::blocks() const { return state_->index.size(); }

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::block(std::size_t index) const {
    if (index >= state_->index.size())
        return unknown(Reason::no_symbol, "no such block of symbols");
    if (state_->last.first != index) {
        auto symbols = state_->unpack(index);
        if (!symbols) return symbols;
        state_->last = {index, std::move(*symbols)};
    }
    return state_->last.second;
}

Maybe<LinkedSymbol> ProfileSymbols::at(std::uint64_t address) const {
    const auto& index = state_->index;
    auto after =
        std::upper_bound(index.begin(), index.end(), address,
                         [](std::uint64_t a, const IndexEntry& e) { return a < e.address; });
    if (after == index.begin())
        return unknown(Reason::no_symbol, "no symbol of the profile at or below the address");
    auto symbols = block(static_cast<std::size_t>(after - index.begin()) - 1);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    auto next =
        std::upper_bound(symbols->begin(), symbols->end(), address,
                         [](std::uint64_t a, const LinkedSymbol& s) { return a < s.address; });
    auto found = std::prev(next);
    while (found != symbols->begin() && std::prev(found)->address == found->address) --found;
    return *found;
}

Maybe<std::vector<LinkedSymbol>> ProfileSymbols::find(std::string_view wanted) const {
    State& state = *state_;
    state.read_names();
    if (state.names_failed) return tl::unexpected<Unknown>(*state.names_failed);
    std::vector<LinkedSymbol> found;
    if (state.table.empty()) return found;
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
    std::size_t blocks = (symbols.size() + kBlockSymbols - 1) / kBlockSymbols;
    std::vector<std::uint8_t> head, body;
    append(head, static_cast<std::uint32_t>(blocks));
    append(head, std::uint32_t{0});
    for (std::size_t first = 0; first < symbols.size(); first += kBlockSymbols) {
        std::size_t end = std::min(symbols.size(), first + kBlockSymbols);
        std::vector<std::uint8_t> raw;
        std::uint64_t address = symbols[first].address;
        for (std::size_t i = first; i < end; ++i) {
            append_leb(raw, symbols[i].address - address);
            address = symbols[i].address;
            raw.push_back(static_cast<std::uint8_t>(symbols[i].type));
            raw.insert(raw.end(), symbols[i].name.begin(), symbols[i].name.end());
            raw.push_back(0);
        }
        std::vector<std::uint8_t> packed(ZSTD_compressBound(raw.size()));
        packed.resize(ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), kLevel));
        std::uint64_t offset = 8 + blocks * sizeof(IndexEntry) + body.size();
        append(head, IndexEntry{symbols[first].address, static_cast<std::uint32_t>(offset),
                                static_cast<std::uint32_t>(packed.size()),
                                static_cast<std::uint32_t>(raw.size()),
                                static_cast<std::uint32_t>(end - first)});
        body.insert(body.end(), packed.begin(), packed.end());
    }
    head.insert(head.end(), body.begin(), body.end());
    return head;
}

}  // namespace nfstriage::layout
