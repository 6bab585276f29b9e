// The verdict for people: the answer in the first line, then why, what to do, and how to check it.
#pragma once

#include <string>

#include "base/result.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

struct TextOptions {
    std::size_t width = 100;  // columns; at least 40 are used
    bool colour = false;      // SGR sequences; the caller knows whether this is a terminal
};

// Ends in a newline. Nothing from the input reaches the text unescaped.
std::string to_text(const verdict::Verdict& verdict, const TextOptions& options);

// For an input that could not be read.
std::string error_to_text(const Error& error, const TextOptions& options);

}  // namespace nfstriage::report
