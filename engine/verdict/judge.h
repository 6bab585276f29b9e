// From everything that was found to what is said: rule matches, what the records say about this
// kernel, and the plain assessment become ranked diagnoses with a signature and next steps.
#pragma once

#include <string>
#include <vector>

#include "facts/scene.h"
#include "knowledge/load.h"
#include "rules/evaluate.h"
#include "verdict/verdict.h"

namespace nfstriage::verdict {

struct Findings {
    const facts::Scene& scene;
    const rules::Evaluation& evaluation;  // of the same scene
    const knowledge::Library& library;
    std::vector<std::string> rules_not_loaded;  // place and reason of each mistake, for `limits`
};

// The result owns everything it says; nothing of `findings` needs to outlive it. Statistics and
// deadline_hit are the caller's to fill in.
//
// A match that its rule calls known_bug stays known_bug only if one of its records may apply to
// this kernel: affected, partly fixed, or unknown while what the kernel is based on is older than
// the mainline fix. Records that are all fixed or not_affected, and unknown ones on a kernel based
// on a release that has the fix, make it a candidate: the picture fits, the bug should not be here.
Verdict judge(const Findings& findings);

}  // namespace nfstriage::verdict
