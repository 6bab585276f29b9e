// Which known bugs a kernel has and which it has the fix of, for `nfstriage fixes`. The JSON is
// described by engine/report/fixes.schema.json.
#pragma once

#include <string>

#include "report/json.h"
#include "report/text.h"
#include "verdict/fix_list.h"

namespace nfstriage::report {

// {schema_version, input, kernel, summary, records}, ending in a newline.
std::string fixes_to_json(const verdict::FixList& list, const JsonOptions& options);

// A table for each status, what needs attention first; `verbose`: the reason and the evidence of
// each record too. Ends in a newline. Nothing from the input reaches the text unescaped.
std::string fixes_to_text(const verdict::FixList& list, bool verbose, const TextOptions& options);

}  // namespace nfstriage::report
