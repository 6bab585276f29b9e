// Asks the kernel at hand whether a commit is in it: its symbols, types, code and strings.
#pragma once

#include "facts/scene.h"
#include "knowledge/status.h"

namespace nfstriage::knowledge {

// By the probes of `commit`. One positive probe shows the commit. Absence needs every probe
// negative, and either one of them about something that was read whole, or a function's body that
// was read and one more ground beside it. Unknown with the reasons otherwise.
CommitHere by_probe(const Commit& commit, const facts::Scene& scene);

// Whether the kernel has none of these functions, its modules included. A function that may have
// been inlined everywhere is not asked about by a record. Unknown where the tables are not whole.
Tri has_none_of(const std::vector<std::string>& functions, const facts::Scene& scene);

}  // namespace nfstriage::knowledge
