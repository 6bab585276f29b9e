// Symbols of a kernel that does not run: tables of vmlinux and of modules, from files or from a
// profile, each object at a place of its own. Nothing is read when asked; the tables are held.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dump/memory.h"
#include "layout/symbols.h"

namespace nfstriage::layout {

class TableSymbols : public Symbols {
public:
    TableSymbols() = default;
    TableSymbols(TableSymbols&&) = default;  // names are looked up where they stand: no copies
    TableSymbols& operator=(TableSymbols&&) = default;

    struct Object {
        std::string name;                // "" is vmlinux
        std::vector<dump::VRange> text;  // where its functions are
        std::vector<Symbol> symbols;     // in any order; a size of 0: up to the next one
    };
    // Objects must not overlap. After the last one: index().
    void add(Object object);
    void index();

    // `functions`: what no table names as a function is in none of the kernel's objects; `data`:
    // nor is a variable.
    void set_complete(bool functions, bool data);

    bool has_object(std::string_view name) const;

    Maybe<VAddr> address(std::string_view name) const override;
    std::vector<Symbol> all(std::string_view name) const override;
    std::vector<Symbol> clones(std::string_view name) const override;
    Maybe<SymbolAt> find(VAddr address) const override;
    bool complete_for_data() const override { return data_; }
    bool proves_absence(std::string_view) const override { return functions_; }
    bool is_text(VAddr address) const override;

private:
    using ByName = std::unordered_multimap<std::string_view, std::uint32_t>;
    std::vector<Symbol> matches(const ByName& names, std::string_view name) const;

    std::vector<std::string> objects_;
    std::vector<dump::VRange> text_;  // by address
    std::vector<Symbol> symbols_;     // by address, the better name first
    ByName by_name_, by_stem_;        // the second: only names with a '.', by what is in front
    bool functions_ = false, data_ = false;
};

}  // namespace nfstriage::layout
