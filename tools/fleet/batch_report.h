// What a batch did, for people and for programs (batch.schema.json).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fleet/batch.h"

namespace nfstriage::fleet {

struct BatchReport {
    const BatchSummary& summary;
    const std::map<std::string, std::uint64_t>& left_out;  // how many files, by the reason
    const std::vector<Error>& folder_errors;               // folders that cannot be read
    std::string store;
    double seconds = 0;
};

std::string to_text(const BatchReport& report);
std::string to_json(const BatchReport& report);

}  // namespace nfstriage::fleet
