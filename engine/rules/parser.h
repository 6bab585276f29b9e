// A recursive descent parser with C's precedences that checks types as it goes. parser.cc has the
// grammar of operators, parser_names.cc that of facts, members and functions, parser_types.cc the
// checks. Inside of the rules room only; others call parse_expression (expression.h).
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/vocabulary.h"
#include "rules/expression.h"
#include "rules/lexer.h"

namespace nfstriage::rules {

using facts::Kind;
using facts::Type;

bool is_number(const Type& type);
inline Type simple(Kind kind) { return Type{kind, {}}; }
// The type of a kernel member by its C spelling.
Type type_of_c(std::string_view c);

struct Level {
    std::string_view symbol;
    Op op;
};

class Parser {
public:
    Parser(std::string_view text, const Scope& scope, std::vector<Token> tokens)
        : text_(text), scope_(scope), tokens_(std::move(tokens)) {}

    tl::expected<ExpressionPtr, ExpressionError> parse();

private:
    const Token& peek(std::size_t ahead = 0) const {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    bool sees(std::string_view symbol, std::size_t ahead = 0) const {
        return peek(ahead).word == Word::symbol && peek(ahead).text == symbol;
    }
    bool take(std::string_view symbol) {
        if (!sees(symbol)) return false;
        ++at_;
        return true;
    }
    static std::string shown(const Token& token);
    ExpressionPtr fail(std::string code, std::size_t offset, std::string message);
    ExpressionPtr fail(std::string code, const Token& token, std::string message);
    bool expect(std::string_view symbol);

    // A node from `begin` to the last token taken.
    std::shared_ptr<Expression> node(Op op, std::size_t begin, Type type,
                                     std::vector<ExpressionPtr> args = {}) const;

    // --- binary operators, by precedence ---

    ExpressionPtr elvis();
    ExpressionPtr logical_or();
    ExpressionPtr logical_and();
    ExpressionPtr bit_or();
    ExpressionPtr bit_xor();
    ExpressionPtr bit_and();
    ExpressionPtr equality();
    ExpressionPtr relation();
    ExpressionPtr shift();
    ExpressionPtr sum();
    ExpressionPtr product();

    template <class Next>
    ExpressionPtr chain(std::initializer_list<Level> levels, Next next,
                        ExpressionPtr (Parser::*make)(Op, ExpressionPtr, ExpressionPtr));

    // --- nodes of operators: a, b and what they give must fit each other ---

    ExpressionPtr logical(Op op, ExpressionPtr a, ExpressionPtr b);
    ExpressionPtr not_a_condition(const Expression& e);
    ExpressionPtr arithmetic(Op op, ExpressionPtr a, ExpressionPtr b);
    ExpressionPtr ordering(Op op, ExpressionPtr a, ExpressionPtr b);
    ExpressionPtr comparison(Op op, ExpressionPtr a, ExpressionPtr b);
    bool comparable(ExpressionPtr& a, ExpressionPtr& b);

    // A string literal beside a fact: it must be a value that the fact can have; function names
    // lose their suffix.
    bool check_literal(const Expression& fact, ExpressionPtr& literal);
    static std::string qualified(const Expression& e);
    static std::string hint(const std::string& nearest);
    ExpressionPtr regex(const ExpressionPtr& left);
    std::shared_ptr<const Regex> compile(const Token& token);
    ExpressionPtr in_list(const ExpressionPtr& left);

    // --- unary, postfix, names ---

    ExpressionPtr unary();
    ExpressionPtr postfix();
    ExpressionPtr dot(const ExpressionPtr& base);

    // a->b.c: one member with a longer path.
    ExpressionPtr extend(const ExpressionPtr& base, const std::string& more, const Token& at);
    ExpressionPtr unknown_member(const std::string& structure, const std::string& member,
                                 const Token& at);
    ExpressionPtr arrow(const ExpressionPtr& base);
    ExpressionPtr subscript(const ExpressionPtr& base);
    static Type element_of(const Type& list);
    ExpressionPtr quantifier(const ExpressionPtr& list, const Token& name);
    ExpressionPtr primary();
    ExpressionPtr named();
    std::string nearest_name(const std::string& name) const;

    // --- functions ---

    // Takes the next argument, which must be a string literal.
    std::optional<Token> string_argument(std::string_view what, std::vector<ExpressionPtr>& args);
    ExpressionPtr call(const Token& function);
    bool check_has_member(const Token& structure, const Token& member);
    bool check_register(const Token& token);
    bool pointer_type(const Token& token, Type& type);

    std::string_view text_;
    Scope scope_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::optional<ExpressionError> error_;
};

}  // namespace nfstriage::rules
