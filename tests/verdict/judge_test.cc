#include "verdict/judge.h"

#include <algorithm>

#include "catch.h"
#include "verdict/scenes.h"

using namespace nfstriage;
using namespace nfstriage::verdict;
using test::crash_scene;

namespace {

// A record whose fix is in mainline since `release`.
knowledge::Record record(std::string id, std::string release) {
    knowledge::Record result;
    result.id = std::move(id);
    result.title = "a bug";
    knowledge::Commit commit;
    commit.commit = "aaaaaaaaaaaa";
    commit.subject = "fix it";
    commit.release = std::move(release);
    result.fix_sets.push_back({"set", {commit}});
    result.collect.push_back({"more evidence", "crash> log"});
    return result;
}

rules::Rule rule(std::string id, std::vector<std::string> records) {
    rules::Rule result;
    result.id = std::move(id);
    result.title = "a rule\n  over two lines\n";
    result.component = "nfs_client";
    result.records = std::move(records);
    result.next_steps.push_back({"look", "crash> bt"});
    result.next_steps.push_back({"look", "crash> bt"});
    return result;
}

rules::Match match(const rules::Rule& of, rules::MatchStatus status,
                   rules::Confidence confidence = rules::Confidence::likely) {
    rules::Match result;
    result.rule = &of;
    result.outcome = rules::Outcome::match;
    result.status = status;
    result.confidence = confidence;
    result.explanation = "because\nof this";
    return result;
}

facts::Scene scene_of(std::string release) {
    facts::Scene scene = crash_scene(CrashKind::bug, {"nfs_a nfs", "nfs_b nfs"});
    scene.kernel.release = std::move(release);
    return scene;
}

Verdict judge_match(const facts::Scene& scene, const rules::Match& one,
                    const knowledge::Library& library) {
    rules::Evaluation evaluation;
    evaluation.matches.push_back(one);
    return judge({scene, evaluation, library, {}});
}

knowledge::Library library_of(knowledge::Record one) {
    knowledge::Library library;
    library.records.emplace(one.id, std::move(one));
    return library;
}

}  // namespace

TEST_CASE("a known bug stays one on a kernel that may have it") {
    auto library = library_of(record("r", "v5.7"));
    auto one = rule("x", {"r"});
    for (const char* release : {"4.19.90-24.4.ky10.x86_64", "5.6.0", "5.4.0-1-vendor"}) {
        Verdict verdict =
            judge_match(scene_of(release), match(one, rules::MatchStatus::known_bug), library);
        CHECK(verdict.verdicts[0].status == Status::known_bug);
        CHECK(verdict.verdicts[0].records[0].fixes[0].commit == "aaaaaaaaaaaa");
    }
}

TEST_CASE("a kernel that should not have the bug makes it a candidate") {
    auto library = library_of(record("r", "v5.7"));
    auto one = rule("x", {"r"});
    for (const char* release : {"5.8.3", "6.1.0-56-cloud-amd64"}) {
        Verdict verdict =
            judge_match(scene_of(release), match(one, rules::MatchStatus::known_bug), library);
        CHECK(verdict.verdicts[0].status == Status::candidate);
        CHECK_THAT(verdict.verdicts[0].explanation, ContainsSubstring("should not have it"));
    }
    facts::Scene nameless = scene_of("");
    nameless.kernel.release.reset();
    Verdict verdict = judge_match(nameless, match(one, rules::MatchStatus::known_bug), library);
    CHECK(verdict.verdicts[0].status == Status::candidate);
    CHECK_THAT(verdict.verdicts[0].explanation, ContainsSubstring("is not known"));
}

TEST_CASE("one record that may apply is enough") {
    auto library = library_of(record("old", "v4.20"));
    library.records.emplace("new", record("new", "v6.12"));
    auto one = rule("x", {"old", "new"});
    Verdict verdict = judge_match(scene_of("6.1.0-56-cloud-amd64"),
                                  match(one, rules::MatchStatus::known_bug), library);
    CHECK(verdict.verdicts[0].status == Status::known_bug);
    CHECK(verdict.verdicts[0].records.size() == 2);
}

TEST_CASE("a candidate is never raised, and brings what to collect") {
    auto library = library_of(record("r", "v5.7"));
    auto one = rule("x", {"r"});
    Verdict verdict =
        judge_match(scene_of("5.6.0"), match(one, rules::MatchStatus::candidate), library);
    CHECK(verdict.verdicts[0].status == Status::candidate);
    REQUIRE(verdict.verdicts[0].next_steps.size() == 2);  // the rule's (once) and the record's
    CHECK(verdict.verdicts[0].next_steps[1].what == "more evidence");
    CHECK(verdict.verdicts[0].title == "a rule over two lines");
    CHECK(verdict.verdicts[0].explanation == "because of this");
}

TEST_CASE("diagnoses are ranked by status, then confidence, then name") {
    knowledge::Library library;
    auto a = rule("a", {}), b = rule("b", {}), c = rule("c", {}), d = rule("d", {});
    facts::Scene scene = scene_of("5.6.0");
    rules::Evaluation evaluation;
    evaluation.matches = {match(d, rules::MatchStatus::candidate, rules::Confidence::possible),
                          match(c, rules::MatchStatus::candidate),
                          match(b, rules::MatchStatus::known_condition),
                          match(a, rules::MatchStatus::known_bug)};
    std::vector<std::string> order;
    Verdict verdict = judge({scene, evaluation, library, {}});
    for (const Diagnosis& diagnosis : verdict.verdicts) order.push_back(diagnosis.rule);
    CHECK(order == std::vector<std::string>{"a", "b", "c", "d"});
    for (std::size_t i = 0; i < order.size(); ++i) CHECK(verdict.verdicts[i].rank == i + 1);
    std::reverse(evaluation.matches.begin(), evaluation.matches.end());
    order.clear();
    verdict = judge({scene, evaluation, library, {}});
    for (const Diagnosis& diagnosis : verdict.verdicts) order.push_back(diagnosis.rule);
    CHECK(order == std::vector<std::string>{"a", "b", "c", "d"});
}

TEST_CASE("without a match the assessment speaks, with the nearest rules") {
    knowledge::Library library;
    auto one = rule("near", {});
    facts::Scene scene = scene_of("5.6.0");
    rules::Evaluation evaluation;
    auto near = match(one, rules::MatchStatus::none);
    near.failed_clause = "page_dirty";
    near.failed_result = Tri::no;
    rules::Evidence evidence;
    evidence.clause = "page_dirty";
    evidence.text = "page->flags\n & 16";
    near.evidence.push_back(evidence);
    evaluation.near_misses.push_back(near);
    auto elsewhere = rule("elsewhere", {});
    elsewhere.component = "nfsd";  // the stack has no function of the server
    near.rule = &elsewhere;
    evaluation.near_misses.push_back(near);
    Verdict verdict = judge({scene, evaluation, library, {"rules/bad.yaml"}});
    REQUIRE(verdict.verdicts.size() == 1);
    CHECK(verdict.verdicts[0].status == Status::unknown_signature);
    CHECK(verdict.verdicts[0].rule.empty());
    CHECK_FALSE(verdict.verdicts[0].next_steps.empty());
    REQUIRE(verdict.near_misses.size() == 1);
    CHECK(verdict.near_misses[0].failed_clause == "page_dirty");
    CHECK(verdict.near_misses[0].clause_text == "page->flags & 16");
    CHECK(verdict.limits.rules_not_loaded == std::vector<std::string>{"rules/bad.yaml"});
}

TEST_CASE("a rule may not claim a crash that positively belongs to somebody else") {
    knowledge::Library library;
    auto one = rule("x", {});
    facts::Scene scene =
        crash_scene(CrashKind::bug, {"ext4_writepages ext4", "nfsd_vfs_write nfsd"});
    for (auto status : {rules::MatchStatus::known_bug, rules::MatchStatus::candidate}) {
        Verdict verdict = judge_match(scene, match(one, status), library);
        CHECK(verdict.verdicts[0].status == Status::not_nfs);
        CHECK(verdict.culprit.component == nfs::Component::none);
        REQUIRE(verdict.near_misses.size() == 1);
        CHECK(verdict.near_misses[0].result == Tri::no);
    }
    // What is no claim about a bug stands: a server that does not answer.
    Verdict verdict = judge_match(scene, match(one, rules::MatchStatus::known_condition), library);
    CHECK(verdict.verdicts[0].status == Status::known_condition);
}

TEST_CASE("there is always a verdict, even for nothing at all") {
    facts::Scene nothing;
    Verdict verdict = judge({nothing, {}, {}, {}});
    REQUIRE(verdict.verdicts.size() == 1);
    CHECK(verdict.verdicts[0].status == Status::inconclusive);
    CHECK_FALSE(verdict.signature);
}
