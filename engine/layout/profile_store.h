// Folders of kernel profiles: /var/lib/nfstriage/profiles, ~/.cache/nfstriage. One file per kernel
// build, its name begins with the release so that a large folder is not opened file by file.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "layout/profile.h"

namespace nfstriage::layout {

inline constexpr const char* kProfileSuffix = ".nfsprofile";

// "4.19.90-23.29.v2101.ky10.aarch64-1c2d3e4f.nfsprofile": release, then the beginning of the build
// id or, without one, a check sum of the version. Only letters, digits and ._+~- are kept of what
// the identity says. Nothing when the release is unknown.
std::optional<std::string> profile_file_name(const KernelIdentity& identity);

// The profiles of a folder by name; empty when there is no such folder.
std::vector<std::filesystem::path> profiles_in(const std::filesystem::path& folder);

struct StoredProfile {
    std::shared_ptr<const Profile> profile;  // null: none of that kernel
    std::vector<Error> rejected;             // files of that release that cannot be used, and why
};

// The first profile, in the order of `folders`, that same_kernel() accepts; one that tells of
// sections of modules rather than one of an earlier version that does not. Where no folder has any,
// the first of `carried`, which are bytes of profiles and must outlive it.
StoredProfile find_stored(const std::vector<std::filesystem::path>& folders,
                          const KernelIdentity& identity,
                          const std::vector<ByteSpan>& carried = {});

}  // namespace nfstriage::layout
