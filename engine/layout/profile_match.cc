#include "layout/profile_match.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"

namespace nfstriage::layout {
namespace {

constexpr std::size_t kSamples = 64;
constexpr std::size_t kFewestSamples = 8;  // of the 64 that kallsyms must name
constexpr std::size_t kFewestNamed = 3;    // without kallsyms, of VMCOREINFO's symbols
constexpr const char* kAnchor = "_stext";

bool is_text(char type) { return type == 't' || type == 'T'; }

struct Compared {
    std::uint64_t shift = 0;
    std::size_t same = 0;
    std::string different;  // the first symbol that lies elsewhere
};

// Where each of `samples` is at run time, as far as the dump tells.
using Lookup = std::optional<VAddr> (*)(const void* table, const std::string& name);

std::optional<VAddr> in_kallsyms(const void* table, const std::string& name) {
    const auto& kallsyms = *static_cast<const Kallsyms*>(table);
    auto found = kallsyms.find(name);
    if (found.size() != 1) return std::nullopt;
    return kallsyms.address(found.front());
}

std::optional<VAddr> in_vmcoreinfo(const void* table, const std::string& name) {
    return static_cast<const dump::Vmcoreinfo*>(table)->symbol(name);
}

std::optional<Compared> compare(const std::vector<LinkedSymbol>& samples, Lookup lookup,
                                const void* table) {
    Compared result;
    auto anchor = std::find_if(samples.begin(), samples.end(),
                               [](const LinkedSymbol& s) { return s.name == kAnchor; });
    if (anchor == samples.end()) return std::nullopt;
    auto at = lookup(table, kAnchor);
    if (!at) return std::nullopt;
    result.shift = at->value - anchor->address;
    for (const LinkedSymbol& sample : samples) {
        if (sample.name == kAnchor || sample.address < kLowestImageAddress) continue;
        auto address = lookup(table, sample.name);
        if (!address) continue;
        if (address->value == sample.address + result.shift)
            ++result.same;
        else if (result.different.empty())
            result.different = sample.name;
    }
    return result;
}

// The symbols that VMCOREINFO names, with the addresses that the profile has for them.
Maybe<std::vector<LinkedSymbol>> named_by(const dump::Vmcoreinfo& info,
                                          const ProfileSymbols& symbols) {
    std::vector<LinkedSymbol> result;
    for (const auto& [key, value] : info.lines()) {
        if (!key.starts_with("SYMBOL(") || !key.ends_with(")")) continue;
        auto found = symbols.find(std::string_view(key).substr(7, key.size() - 8));
        if (!found) return tl::unexpected<Unknown>(found.error());
        if (found->size() == 1) result.push_back(found->front());
    }
    return result;
}

}  // namespace

Result<ProfileMatch> match_profile(const Profile& profile, const dump::Dump& dump,
                                   const KernelIdentity& of_dump, const Kallsyms* kallsyms) {
    std::string file = profile.path().string();
    if (auto same = same_kernel(of_dump, profile.identity(), file); !same)
        return tl::unexpected<Error>(same.error());
    bool by_build_id = of_dump.build_id && profile.identity().build_id;

    auto section = profile.section(ProfileSection::samples);
    if (!section)
        return error(file, std::nullopt, "samples of symbols: " + to_string(section.error()),
                     "make the profile again");
    auto table = ProfileSymbols::open(*section);
    auto samples = table ? table->block(0) : tl::unexpected<Unknown>(table.error());
    if (!samples)
        return error(file, std::nullopt, "samples of symbols: " + to_string(samples.error()),
                     "make the profile again");
    std::size_t fewest = kFewestSamples;
    std::optional<Compared> compared;
    if (kallsyms != nullptr) {
        compared = compare(*samples, in_kallsyms, kallsyms);
    } else {
        fewest = kFewestNamed;
        auto all = profile.section(ProfileSection::symbols);
        auto symbols = all ? ProfileSymbols::open(*all) : tl::unexpected<Unknown>(all.error());
        auto named = symbols ? named_by(dump.vmcoreinfo(), *symbols)
                             : tl::unexpected<Unknown>(symbols.error());
        if (named) compared = compare(*named, in_vmcoreinfo, &dump.vmcoreinfo());
    }
    if (!compared)
        return error(file, std::nullopt,
                     "an address of _stext in both the dump and the profile, to know how far the "
                     "kernel was moved",
                     "give the dump's debuginfo itself with --debuginfo");
    if (!compared->different.empty())
        return error(file, std::nullopt,
                     "the symbols of this dump's kernel: " + compared->different +
                         " lies elsewhere, although " + (by_build_id ? "build id" : "version") +
                         " and release are the same",
                     "this is the profile of another build; make one from the right debuginfo");
    if (!by_build_id && compared->same < fewest)
        return error(file, std::nullopt,
                     "at least " + std::to_string(fewest) +
                         " symbols of the dump to compare with, found " +
                         std::to_string(compared->same),
                     "without a build id or symbols in the dump a profile cannot be trusted");
    std::string ground = by_build_id ? "build id" : "release and version";
    return ProfileMatch{compared->shift,
                        ground + " and " + std::to_string(compared->same) + " symbols"};
}

std::vector<LinkedSymbol> choose_samples(const std::vector<LinkedSymbol>& symbols) {
    std::map<std::string_view, std::size_t> occurrences;
    for (const LinkedSymbol& symbol : symbols) ++occurrences[symbol.name];
    std::vector<LinkedSymbol> unique, result;
    for (const LinkedSymbol& symbol : symbols) {
        if (occurrences[symbol.name] != 1 || symbol.address < kLowestImageAddress) continue;
        if (symbol.name == kAnchor)
            result.push_back(symbol);
        else if (is_text(symbol.type))
            unique.push_back(symbol);
    }
    std::sort(unique.begin(), unique.end(), [](const LinkedSymbol& a, const LinkedSymbol& b) {
        return a.address != b.address ? a.address < b.address : a.name < b.name;
    });
    std::size_t wanted = std::min(kSamples, unique.size());
    for (std::size_t i = 0; i < wanted; ++i) result.push_back(unique[i * unique.size() / wanted]);
    return result;
}

}  // namespace nfstriage::layout
