#include "layout/module_variables.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "layout/profile_symbols.h"

namespace nfstriage::layout {
namespace {

bool is_variable(char type) { return std::string_view("dDbBrRV").find(type) != std::string::npos; }
bool is_function(char type) { return type == 't' || type == 'T'; }

// Unknown, and why, if other_build() had nothing to compare.
Maybe<void> is_identified(const dump::Memory& memory, const Types& types, const Module& module,
                          const ProfileObject& linked) {
    if (!module.srcversion.empty() && !linked.srcversion.empty()) return {};
    auto build_id = read_module_build_id(memory, types, module);
    if (build_id && !linked.build_id.empty()) return {};
    return unknown(Reason::no_symbol,
                   "neither build id nor srcversion tells whether module " + module.name +
                       " is the one in the profile" +
                       (build_id ? "" : " (" + to_string(build_id.error()) + ")"));
}

// A section of the file that is known to be loaded, and where.
struct PlacedSection {
    std::uint64_t linked = 0, size = 0;
    VAddr loaded;
};

// By address in the file. A name that one of both sides has twice says nothing.
std::vector<PlacedSection> place_sections(const std::vector<LinkedSection>& linked,
                                          const std::vector<LoadedSection>& loaded) {
    std::map<std::string_view, std::size_t> in_file;
    for (const LinkedSection& section : linked) ++in_file[section.name];
    std::map<std::string_view, std::optional<VAddr>> in_memory;
    for (const LoadedSection& section : loaded)
        if (auto [at, added] = in_memory.emplace(section.name, section.address); !added)
            at->second = std::nullopt;
    std::vector<PlacedSection> result;
    for (const LinkedSection& section : linked) {
        auto at = in_memory.find(section.name);
        if (at == in_memory.end() || !at->second || in_file[section.name] != 1) continue;
        if (section.size != 0) result.push_back({section.address, section.size, *at->second});
    }
    std::sort(result.begin(), result.end(),
              [](const PlacedSection& a, const PlacedSection& b) { return a.linked < b.linked; });
    return result;
}

const PlacedSection* section_of(const std::vector<PlacedSection>& sections, std::uint64_t address) {
    auto after = std::upper_bound(
        sections.begin(), sections.end(), address,
        [](std::uint64_t a, const PlacedSection& section) { return a < section.linked; });
    if (after == sections.begin()) return nullptr;
    const PlacedSection& section = *std::prev(after);
    return address - section.linked < section.size ? &section : nullptr;
}

// Every function and variable of the profile whose section is placed, by address. Each ends where
// the next one or its section does.
Maybe<std::vector<Symbol>> place_all(const ProfileSymbols& symbols,
                                     const std::vector<PlacedSection>& sections,
                                     const std::string& module) {
    std::vector<Symbol> result;
    for (std::size_t i = 0; i < symbols.blocks(); ++i) {
        auto block = symbols.block(i);
        if (!block) return tl::unexpected<Unknown>(block.error());
        for (const LinkedSymbol& symbol : *block) {
            if (!is_variable(symbol.type) && !is_function(symbol.type)) continue;
            const PlacedSection* section = section_of(sections, symbol.address);
            if (section == nullptr) continue;
            std::uint64_t offset = symbol.address - section->linked;
            result.push_back({symbol.name, section->loaded + offset, section->size - offset, module,
                              symbol.type});
        }
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
    std::optional<VAddr> next;
    for (std::size_t i = result.size(); i-- > 0;) {
        Symbol& symbol = result[i];
        if (next) symbol.size = std::min(symbol.size, *next - symbol.address);
        if (i > 0 && result[i - 1].address != symbol.address) next = symbol.address;
    }
    return result;
}

// The first function that the module's own table has elsewhere. Names of several functions are not
// compared.
std::optional<std::string> misplaced(const std::vector<Symbol>& known,
                                     const std::vector<Symbol>& placed) {
    std::map<std::string_view, std::optional<VAddr>> functions;
    for (const Symbol& symbol : known)
        if (auto [at, added] = functions.emplace(symbol.name, symbol.address); !added)
            at->second = std::nullopt;
    std::map<std::string_view, std::size_t> count;
    for (const Symbol& symbol : placed) ++count[symbol.name];
    for (const Symbol& symbol : placed) {
        if (!is_function(symbol.type) || count[symbol.name] != 1) continue;
        auto at = functions.find(symbol.name);
        if (at != functions.end() && at->second && *at->second != symbol.address)
            return symbol.name;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::string> other_build(const dump::Memory& memory, const Types& types,
                                       const Module& module, const ProfileObject& linked) {
    auto compare = [&](const char* what, const std::string& loaded,
                       const std::string& in_profile) -> std::optional<std::string> {
        if (loaded.empty() || in_profile.empty() || loaded == in_profile) return std::nullopt;
        return "module " + module.name + " has " + what + " " + loaded + ", that of the profile " +
               in_profile;
    };
    if (auto other = compare("srcversion", module.srcversion, linked.srcversion)) return other;
    return compare("build id", read_module_build_id(memory, types, module).value_or(""),
                   linked.build_id);
}

Maybe<std::vector<Symbol>> module_variables(const dump::Memory& memory, const Types& types,
                                            const Profile& profile, const Module& module,
                                            const std::vector<Symbol>& known) {
    auto object = std::find_if(profile.objects().begin(), profile.objects().end(),
                               [&](const ProfileObject& o) { return o.name == module.name; });
    if (object == profile.objects().end())
        return unknown(Reason::no_symbol, "the profile has no module " + module.name);
    auto linked = linked_sections(profile, module.name);
    if (!linked && linked.error().reason == Reason::no_type)
        return unknown(Reason::no_symbol,
                       "the profile was made before profiles told where variables of modules "
                       "are; make it again");
    if (!linked) return tl::unexpected<Unknown>(linked.error());
    auto bytes = profile.section(ProfileSection::symbols, module.name);
    auto symbols = bytes ? ProfileSymbols::open(*bytes) : tl::unexpected<Unknown>(bytes.error());
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    if (auto other = other_build(memory, types, module, *object))
        return unknown(Reason::no_symbol, *other);
    if (auto known_build = is_identified(memory, types, module, *object); !known_build)
        return tl::unexpected<Unknown>(known_build.error());
    auto loaded = read_module_sections(memory, types, module);
    if (!loaded) return tl::unexpected<Unknown>(loaded.error());

    auto placed = place_all(*symbols, place_sections(*linked, *loaded), module.name);
    if (!placed) return tl::unexpected<Unknown>(placed.error());
    if (auto function = misplaced(known, *placed))
        return unknown(Reason::no_symbol, "the profile is of another build of module " +
                                              module.name + ": " + *function + " lies elsewhere");
    std::erase_if(*placed, [&](const Symbol& symbol) {
        return !is_variable(symbol.type) || !module.contains(symbol.address);
    });
    return placed;
}

}  // namespace nfstriage::layout
