// A console log that was given along with a dump: it may hold what the dump's ring has lost, above
// all the first error. Reports that agree become one crash; a log of another crash is left aside
// and said so. Memory outweighs the log wherever both speak.
#pragma once

#include <string>
#include <vector>

#include "facts/scene.h"

namespace nfstriage::verdict {

struct Joined {
    bool agrees = false;             // the log's evidence is now in the scene
    std::vector<std::string> notes;  // what was taken, or what contradicts; one sentence each
};

// `dump` is changed only if the two agree; contradictions are also added to dump.input.missing.
Joined join_log(facts::Scene& dump, facts::Scene log);

}  // namespace nfstriage::verdict
