// Every record of a library and its state in one kernel, whatever crashed there: what
// `nfstriage fixes` lists.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "facts/scene.h"
#include "knowledge/load.h"
#include "knowledge/status.h"
#include "verdict/verdict.h"

namespace nfstriage::verdict {

// Only records that pass all of it; empty: any.
struct FixFilter {
    std::set<knowledge::HereStatus> statuses;
    std::set<std::string, std::less<>> ids, components;
    // Of any commit that a record names, whatever its role; the first digits of the hash will do.
    std::vector<std::string> commits;
};

struct FixList {
    facts::Input input;
    facts::Kernel kernel;
    std::vector<RecordHere> records;  // by id
    std::vector<std::string> records_not_loaded;
};

// A record as it goes out.
RecordHere record_here(const knowledge::Record& record, const knowledge::Here& here);

// Asks `scene` about the records that pass. Nothing of the result refers to scene or library.
FixList list_fixes(const knowledge::Library& library, const facts::Scene& scene,
                   const FixFilter& filter = {});

}  // namespace nfstriage::verdict
