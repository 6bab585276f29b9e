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
    // share the name, the first by address. Unknown(no_symbol) when no table has it; whether the
    // kernel then has no such thing is another question: proves_absence().
    virtual Maybe<VAddr> address(std::string_view name) const = 0;
    virtual std::vector<Symbol> all(std::string_view name) const = 0;

    // all(name), and the copies that a compiler made of such functions under a name of their own:
    // "name.isra.0", "name.constprop.1", "name.part.2", cold parts too. Tables that cannot be
    // searched for the beginning of a name give all(name).
    virtual std::vector<Symbol> clones(std::string_view name) const { return all(name); }

    // The symbol that contains `address`. Unknown(no_symbol) outside of all known text and data.
    virtual Maybe<SymbolAt> find(VAddr address) const = 0;

    // Whether the tables name every function and variable of the kernel and of all its modules.
    // False where one has functions only (CONFIG_KALLSYMS_ALL is off), cannot be read, or not all
    // modules are known.
    virtual bool complete_for_data() const = 0;

    // For a name that address() does not know: whether the kernel has no such function or variable,
    // vmlinux nor any module.
    virtual bool proves_absence(std::string_view name) const {
        (void)name;
        return complete_for_data();
    }

    // True if `address` lies in kernel or module text, as far as the tables tell.
    virtual bool is_text(VAddr address) const = 0;
};

}  // namespace nfstriage::layout
