// Limits: what was known until one is hit becomes a verdict.
#include <filesystem>

#include "catch.h"
#include "triage.h"

using namespace nfstriage;
using verdict::Status;

namespace {

const Catalogue& catalogue() {
    static const Catalogue all = Catalogue::built_in().value();
    return all;
}

std::filesystem::path sample() {
    return NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore";
}

verdict::Verdict with(const SpendingLimits& limits) {
    Input input;
    input.parts = {sample()};
    TriageOptions options;
    options.limits = limits;
    auto verdict = triage(input, catalogue(), options);
    REQUIRE(verdict);
    return *verdict;
}

bool says(const verdict::Verdict& verdict, const std::string& what) {
    for (const std::string& missing : verdict.input.missing)
        if (missing.find(what) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("a dump is judged by what was read before a limit was hit") {
    const verdict::Verdict whole = with({});
    CHECK_FALSE(whole.limits.budget_hit);
    CHECK_FALSE(whole.limits.deadline_hit);
    CHECK(whole.limits.walks_truncated.empty());
    REQUIRE(whole.verdicts.front().status == Status::candidate);
    bool any_partial = false, any_list_cut = false;
    for (std::uint64_t reads = 1; reads < 1'000'000; reads *= 4) {
        SpendingLimits limits;
        limits.reads = reads;
        verdict::Verdict some = with(limits);
        INFO(reads);
        REQUIRE_FALSE(some.verdicts.empty());
        Status status = some.verdicts.front().status;
        CHECK((status == Status::candidate || status == Status::unknown_signature ||
               status == Status::inconclusive));
        CHECK(some.limits.budget_hit == says(some, "reads of memory was reached"));
        CHECK_FALSE(some.limits.deadline_hit);
        any_partial |= some.limits.budget_hit && some.crash.has_value();
        if (!some.limits.budget_hit) CHECK(some.limits.walks_truncated.empty());
        any_list_cut |= !some.limits.walks_truncated.empty();
    }
    CHECK(any_partial);
    CHECK(any_list_cut);
}

TEST_CASE("bytes and time that are used up are reported") {
    SpendingLimits bytes;
    bytes.bytes = 100'000;
    verdict::Verdict little = with(bytes);
    CHECK(little.limits.budget_hit);
    CHECK(says(little, "MiB read was reached"));
    CHECK(*little.statistics.bytes_read <= 200'000);

    SpendingLimits time;
    time.time = std::chrono::milliseconds(0);
    verdict::Verdict at_once = with(time);
    CHECK(at_once.limits.deadline_hit);
    CHECK_FALSE(at_once.limits.budget_hit);
    CHECK(at_once.verdicts.front().status == Status::inconclusive);
}

TEST_CASE("a log ends where a limit is hit, and proves nothing absent then") {
    std::string text = "[    0.000000] Linux version 6.1.0 (a@b) (gcc) #1 SMP\n";
    while (text.size() < 2'000'000) text += "[    1.000000] a line of a healthy system\n";
    text += "[    2.000000] Kernel panic - not syncing: the end\n";
    log::TextView log(text);
    auto whole = triage_log(log, "-", catalogue());
    REQUIRE(whole);
    CHECK(whole->crash.has_value());
    CHECK_FALSE(whole->limits.budget_hit);

    TriageOptions options;
    options.limits.bytes = 1'000'000;
    auto some = triage_log(log, "-", catalogue(), options);
    REQUIRE(some);
    CHECK(some->limits.budget_hit);
    CHECK_FALSE(some->input.complete);
    CHECK(says(*some, "MiB read was reached"));
    CHECK(some->verdicts.front().status != Status::no_crash);

    options.limits.bytes = 0;
    auto none = triage_log(log, "-", catalogue(), options);
    REQUIRE_FALSE(none);
    CHECK(none.error().expected.find("read was reached before its first line") !=
          std::string::npos);
}
