// Validation of our documents in one question.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "report/schema.h"

namespace nfstriage::test {

// Whether `document` follows engine/report/`name`.
inline bool follows_schema(const nlohmann::json& document, const std::string& name) {
    return DocumentSchema(name).complaint(document).empty();
}

}  // namespace nfstriage::test
