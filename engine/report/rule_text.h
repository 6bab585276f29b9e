// Rules for people: what one says, and what each of its clauses gives on a crash.
#pragma once

#include <string>
#include <string_view>

#include "knowledge/load.h"
#include "report/text.h"
#include "rules/evaluate.h"

namespace nfstriage::report {

// The whole rule: its title, comments, clauses by role, records with their titles, what it is not.
// Ends in a newline.
std::string rule_to_text(const rules::Rule& rule, const knowledge::Library& library,
                         const TextOptions& options);

// Whether the rule matched that input, why, and each clause with its expression, what it looked at
// and what was missing. `why_not_applicable`: rules/evaluate.h. Ends in a newline.
std::string match_to_text(const rules::Match& match, std::string_view input,
                          std::string_view why_not_applicable, const TextOptions& options);

}  // namespace nfstriage::report
