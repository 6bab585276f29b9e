#include "rules/test_file.h"

#include <algorithm>
#include <array>

#include "facts/facts.h"
#include "facts/vocabulary.h"
#include "rules/evaluate.h"
#include "rules/test_scene.h"
#include "rules/yaml.h"

namespace nfstriage::rules {
namespace {

constexpr std::array<std::string_view, 6> kKeys = {"name",   "scene",  "expect",
                                                   "clause", "status", "clauses"};
constexpr std::array<std::string_view, 4> kExpectations = {"match", "no_match", "unknown",
                                                           "not_applicable"};

struct Test {
    Yaml yaml;
    TestScene scene;
};

tl::unexpected<Diagnostic> complain(std::string code, const std::string& file, const Yaml& at,
                                    std::string message, std::string_view text) {
    return tl::unexpected(Diagnostic{std::move(code), file, at.line, at.column, std::move(message),
                                     source_line(text, at.line)});
}

// `over` laid over `base`: its keys win, base's other keys stay.
Yaml merged(const Yaml& base, const Yaml* over) {
    Yaml result = base;
    result.kind = Yaml::Kind::map;
    if (!over) return result;
    for (const YamlEntry& entry : over->entries) {
        auto same = [&](const YamlEntry& other) { return other.key.text == entry.key.text; };
        auto known = std::find_if(result.entries.begin(), result.entries.end(), same);
        if (known == result.entries.end())
            result.entries.push_back(entry);
        else
            known->value = entry.value;
    }
    return result;
}

tl::expected<std::vector<Test>, Diagnostic> read_tests(const Rule& rule, std::string_view text,
                                                       const std::string& file) {
    auto yaml = parse_yaml(text, file);
    if (!yaml) return tl::unexpected(yaml.error());
    for (const auto& [key, value] : yaml->entries)
        if (key.text != "rule" && key.text != "base" && key.text != "tests")
            return complain("R004", file, key, "unknown key " + key.text + " of a test file", text);
    const Yaml* id = yaml->get("rule");
    const Yaml* tests = yaml->get("tests");
    if (!id || id->text != rule.id)
        return complain("R005", file, *yaml, "a test file names its rule: " + rule.id, text);
    if (!tests || tests->kind != Yaml::Kind::list)
        return complain("R005", file, *yaml, "a test file has a list of tests", text);
    Yaml nothing;
    nothing.kind = Yaml::Kind::map;
    const Yaml* base = yaml->get("base");
    std::vector<Test> result;
    for (const Yaml& item : tests->items) {
        for (const auto& [key, value] : item.entries)
            if (std::find(kKeys.begin(), kKeys.end(), key.text) == kKeys.end())
                return complain("R004", file, key, "unknown key " + key.text + " of a test", text);
        const Yaml* expect = item.get("expect");
        if (!item.get("name") || !expect)
            return complain("R005", file, item, "a test has a name and what to expect", text);
        if (std::find(kExpectations.begin(), kExpectations.end(), expect->text) ==
            kExpectations.end())
            return complain("R007", file, *expect, "cannot expect " + expect->text, text);
        auto scene = TestScene::build(merged(base ? *base : nothing, item.get("scene")), file);
        if (!scene) {
            Diagnostic why = scene.error();
            why.source = source_line(text, why.line);
            return tl::unexpected(std::move(why));
        }
        result.push_back({item, std::move(*scene)});
    }
    return result;
}

std::string outcome_word(Outcome outcome) {
    return outcome == Outcome::undecided ? "unknown" : std::string(to_string(outcome));
}

// "" if everything is as the test says.
std::string difference(const Yaml& test, const Match& match) {
    std::string out;
    auto check = [&](std::string_view what, const std::string& expected, std::string_view got) {
        if (expected != got)
            out += std::string(what) + " is " + std::string(got) + ", not " + expected + "; ";
    };
    check("outcome", test.get("expect")->text, outcome_word(match.outcome));
    if (const Yaml* clause = test.get("clause")) check("clause", clause->text, match.failed_clause);
    if (const Yaml* status = test.get("status"))
        check("status", status->text, to_string(match.status));
    if (const Yaml* clauses = test.get("clauses"))
        for (const auto& [name, expected] : clauses->entries) {
            auto same = [&, wanted = &name](const Evidence& e) { return e.clause == wanted->text; };
            auto found = std::find_if(match.evidence.begin(), match.evidence.end(), same);
            check("clause " + name.text, expected.text,
                  found == match.evidence.end() ? "absent" : nfstriage::to_string(found->result));
        }
    return out;
}

std::vector<TestResult> run(const Rule& rule, const std::vector<Test>& tests) {
    std::vector<TestResult> results;
    for (const Test& test : tests) {
        facts::Facts facts(test.scene.scene());
        TestResult result;
        result.name = test.yaml.get("name")->text;
        result.line = test.yaml.line;
        result.expect = test.yaml.get("expect")->text;
        result.message = difference(test.yaml, evaluate(rule, facts));
        result.passed = result.message.empty();
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace

tl::expected<std::vector<TestResult>, Diagnostic> run_tests(const Rule& rule, std::string_view yaml,
                                                            const std::string& file) {
    auto tests = read_tests(rule, yaml, file);
    if (!tests) return tl::unexpected(tests.error());
    return run(rule, *tests);
}

tl::expected<std::vector<std::string>, Diagnostic> unnoticed_mutations(const Rule& rule,
                                                                       std::string_view yaml,
                                                                       const std::string& file) {
    auto tests = read_tests(rule, yaml, file);
    if (!tests) return tl::unexpected(tests.error());
    std::vector<std::string> unnoticed;
    for (std::size_t i = 0; i < rule.clauses.size(); ++i) {
        Rule mutant = rule;
        mutant.clauses.erase(mutant.clauses.begin() + static_cast<std::ptrdiff_t>(i));
        auto results = run(mutant, *tests);
        if (std::all_of(results.begin(), results.end(),
                        [](const TestResult& r) { return r.passed; }))
            unnoticed.push_back(rule.clauses[i].name);
    }
    return unnoticed;
}

}  // namespace nfstriage::rules
