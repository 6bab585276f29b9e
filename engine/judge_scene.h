// The way from a scene to its verdict: every rule asked, the answers weighed.
#pragma once

#include "facts/scene.h"
#include "triage.h"
#include "verdict/verdict.h"

namespace nfstriage {

// Reads of the dump what the rules and the assessment ask for. Without cost (statistics).
verdict::Verdict judge_scene(const facts::Scene& scene, const Catalogue& catalogue);

}  // namespace nfstriage
