// What the loader refuses, with the place and the code of each complaint.
#include <filesystem>
#include <fstream>

#include "catch.h"
#include "rules/expression.h"
#include "rules/load.h"

using namespace nfstriage;
using namespace nfstriage::rules;

namespace {

const std::string kGood = R"(id: sample
title: A sample
status: stable
component: sunrpc
kinds: [soft_lockup]
let:
  req: object("struct nfs_page *", register("rbx"))
required:
  spins: frames.any(f, f.function == "xprt_transmit")
supporting:
  flags: req->wb_flags & (1 << PG_BUSY)
explain: "{task.comm} spins"
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::vector<Diagnostic> refusal(const std::string& text) {
    auto rule = parse_rule(text, "rules/sample.yaml");
    if (rule) return {};
    return rule.error();
}

// One change to the good rule, and the complaint that it must cause.
void refused(const std::string& from, const std::string& to, const std::string& code, unsigned line,
             unsigned column, const std::string& says) {
    auto found = refusal(replaced(kGood, from, to));
    INFO("changed " << from << " to " << to);
    REQUIRE(!found.empty());
    INFO(to_string(found[0]));
    CHECK(found[0].code == code);
    CHECK(found[0].line == line);
    CHECK(found[0].column == column);
    CHECK_THAT(found[0].message, ContainsSubstring(says));
}

}  // namespace

TEST_CASE("a correct rule loads with its types and clauses") {
    auto rule = parse_rule(kGood, "rules/sample.yaml");
    if (!rule) FAIL(to_string(rule.error()[0]));
    CHECK(rule->id == "sample");
    CHECK(rule->kinds == std::vector{CrashKind::soft_lockup});
    REQUIRE(rule->clauses.size() == 2);
    CHECK(rule->clauses[0].role == Role::required);
    CHECK_FALSE(rule->clauses[0].reads_state);
    CHECK(rule->clauses[1].reads_state);
    REQUIRE(rule->bindings.size() == 1);
    CHECK(rule->bindings[0].reads_state);
}

TEST_CASE("a clause about the decoded state of NFS asks what only a dump can tell") {
    auto expression = parse_expression("nfs.rpc_tasks.count(t, t.pid == 1) > 0", {});
    if (!expression) FAIL(expression.error().message);
    CHECK((*expression)->reads_state);
    CHECK_FALSE((*parse_expression("crash.cpu == 1", {}))->reads_state);
}

TEST_CASE("a complaint shows file, line, column and the place") {
    auto found = refusal(replaced(kGood, "f.function", "f.functoin"));
    REQUIRE(found.size() == 1);
    CHECK(to_string(found[0]) ==
          "rules/sample.yaml:9:26: R013: a frame has no member functoin, did you mean function?\n"
          "      spins: frames.any(f, f.functoin == \"xprt_transmit\")\n"
          "                             ^\n");
    CHECK(to_error(found[0]).file == "rules/sample.yaml:9:26");
}

TEST_CASE("YAML that says two things is refused") {
    refused("title: A sample", "title: A sample\ntitle: Another", "R003", 3, 1, "title");
    refused("title: A sample", "title: &a A sample", "R002", 2, 8, "anchor");
    refused("title: A sample", "title: !!str A sample", "R002", 2, 8, "tag");
    refused("component: sunrpc", "component: *a", "R001", 4, 12, "");
    refused("kinds: [soft_lockup]", "kinds: [soft_lockup", "R001", 6, 4, "");
    CHECK(refusal("- a\n")[0].code == "R006");
    CHECK(refusal(kGood + "---\nid: other\n")[0].code == "R001");
    CHECK(refusal("")[0].code == "R006");
}

TEST_CASE("keys and their values are checked") {
    refused("required:", "requires:", "R004", 8, 1, "did you mean required");
    refused("title: A sample\n", "", "R005", 1, 1, "title");
    refused("status: stable", "status: stabel", "R007", 3, 9, "did you mean stable");
    refused("component: sunrpc", "component: sunrcp", "R007", 4, 12, "did you mean sunrpc");
    refused("[soft_lockup]", "[soft_lokup]", "R007", 5, 9, "did you mean soft_lockup");
    refused("id: sample", "id: simple", "R008", 1, 5, "sample");
    refused("kinds: [soft_lockup]", "kinds: soft_lockup", "R006", 5, 8, "list");
    refused("  flags: req", "  spins: req", "R009", 11, 3, "spins");
    refused("  req: object", "  frames: object", "R009", 7, 3, "frames");
    refused("explain:", "next_steps: [{wot: x}]\nexplain:", "R004", 12, 15, "wot");
}

TEST_CASE("names are checked when the rule is loaded") {
    refused("frames.any(f, f.function == \"xprt_transmit\")", "crash.knd == \"gpf\"", "R012", 9, 10,
            "did you mean crash.kind");
    refused("frames.any", "frams.any", "R012", 9, 10, "did you mean frames");
    refused("frames.any(", "frames.ani(", "R014", 9, 17, "did you mean any");
    refused("req->wb_flags", "req->wb_flgs", "R016", 11, 15, "did you mean wb_flags");
    refused("\"struct nfs_page *\"", "\"struct nfs_pag *\"", "R016", 7, 15,
            "did you mean struct nfs_page");
    refused("PG_BUSY", "PG_BUZY", "R012", 11, 32, "did you mean PG_BUSY");
    refused("register(\"rbx\")", "register(\"rbxx\")", "R014", 7, 45, "rbxx");
    refused("object(", "objekt(", "R014", 7, 8, "did you mean object");
    refused("{task.comm}", "{task.com}", "R012", 12, 10, "did you mean task.comm");
    refused("req->wb_flags & (1 << PG_BUSY)", "has_member(\"nfs_page\", \"wb_falgs\")", "R016", 11,
            33, "did you mean wb_flags");
    refused("req->wb_flags & (1 << PG_BUSY)", "touches(\"f\", \"nfs_page\", \"wb_falgs\")", "R016",
            11, 35, "did you mean wb_flags");
    refused("req->wb_flags & (1 << PG_BUSY)", "prints(\"f\", \"\")", "R014", 11, 22, "empty");
    refused("req->wb_flags & (1 << PG_BUSY)", "inlines(\"f\", 1)", "R014", 11, 23, "callee");
}

TEST_CASE("types are checked when the rule is loaded") {
    refused("req->wb_flags & (1 << PG_BUSY)", "task.comm & 1", "R015", 11, 10, "string");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.comm == 1", "R015", 11, 10, "never equals");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.comm", "R019", 11, 10, "not a condition");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid =~ \"x\"", "R015", 11, 10, "string");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.comm =~ \"(\"", "R017", 11, 23, "regular");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid ?: 1", "R001", 11, 20, "quotes");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.comm < \"a\"", "R015", 11, 10, "no order");
    refused("req->wb_flags & (1 << PG_BUSY)", "task->comm == 1", "R012", 11, 10, "task");
    refused("req->wb_flags & (1 << PG_BUSY)", "frames->comm == 1", "R015", 11, 10, "pointer");
    refused("req->wb_flags & (1 << PG_BUSY)", "\"task.pid ?: 1\"", "R015", 11, 11, "?:");
    refused("req->wb_flags & (1 << PG_BUSY)", "crash.kind == \"soft_lokup\"", "R018", 11, 24,
            "did you mean soft_lockup");
    refused("req->wb_flags & (1 << PG_BUSY)", "log.notices.any(n, n.kind == \"kdump_by\")", "R018",
            11, 39, "kdump_bye");
}

TEST_CASE("expressions that do not parse are refused where they break") {
    refused("req->wb_flags & (1 << PG_BUSY)", "(task.pid == 1", "R010", 11, 24, "')'");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid == 1 1", "R010", 11, 24, "behind");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid = 1", "R010", 11, 19, "'='");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid == 017", "R011", 11, 22, "octal");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid == 0xfffffffffffffffff", "R011", 11, 22,
            "64");
    refused("req->wb_flags & (1 << PG_BUSY)", "task.comm == \"x", "R011", 11, 23, "quote");
    refused("req->wb_flags & (1 << PG_BUSY)", "\"task.pid == 1 1\"", "R010", 11, 25, "behind");
    refused("req->wb_flags & (1 << PG_BUSY)", "|\n    task.pid == 1", "R006", 11, 10, "one line");
    std::string deep(500, '(');
    refused("req->wb_flags & (1 << PG_BUSY)", deep, "R010", 11, 10 + 32, "deeply");
}

TEST_CASE("a binding that nobody uses is refused") {
    refused("req->wb_flags & (1 << PG_BUSY)", "task.pid == 1", "R021", 7, 8, "req");
}

TEST_CASE("a bad rule stops no other, and an unreadable directory is an error") {
    auto directory = std::filesystem::temp_directory_path() / "nfstriage_load_test";
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    std::ofstream(directory / "sample.yaml") << kGood;
    std::ofstream(directory / "bad.yaml")
        << replaced(kGood, "id: sample", "id: bad") << "refines: [\n";
    std::ofstream(directory / "lost.yaml")
        << replaced(kGood, "id: sample", "id: lost") << "refines: [nothing]\n";
    std::ofstream(directory / "special.yaml")
        << replaced(kGood, "id: sample", "id: special") << "refines: [bad]\n";
    std::ofstream(directory / "sample.test.yaml") << "not a rule\n";
    auto set = load_rules(directory.string());
    REQUIRE(set);
    REQUIRE(set->rules.size() == 2);
    CHECK(set->rules[0].id == "sample");
    CHECK(set->rules[1].id == "special");  // what it refines is there, though it does not load
    REQUIRE(set->diagnostics.size() == 2);
    CHECK(set->diagnostics[0].code == "R001");
    CHECK(set->diagnostics[1].code == "R020");
    CHECK(set->diagnostics[1].line == 13);
    CHECK(set->diagnostics[1].column == 11);
    std::filesystem::remove_all(directory);
    CHECK_FALSE(load_rules(directory.string()));
}
