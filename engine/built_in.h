// The rules and records of the repository as they were when the program was built, packed
// (rules/packed.h, knowledge/packed.h). The build writes the source: tools/catalogue.
#pragma once

#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace nfstriage {

std::string_view built_in_rules();
std::string_view built_in_records();

// Kernel profiles that the build was told to put in (NFSTRIAGE_HOOK_PROFILES), the bytes of their
// files; usually none.
std::vector<ByteSpan> built_in_profiles();

}  // namespace nfstriage
