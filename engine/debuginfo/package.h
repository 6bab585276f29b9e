// The kernel files of a debuginfo package (.rpm, .deb, .ddeb) or tar: read as a stream, only
// vmlinux, the modules around NFS and what dwz took out of them are written, below a private
// folder, at the place that they have in the package, so that the links between them hold. A member
// whose path could lead elsewhere (absolute, "..", unusual characters) is not written; links are
// never made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "debuginfo/archive.h"
#include "debuginfo/kernel_files.h"

namespace nfstriage::debuginfo {

struct UnpackedFile {
    std::filesystem::path path;  // where it was written
    std::string member;          // its name in the package
    FileRole role;
};

struct Package {
    std::vector<UnpackedFile> files;  // in the package's order; files that dwz made are left out
    std::set<std::string> releases;   // of kernels whose files were seen, unpacked or not
    std::vector<std::string> first_members;  // some names, to show what the package is
    std::vector<std::string> remarks;
    std::uint64_t unpacked = 0;  // bytes
};

// `release`: of the kernel that is wanted; files of others are passed over. Without it the files of
// the first kernel are written, and `releases` says whether there are more. `single` is the case of
// a file compressed as a whole: the one entry is written whatever its name. Errors: those of
// Archive.
Result<Package> unpack_package(const std::filesystem::path& file,
                               const std::optional<std::string>& release,
                               const std::filesystem::path& folder, const ArchiveLimits& limits,
                               const Progress& progress);

}  // namespace nfstriage::debuginfo
