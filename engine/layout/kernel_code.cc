#include "layout/kernel_code.h"

#include <algorithm>

namespace nfstriage::layout {

KernelCode::KernelCode(const Profile& profile, const KernelSymbols& symbols, std::uint64_t shift)
    : profile_(profile), symbols_(symbols), shift_(shift) {}

const KernelCode::Object& KernelCode::object(const std::string& name) const {
    auto known = objects_.find(name);
    if (known != objects_.end()) return known->second;
    auto open = [&](ProfileSection kind, auto opener) -> decltype(opener(ByteSpan{})) {
        auto bytes = profile_.section(kind, name);
        if (!bytes) return tl::unexpected<Unknown>(bytes.error());
        return opener(*bytes);
    };
    Object made{open(ProfileSection::code, CodeTable::open),
                open(ProfileSection::cfi, CfiTable::open),
                open(ProfileSection::orc, OrcTable::open),
                open(ProfileSection::symbols, ProfileSymbols::open)};
    return objects_.emplace(name, std::move(made)).first->second;
}

Maybe<KernelCode::Linked> KernelCode::link(VAddr address) const {
    const Module* module = symbols_.module_at(address);
    const Object& described = object(module == nullptr ? "" : module->name);
    if (module == nullptr) return Linked{&described, address.value - shift_};
    if (!described.symbols) return tl::unexpected<Unknown>(described.symbols.error());
    auto at = symbols_.find(address);
    if (!at) return tl::unexpected<Unknown>(at.error());
    auto linked = described.symbols->find(at->symbol.name);
    if (!linked) return tl::unexpected<Unknown>(linked.error());
    // Static functions may share a name; loading keeps their order.
    std::vector<VAddr> loaded = symbols_.in_module(*module, at->symbol.name);
    auto which = std::find(loaded.begin(), loaded.end(), at->symbol.address);
    if (loaded.size() != linked->size() || which == loaded.end())
        return unknown(Reason::no_symbol, at->symbol.name + " is " + std::to_string(loaded.size()) +
                                              " times in " + module->name + " and " +
                                              std::to_string(linked->size()) +
                                              " times in its profile");
    const LinkedSymbol& symbol = (*linked)[static_cast<std::size_t>(which - loaded.begin())];
    return Linked{&described, symbol.address + at->offset};
}

Maybe<KernelCode::Place> KernelCode::place(VAddr address) const {
    auto linked = link(address);
    if (!linked) return tl::unexpected<Unknown>(linked.error());
    const Maybe<CodeTable>& code = linked->object->code;
    if (!code) return tl::unexpected<Unknown>(code.error());
    return Place{&*code, linked->address};
}

Maybe<std::vector<SourceFrame>> KernelCode::source_of(VAddr address) const {
    auto found = place(address);
    if (!found) return tl::unexpected<Unknown>(found.error());
    return found->table->source_of(found->address);
}

std::vector<std::string> KernelCode::hosts(const std::string& name,
                                           std::string_view function) const {
    const Object& described = object(name);
    if (!described.code) return {};
    return described.code->hosts(function);
}

Maybe<CfiRow> KernelCode::cfi(VAddr address) const {
    auto linked = link(address);
    if (!linked) return tl::unexpected<Unknown>(linked.error());
    if (!linked->object->cfi) return tl::unexpected<Unknown>(linked->object->cfi.error());
    return linked->object->cfi->at(linked->address);
}

Maybe<OrcBytes> KernelCode::orc(VAddr address) const {
    auto linked = link(address);
    if (!linked) return tl::unexpected<Unknown>(linked.error());
    if (!linked->object->orc) return tl::unexpected<Unknown>(linked->object->orc.error());
    return linked->object->orc->at(linked->address);
}

}  // namespace nfstriage::layout
