// The symbols of the whole kernel: vmlinux's kallsyms, a profile for what kallsyms lacks, and each
// module's table, read when an address in that module or a name that vmlinux lacks is asked for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "layout/kallsyms.h"
#include "layout/modules.h"
#include "layout/profile_symbols.h"
#include "layout/symbol_list.h"
#include "layout/symbols.h"

namespace nfstriage::layout {

class KernelSymbols : public Symbols {
public:
    // `memory` and `types` (may be null: no module symbols then) must outlive this.
    KernelSymbols(const dump::Memory& memory, std::optional<Kallsyms> vmlinux);

    // `complete`: these are all that are loaded. Before this is called, nothing is known of
    // modules.
    void set_modules(const Types& types, std::vector<Module> modules, bool complete);
    const std::vector<Module>& modules() const { return modules_; }
    const Kallsyms* vmlinux() const { return vmlinux_ ? &*vmlinux_ : nullptr; }
    const Module* module_at(VAddr address) const;  // null outside of every module

    // What vmlinux's own table does not name is looked up there. `shift`: run-time minus link
    // address.
    void set_profile(ProfileSymbols symbols, std::uint64_t shift);

    // What a profile tells of a module, by its name. Its addresses are not those of the loaded
    // module, but a name that it lacks the module does not have.
    using LinkedModule = std::function<Maybe<ProfileSymbols>(const std::string& module)>;
    void set_linked_modules(LinkedModule linked) { linked_module_ = std::move(linked); }

    // Where the variables of a module are (module_variables.h), asked for when its own table, the
    // last argument, names functions only.
    using ModuleVariables = std::function<Maybe<std::vector<Symbol>>(
        const Types& types, const Module& module, const std::vector<Symbol>& functions)>;
    void set_module_variables(ModuleVariables variables) {
        module_variables_ = std::move(variables);
    }

    // Where symbols of exactly that name are in one of modules(), ascending.
    std::vector<VAddr> in_module(const Module& module, std::string_view name) const;

    // Every name of every table, vmlinux's first; slow. For suggestions.
    void each_name(const std::function<void(std::string_view name)>& take) const;

    Maybe<VAddr> address(std::string_view name) const override;
    std::vector<Symbol> all(std::string_view name) const override;
    std::vector<Symbol> clones(std::string_view name) const override;
    Maybe<SymbolAt> find(VAddr address) const override;
    bool complete_for_data() const override;
    bool proves_absence(std::string_view name) const override;
    // complete_for_data() of vmlinux alone.
    bool vmlinux_is_complete() const { return profile_ || kallsyms_is_complete(); }
    bool is_text(VAddr address) const override;

private:
    struct Table {
        bool read = false;
        bool has_data = false;  // and not functions only
        SymbolList symbols;     // by address; of equal ones the module's order is kept
        // Why the variables that has_data lacks are not among the symbols. Nothing if they are.
        std::optional<Unknown> no_variables;
    };
    const Table& table_of(std::size_t module) const;
    const SymbolList& symbols_of(std::size_t module) const { return table_of(module).symbols; }
    void read_table(const Module& module, Table& table) const;
    void add_variables(const Module& module, Table& table) const;
    std::string why_not(std::string_view name) const;
    Symbol from_kallsyms(std::uint32_t index) const;
    Symbol from_profile(const LinkedSymbol& symbol) const;
    void find_text();
    bool kallsyms_is_complete() const { return vmlinux_ && vmlinux_->has_data(); }

    const dump::Memory& memory_;
    std::optional<Kallsyms> vmlinux_;
    const Types* types_ = nullptr;
    std::vector<Module> modules_;
    bool modules_complete_ = false;
    LinkedModule linked_module_;
    ModuleVariables module_variables_;
    mutable std::vector<Table> tables_;  // one per module
    std::optional<ProfileSymbols> profile_;
    std::uint64_t shift_ = 0;
    std::optional<VAddr> text_begin_, text_end_;
    // The functions among vmlinux_->dotted(), by what stands in front of the '.' in their names;
    // made when clones are first asked for.
    const NameChains& kallsyms_clones() const;
    void add_kallsyms_clones(std::string_view name, std::vector<Symbol>& to) const;
    mutable std::optional<NameChains> kallsyms_clones_;
};

}  // namespace nfstriage::layout
