// Is this profile of the kernel in this dump? Nothing of a profile is used before that is certain:
// types of another build give plausible nonsense.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "dump/dump.h"
#include "layout/kallsyms.h"
#include "layout/profile.h"
#include "layout/profile_symbols.h"

namespace nfstriage::layout {

struct ProfileMatch {
    std::uint64_t shift = 0;  // run-time minus link address of vmlinux (KASLR), modulo 2^64
    std::string ground;       // "build id and 64 symbols"
};

// Build ids decide where both have one. Otherwise machine, release and version must be known and
// equal, and enough of the profile's samples must lie where the dump has them, relative to _stext:
// by the kernel's own table of exported functions, else by `kallsyms` (asked for only then; may
// give null), else by the symbols of VMCOREINFO. Whatever the ground, one sample that lies
// elsewhere refuses the profile. Errors: another kernel, both identities shown; too few symbols to
// compare.
Result<ProfileMatch> match_profile(const Profile& profile, const dump::Dump& dump,
                                   const KernelIdentity& of_dump,
                                   const std::function<const Kallsyms*()>& kallsyms);

// Link addresses below this are no addresses of the image: x86_64 per-CPU symbols count from 0.
constexpr std::uint64_t kLowestImageAddress = 0xffff000000000000;

// Symbols that tell builds apart, for ProfileSection::samples: _stext, at most 64 functions whose
// name is unique, evenly spread, exported ones first, and of these also __ksymtab_NAME, where the
// kernel keeps the function's address (struct kernel_symbol, include/linux/export-internal.h).
std::vector<LinkedSymbol> choose_samples(const std::vector<LinkedSymbol>& symbols);

}  // namespace nfstriage::layout
