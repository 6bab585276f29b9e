// What is wrong with rule files beyond what keeps them from loading: what only their neighbours
// show. The codes go on where load.cc ends:
//   R022 a record that does not exist        R025 no test is a whole report: `log` of a scene
//   R023 no test file; a test file alone     R026 a bug without a record
//   R024 no test expects match, no_match     R027 stable, and no test expects status known_bug
//        or unknown                          R028 rules that refine each other in a circle
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

#include "rules/load.h"

namespace nfstriage::rules {

// ID.test.yaml beside ID.yaml, and the other way; a file that is such a one already stays.
std::filesystem::path test_file_of(const std::filesystem::path& rule_file);
std::filesystem::path rule_file_of(const std::filesystem::path& test_file);

// Every finding in these files, in their order: rules (ID.yaml) and test files (ID.test.yaml), one
// of them standing for both. `has_record` knows the records; without it
// they are not asked for.
std::vector<Diagnostic> lint(const std::vector<std::filesystem::path>& files,
                             const std::function<bool(std::string_view id)>& has_record);

}  // namespace nfstriage::rules
