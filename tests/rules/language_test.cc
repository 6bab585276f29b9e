// The expression language: values, operators, quantifiers and the three-valued logic, each clause
// evaluated over a small scene.
#include "catch.h"
#include "facts/facts.h"
#include "rules/eval.h"
#include "rules/expression.h"
#include "rules/test_scene.h"
#include "rules/yaml.h"

using namespace nfstriage;
using namespace nfstriage::rules;

namespace {

constexpr const char* kScene = R"(
crash.kind: soft_lockup
task.comm: java
task.pid: 42
kernel.arch: x86_64
crash.fault_address: 0xffff888000001000
registers: {rbx: 0xffff888000005000, rdi: 0xffff888000001000, rax: 0, r12: 0xffff888000009000}
frames: [spin.isra.0, "nfs_wb_page+0x10/0x20 [nfs]", "? guessed", "scan scanned", vfs_write]
log: |
  [    1.000000] nfs: server a not responding, still trying
  [    2.000000] NFS: hello (world)
types:
  struct nfs_page: {wb_flags: 0x40 unsigned long, wb_page: 0x10 struct page *, wb_bytes: 0x34 unsigned int, wb_index: 0x18 long}
  struct page: {flags: 0 unsigned long, _mapcount: 8 int}
constants: {PG_private: 12, PG_dirty: 4}
memory:
  0xffff888000005040: 0x13
  0xffff888000005010: 0xffffea0000000100
  0xffff888000005018: 0xffffffffffffffff
  0xffff888000005030: 0x00000fff00000000
  0xffffea0000000100: 0x1029
  0xffffea0000000108: 0xffffffff
  0xffff888000009010: 0
arguments: {"nfs_wb_page 0": 0xffff888000005000}
)";

TestScene scene_of(const std::string& text) {
    auto yaml = parse_yaml(text, "scene");
    REQUIRE(yaml);
    auto scene = TestScene::build(*yaml, "scene");
    if (!scene) FAIL(to_string(scene.error()));
    return std::move(*scene);
}

Evidence evaluate_in(const TestScene& scene, const std::string& text,
                     const std::vector<std::pair<std::string, std::string>>& let = {}) {
    facts::Facts facts(scene.scene());
    Scope scope;
    std::vector<Binding> bindings;
    for (const auto& [name, expression] : let) {
        auto parsed = parse_expression(expression, scope);
        if (!parsed) FAIL(parsed.error().message);
        scope[name] = {(*parsed)->type, (*parsed)->reads_state};
        bindings.push_back({name, expression, *parsed, (*parsed)->reads_state});
    }
    auto parsed = parse_expression(text, scope);
    if (!parsed) FAIL(text << ": " << parsed.error().code << " " << parsed.error().message);
    Clause clause;
    clause.name = "clause";
    clause.text = text;
    clause.expression = *parsed;
    Evaluator evaluator(facts, bindings);
    return evaluator.clause(clause);
}

std::string result_of(const std::string& text) {
    static const TestScene scene = scene_of(kScene);
    static const std::vector<std::pair<std::string, std::string>> let = {
        {"req", "object(\"struct nfs_page *\", register(\"rbx\"))"},
        {"empty", "object(\"struct nfs_page *\", register(\"r12\"))"},
        {"null", "object(\"struct nfs_page *\", register(\"rax\"))"},
        {"gone", "object(\"struct nfs_page *\", 0xffff888077777000)"},
    };
    return std::string(to_string(evaluate_in(scene, text, let).result));
}

// Each line: an expression and what it must give.
void check_all(std::initializer_list<std::pair<const char*, const char*>> cases) {
    for (const auto& [text, expected] : cases) {
        INFO(text);
        CHECK(result_of(text) == expected);
    }
}

}  // namespace

TEST_CASE("integers compare as mathematical values and never wrap") {
    check_all({{"1 + 2 * 3 == 7", "true"},
               {"(1 + 2) * 3 == 9", "true"},
               {"0x10 == 16", "true"},
               {"-1 < 0xffffffffffffffff", "true"},
               {"req->wb_index == -1", "true"},
               {"req->wb_index < req->wb_flags", "true"},
               {"req->wb_bytes == 0xfff", "true"},
               {"req->wb_page->_mapcount == -1", "true"},
               {"0xffffffffffffffff + 1 == 0", "unknown"},
               {"req->wb_flags - 0x14 < 0", "unknown"},
               {"0x7fffffffffffffff + 1 > 0", "unknown"},
               {"4 / 0 == 1", "unknown"},
               {"7 / 2 == 3 && 7 % 2 == 1", "true"},
               {"1 << 63 == 0x8000000000000000", "true"},
               {"1 << 64 == 0", "unknown"},
               {"0x8000000000000000 >> 63 == 1", "true"},
               {"(0xf0 | 0x0f) == 0xff && (0xff ^ 0xf0) == 0x0f", "true"},
               {"(~0x10 & 0x13) == 3", "true"}});
}

TEST_CASE("operators bind as in C") {
    check_all({{"2 + 3 << 1 == 10", "true"},
               {"1 << 2 + 1 == 8", "true"},
               {"(7 & 3 + 1) == 4", "true"},
               {"true || false && false", "true"},
               {"!false && true", "true"},
               {"-2 + 5 == 3", "true"}});
    // `flags & 1 == 1` is `flags & (1 == 1)` in C; here it is an error instead of a surprise.
    CHECK(parse_expression("task.pid & 1 == 1", {}).error().code == "R015");
}

TEST_CASE("members are read through the kernel's own layout") {
    check_all({{"req->wb_flags & (1 << 0)", "true"},
               {"req->wb_flags & (1 << 3)", "false"},
               {"req->wb_page->flags & (1 << PG_private)", "true"},
               {"!(req->wb_page->flags & (1 << PG_dirty))", "true"},
               {"(req->wb_folio ?: req->wb_page)->flags == 0x1029", "true"},
               {"gone->wb_flags == 0", "unknown"},
               {"null->wb_flags == 0", "unknown"},
               {"empty->wb_page == 0", "true"},
               {"empty->wb_page->flags == 0", "unknown"},
               {"empty->wb_page->flags == 0 || true", "true"},
               {"argument(\"nfs_wb_page\", 0, \"struct nfs_page *\")->wb_bytes == 0xfff", "true"},
               {"argument(\"nfs_wb_page\", 1, \"struct page *\")->flags == 0", "unknown"}});
}

TEST_CASE("of arguments that name one object the first that was found is taken") {
    std::string found = "argument(\"nfs_wb_page\", 0, \"struct nfs_page *\")";
    std::string lost = "argument(\"nfs_wb_page\", 1, \"struct nfs_page *\")";
    CHECK(result_of("(" + lost + " ?: " + found + ")->wb_bytes == 0xfff") == "true");
    CHECK(result_of("(" + lost + " ?: " + lost + " ?: " + found + ")->wb_bytes == 0xfff") ==
          "true");
    CHECK(result_of("(" + found + " ?: " + lost + ")->wb_bytes == 0xfff") == "true");
    CHECK(result_of("(" + lost + " ?: " + lost + ")->wb_bytes == 0xfff") == "unknown");
    for (std::string other : {"1", "task.pid", "argument(\"nfs_wb_page\", 1, \"struct page *\")"})
        CHECK(parse_expression(found + " ?: " + other, {}).error().code == "R015");
}

TEST_CASE("a renamed member is chosen by the type, before memory is read") {
    // wb_folio is no member here: wb_page is taken. wb_page is one: its page decides, not wb_list.
    CHECK(result_of("(gone->wb_page ?: gone->wb_folio) == 0") == "unknown");
    CHECK(result_of("(req->wb_folio ?: req->wb_page) == 0xffffea0000000100") == "true");
}

TEST_CASE("unknown follows Kleene's logic") {
    check_all({{"gone->wb_flags == 0 && false", "false"},
               {"false && gone->wb_flags == 0", "false"},
               {"gone->wb_flags == 0 && true", "unknown"},
               {"gone->wb_flags == 0 || true", "true"},
               {"true || gone->wb_flags == 0", "true"},
               {"gone->wb_flags == 0 || false", "unknown"},
               {"!(gone->wb_flags == 0)", "unknown"},
               {"gone->wb_flags in [1, 2]", "unknown"},
               {"1 in [1, gone->wb_flags]", "true"},
               {"3 in [1, gone->wb_flags]", "unknown"},
               {"3 in [1, 2]", "false"}});
}

TEST_CASE("strings compare, match and belong to lists") {
    check_all({{"task.comm == \"java\"", "true"},
               {"task.comm != \"java\"", "false"},
               {"task.comm in [\"python\", \"java\"]", "true"},
               {"task.comm =~ \"^ja.a$\"", "true"},
               {"task.comm =~ \"x\"", "false"},
               {"crash.kind == \"soft_lockup\"", "true"},
               {"log_has(\"NFS: hello\")", "true"},
               {"log_has(\"hello \\\\(world\\\\)$\")", "true"},
               {"log_has(\"absent\")", "false"}});
}

TEST_CASE("function names compare without compiler suffixes, on both sides") {
    check_all({{"crash.function == \"spin\"", "true"},
               {"crash.function == \"spin.part.3\"", "true"},
               {"frames[0].function == \"spin.constprop.0\"", "true"},
               {"frames[1].callee == \"spin\"", "true"},
               {"frames[1].caller == \"vfs_write\"", "true"}});
}

TEST_CASE("quantifiers decide on reliable frames only") {
    check_all({{"frames.any(f, f.function == \"nfs_wb_page\")", "true"},
               {"frames.any(f, f.function == \"absent\")", "false"},
               {"frames.none(f, f.function == \"absent\")", "true"},
               {"frames.any(f, f.function == \"guessed\")", "unknown"},
               {"frames.none(f, f.function == \"scanned\")", "unknown"},
               {"frames.any(f, f.function == \"guessed\") || task.pid == 42", "true"},
               {"frames.all(f, f.index < 10)", "true"},
               {"frames.all(f, f.index < 1)", "false"},
               {"frames.count(f, f.module == \"nfs\") == 1", "true"},
               {"frames.first(f, f.module == \"nfs\").function == \"nfs_wb_page\"", "true"},
               {"frames.first(f, f.module == \"absent\").index == 0", "unknown"},
               {"frames.any(f, frames.any(g, g.caller == f.function && g.index == 0))", "true"},
               {"frames[1].component == \"nfs_client\"", "true"},
               {"frames[99].index == 99", "unknown"}});
}

TEST_CASE("lists that may be longer decide only what is decided already") {
    TestScene scene =
        scene_of(std::string(kScene) + "frames_complete: false\nlog_complete: false\n");
    auto result = [&](const char* text) {
        return std::string(to_string(evaluate_in(scene, text).result));
    };
    CHECK(result("frames.any(f, f.function == \"vfs_write\")") == "true");
    CHECK(result("frames.any(f, f.function == \"absent\")") == "unknown");
    CHECK(result("frames.none(f, f.function == \"vfs_write\")") == "false");
    CHECK(result("frames.none(f, f.function == \"absent\")") == "unknown");
    CHECK(result("frames.all(f, f.index == 0)") == "false");
    CHECK(result("frames.all(f, f.index < 100)") == "unknown");
    CHECK(result("frames.count(f, f.module == \"nfs\") >= 1") == "true");
    CHECK(result("frames.count(f, f.module == \"nfs\") >= 2") == "unknown");
    CHECK(result("frames.count(f, f.module == \"nfs\") == 0") == "false");
    CHECK(result("frames.count(f, f.module == \"nfs\") < 1") == "false");
    CHECK(result("log_has(\"NFS: hello\")") == "true");
    CHECK(result("log_has(\"absent\")") == "unknown");
}

TEST_CASE("has_member and has_symbol are false only on whole tables") {
    check_all({{"has_member(\"nfs_page\", \"wb_flags\")", "true"},
               {"has_member(\"struct nfs_page\", \"wb_folio\")", "false"},
               {"has_member(\"nfs4_client\", \"cl_cb_inflight\")", "unknown"},
               {"has_symbol(\"nfs_wb_page\")", "unknown"},
               {"enum_value(\"PG_private\") == 12", "true"},
               {"calls(\"a\", \"b\")", "unknown"}});
}

TEST_CASE("questions about the kernel's code are answered by the scene, or unknown") {
    static const TestScene scene = scene_of(R"(
input: dump
code:
  f calls g: true
  f calls h: false
  f inlines g: false
  "f prints NFS: no": true
  f touches struct nfs_page.wb_flags: true
  "nfs has_string closed, ": false
)");
    auto clause = [](const std::string& text) {
        return std::string(to_string(evaluate_in(scene, text).result));
    };
    CHECK(clause("calls(\"f\", \"g\")") == "true");
    CHECK(clause("calls(\"f\", \"h\")") == "false");
    CHECK(clause("calls(\"g\", \"h\")") == "unknown");
    CHECK(clause("inlines(\"f\", \"g\")") == "false");
    CHECK(clause("prints(\"f\", \"NFS: no\")") == "true");
    CHECK(clause("touches(\"f\", \"nfs_page\", \"wb_flags\")") == "true");
    CHECK(clause("has_string(\"nfs\", \"closed, \")") == "false");
    CHECK(clause("!calls(\"f\", \"h\") && calls(\"f\", \"g\")") == "true");
    Evidence shown = evaluate_in(scene, "calls(\"f\", \"g\")");
    REQUIRE_FALSE(shown.operands.empty());
    CHECK(shown.operands[0].provenance.find("f calls g") != std::string::npos);
}

TEST_CASE("registers are named as printed or by their part in a call") {
    check_all(
        {{"register(\"rbx\") == 0xffff888000005000", "true"},
         {"register(\"arg0\") == crash.fault_address", "true"},
         {"register(\"r15\") == 0", "unknown"},
         {"register(\"rbx\", \"first_error\") == 0", "unknown"},
         {"crash.registers.any(r, r.name == \"rdi\" && r.value == crash.fault_address)", "true"},
         {"crash.registers.none(r, r.value == 0x77)", "unknown"}});
}

TEST_CASE("a clause leaves what it looked at, with provenance, and what was missing") {
    TestScene scene = scene_of(kScene);
    Evidence read = evaluate_in(scene, "req->wb_flags & 1",
                                {{"req", "object(\"struct nfs_page *\", register(\"rbx\"))"}});
    REQUIRE(read.operands.size() >= 2);
    CHECK(read.operands.back().name == "req->wb_flags");
    CHECK(read.operands.back().value == "0x13");
    CHECK(read.operands.back().provenance ==
          "struct nfs_page.wb_flags @0xffff888000005040 (profile)");

    Evidence hit = evaluate_in(scene, "frames.any(f, f.function == \"nfs_wb_page\")");
    REQUIRE(hit.operands.size() == 1);
    CHECK(hit.operands[0].name == "frames[1].function");
    CHECK(hit.operands[0].value == "\"nfs_wb_page\"");

    Evidence lost = evaluate_in(scene, "object(\"struct nfs_page *\", 0x7000)->wb_flags & 1");
    REQUIRE(lost.missing.size() == 1);
    CHECK(lost.missing[0].reason == Reason::filtered);
    CHECK(evaluate_in(scene, "task.pid == 42").missing.empty());
}

TEST_CASE("a clause whose arithmetic has no result says so") {
    for (const char* text :
         {"18446744073709551615 << 1", "1 << 64", "1 >> -1", "18446744073709551615 + 1 == 0",
          "18443488148 - 9223372036854775808 > 0"}) {
        INFO(text);
        Evidence evidence = evaluate_in(scene_of(kScene), text);
        CHECK(evidence.result == Tri::unknown);
        REQUIRE(evidence.missing.size() == 1);
        CHECK(evidence.missing[0].reason == Reason::corrupt);
    }
}

TEST_CASE("a clause that takes too long is unknown for its budget") {
    std::string text = kScene;
    text += "stacks:\n";
    for (int i = 0; i < 40; ++i) text += "  - [a, b, c, d, e, f, g, h]\n";
    TestScene scene = scene_of(text);
    Evidence evidence = evaluate_in(
        scene,
        "stacks.any(s, s.frames.any(f, stacks.any(t, t.frames.any(g, g.index > 100 && f.index > 9) "
        "|| t.frames.any(h, h.index + f.index > 100))))");
    CHECK(evidence.result == Tri::unknown);
    REQUIRE(evidence.missing.size() == 1);
    CHECK(evidence.missing[0].reason == Reason::budget);
}
