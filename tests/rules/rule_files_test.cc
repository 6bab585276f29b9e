// Every rule of the repository: it loads, its own tests pass, and each of its clauses matters to
// one.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "rules/load.h"
#include "rules/packed.h"
#include "rules/test_file.h"

using namespace nfstriage;
using namespace nfstriage::rules;

namespace {

const std::string kDirectory = std::string(NFSTRIAGE_SOURCE_DIR) + "/rules";

RuleSet load_all() {
    auto set = load_rules(kDirectory);
    REQUIRE(set);
    for (const Diagnostic& d : set->diagnostics) UNSCOPED_INFO(to_string(d));
    CHECK(set->diagnostics.empty());
    return std::move(*set);
}

std::string test_text(const Rule& rule) {
    std::ifstream in(kDirectory + "/" + rule.id + ".test.yaml");
    REQUIRE(in);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

}  // namespace

TEST_CASE("every rule of the repository loads") {
    RuleSet set = load_all();
    CHECK(set.rules.size() >= 7);
}

TEST_CASE("every rule passes its own tests, which show a match, a miss and an unknown") {
    for (const Rule& rule : load_all().rules) {
        auto results = run_tests(rule, test_text(rule), rule.id + ".test.yaml");
        if (!results) FAIL(to_string(results.error()));
        for (const TestResult& result : *results) {
            INFO(rule.id << ".test.yaml:" << result.line << ": " << result.name << ": "
                         << result.message);
            CHECK(result.passed);
        }
        for (const char* outcome : {"match", "no_match", "unknown"}) {
            INFO(rule.id << " has no test that expects " << outcome);
            CHECK(std::any_of(results->begin(), results->end(),
                              [&](const TestResult& r) { return r.expect == outcome; }));
        }
    }
}

// As the program carries them: packed, and read when they are asked.
TEST_CASE("every rule passes its tests after packing as well") {
    const std::string bytes = pack(load_all().rules);
    auto rules = unpack(bytes);
    REQUIRE(rules);
    CHECK(pack(*rules) == bytes);
    for (const Rule& rule : *rules) {
        auto results = run_tests(rule, test_text(rule), rule.id + ".test.yaml");
        REQUIRE(results);
        for (const TestResult& result : *results) {
            INFO(rule.id << ".test.yaml:" << result.line << ": " << result.message);
            CHECK(result.passed);
        }
    }
    CHECK_FALSE(unpack(bytes.substr(0, bytes.size() / 2)));
    CHECK_FALSE(unpack(bytes + "x"));
}

TEST_CASE("leaving out any clause of a rule makes one of its tests fail") {
    for (const Rule& rule : load_all().rules) {
        auto unnoticed = unnoticed_mutations(rule, test_text(rule), rule.id + ".test.yaml");
        if (!unnoticed) FAIL(to_string(unnoticed.error()));
        for (const std::string& clause : *unnoticed) {
            INFO(rule.id << ": no test notices that " << clause << " is gone");
            CHECK(false);
        }
    }
}
