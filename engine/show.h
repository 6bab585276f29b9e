// The façade of `nfstriage show`: one dump in, its NFS and SUNRPC state looked at while it is open.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "facts/scene.h"
#include "triage.h"

namespace nfstriage {

// What is made of a scene; the scene's memory, types and state are there during the call only.
using LookAtScene = std::function<std::string(const facts::Scene& scene)>;

// Errors: unreadable, not a dump; a console log, which holds no such state.
Result<std::string> show(const Input& input, const TriageOptions& options, const LookAtScene& look);

}  // namespace nfstriage
