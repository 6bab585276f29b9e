// Debuginfo by build id from the servers of DEBUGINFOD_URLS (debuginfod(8)), through libdebuginfod,
// which is loaded for it and keeps what it fetched in its own cache. Only done when the user asks
// for it: what is asked tells the server which kernel crashed. What comes is checked like any file.
#pragma once

#include "base/progress.h"
#include "base/result.h"
#include "debuginfo/find_debuginfo.h"
#include "debuginfo/kernel_files.h"

namespace nfstriage::debuginfo {

// vmlinux by wanted.kernel's build id, and those of wanted.modules that are NFS's and have one. A
// module that no server has is remarked on. Errors: DEBUGINFOD_URLS is not set, libdebuginfod is
// missing, the dump tells no build id, no server has vmlinux, what came is another file.
Result<KernelFiles> fetch_debuginfo(const WantedKernel& wanted, const Progress& progress);

}  // namespace nfstriage::debuginfo
