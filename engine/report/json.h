// The verdict as JSON, for machines. The contract is engine/report/verdict.schema.json (JSON Schema
// draft-07): addresses are hex strings, numbers plain, arrays in a fixed order, an absent field is
// unknown. Every string is valid UTF-8 without control characters, whatever the dump held.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

inline constexpr std::string_view kSchemaVersion = "1.0";

struct JsonOptions {
    bool stable = false;  // leave out what differs between two runs over the same input
    int indent = 2;       // spaces per level; negative: one line (JSON Lines)
};

// One object, ending in a newline.
std::string to_json(const verdict::Verdict& verdict, const JsonOptions& options);

// For an input that could not be read: {schema_version, input, error}. `path`: as the user named
// it.
std::string error_to_json(std::string_view path, const Error& error, const JsonOptions& options);

}  // namespace nfstriage::report
