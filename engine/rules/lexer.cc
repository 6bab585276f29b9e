#include "rules/lexer.h"

#include <array>
#include <cctype>

#include "base/text.h"

namespace nfstriage::rules {
namespace {

// Longest first: the first that fits is taken.
constexpr std::array<std::string_view, 35> kSymbols = {
    "?:", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "=~", "(",
    ")",  "[",  "]",  ",",  ".",  "!",  "~",  "*",  "/",  "%",  "+",  "-",
    "<",  ">",  "&",  "^",  "|",  "=",  "?",  ":",  ";",  "{",  "}"};

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool in_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)); }

tl::unexpected<ExpressionError> failed(std::string code, std::size_t at, std::string message) {
    return tl::unexpected<ExpressionError>({std::move(code), at, std::move(message)});
}

// "12", "0x1f", with the C suffixes u, l in any case.
tl::expected<facts::Integer, ExpressionError> integer_of(std::string_view word, std::size_t at) {
    std::string_view digits = word;
    while (!digits.empty() &&
           std::string_view("uUlL").find(digits.back()) != std::string_view::npos)
        digits.remove_suffix(1);
    bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
    if (!hexadecimal && digits.size() > 1 && digits[0] == '0')
        return failed("R011", at, "octal number " + std::string(word) + ", write it in hex");
    auto value = hexadecimal ? parse_unsigned(digits.substr(2), 16) : parse_unsigned(digits);
    if (!value) return failed("R011", at, "not a 64-bit number: " + std::string(word));
    if (*value > INT64_MAX) return facts::Integer::of_unsigned(*value);
    return facts::Integer::of(static_cast<std::int64_t>(*value));
}

// The content of the string literal that opens at `at`; moves `at` behind the closing quote.
tl::expected<std::string, ExpressionError> string_of(std::string_view text, std::size_t& at) {
    std::size_t begin = at;
    std::string content;
    for (++at; at < text.size(); ++at) {
        char c = text[at];
        if (c == '"') {
            ++at;
            return content;
        }
        if (c != '\\') {
            content += c;
            continue;
        }
        if (++at == text.size()) break;
        switch (text[at]) {
            case '"':
                content += '"';
                break;
            case '\\':
                content += '\\';
                break;
            case 't':
                content += '\t';
                break;
            default:  // kept for regular expressions: "\d" stays \d
                content += '\\';
                content += text[at];
        }
    }
    return failed("R011", begin, "string without its closing quote");
}

}  // namespace

tl::expected<std::vector<Token>, ExpressionError> lex(std::string_view text) {
    std::vector<Token> tokens;
    std::size_t at = 0;
    while (true) {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n')) ++at;
        Token token;
        token.begin = at;
        if (at == text.size()) {
            token.end = at;
            tokens.push_back(std::move(token));
            return tokens;
        }
        char c = text[at];
        if (starts_name(c)) {
            while (at < text.size() && in_name(text[at])) ++at;
            token.word = Word::identifier;
            token.text = std::string(text.substr(token.begin, at - token.begin));
        } else if (is_digit(c)) {
            while (at < text.size() && in_name(text[at])) ++at;
            auto value = integer_of(text.substr(token.begin, at - token.begin), token.begin);
            if (!value) return tl::unexpected(value.error());
            token.word = Word::integer;
            token.integer = *value;
        } else if (c == '"') {
            auto content = string_of(text, at);
            if (!content) return tl::unexpected(content.error());
            token.word = Word::string;
            token.text = std::move(*content);
        } else {
            for (std::string_view symbol : kSymbols)
                if (text.substr(at).starts_with(symbol)) {
                    token.word = Word::symbol;
                    token.text = std::string(symbol);
                    at += symbol.size();
                    break;
                }
            if (token.word == Word::end)
                return failed("R011", at,
                              "unexpected character '" + escape(text.substr(at, 1)) + "'");
        }
        token.end = at;
        tokens.push_back(std::move(token));
    }
}

}  // namespace nfstriage::rules
