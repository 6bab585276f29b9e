#include "layout/symbol_list.h"

#include <algorithm>
#include <numeric>

#include "layout/name_hash.h"

namespace nfstriage::layout {

SymbolList::SymbolList(std::span<const Symbol> symbols) {
    if (!symbols.empty()) module_ = symbols.front().module;
    std::size_t text = 0;
    for (const Symbol& symbol : symbols) text += symbol.name.size() + 1;
    names_.reserve(text);
    entries_.reserve(symbols.size());
    for (const Symbol& symbol : symbols) {
        entries_.push_back({symbol.address, symbol.size, static_cast<std::uint32_t>(names_.size()),
                            name_fingerprint(symbol.name), symbol.type});
        names_ += symbol.name;
        names_ += '\0';
    }
    by_hash_.resize(entries_.size());
    std::iota(by_hash_.begin(), by_hash_.end(), 0u);
    std::stable_sort(by_hash_.begin(), by_hash_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return entries_[a].hash < entries_[b].hash;
    });
}

Symbol SymbolList::operator[](std::size_t index) const {
    const Entry& entry = entries_[index];
    return {std::string(name(index)), entry.address, entry.size, module_, entry.type};
}

std::optional<std::size_t> SymbolList::find(std::string_view wanted, std::size_t from) const {
    const std::uint16_t hash = name_fingerprint(wanted);
    auto at = std::lower_bound(
        by_hash_.begin(), by_hash_.end(), hash,
        [&](std::uint32_t index, std::uint16_t h) { return entries_[index].hash < h; });
    for (; at != by_hash_.end() && entries_[*at].hash == hash; ++at)
        if (*at >= from && name(*at) == wanted) return *at;
    return std::nullopt;
}

std::size_t SymbolList::up_to(VAddr address) const {
    auto above = std::upper_bound(entries_.begin(), entries_.end(), address,
                                  [](VAddr a, const Entry& entry) { return a < entry.address; });
    return static_cast<std::size_t>(above - entries_.begin());
}

}  // namespace nfstriage::layout
