// nfstriage rules lint and rules test: what is wrong with rules and records.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>

#include <spdlog/spdlog.h>

#include "base/files.h"
#include "knowledge/lint.h"
#include "knowledge/load.h"
#include "rule_files.h"
#include "rules/lint.h"
#include "rules/test_file.h"
#include "rules_commands.h"

namespace nfstriage::command {
namespace {

constexpr std::size_t kLargestFile = 1 << 20;

struct Options {
    std::vector<std::string> names;
    DataFolders folders;
    bool mutate = false;
};

void print(const rules::Diagnostic& diagnostic) {
    std::fputs(rules::to_string(diagnostic).c_str(), stdout);
}

std::string counted(std::size_t number, std::string_view what) {
    return std::to_string(number) + " " + std::string(what) + (number == 1 ? "" : "s");
}

// The ids of all records: those that are looked at, and those of the folder of records.
std::set<std::string, std::less<>> record_ids(const RuleFiles& files, const DataFolders& folders) {
    std::set<std::string, std::less<>> ids;
    auto add = [&](const std::vector<std::filesystem::path>& records) {
        for (const std::filesystem::path& file : records) ids.insert(file.stem().string());
    };
    add(files.records);
    if (!folders.knowledge.empty() || !files.folder_of_records)
        add(knowledge::record_files(folders.knowledge_folder())
                .value_or(std::vector<std::filesystem::path>()));
    return ids;
}

// Every rule once, whether it was named itself or by its tests.
std::set<std::filesystem::path> rules_of(const RuleFiles& files) {
    std::set<std::filesystem::path> rules;
    for (const std::filesystem::path& file : files.rules) rules.insert(rules::rule_file_of(file));
    return rules;
}

int lint(const Options& options) {
    auto files = rule_files(options.names, options.folders);
    if (!files) {
        spdlog::error("{}", to_string(files.error()));
        return Exit::usage;
    }
    const auto ids = record_ids(*files, options.folders);
    auto has_record = [&](std::string_view id) { return ids.count(id) != 0; };
    auto found = rules::lint(files->rules, has_record);
    for (rules::Diagnostic& diagnostic : knowledge::lint(files->records))
        found.push_back(std::move(diagnostic));
    for (const rules::Diagnostic& diagnostic : found) print(diagnostic);
    std::printf("%s, %s: %s\n", counted(rules_of(*files).size(), "rule").c_str(),
                counted(files->records.size(), "record").c_str(),
                counted(found.size(), "finding").c_str());
    bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return found.empty() && written ? Exit::done : Exit::check_failed;
}

struct Tally {
    std::size_t passed = 0, failed = 0;
};

void refuse(const std::vector<rules::Diagnostic>& why, Tally& tally) {
    for (const rules::Diagnostic& diagnostic : why) print(diagnostic);
    ++tally.failed;
}

void mutate(const rules::Rule& rule, const std::string& text, const std::string& file,
            Tally& tally) {
    auto unnoticed = rules::unnoticed_mutations(rule, text, file);
    if (!unnoticed) return;  // the tests did not run either
    for (const rules::Clause& clause : rule.clauses) {
        bool seen =
            std::find(unnoticed->begin(), unnoticed->end(), clause.name) == unnoticed->end();
        ++(seen ? tally.passed : tally.failed);
        if (!seen)
            std::printf("%s:%u: no test fails without the clause %s\n", rule.file.c_str(),
                        clause.line, clause.name.c_str());
    }
}

void test_rule(const std::filesystem::path& rule_file, bool with_mutations, Tally& tally) {
    auto rule = rules::load_rule(rule_file);
    if (!rule) return refuse(rule.error(), tally);
    const std::string file = rules::test_file_of(rule_file).string();
    auto text = read_small_file(file, kLargestFile);
    if (!text) return refuse({{"R023", file, 1, 1, text.error().expected, ""}}, tally);
    auto results = rules::run_tests(*rule, *text, file);
    if (!results) return refuse({results.error()}, tally);
    for (const rules::TestResult& result : *results) {
        ++(result.passed ? tally.passed : tally.failed);
        if (!result.passed)
            std::printf("%s:%u: %s: %s\n", file.c_str(), result.line, result.name.c_str(),
                        result.message.c_str());
    }
    if (with_mutations) mutate(*rule, *text, file, tally);
}

int test(const Options& options) {
    std::vector<std::string> names = options.names;
    if (names.empty()) names.push_back(options.folders.rules_folder());
    auto files = rule_files(names, options.folders);
    if (!files) {
        spdlog::error("{}", to_string(files.error()));
        return Exit::usage;
    }
    Tally tally;
    for (const std::filesystem::path& file : rules_of(*files))
        test_rule(file, options.mutate, tally);
    std::printf("%zu passed, %zu failed\n", tally.passed, tally.failed);
    bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    return tally.failed == 0 && written ? Exit::done : Exit::check_failed;
}

}  // namespace

void add_rules_lint(CLI::App& rules, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* command = rules.add_subcommand(
        "lint",
        "Print everything that is wrong with rules and records, each with its place: what keeps\n"
        "them from loading, and what only their neighbours show, as a record that is not there or\n"
        "a rule without tests");
    command->add_option("NAME", options->names,
                        "Files or folders of rules and records, or ids of rules (default: all)");
    options->folders.add_options(*command);
    command->footer(
        "Exit status: 0 nothing found, 1 something found, 2 the command line is wrong.");
    command->callback([options, &status] { status = lint(*options); });
}

void add_rules_test(CLI::App& rules, int& status) {
    auto options = std::make_shared<Options>();
    CLI::App* command = rules.add_subcommand(
        "test",
        "Run the tests of rules (ID.test.yaml beside ID.yaml) and print those that fail, with\n"
        "what came instead");
    command->add_option("NAME", options->names,
                        "Ids of rules, files or folders of them (default: all rules)");
    command->add_flag("--mutate", options->mutate,
                      "Also leave out each clause of a rule in turn: one of its tests must fail");
    options->folders.add_options(*command);
    command->footer("Exit status: 0 all passed, 1 something failed, 2 the command line is wrong.");
    command->callback([options, &status] { status = test(*options); });
}

}  // namespace nfstriage::command
