#include "hook/strength.h"

#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::hook;
using verdict::Confidence;
using verdict::Status;

namespace {

Strength strength(Status status, Confidence confidence, bool finished) {
    verdict::Verdict verdict;
    verdict.verdicts.emplace_back();
    verdict.verdicts.front().status = status;
    verdict.verdicts.front().confidence = confidence;
    verdict.limits.deadline_hit = !finished;
    return strength_of(verdict);
}

}  // namespace

TEST_CASE("a candidate of the log is withdrawn by an analysis that found the memory against it") {
    Strength early = strength(Status::candidate, Confidence::possible, false);
    Strength whole = strength(Status::unknown_signature, Confidence::certain, true);
    CHECK(says_more(whole, early));
    CHECK_FALSE(says_more(early, whole));
}

TEST_CASE("an analysis that decided nothing does not take back what the log showed") {
    Strength early = strength(Status::candidate, Confidence::possible, false);
    Strength whole = strength(Status::inconclusive, Confidence::possible, true);
    CHECK(says_more(early, whole));
    CHECK_FALSE(says_more(whole, early));
}

TEST_CASE("of two analyses that came to their end the one with the finding says more") {
    Strength bug = strength(Status::known_bug, Confidence::likely, true);
    Strength surer = strength(Status::known_bug, Confidence::certain, true);
    Strength nothing = strength(Status::unknown_signature, Confidence::certain, true);
    CHECK(says_more(bug, nothing));
    CHECK(says_more(surer, bug));
    CHECK_FALSE(says_more(bug, bug));
}

TEST_CASE("of two that say the same the finished one is kept") {
    Strength early = strength(Status::known_bug, Confidence::likely, false);
    Strength whole = strength(Status::known_bug, Confidence::likely, true);
    CHECK(says_more(whole, early));
    CHECK_FALSE(says_more(early, whole));
}
