// A record of a known bug and what is known of its fix in the kernel at hand, as
// verdict.schema.json describes it.
#pragma once

#include "report/json_parts.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

ordered_json record_json(const verdict::RecordHere& record);

}  // namespace nfstriage::report
