// The symbols of one module, kept small: a kernel's modules have tens of thousands, of which a few
// are asked for, and names of their own would take most of the memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "layout/symbols.h"

namespace nfstriage::layout {

class SymbolList {
public:
    SymbolList() = default;
    // In their order, which callers keep by address; all of one module.
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
    struct Entry {
        VAddr address;
        std::uint64_t size;
        std::uint32_t name;  // in names_
        std::uint16_t hash;  // name_fingerprint()
        char type;
    };
    std::string module_, names_;  // names end in NUL
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> by_hash_;  // indices of entries, of one hash in their order
};

}  // namespace nfstriage::layout
