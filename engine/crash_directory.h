// A crash directory as kdump scripts leave it (kexec-tools, kdump-tools, kdump-save): a dump, whole
// or not, and the console log beside it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "triage.h"

namespace nfstriage {

// Whether crash_directory() leaves files alone that a symbolic link leads to: one that somebody
// else may have put there can lead anywhere.
enum class Links : std::uint8_t { followed, left_alone };

// The newest dump of the directory, with all parts if it is split, and its newest log; the log
// alone where there is no dump. Files in subdirectories are not looked at. Errors: unreadable, or
// neither.
Result<Input> crash_directory(const std::filesystem::path& directory,
                              Links links = Links::followed);

// Whether crash_directory() would take a file of that name for a dump or a log.
bool is_crash_file(const std::string& name);

// Whether the file is one of several that makedumpfile --split wrote.
bool is_split_part(const std::filesystem::path& path);

}  // namespace nfstriage
