// Which kernel build something is of: a dump, a debug file, a profile. A build id names a build
// exactly; kernels before v5.9 leave none in their dumps, and there release (uname -r) and version
// (uname -v, which counts builds and carries their date) name it together.
#pragma once

#include <optional>
#include <string>

#include "base/arch.h"
#include "base/result.h"

namespace nfstriage::layout {

// Absent: it does not say.
struct KernelIdentity {
    std::optional<Arch> arch;
    std::optional<std::string> release;   // uname -r
    std::optional<std::string> version;   // uname -v
    std::optional<std::string> build_id;  // hex, of vmlinux
};

// One line for people: "6.1.0-56-cloud-amd64 x86_64 #1 SMP Debian 6.1.192-2 (build id 12ab…)".
std::string to_string(const KernelIdentity& identity);

// Whether `file` (a debug file or profile, called `file_name` in messages) is of the kernel that
// `dump` was taken of: the same build id where both have one, else the same architecture, release
// and version, all three known to both. Error: it is not, or that cannot be told; names both.
Result<void> same_kernel(const KernelIdentity& dump, const KernelIdentity& file,
                         const std::string& file_name);

}  // namespace nfstriage::layout
