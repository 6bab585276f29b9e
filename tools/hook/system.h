// The system that the hook finds itself on: the capture kernel's initramfs, the capture kernel with
// the whole root file system (Debian), or the host after its reboot. Says where dumps are saved,
// which of them is of this crash, and where a verdict may go, without touching a file system that
// might not answer.
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hook/kdump_config.h"
#include "hook/mounts.h"

namespace nfstriage::hook {

struct System {
    std::filesystem::path root;  // paths below are absolute and include it
    std::vector<Mount> mounts;   // their points do not
    std::vector<KdumpConfig> configs;
    std::filesystem::path proc_vmcore;  // memory of the crashed kernel; empty: not a capture kernel
    std::time_t booted = 0;
};

// Reads /proc and the configuration below `root`, nothing else. What cannot be read is empty.
System look_around(const std::filesystem::path& root);

// The folders below which kdump of this system saves crashes and that are mounted, the most likely
// first. Those on another host only if `remote`.
std::vector<std::filesystem::path> dump_folders(const System& system, bool remote);

struct SavedCrash {
    std::filesystem::path directory;
    std::time_t time = 0;  // when its dump, or its log, was last written
};

// The crash directories right below `folder`, newest first. A folder that cannot be read has none.
std::vector<SavedCrash> saved_crashes(const std::filesystem::path& folder);

// The newest crash that was saved since this kernel booted: in a capture kernel the crash at hand.
std::optional<SavedCrash> crash_at_hand(const System& system, bool remote);

// New folders that would outlive a reboot, for the verdict of a crash of which nothing was saved.
std::vector<std::filesystem::path> folders_for_verdict(const System& system, std::time_t now);

// Where kernel profiles are looked for.
std::vector<std::filesystem::path> profile_folders(const System& system);

}  // namespace nfstriage::hook
