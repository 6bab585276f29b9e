// Debug files -> kernel profile: what an analysis asks of types, symbols, ORC and source, pruned
// and packed (layout/profile.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "debuginfo/kernel_files.h"

namespace nfstriage::debuginfo {

struct BuildOptions {
    bool lines = true;  // source lines, parameters and call frames too
};

struct BuiltProfile {
    layout::KernelIdentity identity;
    std::vector<std::uint8_t> bytes;   // of the profile file
    std::vector<std::string> remarks;  // what is left out and why, one sentence each
};

// Reads the files once. Errors: vmlinux is damaged or has no debug information; a module that is
// damaged is left out with a remark.
Result<BuiltProfile> build_profile(const KernelFiles& files, const BuildOptions& options,
                                   const Progress& progress);

}  // namespace nfstriage::debuginfo
