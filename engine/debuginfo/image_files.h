// The files of one kernel as it is installed, or as its debug files are: vmlinux or vmlinuz, the
// modules around NFS, and the lists that say which modules there are. Taken from a directory tree,
// a package or tar, or named alone.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/private_folder.h"
#include "base/progress.h"
#include "base/result.h"
#include "debuginfo/archive.h"

namespace nfstriage::debuginfo {

struct ImageFiles {
    std::vector<std::filesystem::path> vmlinux;  // ELF files first, then boot images
    // By the kernel's spelling. Several of one name: with text and as debug files.
    std::map<std::string, std::vector<std::filesystem::path>> modules;
    std::optional<std::filesystem::path> order, built_in;  // modules.order, modules.builtin
    std::shared_ptr<PrivateFolder> folder;                 // what was unpacked
    std::vector<std::string> remarks;
};

// Whether `path` may be files of a kernel, by content, or by what a directory or archive contains.
// A directory that has a dump has that.
bool has_kernel_files(const std::filesystem::path& path, const ArchiveLimits& limits);

// Errors: unreadable, none there, those of several kernels.
Result<ImageFiles> gather_image_files(const std::filesystem::path& path,
                                      const ArchiveLimits& limits, const Progress& progress);

}  // namespace nfstriage::debuginfo
