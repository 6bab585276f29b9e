// Losing pages may weaken an answer, never turn it round: each page that the analysis of a sample
// touched is taken away in turn, and what is said then is compared with what was said before. The
// default suite takes every 40th page; NFSTRIAGE_ALL_PAGES=1 takes them all.
#include <cstdlib>

#include "catch.h"
#include "facts/facts.h"
#include "facts/from_dump.h"
#include "triage/catalogue.h"
#include "verdict/judge.h"

using namespace nfstriage;
using verdict::Status;

namespace {

struct Outcome {
    verdict::Verdict verdict;
    std::vector<Pfn> touched;
};

Outcome triaged_without(const std::string& path, const std::vector<Pfn>& hidden) {
    dump::OpenOptions options;
    options.hidden_pages = {hidden.begin(), hidden.end()};
    auto dump = dump::Dump::open({path}, options);
    REQUIRE(dump);
    layout::KernelLayout layout = layout::load_kernel_layout(**dump);
    facts::Scene scene = facts::from_dump(**dump, layout);
    facts::Facts facts(scene);
    rules::Evaluation evaluation = rules::evaluate(test::catalogue().rules, facts);
    return {verdict::judge({scene, evaluation, test::catalogue().knowledge, {}}),
            (*dump)->pages_read()};
}

// design: known_bug -> candidate -> unknown_signature | inconclusive; not_nfs and known_condition
// -> inconclusive; nothing becomes not_nfs or known_condition.
bool may_become(Status from, Status to) {
    if (from == to) return true;
    if (to == Status::inconclusive) return true;
    if (to == Status::unknown_signature)
        return from == Status::known_bug || from == Status::candidate;
    if (to == Status::candidate) return from == Status::known_bug;
    return false;
}

template <class T>
bool same_or_absent(const std::optional<T>& before, const std::optional<T>& after) {
    return !after || (before && *before == *after);
}

}  // namespace

TEST_CASE("a lost page weakens the verdict and turns nothing round") {
    const char* name =
        GENERATE("unlock-request-bug-x86_64.vmcore", "xprt-lock-softlockup-aarch64.vmcore");
    std::string path = std::string(NFSTRIAGE_SOURCE_DIR "/samples/") + name;
    Outcome whole = triaged_without(path, {});
    const verdict::Verdict& before = whole.verdict;
    REQUIRE(before.crash);
    REQUIRE(whole.touched.size() > 500);
    std::size_t step = std::getenv("NFSTRIAGE_ALL_PAGES") != nullptr ? 1 : 40;
    for (std::size_t i = 7 % step; i < whole.touched.size(); i += step) {
        INFO(name << " without page " << whole.touched[i].value);
        verdict::Verdict after = triaged_without(path, {whole.touched[i]}).verdict;
        REQUIRE_FALSE(after.verdicts.empty());
        CHECK(may_become(before.verdicts[0].status, after.verdicts[0].status));
        if (!after.verdicts[0].rule.empty())
            CHECK(after.verdicts[0].rule == before.verdicts[0].rule);
        if (after.crash && after.crash->kind != CrashKind::none) {
            CHECK(to_string(after.crash->kind) == to_string(before.crash->kind));
            CHECK(same_or_absent(before.crash->cpu, after.crash->cpu));
            CHECK(same_or_absent(before.crash->task.pid, after.crash->task.pid));
            if (after.crash->top && !after.crash->top->function.empty())
                CHECK(after.crash->top->function == before.crash->top->function);
            for (const auto& [reg, value] : after.crash->registers.values) {
                INFO(reg);
                CHECK(same_or_absent(before.crash->registers.get(reg),
                                     std::optional<std::uint64_t>(value)));
            }
        }
        if (after.panic) {
            CHECK(same_or_absent(before.panic->cpu, after.panic->cpu));
            CHECK(same_or_absent(before.panic->task.pid, after.panic->task.pid));
        }
        CHECK(same_or_absent(before.kernel.release, after.kernel.release));
    }
}
