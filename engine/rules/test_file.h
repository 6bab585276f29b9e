// Running the tests of a rule: rules/ID.test.yaml beside rules/ID.yaml.
//
//   rule: ID
//   base: a scene (test_scene.h) that every test starts from
//   tests:
//     - name: what it shows
//       scene: keys that replace those of base; `replace` edits the base's log
//       expect: match | no_match | unknown | not_applicable
//       clause: the clause that ended or stopped it        (optional)
//       status: candidate | known_bug | ... | none         (optional)
//       clauses: {name: true | false | unknown}            (optional)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/load.h"
#include "rules/rule.h"

namespace nfstriage::rules {

struct TestResult {
    std::string name;
    unsigned line = 0;   // of the test in the file
    std::string expect;  // "match"
    bool passed = false;
    std::string message;  // what was expected and what came, if it did not pass
};

// Runs all tests of the file. The Diagnostic is of a malformed test file.
tl::expected<std::vector<TestResult>, Diagnostic> run_tests(const Rule& rule, std::string_view yaml,
                                                            const std::string& file);

// Leaves out each clause in turn and runs the tests: the names of the clauses whose absence no test
// notices.
tl::expected<std::vector<std::string>, Diagnostic> unnoticed_mutations(const Rule& rule,
                                                                       std::string_view yaml,
                                                                       const std::string& file);

}  // namespace nfstriage::rules
