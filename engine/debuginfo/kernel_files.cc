#include "debuginfo/kernel_files.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace nfstriage::debuginfo {
namespace {

// fs/nfs, fs/nfsd, fs/lockd, fs/nfs_common, net/sunrpc; enfs and nfs_multipath are openEuler's.
constexpr std::array<std::string_view, 23> kModules = {
    "auth_rpcgss",
    "blocklayoutdriver",
    "enfs",
    "grace",
    "lockd",
    "nfs",
    "nfs_acl",
    "nfs_layout_flexfiles",
    "nfs_layout_nfsv41_files",
    "nfs_localio",
    "nfs_multipath",
    "nfs_ssc",
    "nfsd",
    "nfslocalio",
    "nfsv2",
    "nfsv3",
    "nfsv4",
    "objlayoutdriver",
    "rpcrdma",
    "rpcsec_gss_krb5",
    "sunrpc",
    "svcrdma",
    "xprtrdma",
};
static_assert(std::is_sorted(kModules.begin(), kModules.end()));

constexpr std::array<std::string_view, 4> kCompressed = {".xz", ".zst", ".gz", ".bz2"};

bool take_suffix(std::string_view& name, std::string_view suffix) {
    if (!name.ends_with(suffix)) return false;
    name.remove_suffix(suffix.size());
    return true;
}

bool starts_with_digit(std::string_view text) {
    return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

// "nfs" of "nfs.ko", of "nfs.ko.debug" and of "nfs.ko-4.19.90-23.8.ky10.aarch64.debug".
std::optional<std::string> module_of(std::string_view name) {
    std::size_t at = name.find(".ko");
    if (at == std::string_view::npos || at == 0) return std::nullopt;
    std::string_view rest = name.substr(at + 3);
    bool ours =
        rest.empty() || rest == ".debug" || (rest.starts_with('-') && rest.ends_with(".debug"));
    if (!ours) return std::nullopt;
    std::string module(name.substr(0, at));
    std::replace(module.begin(), module.end(), '-', '_');
    return module;
}

}  // namespace

std::span<const std::string_view> nfs_modules() { return kModules; }

bool is_nfs_module(std::string_view name) {
    return std::binary_search(kModules.begin(), kModules.end(), name);
}

std::optional<FileRole> role_of(std::string_view path) {
    std::vector<std::string_view> parts = split(path, '/');
    std::string_view name = parts.back();
    FileRole role;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (parts[i] == ".dwz") role.alternate = true;
        if (parts[i] == "modules" && i + 2 < parts.size() && starts_with_digit(parts[i + 1]))
            role.release = parts[i + 1];
    }
    if (role.alternate) {
        // Named after the package: kernel-4.18.0-553.el8.x86_64.
        if (name.empty()) return std::nullopt;
        return role;
    }
    for (std::string_view suffix : kCompressed)
        if (take_suffix(name, suffix)) {
            role.compressed = true;
            break;
        }
    if (auto module = module_of(name)) {
        role.module = std::move(*module);
        return role;
    }
    take_suffix(name, ".debug");
    if (name == "vmlinux" || name == "vmlinux.unstripped") return role;
    constexpr std::string_view kPrefix = "vmlinux-";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    name.remove_prefix(kPrefix.size());
    if (!starts_with_digit(name)) return std::nullopt;  // vmlinux-gdb.py
    if (!role.release) role.release = name;
    return role;
}

}  // namespace nfstriage::debuginfo
