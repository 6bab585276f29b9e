// The rules and records of the repository as they were when the program was built, packed
// (rules/packed.h, knowledge/packed.h). The build writes the source: tools/catalogue.
#pragma once

#include <string_view>

namespace nfstriage {

std::string_view built_in_rules();
std::string_view built_in_records();

}  // namespace nfstriage
