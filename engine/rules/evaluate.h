// Evaluating rules over the facts of one crash, in Kleene's logic, with everything shown: each
// clause leaves its result, the values it looked at with their provenance, and what was missing.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/frame.h"
#include "base/maybe.h"
#include "base/tri.h"
#include "facts/facts.h"
#include "rules/rule.h"

namespace nfstriage::rules {

struct Operand {
    std::string name;        // "crash.function", "frames[2].function", "req->wb_flags"
    std::string value;       // text; "unknown (filtered: ...)" if so
    std::string provenance;  // "log line 378", "struct nfs_page.wb_flags @0xffff... (btf)"
    Trust trust = Trust::registers;
};

struct Evidence {  // one clause
    std::string clause;
    std::string text;  // the expression
    Role role = Role::required;
    Tri result = Tri::unknown;
    std::vector<Operand> operands;   // in the order looked at, at most 12
    std::vector<Unknown> missing;    // why the result is unknown; empty otherwise
    Trust trust = Trust::registers;  // weakest that the result rests on
    bool reads_state = false;
};

enum class Outcome : std::uint8_t { not_applicable, no_match, undecided, match };
enum class Confidence : std::uint8_t { possible, likely, certain };
enum class MatchStatus : std::uint8_t { none, candidate, known_bug, known_condition, not_nfs };

std::string_view to_string(Outcome outcome);
std::string_view to_string(Confidence confidence);
std::string_view to_string(MatchStatus status);

struct Match {
    const Rule* rule = nullptr;
    Outcome outcome = Outcome::not_applicable;
    MatchStatus status = MatchStatus::none;  // as rule.h derives it
    Confidence confidence = Confidence::possible;
    std::vector<Evidence> evidence;  // every clause, in the rule's order
    std::string explanation;         // rule.explain with its places filled in
    // The clause that ended or stopped it: first false required or true refuting clause, else the
    // first unknown one; empty for a match.
    std::string failed_clause;
    Tri failed_result = Tri::unknown;
    unsigned required_true = 0;  // how near a near miss is
};

struct Evaluation {
    // Rules with a status other than none, best first: those that another matching rule refines are
    // dropped; known_bug before known_condition, not_nfs, candidate; then confidence; then rule id.
    std::vector<Match> matches;
    // Applicable rules without a status of which at least half of the required clauses are true,
    // those not counted that only memory can decide and did not; nearest first. Rules beaten
    // through `refines` are not listed.
    std::vector<Match> near_misses;
    bool budget_hit = false;
};

// One rule. A rule whose `kinds` or `needs` do not fit is not_applicable, without evidence.
Match evaluate(const Rule& rule, const facts::Facts& facts);

// "it needs dump", "it is about soft_lockup, rcu_stall, this is null_deref"; "" for a rule that
// applies.
std::string why_not_applicable(const Rule& rule, const facts::Scene& scene);

// All rules; deprecated ones are skipped.
Evaluation evaluate(std::span<const Rule> rules, const facts::Facts& facts);

}  // namespace nfstriage::rules
