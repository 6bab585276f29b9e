// What answers about a kernel's code are worth as probes of a commit.
#include <map>

#include "catch.h"
#include "facts/code.h"
#include "fakes/fake_symbols.h"
#include "knowledge/load.h"
#include "knowledge/status.h"

using namespace nfstriage;
using namespace nfstriage::knowledge;

namespace {

// Answers what a test wrote down, anything else is unknown.
class FakeCode : public facts::Code {
public:
    std::map<std::string, bool> sentences;
    bool inlining = false;

    bool knows_inlining() const override { return inlining; }
    facts::CodeAnswer calls(std::string_view a, std::string_view b,
                            facts::CallScope scope) override {
        if (scope == facts::CallScope::own && !inlining) return nothing("without a profile");
        return answer(a, "calls", b);
    }
    facts::CodeAnswer inlines(std::string_view a, std::string_view b) override {
        return answer(a, "inlines", b);
    }
    facts::CodeAnswer exists(std::string_view function) override {
        return answer(function, "is", "there");
    }
    facts::CodeAnswer refers_to_text(std::string_view a, std::string_view b, bool) override {
        return answer(a, "prints", b);
    }
    facts::CodeAnswer touches(std::string_view a, std::string_view b, std::string_view) override {
        return answer(a, "touches", b);
    }
    facts::CodeAnswer changes_bit(std::string_view a, std::string_view, std::string_view member,
                                  unsigned bit) override {
        return answer(a, "bit " + std::to_string(bit), member);
    }
    facts::CodeAnswer has_string(std::string_view module, std::string_view text) override {
        return answer(module, "has", text);
    }

private:
    static facts::CodeAnswer nothing(std::string why) {
        return {Tri::unknown, Reason::no_type, std::move(why), {}};
    }
    facts::CodeAnswer answer(std::string_view a, std::string_view verb, std::string_view b) const {
        std::string sentence = std::string(a) + " " + std::string(verb) + " " + std::string(b);
        auto found = sentences.find(sentence);
        if (found == sentences.end()) return nothing(sentence);
        return {tri(found->second), Reason::no_type, sentence, {}};
    }
};

struct Kernel {
    facts::Scene scene;
    std::shared_ptr<FakeCode> code = std::make_shared<FakeCode>();
    fakes::FakeSymbols symbols;
    Commit commit;

    Kernel() {
        scene.code = code;
        scene.symbols = &symbols;
    }
    void ask(ProbeKind kind, std::string caller, std::string callee, bool own = false) {
        Probe probe;
        probe.kind = kind;
        probe.name = callee;
        probe.caller = std::move(caller);
        probe.callee = std::move(callee);
        probe.own = own;
        commit.any_of.push_back(std::move(probe));
    }
    Presence presence() const { return presence_of(commit, scene).presence; }
};

}  // namespace

TEST_CASE("a call that only the fix makes shows it") {
    Kernel kernel;
    kernel.ask(ProbeKind::call, "f", "g");
    kernel.code->sentences["f calls g"] = true;
    CommitHere here = presence_of(kernel.commit, kernel.scene);
    CHECK(here.presence == Presence::present);
    CHECK(here.basis == Basis::probe);
    CHECK(here.why == "f calls g");
}

TEST_CASE("a call that is not there shows absence only with a second ground") {
    Kernel kernel;
    kernel.symbols.add("f", 0xffffffff81000000, 64);
    kernel.ask(ProbeKind::call, "f", "g");
    kernel.code->sentences["f calls g"] = false;
    CHECK(kernel.presence() == Presence::unknown);
    SECTION("what was inlined is known") {
        kernel.code->inlining = true;
        CHECK(kernel.presence() == Presence::absent);
    }
    SECTION("a second probe is negative too") {
        kernel.ask(ProbeKind::symbol, "", "new_helper");
        CHECK(kernel.presence() == Presence::absent);
    }
    SECTION("a second probe does not know") {
        kernel.ask(ProbeKind::inlines, "f", "h");
        CHECK(kernel.presence() == Presence::unknown);
    }
    SECTION("a second probe is positive") {
        kernel.ask(ProbeKind::inlines, "f", "h");
        kernel.code->sentences["f inlines h"] = true;
        CHECK(kernel.presence() == Presence::present);
    }
}

TEST_CASE("that old code is gone never shows a commit") {
    Kernel kernel;
    kernel.code->inlining = true;
    kernel.ask(ProbeKind::no_call, "f", "old");
    SECTION("gone") { kernel.code->sentences["f calls old"] = false; }
    SECTION("still there") { kernel.code->sentences["f calls old"] = true; }
    CommitHere here = presence_of(kernel.commit, kernel.scene);
    CHECK(here.presence == Presence::unknown);
    CHECK(here.why == "f calls old");
}

TEST_CASE("a probe of a function's own calls is not answered without a profile") {
    Kernel kernel;
    kernel.ask(ProbeKind::call, "f", "g", true);
    kernel.code->sentences["f calls g"] = true;
    CHECK(kernel.presence() == Presence::unknown);
    kernel.code->inlining = true;
    CHECK(kernel.presence() == Presence::present);
}

TEST_CASE("a string shows a fix, its lack shows nothing") {
    Kernel kernel;
    kernel.ask(ProbeKind::text, "", "closed, ");
    SECTION("there") {
        kernel.code->sentences["nfs has closed, "] = true;
        CHECK(kernel.presence() == Presence::present);
    }
    SECTION("not there") {
        kernel.code->sentences["nfs has closed, "] = false;
        kernel.code->inlining = true;
        CHECK(kernel.presence() == Presence::unknown);
    }
}

TEST_CASE("a function that exists only inlined counts as a symbol") {
    Kernel kernel;
    kernel.ask(ProbeKind::symbol, "", "nfs_coalesce_size");
    CHECK(kernel.presence() == Presence::unknown);
    kernel.code->sentences["nfs_coalesce_size is there"] = true;
    CHECK(kernel.presence() == Presence::present);
}

TEST_CASE("the probe of an instruction names structure, member and bit") {
    Library library = load_directory(NFSTRIAGE_SOURCE_DIR "/knowledge");
    const Record* record = library.find("rpc-execute-spin");
    REQUIRE(record != nullptr);
    Kernel kernel;
    kernel.code->inlining = true;
    kernel.code->sentences["xs_write_space bit 9 sock_state"] = true;
    kernel.code->sentences["xs_tcp_send_request calls xs_stream_nospace"] = true;
    kernel.code->sentences["xs_tcp_send_request inlines sk_stream_is_writeable"] = true;
    Here here = status_here(*record, kernel.scene);
    CHECK(here.status == HereStatus::fixed);
    CHECK(here.basis == Basis::probe);
}

TEST_CASE("a bit that no member has is refused") {
    std::string text = R"({"kind": "instruction", "caller": "f", "structure": "struct s",
                           "member": "m", "bit": BIT})";
    auto parsed = [&](const std::string& bit) {
        std::string probe = text;
        probe.replace(probe.find("BIT"), 3, bit);
        return parse_record("x.json", R"({"schema_version": "1.7.0", "id": "x", "modified": "m",
            "summary": "s", "details": "d", "database_specific": {"kind": "bug",
            "component": "nfsd", "effect": "e", "trigger": "t", "sources": ["s"],
            "fix_sets": [{"name": "n", "commits": [{"commit": "0123456789ab", "subject": "s",
            "role": "fix", "any_of": [)" + probe +
                                          "]}]}]}}");
    };
    auto good = parsed("9");
    if (!good) FAIL(to_string(good.error()));
    CHECK(good->fix_sets[0].commits[0].any_of[0].bit == 9);
    CHECK_FALSE(parsed("-1"));
    CHECK_FALSE(parsed("\"9\""));
    CHECK_FALSE(parsed("100000"));
}
