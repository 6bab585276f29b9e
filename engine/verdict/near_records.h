// For a crash that no rule names: the known bugs that come nearest, by the functions of their
// reports and of their fixes. They are places to look at, never a diagnosis: nothing but names was
// compared, so a diagnosis that lists them stays unknown_signature.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "facts/scene.h"
#include "knowledge/load.h"
#include "knowledge/status.h"

namespace nfstriage::verdict {

struct NearRecord {
    const knowledge::Record* record = nullptr;  // of the library that was asked
    knowledge::Here here;
    std::vector<std::string> shared;  // its functions that are on the stack, in the record's order
    double weight = 0;                // what their being there is worth; see near_records.cc
};

// At most `most`, nearest first, equal ones by id. Records whose fix this kernel has, or whose code
// or cause it lacks, are left out; so are those that share only what half of all reports show.
std::vector<NearRecord> near_records(const facts::Scene& scene, const knowledge::Library& library,
                                     std::size_t most);

}  // namespace nfstriage::verdict
