// Rules as bytes (base/packed.h), checked and parsed already: how the program carries its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/rule.h"

namespace nfstriage::rules {

std::string pack(const std::vector<Rule>& rules);

// The rules that pack() made the bytes of, which must outlive them: expressions are read when they
// are asked. Errors: other bytes. They must come from this very program: their meaning is not
// checked again.
Result<std::vector<Rule>> unpack(std::string_view bytes);

}  // namespace nfstriage::rules
