// The words of a clause.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "facts/value.h"
#include "rules/expression.h"

namespace nfstriage::rules {

enum class Word : std::uint8_t { end, identifier, integer, string, symbol };

struct Token {
    Word word = Word::end;
    std::string text;  // the symbol or identifier; for strings their content
    facts::Integer integer;
    std::size_t begin = 0, end = 0;  // half-open range in the clause
};

// All words of `text`, an `end` token last. Errors R010, R011.
tl::expected<std::vector<Token>, ExpressionError> lex(std::string_view text);

}  // namespace nfstriage::rules
