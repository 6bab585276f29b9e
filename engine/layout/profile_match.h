// Is this profile of the kernel in this dump? Nothing of a profile is used before that is certain:
// types of another build give plausible nonsense.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "dump/dump.h"
#include "layout/kallsyms.h"
#include "layout/profile.h"
#include "layout/profile_symbols.h"

namespace nfstriage::layout {

struct ProfileMatch {
    std::uint64_t shift = 0;  // run-time minus link address of vmlinux (KASLR), modulo 2^64
    std::string ground;       // "build id", "release, version and 64 symbols"
};

// Build ids decide where both have one. Otherwise machine, release and version must be known and
// equal, and the addresses of the profile's samples relative to _stext must be those of `kallsyms`
// (may be null: then those symbols count that VMCOREINFO names). Errors: another kernel, both
// identities shown; too few symbols to compare.
Result<ProfileMatch> match_profile(const Profile& profile, const dump::Dump& dump,
                                   const KernelIdentity& of_dump, const Kallsyms* kallsyms);

// Link addresses below this are no addresses of the image: x86_64 per-CPU symbols count from 0.
constexpr std::uint64_t kLowestImageAddress = 0xffff000000000000;

// At most 64 symbols that tell builds apart, for ProfileSection::samples: functions whose name is
// unique, evenly spread, and _stext.
std::vector<LinkedSymbol> choose_samples(const std::vector<LinkedSymbol>& symbols);

}  // namespace nfstriage::layout
