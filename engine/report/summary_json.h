// The summary of the NFS state as verdict.schema.json describes it.
#pragma once

#include "nfs/summary.h"
#include "report/json_parts.h"

namespace nfstriage::report {

ordered_json summary_json(const nfs::Summary& summary);

}  // namespace nfstriage::report
