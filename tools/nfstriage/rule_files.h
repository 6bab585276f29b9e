// Which files of rules and records `rules lint` and `rules test` are about.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "command.h"

namespace nfstriage::command {

struct RuleFiles {
    std::vector<std::filesystem::path> rules;    // ID.yaml; ID.test.yaml of every folder as well
    std::vector<std::filesystem::path> records;  // ID.json
    bool folder_of_records = false;              // at least one whole folder of them was named
};

// What the user named: files, folders of them, or ids of rules in the folder of rules; without a
// name both folders whole. Errors: a name that is none of these.
Result<RuleFiles> rule_files(const std::vector<std::string>& names, const DataFolders& folders);

}  // namespace nfstriage::command
