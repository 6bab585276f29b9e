// What the bare numbers of a report say to somebody who knows the kernel's conventions: a NULL
// pointer and a member's offset, a poisoned list entry, freed slab memory, an error code used as a
// pointer, a task that only waits for a lock. Each reading is a sentence; none is a verdict.
#pragma once

#include <string>
#include <vector>

#include "facts/scene.h"

namespace nfstriage::verdict {

// Readings of the scene's crash, most telling first. Empty when nothing is recognised.
std::vector<std::string> read_signs(const facts::Scene& scene);

}  // namespace nfstriage::verdict
