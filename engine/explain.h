// One rule on one crash, clause by clause: why it matches or does not.
#pragma once

#include <string>

#include "rules/evaluate.h"
#include "triage.h"

namespace nfstriage {

struct Explanation {
    std::string input;  // as reports call it
    // Of the rule that was asked about. For a rule that does not apply the outcome says so, and the
    // evidence is what its clauses would give.
    rules::Match match;
    std::string why_not_applicable;  // "" if it applies
};

// `rule` must outlive the result. Errors: as triage().
Result<Explanation> explain(const Input& input, const rules::Rule& rule,
                            const TriageOptions& options = {});

// A console log that is already in memory.
Result<Explanation> explain_log(log::Text& text, const std::string& name, const rules::Rule& rule);

}  // namespace nfstriage
