// Loading rule files: strict YAML, checked expressions, errors that show the place.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/rule.h"

namespace nfstriage::rules {

// One finding in a rule file. `code` is stable: documented in load.cc.
struct Diagnostic {
    std::string code;  // "R012"
    std::string file;
    unsigned line = 0, column = 0;  // 1-based
    std::string message;            // "unknown fact crash.knd, did you mean crash.kind?"
    std::string source;             // the line
};

// "rules/x.yaml:12:9: R012: unknown fact ...\n    clause: crash.knd == 1\n            ^"
std::string to_string(const Diagnostic& diagnostic);
// As the Error of the interfaces: file is "rules/x.yaml:12:9".
Error to_error(const Diagnostic& diagnostic);

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
