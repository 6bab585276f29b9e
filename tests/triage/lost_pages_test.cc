// Losing pages may weaken an answer, never turn it round: each page that the analysis of a sample
// touched is taken away in turn, and what is said then is compared with what was said before. The
// default suite takes every 40th page of the large samples and every page whose loss changes the
// log; NFSTRIAGE_ALL_PAGES=1 takes them all.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <memory>

#include "catch.h"
#include "facts/facts.h"
#include "facts/from_dump.h"
#include "kernel/printk.h"
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

const std::string kFolder = NFSTRIAGE_SOURCE_DIR "/samples/";

std::unique_ptr<dump::Dump> open_without(const Sample& sample, const std::vector<Pfn>& hidden) {
    dump::OpenOptions options;
    options.hidden_pages = hidden;
    auto dump = dump::Dump::open({kFolder + sample.dump}, options);
    REQUIRE(dump);
    return std::move(*dump);
}

// What is left of the log, and the pages read for it.
struct Log {
    std::string text;
    std::vector<Pfn> touched;
};

Log log_without(const Sample& sample, const std::vector<Pfn>& hidden) {
    auto dump = open_without(sample, hidden);
    auto log = kernel::read_printk(*dump);
    return {log ? kernel::to_console_text(*log) : "", dump->pages_read()};
}

// The pages without which messages are missing.
std::vector<Pfn> pages_of_the_log(const Sample& sample) {
    Log whole = log_without(sample, {});
    std::vector<Pfn> pages;
    for (Pfn page : whole.touched)
        if (log_without(sample, {page}).text != whole.text) pages.push_back(page);
    return pages;
}

Outcome triaged_without(const Sample& sample, const std::vector<Pfn>& hidden) {
    auto dump = open_without(sample, hidden);
    layout::FindProfile find;
    if (sample.profile != nullptr)
        find = [&](const auto&) -> Result<std::shared_ptr<const layout::Profile>> {
            auto profile = layout::Profile::open(kFolder + sample.profile);
            if (!profile) return tl::unexpected<Error>(profile.error());
            return std::shared_ptr<const layout::Profile>(std::move(*profile));
        };
    layout::KernelLayout layout = layout::load_kernel_layout(*dump, find);
    facts::Scene scene = facts::from_dump(*dump, layout);
    facts::Facts facts(scene);
    rules::Evaluation evaluation = rules::evaluate(test::catalogue().rules, facts);
    return {verdict::judge({scene, evaluation, test::catalogue().knowledge, {}}),
            dump->pages_read()};
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

// The exception alone does not tell what its handler found; without the report that it printed the
// kind is that of the way into the kernel.
bool may_become(CrashKind from, CrashKind to) {
    using enum CrashKind;
    if (from == to || to == none) return true;
    bool is_assertion = from == warning || from == refcount || from == list_corruption;
    if (to == warning || to == bug) return is_assertion;
    return from == null_deref && to == paging_request;
}

template <class T>
bool same_or_absent(const std::optional<T>& before, const std::optional<T>& after) {
    return !after || (before && *before == *after);
}

void check_crash(const std::optional<facts::Crash>& before,
                 const std::optional<facts::Crash>& after) {
    if (!after || after->kind == CrashKind::none) return;
    REQUIRE(before);
    INFO(to_string(before->kind) << " became " << to_string(after->kind));
    CHECK(may_become(before->kind, after->kind));
    CHECK(same_or_absent(before->cpu, after->cpu));
    CHECK(same_or_absent(before->task.pid, after->task.pid));
    CHECK(same_or_absent(before->task.comm, after->task.comm));
    CHECK(same_or_absent(before->task.address, after->task.address));
    CHECK(same_or_absent(before->fault.address, after->fault.address));
    if (after->top && !after->top->function.empty()) {
        REQUIRE(before->top);
        CHECK(after->top->function == before->top->function);
        CHECK(after->top->module == before->top->module);
    }
    for (const auto& [reg, value] : after->registers.values) {
        INFO(reg);
        CHECK(same_or_absent(before->registers.get(reg), std::optional<std::uint64_t>(value)));
    }
}

// The rule that another one refines claims less: what tells the two apart may be what was lost.
bool is_same_or_more_general(const std::string& after, const std::string& before) {
    if (after == before) return true;
    for (const rules::Rule& rule : test::catalogue().rules)
        if (rule.id == before)
            return std::count(rule.refines.begin(), rule.refines.end(), after) != 0;
    return false;
}

void check_weakened(const verdict::Verdict& before, const verdict::Verdict& after) {
    REQUIRE_FALSE(after.verdicts.empty());
    CHECK(may_become(before.verdicts[0].status, after.verdicts[0].status));
    if (!after.verdicts[0].rule.empty())
        CHECK(is_same_or_more_general(after.verdicts[0].rule, before.verdicts[0].rule));
    check_crash(before.crash, after.crash);
    check_crash(before.first_error, after.first_error);
    if (after.panic) {
        CHECK(same_or_absent(before.panic->cpu, after.panic->cpu));
        CHECK(same_or_absent(before.panic->task.pid, after.panic->task.pid));
    }
    CHECK(same_or_absent(before.kernel.release, after.kernel.release));
}

}  // namespace

TEST_CASE("a lost page weakens the verdict and turns nothing round") {
    const Sample& sample = kSamples[GENERATE(range(std::size_t{0}, std::size(kSamples)))];
    Outcome whole = triaged_without(sample, {});
    REQUIRE(whole.verdict.crash);
    REQUIRE(whole.touched.size() > (sample.step == 40 ? 500 : 15));
    std::size_t step = std::getenv("NFSTRIAGE_ALL_PAGES") != nullptr ? 1 : sample.step;
    for (std::size_t i = 7 % step; i < whole.touched.size(); i += step) {
        INFO(sample.dump << " without page " << whole.touched[i].value);
        check_weakened(whole.verdict, triaged_without(sample, {whole.touched[i]}).verdict);
    }
}

TEST_CASE("a gap in a dump's log makes no other report the crash") {
    const Sample& sample = kSamples[GENERATE(range(std::size_t{0}, std::size(kSamples)))];
    Outcome whole = triaged_without(sample, {});
    std::vector<Pfn> pages = pages_of_the_log(sample);
    REQUIRE_FALSE(pages.empty());
    for (Pfn page : pages) {
        INFO(sample.dump << " without page " << page.value << " of the log");
        check_weakened(whole.verdict, triaged_without(sample, {page}).verdict);
    }
    // An end that is gone, at every length.
    while (pages.size() > 1) {
        INFO(sample.dump << " without page " << pages.back().value << " of the log and before");
        check_weakened(whole.verdict, triaged_without(sample, pages).verdict);
        pages.erase(pages.begin());
    }
}
