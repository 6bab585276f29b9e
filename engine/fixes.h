// The façade of `nfstriage fixes`: one kernel in, looked at while it is open.
#pragma once

#include "base/result.h"
#include "show.h"
#include "triage.h"

namespace nfstriage {

// `input` is a dump, a kernel profile, or files of a kernel. `look` is called once with a scene
// whose symbols, types and code are there during the call only, or not at all and the error says
// why. Errors: unreadable, none of these; a console log, which shows no code.
Result<void> fixes(const Input& input, const TriageOptions& options, const LookAtScene& look);

}  // namespace nfstriage
