// Location expressions, walked to their end before libdwarf reads them: of one that it refuses its
// release 20210528 loses the operations in front. Format: DWARF 5 sections 2.5 and 7.7.1, DWARF 4
// section 7.7.1; operations of GNU as in libdwarf's dwarf.h.
#pragma once

#include "base/bytes.h"

namespace nfstriage::debuginfo {

// Whether all of it are operations that we know, with their operands. `version` and `offset_size`
// (4, in 64-bit DWARF 8): of its unit.
bool expression_ends(ByteSpan expression, unsigned version, unsigned offset_size);

}  // namespace nfstriage::debuginfo
