#include "layout/table_symbols.h"

#include <algorithm>

#include "layout/symbol_alias.h"

namespace nfstriage::layout {
namespace {

bool begins_after(VAddr address, const dump::VRange& range) { return address < range.begin; }

}  // namespace

void TableSymbols::add(Object object) {
    text_.insert(text_.end(), object.text.begin(), object.text.end());
    for (Symbol& symbol : object.symbols) {
        symbol.module = object.name;
        symbols_.push_back(std::move(symbol));
    }
    objects_.push_back(std::move(object.name));
}

void TableSymbols::index() {
    std::stable_sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
        return a.address != b.address ? a.address < b.address
                                      : names_better(a.name, a.type, b.name, b.type);
    });
    std::sort(text_.begin(), text_.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    VAddr higher{0};  // the next address above that of symbols_[i]; 0: none
    for (std::size_t i = symbols_.size(); i-- > 0;) {
        if (i + 1 < symbols_.size() && symbols_[i + 1].address != symbols_[i].address)
            higher = symbols_[i + 1].address;
        if (symbols_[i].size == 0 && higher.value != 0)
            symbols_[i].size = higher - symbols_[i].address;
    }
    for (std::size_t i = 0; i < symbols_.size(); ++i) {
        const Symbol& symbol = symbols_[i];
        auto number = static_cast<std::uint32_t>(i);
        by_name_.emplace(symbol.name, number);
        auto dot = symbol.name.find('.');
        if (dot != std::string::npos && dot != 0)
            by_stem_.emplace(std::string_view(symbol.name).substr(0, dot), number);
    }
}

void TableSymbols::set_complete(bool functions, bool data) {
    functions_ = functions;
    data_ = data;
}

bool TableSymbols::has_object(std::string_view name) const {
    return std::find(objects_.begin(), objects_.end(), name) != objects_.end();
}

std::vector<Symbol> TableSymbols::matches(const ByName& names, std::string_view name) const {
    std::vector<std::uint32_t> numbers;
    auto [begin, end] = names.equal_range(name);
    for (auto at = begin; at != end; ++at) numbers.push_back(at->second);
    std::sort(numbers.begin(), numbers.end());
    std::vector<Symbol> found;
    for (std::uint32_t number : numbers) found.push_back(symbols_[number]);
    return found;
}

Maybe<VAddr> TableSymbols::address(std::string_view name) const {
    std::vector<Symbol> found = matches(by_name_, name);
    if (found.empty()) return unknown(Reason::no_symbol, std::string(name));
    auto of_vmlinux = std::find_if(found.begin(), found.end(),
                                   [](const Symbol& symbol) { return symbol.module.empty(); });
    return of_vmlinux != found.end() ? of_vmlinux->address : found.front().address;
}

std::vector<Symbol> TableSymbols::all(std::string_view name) const {
    return matches(by_name_, name);
}

std::vector<Symbol> TableSymbols::clones(std::string_view name) const {
    std::vector<Symbol> found = matches(by_name_, name);
    std::vector<Symbol> copies = matches(by_stem_, name);
    found.insert(found.end(), std::make_move_iterator(copies.begin()),
                 std::make_move_iterator(copies.end()));
    return found;
}

Maybe<SymbolAt> TableSymbols::find(VAddr address) const {
    auto after =
        std::upper_bound(symbols_.begin(), symbols_.end(), address,
                         [](VAddr at, const Symbol& symbol) { return at < symbol.address; });
    if (after == symbols_.begin()) return unknown(Reason::no_symbol, hex(address));
    auto best =
        std::lower_bound(symbols_.begin(), after, std::prev(after)->address,
                         [](const Symbol& symbol, VAddr at) { return symbol.address < at; });
    if (address - best->address >= best->size && address != best->address)
        return unknown(Reason::no_symbol, hex(address));
    return SymbolAt{*best, address - best->address};
}

bool TableSymbols::is_text(VAddr address) const {
    auto after = std::upper_bound(text_.begin(), text_.end(), address, begins_after);
    if (after == text_.begin()) return false;
    const dump::VRange& range = *std::prev(after);
    return address - range.begin < range.size;
}

}  // namespace nfstriage::layout
