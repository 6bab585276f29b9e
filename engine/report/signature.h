// The signature of a crash alone, for `nfstriage signature`: a line for people and scripts, and the
// `signature` of the verdict's schema.
#pragma once

#include <string>

#include "report/json.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

// {schema_version, input, signature}; without `signature` where the crash shows no function.
std::string signature_to_json(const verdict::Verdict& verdict, const JsonOptions& options);

// "0123456789abcdef v1:null_deref:nfsd:f>g>h INPUT", then "or TEXT" for each alternate.
std::string signature_to_text(const verdict::Verdict& verdict);

}  // namespace nfstriage::report
