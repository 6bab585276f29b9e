// The tasks that a log reports as hung, locked up or stalled, one entry for each task and kind of
// report: khungtaskd repeats itself while a task stays blocked. Of several boots in one log, the
// one that crashed counts. Reports that do not name their task are left out.
#pragma once

#include "facts/scene.h"
#include "nfs/summary.h"

namespace nfstriage::verdict {

// The crash's own task first, then in the order of the log.
nfs::TaskReports task_reports(const facts::Scene& scene);

}  // namespace nfstriage::verdict
