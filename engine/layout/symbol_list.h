// The symbols of one module, kept small: a kernel's modules have tens of thousands, of which a few
// are asked for, and names of their own would take most of the memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layout/name_chains.h"
#include "layout/symbols.h"

namespace nfstriage::layout {

struct ListedSymbol {
    VAddr address;
    std::uint64_t size = 0;  // bytes
    std::uint32_t name = 0;  // where it begins among the names of the list
    char type = '?';
};

class SymbolList {
public:
    SymbolList() = default;
    // In their order, which callers keep by address. Each of `names` ends in NUL.
    SymbolList(std::string module, std::string names, std::vector<ListedSymbol> symbols);
    // The same; all of one module.
    explicit SymbolList(std::span<const Symbol> symbols);

    std::size_t size() const { return entries_.size(); }
    Symbol operator[](std::size_t index) const;
    std::string_view name(std::size_t index) const { return names_.data() + entries_[index].name; }
    VAddr address(std::size_t index) const { return entries_[index].address; }
    char type(std::size_t index) const { return entries_[index].type; }

    // The first symbol of exactly that name from index `from` on.
    std::optional<std::size_t> find(std::string_view name, std::size_t from = 0) const;
    // Whether its name is `name`, a '.' and something else.
    bool is_clone(std::size_t index, std::string_view name) const {
        std::string_view text = std::string_view(names_).substr(entries_[index].name);
        return text.size() > name.size() && text[name.size()] == '.' && text.starts_with(name);
    }
    // How many begin at or below `address`, if they are in address order.
    std::size_t up_to(VAddr address) const;

private:
    std::string module_, names_;
    std::vector<ListedSymbol> entries_;
    NameChains by_name_;  // of entries_
};

}  // namespace nfstriage::layout
