// All rules and records as one page, for `nfstriage rules doc`.
#pragma once

#include <span>
#include <string>

#include "knowledge/load.h"
#include "report/text.h"
#include "rules/rule.h"

namespace nfstriage::report {

// GitHub's Markdown: a table of rules, a section for each record with its effect and its commits.
std::string catalogue_to_markdown(std::span<const rules::Rule> rules,
                                  const knowledge::Library& library);

// The same for a terminal. Both end in a newline.
std::string catalogue_to_text(std::span<const rules::Rule> rules, const knowledge::Library& library,
                              const TextOptions& options);

}  // namespace nfstriage::report
