// The weakening order (engine/README.md): losing pages may weaken an answer, never turn it round.
#pragma once

#include <string>
#include <vector>

#include "damage/analysis.h"

namespace nfstriage::damage {

// What in `after`, of the same crash with fewer pages, is neither the same as in `before` nor
// weaker; one sentence each. States are compared if there is one of `before`, arguments of
// functions if `arguments`.
std::vector<std::string> not_weaker(const Answer& before, const Answer& after, bool arguments);

}  // namespace nfstriage::damage
