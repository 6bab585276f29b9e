// The package that a distribution's kernel was built as, from the banner that the kernel prints,
// and the order of package versions. The banner is the only place in memory that names it: the
// release of uname is that of the ABI and stays the same over many packages.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace nfstriage::knowledge {

struct Package {
    std::string distribution;  // "debian"
    std::string version;       // "6.1.129-1"
};

// From the kernel's version ("#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)").
// No value for kernels whose banner names no package.
std::optional<Package> package_of(std::string_view version);

// Debian's order of versions (Debian Policy 5.6.12, deb-version(7)), without epochs.
std::strong_ordering compare_versions(std::string_view left, std::string_view right);

// The version without what a rebuild for another release of the distribution appended:
// "6.12.57-1~bpo12+1" -> "6.12.57-1". The source is that of the version without it.
std::string_view without_rebuild(std::string_view version);

}  // namespace nfstriage::knowledge
