#include "layout/symbol_list.h"

#include <algorithm>

#include "layout/name_hash.h"

namespace nfstriage::layout {
namespace {

struct Names {
    std::string names;
    std::vector<ListedSymbol> symbols;
};

// The names of the symbols one behind the other.
Names listed(std::span<const Symbol> symbols) {
    Names result;
    std::size_t text = 0;
    for (const Symbol& symbol : symbols) text += symbol.name.size() + 1;
    result.names.reserve(text);
    result.symbols.reserve(symbols.size());
    for (const Symbol& symbol : symbols) {
        result.symbols.push_back({symbol.address, symbol.size,
                                  static_cast<std::uint32_t>(result.names.size()), symbol.type});
        result.names += symbol.name;
        result.names += '\0';
    }
    return result;
}

}  // namespace

SymbolList::SymbolList(std::string module, std::string names, std::vector<ListedSymbol> symbols)
    : module_(std::move(module)),
      names_(std::move(names)),
      entries_(std::move(symbols)),
      by_name_(entries_.size(), entries_.size()) {
    for (auto i = static_cast<std::uint32_t>(entries_.size()); i-- > 0;)
        by_name_.add(name_hash(name(i)), i);
}

SymbolList::SymbolList(std::span<const Symbol> symbols) {
    Names made = listed(symbols);
    *this = SymbolList(symbols.empty() ? "" : symbols.front().module, std::move(made.names),
                       std::move(made.symbols));
}

Symbol SymbolList::operator[](std::size_t index) const {
    const ListedSymbol& entry = entries_[index];
    return {std::string(name(index)), entry.address, entry.size, module_, entry.type};
}

std::optional<std::size_t> SymbolList::find(std::string_view wanted, std::size_t from) const {
    for (std::uint32_t i : by_name_.of(name_hash(wanted)))
        if (i >= from && name(i) == wanted) return i;
    return std::nullopt;
}

std::size_t SymbolList::up_to(VAddr address) const {
    auto above =
        std::upper_bound(entries_.begin(), entries_.end(), address,
                         [](VAddr a, const ListedSymbol& entry) { return a < entry.address; });
    return static_cast<std::size_t>(above - entries_.begin());
}

}  // namespace nfstriage::layout
