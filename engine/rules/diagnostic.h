// What is wrong in a rule file, and where. Apart from the loader: a program that carries its rules
// reports what it was given and reads no YAML.
#pragma once

#include <string>

#include "base/result.h"

namespace nfstriage::rules {

// One finding in a rule file. `code` is stable: documented in load.cc.
struct Diagnostic {
    std::string code;  // "R012"
    std::string file;
    unsigned line = 0, column = 0;  // 1-based
    std::string message;            // "unknown fact crash.knd, did you mean crash.kind?"
    std::string source;             // the line
};

// "rules/x.yaml:12:9: R012: unknown fact ...\n    clause: crash.knd == 1\n            ^"
std::string to_string(const Diagnostic& diagnostic);
// As the Error of the interfaces: file is "rules/x.yaml:12:9".
Error to_error(const Diagnostic& diagnostic);

}  // namespace nfstriage::rules
