// What lint finds in rules that load: references that lead nowhere, and tests that show too little.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "rules/lint.h"

using namespace nfstriage;
using namespace nfstriage::rules;

namespace {

const std::string kRule = R"(id: sample
title: A sample
status: stable
component: sunrpc
required:
  spins: frames.any(f, f.function == "xprt_transmit")
records: [a-record]
explain: "It spins"
)";

const std::string kTests = R"(rule: sample
base: {log_complete: false}
tests:
  - name: spins
    scene:
      log: |
        [    1.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [a:1]
        [    1.0] CPU: 0 PID: 1 Comm: a Not tainted 6.1.0 #1
        [    1.0] RIP: 0010:xprt_transmit+0x10/0x20 [sunrpc]
        [    1.0] Call Trace:
        [    1.0]  <TASK>
        [    1.0]  xprt_transmit+0x10/0x20 [sunrpc]
        [    1.0]  </TASK>
        [    1.0] ---[ end trace 0000000000000000 ]---
    expect: match
    status: known_bug
  - name: does not
    scene: {crash.kind: soft_lockup, frames: [other+0x1/0x2]}
    expect: no_match
  - name: cannot be told
    scene: {crash.kind: soft_lockup, frames: [other+0x1/0x2], frames_complete: false}
    expect: unknown
)";

class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / "nfstriage_lint_test") {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
        put("sample.yaml", kRule);
        put("sample.test.yaml", kTests);
    }
    ~Folder() { std::filesystem::remove_all(path_); }

    void put(const std::string& name, const std::string& text) {
        std::ofstream(path_ / name) << text;
    }
    void remove(const std::string& name) { std::filesystem::remove(path_ / name); }

    std::vector<Diagnostic> lint(std::vector<std::string> names = {"sample.yaml"}) const {
        std::vector<std::filesystem::path> files;
        for (const std::string& name : names) files.push_back(path_ / name);
        return rules::lint(files, [](std::string_view id) { return id == "a-record"; });
    }

private:
    std::filesystem::path path_;
};

std::string without(std::string text, const std::string& part) {
    std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.erase(at, part.size());
}

// "R022 7:11", for each finding.
std::vector<std::string> brief(const std::vector<Diagnostic>& found) {
    std::vector<std::string> result;
    for (const Diagnostic& d : found) {
        UNSCOPED_INFO(to_string(d));
        result.push_back(d.code + " " + std::to_string(d.line) + ":" + std::to_string(d.column));
    }
    return result;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a rule with its tests and records has no finding, named by either file") {
    Folder folder;
    CHECK(brief(folder.lint()) == Texts{});
    CHECK(brief(folder.lint({"sample.yaml", "sample.test.yaml"})) == Texts{});
}

TEST_CASE("records that do not exist, and a bug without one, are found at their place") {
    Folder folder;
    folder.put("sample.yaml", without(kRule, "a-") + "status_of_nothing: x\n");
    CHECK(brief(folder.lint()) == Texts{"R004 9:1"});
    folder.put("sample.yaml", without(kRule, "a-"));
    CHECK(brief(folder.lint()) == Texts{"R022 7:11"});
    folder.put("sample.yaml", without(kRule, "records: [a-record]\n"));
    CHECK(brief(folder.lint()) == Texts{"R026 1:5"});
}

TEST_CASE("tests are missed, one by one") {
    Folder folder;
    folder.put("sample.test.yaml", without(kTests, "    status: known_bug\n"));
    CHECK(brief(folder.lint()) == Texts{"R027 4:3"});
    folder.put("sample.test.yaml", kTests.substr(0, kTests.find("  - name: cannot")));
    CHECK(brief(folder.lint({"sample.test.yaml"})) == Texts{"R024 4:3"});
    std::string short_log = kTests;
    std::size_t begin = short_log.find("      log: |"), end = short_log.find("    expect: match");
    short_log.replace(begin, end - begin,
                      "      crash.kind: soft_lockup\n      frames: [xprt_transmit+0x1/0x2]\n");
    folder.put("sample.test.yaml", short_log);
    auto found = brief(folder.lint());
    CHECK(std::count(found.begin(), found.end(), "R025 4:3") == 1);
    folder.put("sample.test.yaml", "rule: sample\ntests: 7\n");
    CHECK(brief(folder.lint()) == Texts{"R005 1:1"});
    folder.remove("sample.test.yaml");
    CHECK(brief(folder.lint()) == Texts{"R023 1:5"});
}

TEST_CASE("tests without a rule are found") {
    Folder folder;
    folder.remove("sample.yaml");
    CHECK(brief(folder.lint({"sample.test.yaml"})) == Texts{"R023 1:7"});
}

TEST_CASE("rules that refine each other in a circle are found") {
    Folder folder;
    auto renamed = [](std::string text) { return text.replace(text.find("sample"), 6, "other"); };
    folder.put("sample.yaml", kRule + "refines: [other]\n");
    folder.put("other.yaml", renamed(kRule));
    folder.put("other.test.yaml", renamed(kTests));
    CHECK(brief(folder.lint({"sample.yaml", "other.yaml"})) == Texts{});
    folder.put("other.yaml", renamed(kRule) + "refines: [sample]\n");
    CHECK(brief(folder.lint({"sample.yaml", "other.yaml"})) == Texts{"R028 9:10", "R028 9:10"});
    folder.put("other.yaml", renamed(kRule) + "refines: [other]\n");
    CHECK(brief(folder.lint({"other.yaml"})) == Texts{"R020 9:11"});
}
