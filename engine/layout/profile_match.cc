#include "layout/profile_match.h"

#include <algorithm>
#include <map>
#include <optional>

namespace nfstriage::layout {
namespace {

constexpr std::size_t kSamples = 64;
constexpr std::size_t kFewestSamples = 8;  // of the 64 that must be found
constexpr std::size_t kFewestNamed = 3;    // of VMCOREINFO's symbols, where nothing else is there
constexpr const char* kAnchor = "_stext";
constexpr std::string_view kExport = "__ksymtab_";

bool is_text(char type) { return type == 't' || type == 'T'; }

struct Compared {
    std::size_t same = 0;
    std::string different;  // the first symbol that lies elsewhere
};

// What `lookup` says of the run-time addresses of `samples`.
template <class Lookup>
Compared compare(const std::vector<LinkedSymbol>& samples, std::uint64_t shift, Lookup lookup) {
    Compared result;
    for (const LinkedSymbol& sample : samples) {
        if (sample.name == kAnchor || sample.address < kLowestImageAddress ||
            sample.name.starts_with(kExport))
            continue;
        std::optional<VAddr> address = lookup(sample.name);
        if (!address) continue;
        if (address->value == sample.address + shift)
            ++result.same;
        else if (result.different.empty())
            result.different = sample.name;
    }
    return result;
}

// By the exported functions: the entry holds the function's distance from itself or, before 4.19
// and without HAVE_ARCH_PREL32_RELOCATIONS, its address (7290d5809571).
Compared by_exports(const std::vector<LinkedSymbol>& samples, std::uint64_t shift,
                    const dump::Memory& memory) {
    std::map<std::string_view, VAddr> entries;
    for (const LinkedSymbol& sample : samples)
        if (sample.name.starts_with(kExport))
            entries.emplace(std::string_view(sample.name).substr(kExport.size()),
                            VAddr{sample.address + shift});
    auto read = [&](bool relative) {
        return compare(samples, shift, [&](const std::string& name) -> std::optional<VAddr> {
            auto entry = entries.find(name);
            if (entry == entries.end()) return std::nullopt;
            if (!relative) {
                auto address = memory.pointer(entry->second);
                return address ? std::optional<VAddr>(*address) : std::nullopt;
            }
            auto distance = memory.value<std::int32_t>(entry->second);
            if (!distance) return std::nullopt;
            return entry->second + static_cast<std::uint64_t>(std::int64_t{*distance});
        });
    };
    Compared relative = read(true);
    return relative.same != 0 ? relative : read(false);
}

Compared by_kallsyms(const std::vector<LinkedSymbol>& samples, std::uint64_t shift,
                     const Kallsyms& kallsyms) {
    return compare(samples, shift, [&](const std::string& name) -> std::optional<VAddr> {
        auto found = kallsyms.find(name);
        if (found.size() != 1) return std::nullopt;
        return kallsyms.address(found.front());
    });
}

Maybe<Compared> by_vmcoreinfo(const ProfileSymbols& symbols, std::uint64_t shift,
                              const dump::Vmcoreinfo& info) {
    std::vector<LinkedSymbol> named;
    for (const auto& [key, value] : info.lines()) {
        if (!key.starts_with("SYMBOL(") || !key.ends_with(")")) continue;
        auto found = symbols.find(std::string_view(key).substr(7, key.size() - 8));
        if (!found) return tl::unexpected<Unknown>(found.error());
        if (found->size() == 1) named.push_back(found->front());
    }
    return compare(named, shift, [&](const std::string& name) { return info.symbol(name); });
}

template <class T>
Maybe<T> section_as(const Profile& profile, ProfileSection kind, Maybe<T> (*open)(ByteSpan)) {
    auto bytes = profile.section(kind);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    return open(*bytes);
}

std::optional<std::uint64_t> anchor_in(const std::vector<LinkedSymbol>& samples) {
    for (const LinkedSymbol& sample : samples)
        if (sample.name == kAnchor) return sample.address;
    return std::nullopt;
}

}  // namespace

Result<ProfileMatch> match_profile(const Profile& profile, const dump::Dump& dump,
                                   const KernelIdentity& of_dump,
                                   const std::function<const Kallsyms*()>& kallsyms) {
    std::string file = profile.path().string();
    auto refused = [&file](std::string expected, std::string remedy) {
        return error(file, std::nullopt, std::move(expected), std::move(remedy));
    };
    if (auto same = same_kernel(of_dump, profile.identity(), file); !same)
        return tl::unexpected<Error>(same.error());

    auto symbols = section_as(profile, ProfileSection::symbols, ProfileSymbols::open);
    auto table = section_as(profile, ProfileSection::samples, ProfileSymbols::open);
    auto samples = table ? table->block(0) : tl::unexpected<Unknown>(table.error());
    if (!samples || !symbols)
        return refused(
            "symbols to compare: " + to_string(samples ? symbols.error() : samples.error()),
            "make the profile again");
    auto linked = anchor_in(*samples);
    auto loaded = dump.vmcoreinfo().symbol(kAnchor);
    if (!loaded && kallsyms() != nullptr)
        if (auto found = kallsyms()->find(kAnchor); found.size() == 1)
            loaded = kallsyms()->address(found.front());
    if (!linked || !loaded)
        return refused(
            "an address of _stext in both the dump and the profile, to know how far the "
            "kernel was moved",
            "nothing can be done without it");
    const std::uint64_t shift = loaded->value - *linked;

    const bool by_build_id = of_dump.build_id && profile.identity().build_id;
    std::size_t fewest = by_build_id ? 0 : kFewestSamples;
    Compared compared = by_exports(*samples, shift, dump.memory());
    if (compared.same < fewest && kallsyms() != nullptr) {
        compared = by_kallsyms(*samples, shift, *kallsyms());
    } else if (compared.same == 0) {
        auto named = by_vmcoreinfo(*symbols, shift, dump.vmcoreinfo());
        if (!named) return refused(to_string(named.error()), "make the profile again");
        compared = *named;
        fewest = std::min(fewest, kFewestNamed);
    }
    if (!compared.different.empty())
        return refused("the symbols of this dump's kernel: " + compared.different +
                           " lies elsewhere, although the identity is the same",
                       "this is the profile of another build; make one from the right debuginfo");
    if (compared.same < fewest)
        return refused("at least " + std::to_string(fewest) +
                           " symbols of the dump to compare with, found " +
                           std::to_string(compared.same),
                       "without a build id or symbols in the dump a profile cannot be trusted");
    return ProfileMatch{shift, std::string(by_build_id ? "build id" : "release, version") +
                                   " and " + std::to_string(compared.same) + " symbols"};
}

std::vector<LinkedSymbol> choose_samples(const std::vector<LinkedSymbol>& symbols) {
    std::map<std::string_view, const LinkedSymbol*> unique;  // null: more than one
    for (const LinkedSymbol& symbol : symbols)
        if (symbol.address >= kLowestImageAddress)
            if (auto [at, added] = unique.emplace(symbol.name, &symbol); !added)
                at->second = nullptr;
    auto find = [&](const std::string& name) -> const LinkedSymbol* {
        auto found = unique.find(name);
        return found == unique.end() ? nullptr : found->second;
    };
    std::vector<const LinkedSymbol*> exported, others;
    for (const auto& [name, symbol] : unique) {
        if (symbol == nullptr || !is_text(symbol->type) || name == kAnchor) continue;
        bool is_exported = find(std::string(kExport) + symbol->name) != nullptr;
        (is_exported ? exported : others).push_back(symbol);
    }
    std::vector<LinkedSymbol> result;
    if (const LinkedSymbol* anchor = find(kAnchor)) result.push_back(*anchor);
    std::size_t left = kSamples;
    for (auto* group : {&exported, &others}) {
        std::sort(group->begin(), group->end(), [](const LinkedSymbol* a, const LinkedSymbol* b) {
            return a->address != b->address ? a->address < b->address : a->name < b->name;
        });
        std::size_t wanted = std::min(left, group->size());
        for (std::size_t i = 0; i < wanted; ++i) {
            const LinkedSymbol* chosen = (*group)[i * group->size() / wanted];
            result.push_back(*chosen);
            if (const LinkedSymbol* entry = find(std::string(kExport) + chosen->name))
                result.push_back(*entry);
        }
        left -= wanted;
    }
    return result;
}

}  // namespace nfstriage::layout
