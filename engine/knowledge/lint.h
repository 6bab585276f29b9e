// Findings in record files, shown as those in rules are.
//   K001 no record: unreadable, no JSON, a key or value that is not as it must be
//   K002 an alias that another record has too
#pragma once

#include <filesystem>
#include <vector>

#include "rules/load.h"

namespace nfstriage::knowledge {

// Every finding in these records, in their order.
std::vector<rules::Diagnostic> lint(const std::vector<std::filesystem::path>& files);

}  // namespace nfstriage::knowledge
