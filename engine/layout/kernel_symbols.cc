#include "layout/kernel_symbols.h"

#include <algorithm>
#include <numeric>

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

// Of equal addresses in the order they had. Symbols are large: each is moved once.
std::vector<Symbol> by_address(std::vector<Symbol>& symbols) {
    std::vector<std::uint32_t> order(symbols.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return symbols[a].address < symbols[b].address;
    });
    std::vector<Symbol> sorted;
    sorted.reserve(symbols.size());
    for (std::uint32_t i : order) sorted.push_back(std::move(symbols[i]));
    return sorted;
}

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
    std::vector<Symbol> symbols;
    if (auto read = read_module_symbols(memory_, *types_, module)) symbols = by_address(*read);
    // With CONFIG_KALLSYMS_ALL a module has one variable at least: __this_module.
    table.has_data = std::any_of(symbols.begin(), symbols.end(),
                                 [](const Symbol& s) { return is_data_type(s.type); });
    for (std::size_t i = symbols.size(); i-- > 0;) {
        Symbol& symbol = symbols[i];
        std::optional<VAddr> end;
        if (i + 1 < symbols.size()) {
            const Symbol& next = symbols[i + 1];
            end = next.address > symbol.address ? next.address : next.address + next.size;
        }
        for (const dump::VRange& range : module.ranges) {
            if (symbol.address < range.begin || symbol.address - range.begin >= range.size)
                continue;
            VAddr range_end = range.begin + range.size;
            if (!end || *end > range_end) end = range_end;
        }
        symbol.size = end ? *end - symbol.address : 0;
    }
    if (!table.has_data) add_variables(module, table, symbols);
    table.symbols = SymbolList(symbols);
}

void KernelSymbols::add_variables(const Module& module, Table& table,
                                  std::vector<Symbol>& symbols) const {
    auto variables = module_variables_ ? module_variables_(*types_, module, symbols)
                                       : unknown(Reason::no_symbol, "no profile");
    if (!variables) {
        table.no_variables = variables.error();
        return;
    }
    const auto functions = static_cast<std::ptrdiff_t>(symbols.size());
    symbols.insert(symbols.end(), variables->begin(), variables->end());
    std::inplace_merge(symbols.begin(), symbols.begin() + functions, symbols.end(),
                       [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
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

const std::vector<KernelSymbols::Clone>& KernelSymbols::kallsyms_clones() const {
    if (kallsyms_clones_) return *kallsyms_clones_;
    std::vector<Clone>& clones = kallsyms_clones_.emplace();
    for (std::uint32_t i : vmlinux_->dotted()) {
        if (!is_text_type(vmlinux_->type(i))) continue;
        const std::string name = vmlinux_->name(i);
        const std::size_t dot = name.find('.');
        if (dot == std::string::npos || dot == 0) continue;
        clones.push_back({name_hash(std::string_view(name).substr(0, dot)), i});
    }
    std::stable_sort(clones.begin(), clones.end(),
                     [](const Clone& a, const Clone& b) { return a.stem < b.stem; });
    return clones;
}

void KernelSymbols::add_kallsyms_clones(std::string_view name, std::vector<Symbol>& to) const {
    const std::vector<Clone>& known = kallsyms_clones();
    const std::uint32_t stem = name_hash(name);
    auto first =
        std::lower_bound(known.begin(), known.end(), stem,
                         [](const Clone& clone, std::uint32_t s) { return clone.stem < s; });
    for (; first != known.end() && first->stem == stem; ++first) {
        Symbol symbol = from_kallsyms(first->symbol);
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
            if (symbol.size == 0 || offset < symbol.size)
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
