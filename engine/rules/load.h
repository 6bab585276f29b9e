// Loading rule files: strict YAML, checked expressions, errors that show the place.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/diagnostic.h"
#include "rules/rule.h"

namespace nfstriage::rules {

// Parses and checks one rule. `file` names it in diagnostics, and its stem must be the rule's id.
tl::expected<Rule, std::vector<Diagnostic>> parse_rule(std::string_view yaml, std::string file);

// The files of `directory` that are rules: *.yaml except *.test.yaml, sorted. An unreadable
// directory is an Error.
Result<std::vector<std::filesystem::path>> rule_files(const std::filesystem::path& directory);

// One rule from its file; the rules that it refines must have files in the same directory.
tl::expected<Rule, std::vector<Diagnostic>> load_rule(const std::filesystem::path& file);

struct RuleSet {
    std::vector<Rule> rules;              // sorted by id
    std::vector<Diagnostic> diagnostics;  // of the files that were not loaded
};

// Every rule of `directory`. A bad rule is left out with its diagnostics and
// stops no other; an unreadable directory is an Error.
Result<RuleSet> load_rules(const std::string& directory);

}  // namespace nfstriage::rules
