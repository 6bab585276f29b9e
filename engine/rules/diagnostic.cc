#include "rules/diagnostic.h"

namespace nfstriage::rules {

std::string to_string(const Diagnostic& diagnostic) {
    std::string place = diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" +
                        std::to_string(diagnostic.column);
    std::string out = place + ": " + diagnostic.code + ": " + diagnostic.message + "\n";
    if (diagnostic.source.empty()) return out;
    std::string caret;
    for (std::size_t i = 0; i + 1 < diagnostic.column && i < diagnostic.source.size(); ++i)
        caret += diagnostic.source[i] == '\t' ? '\t' : ' ';
    return out + "    " + diagnostic.source + "\n    " + caret + "^\n";
}

Error to_error(const Diagnostic& diagnostic) {
    return {diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" +
                std::to_string(diagnostic.column),
            std::nullopt, diagnostic.code + ": " + diagnostic.message, "correct the rule file"};
}

}  // namespace nfstriage::rules
