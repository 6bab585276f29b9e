// A crash directory as kdump scripts leave it (kexec-tools, kdump-tools, kdump-save): a dump, whole
// or not, and the console log beside it.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "triage.h"

namespace nfstriage {

// The newest dump of the directory, with all parts if it is split, and its newest log; the log alone
// where there is no dump. Files in subdirectories are not looked at. Errors: unreadable, or neither.
Result<Input> crash_directory(const std::filesystem::path& directory);

// Whether the file is one of several that makedumpfile --split wrote.
bool is_split_part(const std::filesystem::path& path);

}  // namespace nfstriage
