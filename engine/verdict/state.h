// The surroundings of a crash in a few sentences: servers that did not answer, what else was
// reported, how many tasks are blocked. Facts only; the diagnosis is elsewhere.
#pragma once

#include <string>
#include <vector>

#include "facts/scene.h"

namespace nfstriage::verdict {

std::vector<std::string> describe_state(const facts::Scene& scene);

}  // namespace nfstriage::verdict
