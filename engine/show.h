// The façade of `nfstriage show`: one dump in, its NFS and SUNRPC state looked at while it is open.
#pragma once

#include <functional>

#include "base/result.h"
#include "facts/scene.h"
#include "triage.h"

namespace nfstriage {

// Is given a scene whose memory, types and state are there during the call only.
using LookAtScene = std::function<void(const facts::Scene& scene)>;

// `look` is called once, or not at all and the error says why.
// Errors: unreadable, not a dump; a console log, which holds no such state.
Result<void> show(const Input& input, const TriageOptions& options, const LookAtScene& look);

}  // namespace nfstriage
