// The files that a kernel profile is made of, and how distributions name them: vmlinux, and the
// modules around NFS, with debug information. Names: Debian and Ubuntu boot/vmlinux-RELEASE and
// lib/modules/RELEASE/kernel/**/NAME.ko below /usr/lib/debug; RHEL, SUSE and openEuler
// lib/modules/RELEASE/vmlinux[.debug] and NAME.ko[-RELEASE].debug, newer ones below usr/lib.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/private_folder.h"
#include "layout/kernel_identity.h"
#include "layout/profile.h"

namespace nfstriage::debuginfo {

// What the path of a file says about it, before it is opened.
struct FileRole {
    std::string module;                  // "" is vmlinux
    std::optional<std::string> release;  // named by the path
    bool compressed = false;             // NAME.ko.xz and the like
    bool alternate = false;              // below .dwz: what several debug files have in common
};

// Nothing for files that are none of ours. Modules are given by the kernel's spelling: '-' is '_'.
std::optional<FileRole> role_of(std::string_view path);

// The modules whose debug information is worth having, sorted.
std::span<const std::string_view> nfs_modules();
bool is_nfs_module(std::string_view name);

struct KernelFiles {
    layout::KernelIdentity identity;
    std::filesystem::path vmlinux;
    std::map<std::string, std::filesystem::path> modules;  // by name, "nfs"
    std::vector<layout::ProfileObject> objects;            // vmlinux first, then in order of name
    std::vector<std::string> remarks;                      // sentences for people
    std::vector<std::shared_ptr<PrivateFolder>> folders;   // hold what was unpacked
};

}  // namespace nfstriage::debuginfo
