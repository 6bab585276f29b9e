// A rule: what must be seen for one diagnosis, what would support it, what refutes it, and what it
// then says. Rules are data (rules/*.yaml), loaded by load.h, evaluated by evaluate.h.
//
// How a rule's result becomes a status, in one place:
//   match      every required clause is true and no refuting clause is true
//   no_match   a required clause is false, or a refuting clause is true
//   undecided  the rest
// A clause that asks what only a dump can tell (kernel memory, arguments, types, symbols, code),
// directly or through `let`, is a *state clause*; the others speak about reports, stacks, registers
// and the log. A console log can never decide a state clause, and a dump may have lost the page.
//   concludes: known_bug       a match of a stable rule with confidence certain or likely is
//                              known_bug; any other match is candidate. An undecided rule whose
//                              required clauses are all true except for state clauses, and that has
//                              such a true clause, is candidate too: everything that this input can
//                              show is there, the proof in memory is not. All else is a near miss.
//   concludes: known_condition, not_nfs
//                              a match gives that status; less than a match gives nothing.
// `status: experimental` therefore says "the mechanism is inferred": such a rule ends as candidate.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crash_kind.h"
#include "rules/lazy_expression.h"

namespace nfstriage::rules {

enum class RuleStatus : std::uint8_t { experimental, stable, deprecated };
enum class Conclusion : std::uint8_t { known_bug, known_condition, not_nfs };
enum class Role : std::uint8_t { required, supporting, refuting };

std::string_view to_string(RuleStatus status);
std::string_view to_string(Conclusion conclusion);
std::string_view to_string(Role role);

// What the input must offer before a rule is looked at.
enum class Need : std::uint8_t { crash, first_error, panic, log, dump, symbols, types };

std::string_view to_string(Need need);

struct Clause {
    std::string name;  // "inside_nfs_wb_page"
    Role role = Role::required;
    std::string text;  // the expression as written
    LazyExpression expression;
    bool reads_state = false;  // a state clause, see above
    unsigned line = 0;         // in the rule file
    std::string comment;       // the lines of comment above it, joined
};

struct Binding {  // let name = expression
    std::string name;
    std::string text;
    LazyExpression expression;
    bool reads_state = false;
    std::string comment = {};  // as of a clause
};

struct NextStep {
    std::string what;
    std::string command;  // may be empty
};

// A sentence with {expression} places, filled in from the facts of the crash.
struct Template {
    std::string text;
    struct Place {
        std::size_t begin, end;  // half-open range in `text`, braces included
        LazyExpression expression;
    };
    std::vector<Place> places;
};

struct Rule {
    std::string id;
    std::string file;  // where it was loaded from
    std::string title;
    std::string comment;  // the lines of comment that the file begins with, joined
    RuleStatus status = RuleStatus::experimental;
    Conclusion concludes = Conclusion::known_bug;
    std::string component;         // of the JSON contract: "nfs_client"
    std::vector<CrashKind> kinds;  // of the crash or of its first error; empty: any
    std::vector<Need> needs;
    std::vector<Binding> bindings;
    std::vector<Clause> clauses;        // required, then supporting, then refuting, in file order
    std::vector<std::string> refines;   // ids of the more general rules that this one beats
    std::vector<std::string> not_this;  // sentences: what else looks like it, and why it is not
    std::vector<std::string> records;   // ids of knowledge records
    Template explain;
    std::vector<NextStep> next_steps;
};

}  // namespace nfstriage::rules
