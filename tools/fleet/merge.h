// One store out of several, as those make that many machines filled: nothing is counted twice, for
// a content is the same wherever it was analysed.
#pragma once

#include "base/progress.h"
#include "fleet/store.h"

namespace nfstriage::fleet {

// Adds what `from` has and `into` has not: results, then the files they came from and failures. In
// steps that are each whole, so that a merge that was stopped is finished by doing it again. The
// file that gave a verdict in one store and failed in the other has the verdict. Errors: a store
// that cannot be read or written; what was added stays.
Result<Added> merge(Store& into, Store& from, const Progress& progress = {});

}  // namespace nfstriage::fleet
