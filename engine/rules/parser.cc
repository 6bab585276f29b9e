#include "rules/parser.h"

#include <array>

namespace nfstriage::rules {
namespace {

constexpr int kDeepest = 64;  // nesting of one clause

}  // namespace

tl::expected<ExpressionPtr, ExpressionError> Parser::parse() {
    ExpressionPtr result = elvis();
    if (result && peek().word != Word::end)
        result = fail("R010", peek(), "unexpected " + shown(peek()) + " behind the expression");
    if (error_) return tl::unexpected(*error_);
    return result;
}

std::string Parser::shown(const Token& token) {
    if (token.word == Word::end) return "end";
    return token.word == Word::string ? "a string" : "'" + token.text + "'";
}

ExpressionPtr Parser::fail(std::string code, std::size_t offset, std::string message) {
    if (!error_) error_ = ExpressionError{std::move(code), offset, std::move(message)};
    return nullptr;
}

ExpressionPtr Parser::fail(std::string code, const Token& token, std::string message) {
    return fail(std::move(code), token.begin, std::move(message));
}

bool Parser::expect(std::string_view symbol) {
    if (take(symbol)) return true;
    fail("R010", peek(), "expected '" + std::string(symbol) + "', found " + shown(peek()));
    return false;
}

std::shared_ptr<Expression> Parser::node(Op op, std::size_t begin, Type type,
                                         std::vector<ExpressionPtr> args) const {
    auto made = std::make_shared<Expression>();
    made->op = op;
    made->type = std::move(type);
    made->offset = begin;
    std::size_t end = at_ > 0 ? tokens_[at_ - 1].end : begin;
    made->text = std::string(text_.substr(begin, end - begin));
    for (const ExpressionPtr& arg : args) made->reads_state |= arg->reads_state;
    made->args = std::move(args);
    return made;
}

ExpressionPtr Parser::elvis() {
    if (++depth_ > kDeepest) return fail("R010", peek(), "nested too deeply");
    ExpressionPtr left = logical_or();
    if (left && take("?:")) {
        auto is_argument = [](const Expression& e) {
            return (e.op == Op::call && e.name == "argument") ||
                   (e.op == Op::elvis && e.args[0]->op == Op::call);
        };
        if (left->op != Op::member && !is_argument(*left))
            return fail("R015", left->offset,
                        "?: chooses between members of a kernel type, as in p->a ?: p->b, or "
                        "between arguments");
        ExpressionPtr right = elvis();
        if (!right) return nullptr;
        if (is_argument(*left) && (!is_argument(*right) || right->type != left->type))
            return fail("R015", right->offset, "?: needs another argument of the same type");
        if (!is_argument(*left) && !is_number(right->type))
            return fail("R015", right->offset, "?: needs members of a kernel type");
        Type type = left->type == right->type ? left->type : simple(Kind::dynamic);
        left = node(Op::elvis, left->offset, type, {left, right});
    }
    --depth_;
    return left;
}

ExpressionPtr Parser::logical_or() {
    return chain(
        {{"||", Op::logical_or}}, [this] { return logical_and(); }, &Parser::logical);
}

ExpressionPtr Parser::logical_and() {
    return chain(
        {{"&&", Op::logical_and}}, [this] { return bit_or(); }, &Parser::logical);
}

ExpressionPtr Parser::bit_or() {
    return chain(
        {{"|", Op::bit_or}}, [this] { return bit_xor(); }, &Parser::arithmetic);
}

ExpressionPtr Parser::bit_xor() {
    return chain(
        {{"^", Op::bit_xor}}, [this] { return bit_and(); }, &Parser::arithmetic);
}

ExpressionPtr Parser::bit_and() {
    return chain(
        {{"&", Op::bit_and}}, [this] { return equality(); }, &Parser::arithmetic);
}

ExpressionPtr Parser::equality() {
    ExpressionPtr left = chain(
        {{"==", Op::equal}, {"!=", Op::not_equal}}, [this] { return relation(); },
        &Parser::comparison);
    if (left && take("=~")) return regex(left);
    return left;
}

ExpressionPtr Parser::relation() {
    ExpressionPtr left = chain(
        {{"<=", Op::less_equal}, {">=", Op::greater_equal}, {"<", Op::less}, {">", Op::greater}},
        [this] { return shift(); }, &Parser::ordering);
    if (left && peek().word == Word::identifier && peek().text == "in") {
        ++at_;
        return in_list(left);
    }
    return left;
}

ExpressionPtr Parser::shift() {
    return chain(
        {{"<<", Op::shift_left}, {">>", Op::shift_right}}, [this] { return sum(); },
        &Parser::arithmetic);
}

ExpressionPtr Parser::sum() {
    return chain(
        {{"+", Op::add}, {"-", Op::subtract}}, [this] { return product(); }, &Parser::arithmetic);
}

ExpressionPtr Parser::product() {
    return chain(
        {{"*", Op::multiply}, {"/", Op::divide}, {"%", Op::modulo}}, [this] { return unary(); },
        &Parser::arithmetic);
}

template <class Next>
ExpressionPtr Parser::chain(std::initializer_list<Level> levels, Next next,
                            ExpressionPtr (Parser::*make)(Op, ExpressionPtr, ExpressionPtr)) {
    ExpressionPtr left = next();
    while (left) {
        auto level = std::find_if(levels.begin(), levels.end(),
                                  [&](const Level& l) { return sees(l.symbol); });
        if (level == levels.end()) break;
        ++at_;
        ExpressionPtr right = next();
        if (!right) return nullptr;
        left = (this->*make)(level->op, left, right);
    }
    return left;
}

ExpressionPtr Parser::unary() {
    Token token = peek();
    if (++depth_ > kDeepest) return fail("R010", token, "nested too deeply");
    ExpressionPtr result;
    if (take("!")) {
        ExpressionPtr arg = unary();
        if (!arg) return nullptr;
        if (!is_condition(arg->type)) return not_a_condition(*arg);
        result = node(Op::logical_not, token.begin, simple(Kind::boolean), {arg});
    } else if (sees("~") || sees("-")) {
        Op op = sees("~") ? Op::complement : Op::negate;
        ++at_;
        ExpressionPtr arg = unary();
        if (!arg) return nullptr;
        if (!is_number(arg->type)) return fail("R015", arg->offset, arg->text + " is not a number");
        result = node(op, token.begin, simple(Kind::integer), {arg});
    } else {
        result = postfix();
    }
    --depth_;
    return result;
}

tl::expected<ExpressionPtr, ExpressionError> parse_expression(std::string_view text,
                                                              const Scope& scope) {
    auto tokens = lex(text);
    if (!tokens) return tl::unexpected(tokens.error());
    return Parser(text, scope, std::move(*tokens)).parse();
}

}  // namespace nfstriage::rules
