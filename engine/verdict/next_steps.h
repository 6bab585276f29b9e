// What to collect when nothing names the crash: the few things that would let somebody decide.
#pragma once

#include <vector>

#include "facts/scene.h"
#include "knowledge/record.h"
#include "verdict/assess.h"

namespace nfstriage::verdict {

// Most useful first, at most six. Commands are for a shell or for crash(8) ("crash> ...").
std::vector<knowledge::Step> next_steps(const facts::Scene& scene, const Assessment& assessment);

}  // namespace nfstriage::verdict
