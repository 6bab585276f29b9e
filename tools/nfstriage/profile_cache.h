// Kernel profiles on disk: where they are looked for, and how one is made of debuginfo. That is
// done in a process of its own, because it takes seconds and hundreds of megabytes, and because
// debug files are foreign input to a big library.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "debuginfo/build_profile.h"
#include "debuginfo/find_debuginfo.h"
#include "layout/kernel_layout.h"
#include "layout/profile.h"
#include "triage.h"

namespace nfstriage::command {

// The user's cache: $XDG_CACHE_HOME or ~/.cache, then /nfstriage. Empty where there is neither.
std::filesystem::path cache_folder();

// /usr/lib and /var/lib/nfstriage/profiles, then the user's cache.
std::vector<std::filesystem::path> profile_folders();

struct MakeProfile {
    std::vector<std::filesystem::path> sources;  // as debuginfo::find_debuginfo takes them
    bool debuginfod = false;                     // ask the servers of DEBUGINFOD_URLS too
    debuginfo::ArchiveLimits limits;             // for packages
    debuginfo::WantedKernel wanted;
    debuginfo::BuildOptions how;
};

// Finds debug files and makes a profile of them in a child process that shows its progress on a
// terminal. Errors: those of the two steps; the child was killed or crashed.
Result<debuginfo::BuiltProfile> make_profile(const MakeProfile& request);

// Readers see all of it or nothing.
Result<void> save_profile(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

// ProfileOptions::make for `analyze --debuginfo`: makes the profile of a kernel and keeps it in the
// user's cache; where that cannot be written, in a private folder that lives as long as the result.
std::function<Result<std::filesystem::path>(const layout::KernelSeen&)> cache_filler(
    MakeProfile request);

// Whether a profile is of the kernel in a dump. Errors: it is not, or the dump cannot be read.
Result<void> match_dump(const std::filesystem::path& profile, const std::filesystem::path& dump);

}  // namespace nfstriage::command
