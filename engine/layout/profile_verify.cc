#include "layout/profile_verify.h"

#include "layout/cfi_table.h"
#include "layout/code_table.h"
#include "layout/module_sections.h"
#include "layout/orc_table.h"
#include "layout/profile_symbols.h"
#include "layout/profile_types.h"

namespace nfstriage::layout {
namespace {

Maybe<void> read_symbols(ByteSpan bytes) {
    auto symbols = ProfileSymbols::open(bytes);
    if (!symbols) return tl::unexpected<Unknown>(symbols.error());
    for (std::size_t i = 0; i < symbols->blocks(); ++i)
        if (auto block = symbols->block(i); !block) return tl::unexpected<Unknown>(block.error());
    return {};
}

Maybe<void> read_section(const Profile& profile, const Profile::Entry& entry) {
    auto bytes = profile.section(entry.kind, entry.object);
    if (!bytes) return tl::unexpected<Unknown>(bytes.error());
    switch (entry.kind) {
        case ProfileSection::types:
            if (auto btf = btf_of(profile); !btf) return tl::unexpected<Unknown>(btf.error());
            break;
        case ProfileSection::symbols:
        case ProfileSection::samples:
            return read_symbols(*bytes);
        case ProfileSection::code:
            if (auto table = CodeTable::open(*bytes); !table)
                return tl::unexpected<Unknown>(table.error());
            break;
        case ProfileSection::cfi:
            if (auto table = CfiTable::open(*bytes); !table)
                return tl::unexpected<Unknown>(table.error());
            break;
        case ProfileSection::orc:
            if (auto table = OrcTable::open(*bytes); !table)
                return tl::unexpected<Unknown>(table.error());
            break;
        case ProfileSection::sections:
            if (auto sections = linked_sections(profile, entry.object); !sections)
                return tl::unexpected<Unknown>(sections.error());
            break;
        case ProfileSection::identity:
        case ProfileSection::absent:
            break;
    }
    return {};
}

}  // namespace

std::vector<std::string> verify_profile(const Profile& profile) {
    std::vector<std::string> faults = profile.damaged_sections();
    for (const Profile::Entry& entry : profile.entries())
        if (auto sound = read_section(profile, entry); !sound)
            faults.push_back(profile.path().string() + ": " + to_string(sound.error()));
    return faults;
}

}  // namespace nfstriage::layout
