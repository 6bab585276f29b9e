// Writes files that other processes read, or that must survive a reboot without notice: under a
// temporary name in the same folder, synced, renamed, the folder synced. Whoever looks, at any
// moment, finds the whole old file or the whole new one.
#pragma once

#include <sys/types.h>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace nfstriage {

struct NewFile {
    std::string name;  // in the folder
    std::string_view bytes;
};

inline constexpr mode_t kOwnerOnly = 0600, kReadableByAll = 0644;

// All files are on the disk before the first takes its place, so that a full disk leaves everything
// as it was; then they take their places in this order. Errors: what the system says; nothing
// temporary is left then.
Result<void> replace_files(const std::filesystem::path& folder, std::span<const NewFile> files,
                           mode_t mode);

// One file; its folder is the path's.
Result<void> replace_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// One file that is too large to be held: `write` gets it open for writing, and its errors are
// passed on.
Result<void> replace_file_by(const std::filesystem::path& path, mode_t mode,
                             const std::function<Result<void>(int fd)>& write);

// One file, which takes over the owner, the mode and the extended attributes (SELinux's label,
// access lists) of the one it replaces; a new file is the caller's, with `mode`. Attributes that
// cannot be set are those of its folder.
Result<void> edit_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode);

// Makes names that were made in it survive a reboot. Errors: what the system says.
Result<void> sync_folder(const std::filesystem::path& folder);

// Removes what a writer that was killed has left there of files of that name. Only while nobody
// writes there.
void remove_leftovers(const std::filesystem::path& folder, std::string_view name);

}  // namespace nfstriage
