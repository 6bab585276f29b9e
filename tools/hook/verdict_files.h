// verdict.json and verdict.txt in a folder: how the hook leaves what it found. Readable by their
// owner only, as dumps are.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "verdict/verdict.h"

namespace nfstriage::hook {

inline constexpr std::string_view kJsonName = "verdict.json", kTextName = "verdict.txt";

struct VerdictFiles {
    std::string json, text;
};
VerdictFiles files_of(const verdict::Verdict& verdict);
VerdictFiles files_of(const std::string& input, const Error& error);

// Makes the folder if it is not there, and only the last part of its path. Either both files are
// replaced or, on a full or read-only disk, nothing changes and the folder is as it was. Errors:
// what the system says.
Result<void> write_verdict(const std::filesystem::path& folder, const VerdictFiles& files);

// What killed hooks left there. Only while no other hook is at work.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace nfstriage::hook
