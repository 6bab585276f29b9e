// Symbols and logs for `nfstriage sym` and `nfstriage log`, as text and as JSON
// (engine/report/sym.schema.json, log.schema.json).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/log_look.h"
#include "facts/symbol_look.h"
#include "report/json.h"
#include "report/text.h"

namespace nfstriage::report {

struct SymbolList {
    facts::Opened opened;
    std::vector<facts::SymbolAnswer> answers;
};

// Both end in a newline. Nothing from the input reaches the text unescaped.
std::string symbols_to_json(const SymbolList& list, const JsonOptions& options);
std::string symbols_to_text(const SymbolList& list, const TextOptions& options);

struct LogView {
    bool decode = false;  // facility and level in front of each line
    bool events = false;  // reports instead of lines
};

// Lines as dmesg prints them, "[   12.345678][  T123] text", never broken at the width; what is
// missing stands where it is missing. Written piece by piece.
void log_to_text(const facts::LogAnswer& log, const LogView& view, const TextOptions& options,
                 const std::function<void(std::string_view piece)>& put);
void log_to_json(const facts::LogAnswer& log, const LogView& view, const JsonOptions& options,
                 const std::function<void(std::string_view piece)>& put);

}  // namespace nfstriage::report
