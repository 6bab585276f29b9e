// What is mounted where, from the text of /proc/self/mountinfo (Documentation/filesystems/proc.rst,
// section 3.5): asked so that the hook can stay away from file systems that might never answer. A
// dead NFS server is often why the host crashed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nfstriage::hook {

struct Mount {
    std::filesystem::path point;
    std::string type;    // "ext4", "nfs4", "tmpfs" ...
    std::string source;  // "/dev/vda1", "server:/export" ...
    bool read_only = false;
};

// In the order of mounting; lines that are not understood are left out.
std::vector<Mount> parse_mounts(std::string_view mountinfo);

// The mount that `path` lies on, by its name alone: the longest point above it, the last of equals.
// Null: none.
const Mount* mount_of(const std::vector<Mount>& mounts, const std::filesystem::path& path);

// Lies on another host, or asks a process that may be gone: reading it may block for ever.
bool is_remote(const Mount& mount);

// Lives in memory only: what is written there is gone after the reboot.
bool is_volatile(const Mount& mount);

}  // namespace nfstriage::hook
