// Questions about kernel symbols: where is it, what is there. Answered from kallsyms in the dump
// and from the symbol tables that struct module keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/maybe.h"

namespace nfstriage::layout {

struct Symbol {
    std::string name;
    VAddr address;
    std::uint64_t size = 0;  // bytes to the next symbol of the table; 0 if not known
    std::string module;      // "" for vmlinux
    char type = '?';         // as nm and /proc/kallsyms print it; upper case = global
};

struct SymbolAt {
    Symbol symbol;
    std::uint64_t offset = 0;  // bytes into the symbol
};

class Symbols {
public:
    virtual ~Symbols() = default;

    // The symbol's address; vmlinux is asked first, then the modules. When several static symbols
    // share the name, the first by address. Unknown(no_symbol) when no table has it: that proves
    // absence only if complete_for_data() (for data) or always for functions.
    virtual Maybe<VAddr> address(std::string_view name) const = 0;
    virtual std::vector<Symbol> all(std::string_view name) const = 0;

    // all(name), and the copies that a compiler made of such functions under a name of their own:
    // "name.isra.0", "name.constprop.1", "name.part.2", cold parts too. Tables that cannot be
    // searched for the beginning of a name give all(name).
    virtual std::vector<Symbol> clones(std::string_view name) const { return all(name); }

    // The symbol that contains `address`. Unknown(no_symbol) outside of all known text and data.
    virtual Maybe<SymbolAt> find(VAddr address) const = 0;

    // false: the table has functions only (CONFIG_KALLSYMS_ALL is off).
    virtual bool complete_for_data() const = 0;

    // True if `address` lies in kernel or module text, as far as the tables tell.
    virtual bool is_text(VAddr address) const = 0;
};

}  // namespace nfstriage::layout
