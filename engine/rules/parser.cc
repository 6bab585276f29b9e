// A recursive descent parser with C's precedences that checks types as it goes.
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "facts/vocabulary.h"
#include "rules/expression.h"
#include "rules/kernel_names.h"
#include "rules/lexer.h"

namespace nfstriage::rules {
namespace {

using facts::Kind;
using facts::Type;

constexpr int kDeepest = 64;                      // nesting of one clause
constexpr std::int64_t kRegexMemory = 1 << 20;  // bytes one automaton may take

bool is_number(const Type& type) {
    return type.kind == Kind::integer || type.kind == Kind::address || type.kind == Kind::pointer ||
           type.kind == Kind::dynamic;
}

Type simple(Kind kind) { return Type{kind, {}}; }

// The type of a kernel member by its C spelling.
Type type_of_c(std::string_view c) {
    for (std::string_view prefix : {"const ", "volatile "})
        if (c.starts_with(prefix)) c.remove_prefix(prefix.size());
    if (c.ends_with("*")) {
        c.remove_suffix(1);
        while (c.ends_with(" ")) c.remove_suffix(1);
        return Type{Kind::pointer, std::string(c)};
    }
    for (std::string_view word : {"int", "long", "char", "short", "unsigned", "_Bool", "bool"})
        if (c.substr(0, c.find(' ')) == word && !c.ends_with("]")) return simple(Kind::integer);
    return Type{Kind::dynamic, std::string(c)};
}

// Facts and members that hold a function's name, compared without compiler suffixes.
bool holds_a_function(const Expression& e) {
    std::string_view name = e.name;
    return (e.op == Op::fact || e.op == Op::field) &&
           (name.ends_with("function") || name == "caller" || name == "callee");
}

struct Level {
    std::string_view symbol;
    Op op;
};

class Parser {
public:
    Parser(std::string_view text, const Scope& scope, std::vector<Token> tokens)
        : text_(text), scope_(scope), tokens_(std::move(tokens)) {}

    tl::expected<ExpressionPtr, ExpressionError> parse() {
        ExpressionPtr result = elvis();
        if (result && peek().word != Word::end)
            result = fail("R010", peek(), "unexpected " + shown(peek()) + " behind the expression");
        if (error_) return tl::unexpected(*error_);
        return result;
    }

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
    static std::string shown(const Token& token) {
        if (token.word == Word::end) return "end";
        return token.word == Word::string ? "a string" : "'" + token.text + "'";
    }

    ExpressionPtr fail(std::string code, std::size_t offset, std::string message) {
        if (!error_) error_ = ExpressionError{std::move(code), offset, std::move(message)};
        return nullptr;
    }
    ExpressionPtr fail(std::string code, const Token& token, std::string message) {
        return fail(std::move(code), token.begin, std::move(message));
    }
    bool expect(std::string_view symbol) {
        if (take(symbol)) return true;
        fail("R010", peek(), "expected '" + std::string(symbol) + "', found " + shown(peek()));
        return false;
    }

    // A node from `begin` to the last token taken.
    std::shared_ptr<Expression> node(Op op, std::size_t begin, Type type,
                                     std::vector<ExpressionPtr> args = {}) const {
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

    // --- binary operators, by precedence ---

    ExpressionPtr elvis() {
        if (++depth_ > kDeepest) return fail("R010", peek(), "nested too deeply");
        ExpressionPtr left = logical_or();
        if (left && take("?:")) {
            if (left->op != Op::member)
                return fail("R015", left->offset,
                            "?: chooses between members of a kernel type, as in p->a ?: p->b");
            ExpressionPtr right = elvis();
            if (!right) return nullptr;
            if (!is_number(right->type))
                return fail("R015", right->offset, "?: needs members of a kernel type");
            Type type = left->type == right->type ? left->type : simple(Kind::dynamic);
            left = node(Op::elvis, left->offset, type, {left, right});
        }
        --depth_;
        return left;
    }

    ExpressionPtr logical_or() {
        return chain({{"||", Op::logical_or}}, [this] { return logical_and(); }, &Parser::logical);
    }
    ExpressionPtr logical_and() {
        return chain({{"&&", Op::logical_and}}, [this] { return bit_or(); }, &Parser::logical);
    }
    ExpressionPtr bit_or() {
        return chain({{"|", Op::bit_or}}, [this] { return bit_xor(); }, &Parser::arithmetic);
    }
    ExpressionPtr bit_xor() {
        return chain({{"^", Op::bit_xor}}, [this] { return bit_and(); }, &Parser::arithmetic);
    }
    ExpressionPtr bit_and() {
        return chain({{"&", Op::bit_and}}, [this] { return equality(); }, &Parser::arithmetic);
    }
    ExpressionPtr equality() {
        ExpressionPtr left =
            chain({{"==", Op::equal}, {"!=", Op::not_equal}}, [this] { return relation(); },
                  &Parser::comparison);
        if (left && take("=~")) return regex(left);
        return left;
    }
    ExpressionPtr relation() {
        ExpressionPtr left = chain({{"<=", Op::less_equal},
                                    {">=", Op::greater_equal},
                                    {"<", Op::less},
                                    {">", Op::greater}},
                                   [this] { return shift(); }, &Parser::ordering);
        if (left && peek().word == Word::identifier && peek().text == "in") {
            ++at_;
            return in_list(left);
        }
        return left;
    }
    ExpressionPtr shift() {
        return chain({{"<<", Op::shift_left}, {">>", Op::shift_right}}, [this] { return sum(); },
                     &Parser::arithmetic);
    }
    ExpressionPtr sum() {
        return chain({{"+", Op::add}, {"-", Op::subtract}}, [this] { return product(); },
                     &Parser::arithmetic);
    }
    ExpressionPtr product() {
        return chain({{"*", Op::multiply}, {"/", Op::divide}, {"%", Op::modulo}},
                     [this] { return unary(); }, &Parser::arithmetic);
    }

    template <class Next>
    ExpressionPtr chain(std::initializer_list<Level> levels, Next next,
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

    ExpressionPtr logical(Op op, ExpressionPtr a, ExpressionPtr b) {
        for (const ExpressionPtr& side : {a, b})
            if (!is_condition(side->type)) return not_a_condition(*side);
        return node(op, a->offset, simple(Kind::boolean), {a, b});
    }

    ExpressionPtr not_a_condition(const Expression& e) {
        return fail("R015", e.offset, e.text + " is a " + to_string(e.type) + ", not a condition");
    }

    ExpressionPtr arithmetic(Op op, ExpressionPtr a, ExpressionPtr b) {
        for (const ExpressionPtr& side : {a, b})
            if (!is_number(side->type))
                return fail("R015", side->offset,
                            side->text + " is a " + to_string(side->type) +
                                ", not a number (in C, & | ^ bind looser than ==)");
        bool address = (op == Op::add || op == Op::subtract) &&
                       (a->type.kind == Kind::address || a->type.kind == Kind::pointer) &&
                       b->type.kind != Kind::address && b->type.kind != Kind::pointer;
        return node(op, a->offset, simple(address ? Kind::address : Kind::integer), {a, b});
    }

    ExpressionPtr ordering(Op op, ExpressionPtr a, ExpressionPtr b) {
        for (const ExpressionPtr& side : {a, b})
            if (!is_number(side->type))
                return fail("R015", side->offset,
                            side->text + " is a " + to_string(side->type) + ", which has no order");
        return node(op, a->offset, simple(Kind::boolean), {a, b});
    }

    ExpressionPtr comparison(Op op, ExpressionPtr a, ExpressionPtr b) {
        if (!comparable(a, b)) return nullptr;
        return node(op, a->offset, simple(Kind::boolean), {a, b});
    }

    bool comparable(ExpressionPtr& a, ExpressionPtr& b) {
        bool fits = (is_number(a->type) && is_number(b->type)) ||
                    (a->type.kind == b->type.kind &&
                     (a->type.kind == Kind::string || a->type.kind == Kind::boolean));
        if (!fits) {
            fail("R015", a->offset, "a " + to_string(a->type) + " never equals a " +
                                        to_string(b->type) + ": " + a->text + ", " + b->text);
            return false;
        }
        return check_literal(*a, b) && check_literal(*b, a);
    }

    // A string literal beside a fact: it must be a value that the fact can have; function names lose
    // their suffix.
    bool check_literal(const Expression& fact, ExpressionPtr& literal) {
        if (literal->op != Op::literal || !literal->literal.string()) return true;
        const std::string& value = *literal->literal.string();
        auto allowed = facts::allowed_values(qualified(fact));
        if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
            fail("R018", literal->offset,
                 fact.text + " is never \"" + value + "\"" + hint(facts::nearest(value, allowed)));
            return false;
        }
        if (holds_a_function(fact)) {
            auto copy = std::make_shared<Expression>(*literal);
            copy->literal = facts::Value(std::string(without_suffix(value)), Trust::registers, {});
            literal = copy;
        }
        return true;
    }

    static std::string qualified(const Expression& e) {
        if (e.op == Op::fact) return e.name;
        if (e.op == Op::field) return e.args[0]->type.name + "." + e.name;
        return "";
    }

    static std::string hint(const std::string& nearest) {
        return nearest.empty() ? "" : ", did you mean " + nearest + "?";
    }

    ExpressionPtr regex(const ExpressionPtr& left) {
        if (left->type.kind != Kind::string)
            return fail("R015", left->offset, "=~ needs a string on its left");
        Token token = peek();
        if (token.word != Word::string)
            return fail("R015", token, "=~ needs a string literal on its right");
        ++at_;
        auto made = node(Op::matches, left->offset, simple(Kind::boolean), {left});
        made->regex = compile(token);
        return made->regex ? made : nullptr;
    }

    std::shared_ptr<const re2::RE2> compile(const Token& token) {
        re2::RE2::Options options;
        options.set_log_errors(false);
        options.set_max_mem(kRegexMemory);
        auto regex = std::make_shared<const re2::RE2>(token.text, options);
        if (regex->ok()) return regex;
        fail("R017", token, "bad regular expression: " + regex->error());
        return nullptr;
    }

    ExpressionPtr in_list(const ExpressionPtr& left) {
        if (!expect("[")) return nullptr;
        std::vector<ExpressionPtr> args{left};
        do {
            ExpressionPtr element = sum();
            if (!element) return nullptr;
            if (!comparable(args[0], element)) return nullptr;
            args.push_back(element);
        } while (take(","));
        if (!expect("]")) return nullptr;
        return node(Op::in, left->offset, simple(Kind::boolean), std::move(args));
    }

    // --- unary and postfix ---

    ExpressionPtr unary() {
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
            if (!is_number(arg->type))
                return fail("R015", arg->offset, arg->text + " is not a number");
            result = node(op, token.begin, simple(Kind::integer), {arg});
        } else {
            result = postfix();
        }
        --depth_;
        return result;
    }

    ExpressionPtr postfix() {
        ExpressionPtr base = primary();
        while (base) {
            if (sees(".") && peek(1).word == Word::identifier)
                base = dot(base);
            else if (take("->"))
                base = arrow(base);
            else if (sees("["))
                base = subscript(base);
            else
                break;
        }
        return base;
    }

    ExpressionPtr dot(const ExpressionPtr& base) {
        ++at_;
        Token name = peek();
        ++at_;
        if (base->type.kind == Kind::list) return quantifier(base, name);
        if (base->type.kind == Kind::record) {
            const facts::SchemaInfo* schema = facts::find_schema(base->type.name);
            const facts::FactInfo* member = schema ? facts::find_member(*schema, name.text) : nullptr;
            if (!member) {
                std::vector<std::string_view> names;
                if (schema)
                    for (const facts::FactInfo& m : schema->members) names.push_back(m.name);
                return fail("R013", name, "a " + base->type.name + " has no member " + name.text +
                                              hint(facts::nearest(name.text, names)));
            }
            auto made = node(Op::field, base->offset, member->type(), {base});
            made->name = name.text;
            return made;
        }
        if (base->op == Op::member && base->type.kind == Kind::dynamic)
            return extend(base, "." + name.text, name);
        return fail("R015", name, base->text + " is a " + to_string(base->type) +
                                      ", which has no members" +
                                      (is_number(base->type) ? ", use -> on pointers" : ""));
    }

    // a->b.c: one member with a longer path.
    ExpressionPtr extend(const ExpressionPtr& base, const std::string& more, const Token& at) {
        Type type = simple(Kind::dynamic);
        if (more[0] == '.' && known_structure(base->type.name)) {
            auto c = member_type(base->type.name, more.substr(1));
            if (!c) return unknown_member(base->type.name, more.substr(1), at);
            type = type_of_c(*c);
        }
        auto made = node(Op::member, base->offset, type, {base->args[0]});
        made->name = base->name + more;
        made->reads_state = true;
        return made;
    }

    ExpressionPtr unknown_member(const std::string& structure, const std::string& member,
                                 const Token& at) {
        return fail("R016", at, "no kernel seen has " + structure + "." + member +
                                    hint(nearest_member(structure, member)));
    }

    ExpressionPtr arrow(const ExpressionPtr& base) {
        Token name = peek();
        if (name.word != Word::identifier) return fail("R010", name, "expected a member behind ->");
        ++at_;
        if (base->type.kind != Kind::pointer && base->type.kind != Kind::dynamic)
            return fail("R015", base->offset,
                        base->text + " is a " + to_string(base->type) + ", not a kernel pointer");
        Type type = simple(Kind::dynamic);
        if (base->type.kind == Kind::pointer && !base->type.name.empty()) {
            auto c = member_type(base->type.name, name.text);
            if (!c) return unknown_member(base->type.name, name.text, name);
            type = type_of_c(*c);
        } else if (!known_member(name.text)) {
            return fail("R016", name, "no kernel structure seen has a member " + name.text);
        }
        auto made = node(Op::member, base->offset, type, {base});
        made->name = name.text;
        made->reads_state = true;
        return made;
    }

    ExpressionPtr subscript(const ExpressionPtr& base) {
        Token bracket = peek();
        ++at_;
        if (base->op == Op::member && base->type.kind == Kind::dynamic) {
            Token number = peek();
            if (number.word != Word::integer)
                return fail("R015", number, "an index of a kernel array must be a number");
            ++at_;
            if (!expect("]")) return nullptr;
            return extend(base, "[" + facts::to_string(number.integer) + "]", number);
        }
        if (base->type.kind != Kind::list)
            return fail("R015", bracket, base->text + " is not a list");
        ExpressionPtr index = sum();
        if (!index || !expect("]")) return nullptr;
        if (index->type.kind != Kind::integer)
            return fail("R015", index->offset, "an index must be a number");
        return node(Op::index, base->offset, element_of(base->type), {base, index});
    }

    static Type element_of(const Type& list) {
        return list.element == Kind::record ? Type{Kind::record, list.name} : simple(list.element);
    }

    ExpressionPtr quantifier(const ExpressionPtr& list, const Token& name) {
        static constexpr std::array<std::string_view, 5> kNames = {"any", "all", "none", "count",
                                                                   "first"};
        if (std::find(kNames.begin(), kNames.end(), name.text) == kNames.end())
            return fail("R014", name, "a list has no " + name.text +
                                          hint(facts::nearest(name.text, kNames)) +
                                          " (any, all, none, count, first)");
        if (!expect("(")) return nullptr;
        Token variable = peek();
        if (variable.word != Word::identifier)
            return fail("R010", variable, "expected a variable, as in " + name.text + "(x, ...)");
        ++at_;
        if (scope_.count(variable.text) || facts::find_fact(variable.text))
            return fail("R009", variable, variable.text + " already has a meaning here");
        if (!expect(",")) return nullptr;
        scope_.emplace(variable.text, Name{element_of(list->type), list->reads_state});
        ExpressionPtr body = elvis();
        scope_.erase(variable.text);
        if (!body || !expect(")")) return nullptr;
        if (!is_condition(body->type)) return not_a_condition(*body);
        Type type = name.text == "count"   ? simple(Kind::integer)
                    : name.text == "first" ? element_of(list->type)
                                           : simple(Kind::boolean);
        auto made = node(Op::quantifier, list->offset, type, {list, body});
        made->name = name.text;
        made->variable = variable.text;
        return made;
    }

    ExpressionPtr primary() {
        Token token = peek();
        if (take("(")) {
            ExpressionPtr inner = elvis();
            if (!inner || !expect(")")) return nullptr;
            return inner;
        }
        if (token.word == Word::integer || token.word == Word::string) {
            ++at_;
            bool number = token.word == Word::integer;
            auto made = node(Op::literal, token.begin, simple(number ? Kind::integer : Kind::string));
            made->literal = number ? facts::Value(token.integer, Trust::registers, {})
                                   : facts::Value(token.text, Trust::registers, {});
            return made;
        }
        if (token.word == Word::identifier) return named();
        return fail("R010", token, "expected a value, found " + shown(token));
    }

    ExpressionPtr named() {
        Token token = peek();
        ++at_;
        if (token.text == "true" || token.text == "false") {
            auto made = node(Op::literal, token.begin, simple(Kind::boolean));
            made->literal = facts::Value(token.text == "true", Trust::registers, {});
            return made;
        }
        if (auto known = scope_.find(token.text); known != scope_.end()) {
            auto made = node(Op::variable, token.begin, known->second.type);
            made->name = token.text;
            made->reads_state = known->second.reads_state;
            return made;
        }
        if (sees("(")) return call(token);
        // The longest dotted name that is a fact; what follows are its members.
        std::string name = token.text, longest;
        std::size_t behind = at_, longest_end = at_;
        if (facts::find_fact(name)) longest = name;
        while (tokens_[behind].word == Word::symbol && tokens_[behind].text == "." &&
               tokens_[behind + 1].word == Word::identifier) {
            name += "." + tokens_[behind + 1].text;
            behind += 2;
            if (facts::find_fact(name)) {
                longest = name;
                longest_end = behind;
            }
        }
        if (!longest.empty()) {
            at_ = longest_end;
            auto made = node(Op::fact, token.begin, facts::find_fact(longest)->type());
            made->name = longest;
            return made;
        }
        if (name == token.text && known_constant(name)) {
            auto made = node(Op::constant, token.begin, simple(Kind::integer));
            made->name = name;
            made->reads_state = true;
            return made;
        }
        return fail("R012", token, "unknown name " + name + hint(nearest_name(name)));
    }

    std::string nearest_name(const std::string& name) const {
        std::vector<std::string_view> names;
        for (const facts::FactInfo& fact : facts::facts()) names.push_back(fact.name);
        for (const auto& [known, type] : scope_) names.push_back(known);
        std::string found = facts::nearest(name, names);
        if (found.empty()) found = nearest_constant(name);
        // "frams.any": the last part may be a member or a quantifier.
        std::size_t dot = name.rfind('.');
        return found.empty() && dot != std::string::npos ? nearest_name(name.substr(0, dot)) : found;
    }

    // --- functions ---

    // Takes the next argument, which must be a string literal.
    std::optional<Token> string_argument(std::string_view what, std::vector<ExpressionPtr>& args) {
        Token token = peek();
        if (token.word != Word::string) {
            fail("R014", token, std::string(what) + " must be a string literal");
            return std::nullopt;
        }
        args.push_back(primary());
        return token;
    }

    ExpressionPtr call(const Token& function) {
        ++at_;  // the parenthesis
        std::vector<ExpressionPtr> args;
        const std::string& name = function.text;
        Type type = simple(Kind::boolean);
        std::shared_ptr<const re2::RE2> pattern;
        bool state = name != "register" && name != "log_has";
        if (name == "has_symbol" || name == "enum_value") {
            auto symbol = string_argument("the name", args);
            if (!symbol) return nullptr;
            if (name == "enum_value") {
                type = simple(Kind::integer);
                if (!known_constant(symbol->text))
                    return fail("R012", *symbol, "no kernel seen has the constant " + symbol->text +
                                                     hint(nearest_constant(symbol->text)));
            }
        } else if (name == "log_has") {
            auto text = string_argument("the pattern", args);
            if (!text) return nullptr;
            pattern = compile(*text);
            if (!pattern) return nullptr;
        } else if (name == "has_member") {
            auto structure = string_argument("the structure", args);
            if (!structure || !expect(",")) return nullptr;
            auto member = string_argument("the member", args);
            if (!member || !check_has_member(*structure, *member)) return nullptr;
        } else if (name == "calls") {
            if (!string_argument("the caller", args) || !expect(",")) return nullptr;
            if (!string_argument("the callee", args)) return nullptr;
        } else if (name == "register") {
            auto reg = string_argument("the register", args);
            if (!reg || !check_register(*reg)) return nullptr;
            if (take(",")) {
                auto of = string_argument("the context", args);
                if (!of) return nullptr;
                if (of->text != "crash" && of->text != "panic" && of->text != "first_error")
                    return fail("R014", *of, "registers are of crash, panic or first_error");
            }
            type = simple(Kind::address);
        } else if (name == "object") {
            auto c = string_argument("the type", args);
            if (!c || !expect(",")) return nullptr;
            ExpressionPtr address = elvis();
            if (!address) return nullptr;
            if (!is_number(address->type))
                return fail("R014", address->offset, address->text + " is not an address");
            args.push_back(address);
            if (!pointer_type(*c, type)) return nullptr;
        } else if (name == "argument") {
            if (!string_argument("the function", args) || !expect(",")) return nullptr;
            if (peek().word != Word::integer || peek().integer.value > 15)
                return fail("R014", peek(), "the index must be a number, 0 to 15");
            args.push_back(primary());
            if (!expect(",")) return nullptr;
            auto c = string_argument("the type", args);
            if (!c || !pointer_type(*c, type)) return nullptr;
        } else {
            std::vector<std::string_view> names;
            for (const facts::FunctionInfo& f : facts::functions()) names.push_back(f.name);
            return fail("R014", function,
                        "unknown function " + name + hint(facts::nearest(name, names)));
        }
        if (!expect(")")) return nullptr;
        auto made = node(Op::call, function.begin, type, std::move(args));
        made->name = name;
        made->regex = std::move(pattern);
        made->reads_state |= state;
        return made;
    }

    bool check_has_member(const Token& structure, const Token& member) {
        std::string type = structure.text;
        if (!type.starts_with("struct ") && !type.starts_with("union ")) type = "struct " + type;
        if (!known_structure(type)) {
            fail("R016", structure, "no kernel seen has " + type + hint(nearest_structure(type)));
            return false;
        }
        std::string first = member.text.substr(0, member.text.find_first_of(".["));
        if (member_type(type, first)) return true;
        unknown_member(type, first, member);
        return false;
    }

    bool check_register(const Token& token) {
        static const re2::RE2 kRegister(
            "pc|sp|fp|lr|arg[0-5]|pstate|eflags|[re]?(ax|bx|cx|dx|si|di|bp|ip|sp)|r([0-9]|[12][0-9]|"
            "3[01])|x([0-9]|[12][0-9]|30)|cr[0234]|ra|gp|tp|[ast][0-9]+|nip|ctr|xer");
        if (re2::RE2::FullMatch(token.text, kRegister)) return true;
        fail("R014", token, "no architecture has a register " + token.text);
        return false;
    }

    bool pointer_type(const Token& token, Type& type) {
        Type made = type_of_c(token.text);
        if (made.kind != Kind::pointer) {
            fail("R014", token, "the type must be a pointer, as in \"struct nfs_page *\"");
            return false;
        }
        if ((made.name.starts_with("struct ") || made.name.starts_with("union ")) &&
            !known_structure(made.name)) {
            fail("R016", token,
                 "no kernel seen has " + made.name + hint(nearest_structure(made.name)));
            return false;
        }
        type = made;
        return true;
    }

    std::string_view text_;
    Scope scope_;
    std::vector<Token> tokens_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::optional<ExpressionError> error_;
};

}  // namespace

bool is_condition(const Type& type) { return type.kind == Kind::boolean || is_number(type); }

tl::expected<ExpressionPtr, ExpressionError> parse_expression(std::string_view text,
                                                              const Scope& scope) {
    auto tokens = lex(text);
    if (!tokens) return tl::unexpected(tokens.error());
    return Parser(text, scope, std::move(*tokens)).parse();
}

}  // namespace nfstriage::rules
