// Damage to the kernel profile that a dump is read with: cut, with flipped bits, with flipped bits
// under a check sum that is right, or of another kernel.
#include <stdexcept>

#include "damage/kinds.h"
#include "layout/profile.h"

namespace nfstriage::damage {
namespace {

constexpr std::size_t kCuts = 200, kFlips = 500, kLies = 1000;

bool has_profile(const Target& target) {
    return target.sample.form == Form::dump && !target.sample.made &&
           !target.sample.profile.empty();
}

std::size_t cuts(const Target& target) { return has_profile(target) ? kCuts : 0; }

void cut(const Target&, Damage& damage) {
    damage.copy.cut(damage.random.below(damage.copy.size()));
}

std::size_t flips(const Target& target) { return has_profile(target) ? kFlips : 0; }

// Half of them in the header and the table of sections.
void flip(const Target&, Damage& damage) {
    constexpr std::uint64_t kTables = 512;
    std::uint64_t end = damage.at % 2 == 0 ? kTables : damage.copy.size();
    for (unsigned count = damage.at % 4 < 2 ? 1 : 8; count-- > 0;) {
        std::uint64_t offset = damage.random.below(std::min(end, damage.copy.size()));
        auto byte =
            static_cast<std::uint8_t>(damage.copy.byte(offset) ^ 1u << damage.random.below(8));
        damage.copy.write(offset, {&byte, 1});
    }
}

std::size_t lies(const Target& target) { return has_profile(target) ? kLies : 0; }

void lie(const Target& target, Damage& damage) {
    auto profile = layout::Profile::open(target.sample.profile);
    if (!profile) throw std::runtime_error(to_string(profile.error()));
    std::vector<layout::ProfilePart> parts;
    for (const layout::Profile::Entry& entry : (*profile)->entries()) {
        if (entry.kind == layout::ProfileSection::identity) continue;  // written by itself
        auto bytes = (*profile)->section(entry.kind, entry.object);
        if (bytes) parts.push_back({entry.kind, entry.object, {bytes->begin(), bytes->end()}});
    }
    std::vector<std::uint8_t>& bytes =
        parts[static_cast<std::size_t>(damage.random.below(parts.size()))].bytes;
    for (unsigned count = damage.at % 2 == 0 ? 1 : 8; count-- > 0 && !bytes.empty();) {
        auto at = static_cast<std::size_t>(damage.random.below(bytes.size()));
        bytes[at] ^= static_cast<std::uint8_t>(1u << damage.random.below(8));
    }
    damage.copy.replace(
        layout::write_profile((*profile)->identity(), (*profile)->objects(), parts));
}

std::size_t others(const Target& target) {
    return target.sample.form == Form::dump && !target.sample.made ? target.profiles.size() : 0;
}

// The one beside the dump is its own.
void take_other(const Target& target, Damage& damage) {
    const std::filesystem::path& other = target.profiles[damage.at];
    if (other.parent_path() != target.sample.file.parent_path()) damage.subject.profile = other;
}

constexpr Kind kKinds[] = {
    {"profile_cut", "the kernel profile ends early", true, true, 2, cuts, cut},
    {"profile_flip", "bits of the kernel profile", false, true, 2, flips, flip},
    {"profile_lie", "bits of the kernel profile, with check sums that are right", false, true, 4,
     lies, lie},
    {"profile_other", "the kernel profile of another dump", true, false, 2, others, take_other},
};

}  // namespace

std::span<const Kind> profile_kinds() { return kKinds; }

}  // namespace nfstriage::damage
