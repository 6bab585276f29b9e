// Which of the ways to save a crash dump this host has, found by what is there: each is a set of
// scripts of its distribution with its own call for what runs after the dump.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "root.h"

namespace nfstriage::setup {

enum class Family {
    red_hat,  // /etc/kdump.conf, kdumpctl: RHEL, CentOS, Fedora, openEuler, Kylin
    suse,     // /etc/sysconfig/kdump, mkdumprd
    debian    // /etc/default/kdump-tools, kdump-config: Debian, Ubuntu
};

std::string_view to_string(Family family);
std::optional<Family> family_from(std::string_view name);

// The family of the host. Errors: none of them is installed.
Result<Family> find_family(const Root& root);

inline constexpr const char* kKdumpConf = "/etc/kdump.conf";
inline constexpr const char* kSysconfig = "/etc/sysconfig/kdump";
inline constexpr const char* kKdumpTools = "/etc/default/kdump-tools";
inline constexpr const char* kPostFolder = "/etc/kdump/post.d";

// Whether kdump runs the files of /etc/kdump/post.d: since kexec-tools 2.0.20-14, and not on those
// that openEuler and Kylin took before that. The scripts say it, not a version.
bool runs_post_folder(const Root& root);

}  // namespace nfstriage::setup
