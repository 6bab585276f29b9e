// Losing pages may weaken an answer, never turn it round: each page that the analysis of a sample
// touched is taken away in turn, and what is said then is compared with what was said before. The
// default suite takes every 40th page of the large samples; NFSTRIAGE_ALL_PAGES=1 takes them all.
#include <cstdlib>
#include <iterator>
#include <memory>

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

struct Sample {
    const char* dump;
    const char* profile;  // null: none
    std::size_t step;     // of the pages, how many are passed over
};

constexpr Sample kSamples[] = {
    {"unlock-request-bug-x86_64.vmcore", nullptr, 40},
    {"xprt-lock-softlockup-aarch64.vmcore", nullptr, 40},
    {"cases/000-x86_64/vmcore", "cases/000-x86_64/kernel.nfsprofile", 3},
    {"cases/000-aarch64/vmcore", "cases/000-aarch64/kernel.nfsprofile", 3},
    {"cases/001/vmcore", "cases/001/kernel.nfsprofile", 3},
    {"cases/002/vmcore", "cases/002/kernel.nfsprofile", 3},
    {"cases/004/vmcore", "cases/004/kernel.nfsprofile", 3},
    {"cases/001/vmcore", nullptr, 3},
    {"cases/002/vmcore", nullptr, 3},
};

Outcome triaged_without(const Sample& sample, const std::vector<Pfn>& hidden) {
    const std::string folder = NFSTRIAGE_SOURCE_DIR "/samples/";
    std::string path = folder + sample.dump;
    dump::OpenOptions options;
    options.hidden_pages = {hidden.begin(), hidden.end()};
    auto dump = dump::Dump::open({path}, options);
    REQUIRE(dump);
    layout::FindProfile find;
    if (sample.profile != nullptr)
        find = [&](const auto&) -> Result<std::shared_ptr<const layout::Profile>> {
            auto profile = layout::Profile::open(folder + sample.profile);
            if (!profile) return tl::unexpected<Error>(profile.error());
            return std::shared_ptr<const layout::Profile>(std::move(*profile));
        };
    layout::KernelLayout layout = layout::load_kernel_layout(**dump, find);
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
    const Sample& sample = kSamples[GENERATE(range(std::size_t{0}, std::size(kSamples)))];
    Outcome whole = triaged_without(sample, {});
    const verdict::Verdict& before = whole.verdict;
    REQUIRE(before.crash);
    REQUIRE(whole.touched.size() > (sample.step == 40 ? 500 : 15));
    std::size_t step = std::getenv("NFSTRIAGE_ALL_PAGES") != nullptr ? 1 : sample.step;
    for (std::size_t i = 7 % step; i < whole.touched.size(); i += step) {
        INFO(sample.dump << " without page " << whole.touched[i].value);
        verdict::Verdict after = triaged_without(sample, {whole.touched[i]}).verdict;
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
