// Finding debuginfo: from what the user names to the files of one kernel. Where the dump has a
// build id it decides; otherwise architecture, release and version do, for modules the release in
// vermagic, and build id or srcversion where the dump tells those of its modules. What does not
// match is refused, with both identities in the message; it is never used.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "base/progress.h"
#include "base/result.h"
#include "debuginfo/archive.h"
#include "debuginfo/kernel_files.h"

namespace nfstriage::debuginfo {

struct WantedKernel {
    // Of the dump. Absent: whatever the sources hold, if it is one kernel.
    std::optional<layout::KernelIdentity> kernel;
    // Modules as the dump tells them: name, build id and srcversion, "" where it does not.
    std::vector<layout::ProfileObject> modules;
    // Without a dump: the one kernel of this release (uname -r). Empty: of any.
    std::string release = {};
};

struct FindOptions {
    ArchiveLimits limits;
    Progress progress;
};

// The files of the wanted kernel in `sources`: vmlinux files, modules, folders, packages, tars.
// Sources that gave nothing are remarked on as long as another one has a vmlinux. Errors: no
// vmlinux with debug information, none of the wanted kernel, several kernels and none wanted; the
// message lists what was found.
Result<KernelFiles> find_debuginfo(const std::vector<std::filesystem::path>& sources,
                                   const WantedKernel& wanted, const FindOptions& options);

}  // namespace nfstriage::debuginfo
