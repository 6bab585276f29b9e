#include "layout/kernel_symbols.h"

#include <algorithm>

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
        if (!table.has_data) add_variables(modules_[module], table);
    }
    return table;
}

void KernelSymbols::read_table(const Module& module, Table& table) const {
    auto symbols = read_module_symbols(memory_, *types_, module);
    if (symbols) table.symbols = std::move(*symbols);
    // With CONFIG_KALLSYMS_ALL a module has one variable at least: __this_module.
    table.has_data = std::any_of(table.symbols.begin(), table.symbols.end(),
                                 [](const Symbol& s) { return is_data_type(s.type); });
    std::stable_sort(table.symbols.begin(), table.symbols.end(),
                     [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
    for (std::size_t i = table.symbols.size(); i-- > 0;) {
        Symbol& symbol = table.symbols[i];
        std::optional<VAddr> end;
        if (i + 1 < table.symbols.size()) {
            const Symbol& next = table.symbols[i + 1];
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
}

void KernelSymbols::add_variables(const Module& module, Table& table) const {
    auto variables = module_variables_ ? module_variables_(*types_, module, table.symbols)
                                       : unknown(Reason::no_symbol, "no profile");
    if (!variables) {
        table.no_variables = variables.error();
        return;
    }
    const auto functions = static_cast<std::ptrdiff_t>(table.symbols.size());
    table.symbols.insert(table.symbols.end(), variables->begin(), variables->end());
    std::inplace_merge(table.symbols.begin(), table.symbols.begin() + functions,
                       table.symbols.end(),
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
    for (const Symbol& symbol : symbols_of(static_cast<std::size_t>(&module - modules_.data())))
        if (symbol.name == name) found.push_back(symbol.address);
    return found;
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
        auto is_it = [name](const Symbol& symbol) { return symbol.name == name; };
        auto found = std::find_if(table.symbols.begin(), table.symbols.end(), is_it);
        if (found == table.symbols.end()) continue;
        // Of variables that only a profile names nobody else says which is meant.
        if (!table.has_data && is_data_type(found->type) &&
            std::any_of(std::next(found), table.symbols.end(), is_it))
            return unknown(Reason::no_symbol, "no symbol " + std::string(name) +
                                                  ": several variables of " + modules_[i].name +
                                                  " have this name");
        return found->address;
    }
    return unknown(Reason::no_symbol, "no symbol " + std::string(name) + why_not(name));
}

std::vector<Symbol> KernelSymbols::all(std::string_view name) const {
    std::vector<Symbol> result;
    if (vmlinux_)
        for (std::uint32_t i : vmlinux_->find(name))
            result.push_back({std::string(name), vmlinux_->address(i), vmlinux_->extent(i), "",
                              vmlinux_->type(i)});
    if (result.empty() && profile_ && !kallsyms_is_complete())
        if (auto found = profile_->find(name))
            for (const LinkedSymbol& symbol : *found) result.push_back(from_profile(symbol));
    for (std::size_t i = 0; i < modules_.size(); ++i)
        for (const Symbol& symbol : symbols_of(i))
            if (symbol.name == name) result.push_back(symbol);
    return result;
}

const KernelSymbols::ByStem& KernelSymbols::vmlinux_clones() const {
    if (vmlinux_clones_) return *vmlinux_clones_;
    vmlinux_clones_.emplace();
    auto add = [this](Symbol symbol) {
        std::size_t dot = symbol.name.find('.');
        if (dot == std::string::npos || dot == 0 || !is_text_type(symbol.type)) return;
        vmlinux_clones_->emplace(symbol.name.substr(0, dot), std::move(symbol));
    };
    if (vmlinux_) {
        for (std::uint32_t i = 0; i < vmlinux_->size(); ++i)
            add({vmlinux_->name(i), vmlinux_->address(i), vmlinux_->extent(i), "",
                 vmlinux_->type(i)});
    } else if (profile_) {
        for (std::size_t i = 0; i < profile_->blocks(); ++i)
            if (auto block = profile_->block(i))
                for (const LinkedSymbol& symbol : *block) add(from_profile(symbol));
    }
    return *vmlinux_clones_;
}

std::vector<Symbol> KernelSymbols::clones(std::string_view name) const {
    std::vector<Symbol> result = all(name);
    bool in_vmlinux = result.empty() || std::any_of(result.begin(), result.end(),
                                                    [](auto& s) { return s.module.empty(); });
    for (std::size_t i = 0; i < modules_.size(); ++i)
        for (const Symbol& symbol : symbols_of(i))
            if (symbol.name.size() > name.size() && symbol.name[name.size()] == '.' &&
                symbol.name.starts_with(name)) {
                result.push_back(symbol);
                in_vmlinux = false;
            }
    // A function of a module alone: there is no need to look through all of vmlinux.
    if (!in_vmlinux) return result;
    auto [begin, end] = vmlinux_clones().equal_range(name);
    for (auto it = begin; it != end; ++it) result.push_back(it->second);
    return result;
}

Maybe<SymbolAt> KernelSymbols::find(VAddr address) const {
    if (const Module* module = module_at(address)) {
        const auto& symbols = symbols_of(static_cast<std::size_t>(module - modules_.data()));
        auto after = std::upper_bound(symbols.begin(), symbols.end(), address,
                                      [](VAddr a, const Symbol& s) { return a < s.address; });
        if (after != symbols.begin()) {
            auto best = std::prev(after);
            while (best != symbols.begin() && std::prev(best)->address == best->address) --best;
            if (best->size == 0 || address - best->address < best->size)
                return SymbolAt{*best, address - best->address};
        }
        return unknown(Reason::no_symbol, "no symbol of " + module->name + " at " + hex(address));
    }
    if (vmlinux_) {
        if (auto index = vmlinux_->at(address)) {
            std::uint64_t size = vmlinux_->extent(*index);
            std::uint64_t offset = address - vmlinux_->address(*index);
            bool inside = size != 0 ? offset < size : offset < kLargestSymbol;
            if (inside && size < kLargestSymbol)
                return SymbolAt{{vmlinux_->name(*index), vmlinux_->address(*index), size, "",
                                 vmlinux_->type(*index)},
                                offset};
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
