// The façade of what an engineer checks by hand, one command at a time: typed objects (`nfstriage
// struct`), symbols (`nfstriage sym`), the log (`nfstriage log`). Each reads what it was asked for
// and nothing else.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "facts/log_look.h"
#include "facts/symbol_look.h"
#include "facts/typed_look.h"
#include "report/look.h"
#include "triage.h"

namespace nfstriage {

// `take` is called once with what reads the objects, which is there during the call only; or not at
// all and the error says why. Errors: unreadable, not a dump; no such type, member or symbol.
Result<void> look_at_type(const Input& input, const TriageOptions& options,
                          const facts::TypeQuestion& question,
                          const std::function<void(const facts::TypedLook&)>& take);

// What each of `words` means in a dump. Errors: unreadable, not a dump. A word that means nothing
// there is an answer without matches.
Result<report::SymbolList> look_at_symbols(const Input& input, const TriageOptions& options,
                                           const std::vector<std::string>& words);

// The log of a dump, or a console log. Neither symbols nor types are loaded. Errors: unreadable,
// neither dump nor text, a dump without a log.
Result<facts::LogAnswer> look_at_log(const Input& input, const TriageOptions& options,
                                     const facts::LogQuestion& question);

// A console log that is already in memory (standard input).
Result<facts::LogAnswer> look_at_log_text(log::Text& text, const std::string& name,
                                          const facts::LogQuestion& question);

}  // namespace nfstriage
