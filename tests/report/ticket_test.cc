#include "report/ticket.h"

#include "catch.h"
#include "report/follows_schema.h"
#include "report/golden.h"
#include "report/verdicts.h"

using namespace nfstriage;
using report::make_ticket;
using report::Severity;

namespace {

bool asks_for(const report::Ticket& ticket, const std::string& what) {
    for (const knowledge::Step& step : ticket.questions)
        if (step.what.find(what) != std::string::npos) return true;
    return false;
}

}  // namespace

TEST_CASE("a ticket is ready to file") {
    verdict::Verdict verdict = test::known_bug();
    test::check_golden("ticket.md", report::ticket_to_markdown(make_ticket(verdict), verdict));
}

TEST_CASE("the ticket's JSON follows its schema") {
    for (const verdict::Verdict& verdict :
         {test::known_bug(), test::unknown_signature(),
          test::plain(verdict::Status::no_crash, "No kernel crash in this input", "")}) {
        auto json = nlohmann::json::parse(
            report::ticket_to_json(make_ticket(verdict), verdict, report::JsonOptions()));
        CHECK(test::follows_schema(json, "ticket.schema.json"));
    }
}

TEST_CASE("severity says its ground") {
    verdict::Verdict verdict = test::known_bug();
    verdict.nfs = test::state_summary();
    report::Ticket ticket = make_ticket(verdict);
    CHECK(ticket.severity == Severity::critical);
    CHECK_THAT(ticket.ground, ContainsSubstring("4 KiB in 1 file had not reached"));

    verdict.nfs.reset();
    CHECK(make_ticket(verdict).severity == Severity::high);
    verdict.first_error = verdict.crash;
    verdict.first_error->kind = CrashKind::list_corruption;
    CHECK(make_ticket(verdict).severity == Severity::critical);

    verdict = test::known_bug();
    verdict.nfs.reset();
    verdict.panic.reset();
    CHECK(make_ticket(verdict).severity == Severity::medium);

    using verdict::Status;
    CHECK(make_ticket(test::plain(Status::no_crash, "t", "")).severity == Severity::low);
    CHECK(make_ticket(test::plain(Status::inconclusive, "t", "")).severity == Severity::unknown);
}

TEST_CASE("the customer is asked for what the verdict lacks, and only for that") {
    verdict::Verdict verdict = test::unknown_signature();
    verdict.input.is_dump = false;
    CHECK(asks_for(make_ticket(verdict), "vmcore of this crash"));
    verdict.input.is_dump = true;
    verdict.input.complete = false;
    CHECK_FALSE(asks_for(make_ticket(verdict), "vmcore of this crash"));
    CHECK(asks_for(make_ticket(verdict), "whole dump"));
    verdict.kernel.layout.types.clear();
    CHECK(asks_for(make_ticket(verdict), "debuginfo package"));
    verdict.kernel.layout.types = {"btf"};
    CHECK_FALSE(asks_for(make_ticket(verdict), "debuginfo package"));
}

TEST_CASE("tickets of one group share a key") {
    verdict::Verdict one = test::known_bug(), other = test::known_bug();
    other.kernel.release = "6.1.0-other";
    CHECK(make_ticket(one).grouping_key == make_ticket(other).grouping_key);
    CHECK_FALSE(make_ticket(one).grouping_key.empty());
}
