// Every rule over real console logs, where the corpus is at hand: nothing that is not NFS may be
// called an NFS bug, and nothing that is NFS may be cleared.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "catch.h"
#include "facts/from_log.h"
#include "rules/evaluate.h"
#include "rules/load.h"

using namespace nfstriage;
using namespace nfstriage::rules;

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// One "name" of one JSON line: enough for the labels' flat fields.
std::string field(const std::string& line, const std::string& name) {
    std::size_t at = line.find("\"" + name + "\": ");
    if (at == std::string::npos) return "";
    at += name.size() + 4;
    if (line[at] == '"') return line.substr(at + 1, line.find('"', at + 1) - at - 1);
    return line.substr(at, line.find_first_of(",}", at) - at);
}

Evaluation evaluation_of(const std::vector<Rule>& rules, const std::string& text) {
    facts::Scene scene = facts::from_log(log::parse(text), true);
    facts::Facts facts(scene);
    return evaluate(rules, facts);
}

}  // namespace

TEST_CASE("no log that is not of NFS is called an NFS bug, and none of NFS is cleared") {
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (!corpus) {
        std::cout << "skipped: NFSTRIAGE_CORPUS is not set\n";
        return;
    }
    auto set = load_rules(std::string(NFSTRIAGE_SOURCE_DIR) + "/rules");
    REQUIRE(set);
    std::filesystem::path logs = std::filesystem::path(corpus) / "logs";
    std::ifstream labels(logs / "labels.jsonl");
    REQUIRE(labels);
    unsigned seen = 0;
    for (std::string label; std::getline(labels, label);) {
        std::filesystem::path file = logs / field(label, "file");
        if (!std::filesystem::exists(file)) continue;
        ++seen;
        Evaluation evaluation = evaluation_of(set->rules, read(file));
        CHECK_FALSE(evaluation.budget_hit);
        for (const Match& match : evaluation.matches) {
            INFO(file.filename().string()
                 << " matches " << match.rule->id << " as " << to_string(match.status));
            bool names_a_bug =
                match.status == MatchStatus::known_bug || match.status == MatchStatus::candidate;
            bool clears_nfs = match.status == MatchStatus::not_nfs;
            if (field(label, "nfs") == "false") CHECK_FALSE(names_a_bug);
            if (field(label, "nfs") == "true") CHECK_FALSE(clears_nfs);
        }
    }
    CHECK(seen > 0);
}

TEST_CASE("the logs of the five cases end at their own rule") {
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (!corpus) {
        std::cout << "skipped: NFSTRIAGE_CORPUS is not set\n";
        return;
    }
    auto set = load_rules(std::string(NFSTRIAGE_SOURCE_DIR) + "/rules");
    REQUIRE(set);
    const std::map<std::string, std::pair<std::string, MatchStatus>> expected = {
        {"000", {"nfs-wb-page-fatal-error-loop", MatchStatus::candidate}},
        {"001", {"rpc-execute-spin", MatchStatus::candidate}},
        {"002", {"nfs-redirty-request-twice", MatchStatus::candidate}},
        {"003", {"kdump-never-started", MatchStatus::not_nfs}},
        {"004", {"nfsd-stid-radix-tree", MatchStatus::known_bug}}};
    unsigned seen = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(corpus) / "cases")) {
        auto wanted = expected.find(entry.path().filename().string().substr(0, 3));
        if (wanted == expected.end()) continue;
        ++seen;
        INFO(entry.path().filename().string());
        Evaluation evaluation = evaluation_of(set->rules, read(entry.path()));
        REQUIRE(evaluation.matches.size() == 1);
        CHECK(evaluation.matches[0].rule->id == wanted->second.first);
        CHECK(evaluation.matches[0].status == wanted->second.second);
    }
    CHECK(seen == expected.size());
}
