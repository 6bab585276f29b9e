// A scene of a kernel that did not crash: its files, or a profile of it. What records ask about
// fixes is answered from it as from a dump.
#pragma once

#include <filesystem>
#include <functional>

#include "base/progress.h"
#include "base/result.h"
#include "debuginfo/archive.h"
#include "facts/from_profile.h"
#include "triage.h"

namespace nfstriage {

struct KernelOptions {
    TriageOptions reading;  // of which the profiles are used
    debuginfo::ArchiveLimits limits;
    Progress progress;
    // Makes the profile of a kernel out of its own files, if they have debug information; empty: no
    // way to.
    std::function<Result<std::filesystem::path>(const std::vector<std::filesystem::path>& files,
                                                const layout::KernelSeen& kernel)>
        make_profile;
};

// Whether `path` is a profile, or may be files of a kernel (debuginfo::has_kernel_files).
bool is_kernel(const std::filesystem::path& path, const debuginfo::ArchiveLimits& limits);

// Of a path that is_kernel(). Errors: unreadable, damaged, files of several kernels, a profile that
// was asked for and is of another kernel.
Result<facts::KernelScene> scene_of_kernel(const std::filesystem::path& path,
                                           const KernelOptions& options);

}  // namespace nfstriage
