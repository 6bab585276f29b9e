#include "layout/kernel_symbols.h"

#include <algorithm>

#include "layout/module_symbols.h"
#include "layout/name_hash.h"
#include "layout/profile_match.h"

namespace nfstriage::layout {
namespace {

// Beyond this a symbol does not reach: an address behind the last symbol is in none.
constexpr std::uint64_t kLargestSymbol = 64ull << 20;

bool is_data_type(char type) {
    return std::string_view("dDbBrR").find(type) != std::string_view::npos;
}
bool is_text_type(char type) { return type == 't' || type == 'T' || type == 'w' || type == 'W'; }

}  // namespace

KernelSymbols::KernelSymbols(const dump::Memory& memory, std::optional<Kallsyms> vmlinux)
    : memory_(memory), vmlinux_(std::move(vmlinux)) {
    find_text();
}

void KernelSymbols::find_text() {
    auto begin = address("_stext");
    auto end = address("_etext");
    if (begin && end) {
        text_begin_ = *begin;
        text_end_ = *end;
    }
}

void KernelSymbols::set_profile(ProfileSymbols symbols, std::uint64_t shift) {
    profile_ = std::move(symbols);
    shift_ = shift;
    find_text();
}

Symbol KernelSymbols::from_profile(const LinkedSymbol& symbol) const {
    bool moves = symbol.address >= kLowestImageAddress;
    return {symbol.name, VAddr{symbol.address + (moves ? shift_ : 0)}, symbol.size, "",
            symbol.type};
}

void KernelSymbols::set_modules(const Types& types, std::vector<Module> modules, bool complete) {
    types_ = &types;
    modules_ = std::move(modules);
    modules_complete_ = complete;
    tables_.assign(modules_.size(), {});
}

const KernelSymbols::Table& KernelSymbols::table_of(std::size_t module) const {
    Table& table = tables_[module];
    if (!table.read) {
        table.read = true;
        read_table(modules_[module], table);
    }
    return table;
}

void KernelSymbols::read_table(const Module& module, Table& table) const {
    if (auto read = read_module_symbols(memory_, *types_, module)) table.symbols = std::move(*read);
    // With CONFIG_KALLSYMS_ALL a module has one variable at least: __this_module.
    for (std::size_t i = 0; i < table.symbols.size() && !table.has_data; ++i)
        table.has_data = is_data_type(table.symbols.type(i));
    if (!table.has_data) add_variables(module, table);
}

void KernelSymbols::add_variables(const Module& module, Table& table) const {
    if (!module_variables_) {
        table.no_variables = Unknown{Reason::no_symbol, "no profile"};
        return;
    }
    std::vector<Symbol> symbols;
    for (std::size_t i = 0; i < table.symbols.size(); ++i) symbols.push_back(table.symbols[i]);
    auto variables = module_variables_(*types_, module, symbols);
    if (!variables) {
        table.no_variables = variables.error();
        return;
    }
    const auto functions = static_cast<std::ptrdiff_t>(symbols.size());
    symbols.insert(symbols.end(), variables->begin(), variables->end());
    std::inplace_merge(symbols.begin(), symbols.begin() + functions, symbols.end(),
                       [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
    table.symbols = SymbolList(symbols);
}

// For a name that a module's own table lacks: why the profile does not place it either.
std::string KernelSymbols::why_not(std::string_view name) const {
    if (!linked_module_) return {};
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        const Table& table = table_of(i);
        if (table.has_data) continue;
        auto linked = linked_module_(modules_[i].name);
        if (!linked) continue;
        auto found = linked->find(name);
        if (!found || found->empty()) continue;
        if (const auto& why = table.no_variables)
            return ": " + (why->reason == Reason::no_symbol ? why->what : to_string(*why));
        return ": it is not known where that section of " + modules_[i].name + " is";
    }
    return {};
}

const Module* KernelSymbols::module_at(VAddr address) const {
    for (const Module& module : modules_)
        if (module.contains(address)) return &module;
    return nullptr;
}

std::vector<VAddr> KernelSymbols::in_module(const Module& module, std::string_view name) const {
    std::vector<VAddr> found;
    const SymbolList& symbols = symbols_of(static_cast<std::size_t>(&module - modules_.data()));
    for (auto at = symbols.find(name); at; at = symbols.find(name, *at + 1))
        found.push_back(symbols.address(*at));
    return found;
}

void KernelSymbols::each_name(const std::function<void(std::string_view name)>& take) const {
    if (vmlinux_)
        for (std::uint32_t i = 0; i < vmlinux_->size(); ++i) take(vmlinux_->name(i));
    if (profile_ && !kallsyms_is_complete())
        for (std::size_t i = 0; i < profile_->blocks(); ++i)
            if (auto block = profile_->block(i))
                for (const LinkedSymbol& symbol : *block) take(symbol.name);
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        const SymbolList& symbols = symbols_of(i);
        for (std::size_t k = 0; k < symbols.size(); ++k) take(symbols.name(k));
    }
}

Maybe<VAddr> KernelSymbols::address(std::string_view name) const {
    if (vmlinux_)
        if (auto found = vmlinux_->find(name); !found.empty())
            return vmlinux_->address(found.front());
    if (profile_ && !kallsyms_is_complete())
        if (auto found = profile_->find(name); found && !found->empty())
            return from_profile(found->front()).address;
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        const Table& table = table_of(i);
        auto found = table.symbols.find(name);
        if (!found) continue;
        // Of variables that only a profile names nobody else says which is meant.
        if (!table.has_data && is_data_type(table.symbols.type(*found)) &&
            table.symbols.find(name, *found + 1))
            return unknown(Reason::no_symbol, "no symbol " + std::string(name) +
                                                  ": several variables of " + modules_[i].name +
                                                  " have this name");
        return table.symbols.address(*found);
    }
    return unknown(Reason::no_symbol, "no symbol " + std::string(name) + why_not(name));
}

std::vector<Symbol> KernelSymbols::all(std::string_view name) const {
    std::vector<Symbol> result;
    if (vmlinux_)
        for (std::uint32_t i : vmlinux_->find(name)) result.push_back(from_kallsyms(i));
    if (result.empty() && profile_ && !kallsyms_is_complete())
        if (auto found = profile_->find(name))
            for (const LinkedSymbol& symbol : *found) result.push_back(from_profile(symbol));
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        const SymbolList& symbols = symbols_of(i);
        for (auto at = symbols.find(name); at; at = symbols.find(name, *at + 1))
            result.push_back(symbols[*at]);
    }
    return result;
}

Symbol KernelSymbols::from_kallsyms(std::uint32_t index) const {
    return {vmlinux_->name(index), vmlinux_->address(index), vmlinux_->extent(index), "",
            vmlinux_->type(index)};
}

const NameChains& KernelSymbols::kallsyms_clones() const {
    if (kallsyms_clones_) return *kallsyms_clones_;
    const std::vector<std::uint32_t>& dotted = vmlinux_->dotted();
    NameChains& clones = kallsyms_clones_.emplace(dotted.size(), dotted.size());
    for (auto i = static_cast<std::uint32_t>(dotted.size()); i-- > 0;) {
        if (!is_text_type(vmlinux_->type(dotted[i]))) continue;
        const std::string name = vmlinux_->name(dotted[i]);
        clones.add(name_hash(std::string_view(name).substr(0, name.find('.'))), i);
    }
    return clones;
}

void KernelSymbols::add_kallsyms_clones(std::string_view name, std::vector<Symbol>& to) const {
    for (std::uint32_t i : kallsyms_clones().of(name_hash(name))) {
        Symbol symbol = from_kallsyms(vmlinux_->dotted()[i]);
        if (symbol.name.starts_with(name) && symbol.name.find('.') == name.size())
            to.push_back(std::move(symbol));
    }
}

std::vector<Symbol> KernelSymbols::clones(std::string_view name) const {
    std::vector<Symbol> result = all(name);
    bool in_vmlinux = result.empty() || std::any_of(result.begin(), result.end(),
                                                    [](auto& s) { return s.module.empty(); });
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        const SymbolList& symbols = symbols_of(i);
        for (std::size_t k = 0; k < symbols.size(); ++k) {
            if (!symbols.is_clone(k, name)) continue;
            result.push_back(symbols[k]);
            in_vmlinux = false;
        }
    }
    // A function of a module alone: there is no need to look through all of vmlinux.
    if (!in_vmlinux) return result;
    if (vmlinux_) {
        add_kallsyms_clones(name, result);
    } else if (profile_) {
        if (auto found = profile_->clones(name))
            for (const LinkedSymbol& symbol : *found) result.push_back(from_profile(symbol));
    }
    return result;
}

Maybe<SymbolAt> KernelSymbols::find(VAddr address) const {
    if (const Module* module = module_at(address)) {
        const auto& symbols = symbols_of(static_cast<std::size_t>(module - modules_.data()));
        if (std::size_t best = symbols.up_to(address); best != 0) {
            --best;
            while (best != 0 && symbols.address(best - 1) == symbols.address(best)) --best;
            Symbol symbol = symbols[best];
            std::uint64_t offset = address - symbol.address;
            // A damaged table has symbols anywhere.
            if (module->contains(symbol.address) && (symbol.size == 0 || offset < symbol.size))
                return SymbolAt{std::move(symbol), offset};
        }
        return unknown(Reason::no_symbol, "no symbol of " + module->name + " at " + hex(address));
    }
    if (vmlinux_) {
        if (auto index = vmlinux_->at(address)) {
            std::uint64_t size = vmlinux_->extent(*index);
            std::uint64_t offset = address - vmlinux_->address(*index);
            bool inside = size != 0 ? offset < size : offset < kLargestSymbol;
            if (inside && size < kLargestSymbol) return SymbolAt{from_kallsyms(*index), offset};
        }
    }
    if (profile_) {
        auto found = profile_->at(address.value - shift_);
        if (!found) return tl::unexpected<Unknown>(found.error());
        Symbol symbol = from_profile(*found);
        std::uint64_t offset = address - symbol.address;
        if (symbol.size != 0 && symbol.size < kLargestSymbol && offset < symbol.size)
            return SymbolAt{std::move(symbol), offset};
    }
    return unknown(Reason::no_symbol, "no symbol at " + hex(address));
}

bool KernelSymbols::complete_for_data() const {
    if (!vmlinux_is_complete() || !modules_complete_) return false;
    for (std::size_t i = 0; i < modules_.size(); ++i)
        if (!table_of(i).has_data) return false;
    return true;
}

bool KernelSymbols::proves_absence(std::string_view name) const {
    if (!modules_complete_ || address(name)) return false;
    auto lacks = [name](const ProfileSymbols& symbols) {
        auto found = symbols.find(name);
        return found && found->empty();
    };
    if (!kallsyms_is_complete() && !(profile_ && lacks(*profile_))) return false;
    for (std::size_t i = 0; i < modules_.size(); ++i) {
        if (table_of(i).has_data) continue;
        auto linked = linked_module_ ? linked_module_(modules_[i].name)
                                     : unknown(Reason::no_symbol, "no profile");
        if (!linked || !lacks(*linked)) return false;
    }
    return true;
}

bool KernelSymbols::is_text(VAddr address) const {
    if (text_begin_ && text_end_ && address >= *text_begin_ && address < *text_end_) return true;
    if (const Module* module = module_at(address)) return module->contains_text(address);
    auto found = find(address);
    return found && is_text_type(found->symbol.type);
}

}  // namespace nfstriage::layout
