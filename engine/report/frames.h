// Stacks without a verdict, for `nfstriage frames`: every frame with every argument, how it was
// found or why it is not known. The JSON is described by engine/report/frames.schema.json.
#pragma once

#include <string>

#include "facts/task_stacks.h"
#include "report/json.h"
#include "report/text.h"

namespace nfstriage::report {

// {schema_version, input, kernel, stacks}, ending in a newline.
std::string frames_to_json(const facts::StackList& list, const JsonOptions& options);

// Ends in a newline. Nothing from the input reaches the text unescaped.
std::string frames_to_text(const facts::StackList& list, const TextOptions& options);

}  // namespace nfstriage::report
