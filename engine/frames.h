// The façade of `nfstriage frames`: one input in, its stacks out.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "facts/task_stacks.h"
#include "triage.h"

namespace nfstriage {

struct FramesOptions {
    TriageOptions reading;
    facts::StacksWanted wanted;
};

// The stacks of a dump with what their functions were called with, or those that a log printed.
// Their recoveries are gone. Errors: unreadable, neither dump nor text; no task has the wanted pid.
Result<facts::StackList> frames(const Input& input, const FramesOptions& options);

// A console log that is already in memory (standard input).
Result<facts::StackList> frames_of_log(log::Text& text, const std::string& name,
                                       const FramesOptions& options);

}  // namespace nfstriage
