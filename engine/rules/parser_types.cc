// The part of the clause parser that checks types: what an operator joins, and with which literal.
#include "rules/parser.h"

#include <re2/re2.h>

#include "rules/kernel_names.h"

namespace nfstriage::rules {
namespace {

// Facts and members that hold a function's name, compared without compiler suffixes.
bool holds_a_function(const Expression& e) {
    std::string_view name = e.name;
    return (e.op == Op::fact || e.op == Op::field) &&
           (name.ends_with("function") || name == "caller" || name == "callee");
}

}  // namespace

bool is_number(const Type& type) {
    return type.kind == Kind::integer || type.kind == Kind::address || type.kind == Kind::pointer ||
           type.kind == Kind::dynamic;
}

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

bool is_condition(const Type& type) { return type.kind == Kind::boolean || is_number(type); }

ExpressionPtr Parser::logical(Op op, ExpressionPtr a, ExpressionPtr b) {
    for (const ExpressionPtr& side : {a, b})
        if (!is_condition(side->type)) return not_a_condition(*side);
    return node(op, a->offset, simple(Kind::boolean), {a, b});
}

ExpressionPtr Parser::not_a_condition(const Expression& e) {
    return fail("R015", e.offset, e.text + " is a " + to_string(e.type) + ", not a condition");
}

ExpressionPtr Parser::arithmetic(Op op, ExpressionPtr a, ExpressionPtr b) {
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

ExpressionPtr Parser::ordering(Op op, ExpressionPtr a, ExpressionPtr b) {
    for (const ExpressionPtr& side : {a, b})
        if (!is_number(side->type))
            return fail("R015", side->offset,
                        side->text + " is a " + to_string(side->type) + ", which has no order");
    return node(op, a->offset, simple(Kind::boolean), {a, b});
}

ExpressionPtr Parser::comparison(Op op, ExpressionPtr a, ExpressionPtr b) {
    if (!comparable(a, b)) return nullptr;
    return node(op, a->offset, simple(Kind::boolean), {a, b});
}

bool Parser::comparable(ExpressionPtr& a, ExpressionPtr& b) {
    bool fits = (is_number(a->type) && is_number(b->type)) ||
                (a->type.kind == b->type.kind &&
                 (a->type.kind == Kind::string || a->type.kind == Kind::boolean));
    if (!fits) {
        fail("R015", a->offset,
             "a " + to_string(a->type) + " never equals a " + to_string(b->type) + ": " + a->text +
                 ", " + b->text);
        return false;
    }
    return check_literal(*a, b) && check_literal(*b, a);
}

bool Parser::check_literal(const Expression& fact, ExpressionPtr& literal) {
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

std::string Parser::qualified(const Expression& e) {
    if (e.op == Op::fact) return e.name;
    if (e.op == Op::field) return e.args[0]->type.name + "." + e.name;
    return "";
}

std::string Parser::hint(const std::string& nearest) {
    return nearest.empty() ? "" : ", did you mean " + nearest + "?";
}

ExpressionPtr Parser::regex(const ExpressionPtr& left) {
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

std::shared_ptr<const Regex> Parser::compile(const Token& token) {
    auto regex = std::make_shared<const Regex>(token.text);
    if (regex->compiled().ok()) return regex;
    fail("R017", token, "bad regular expression: " + regex->compiled().error());
    return nullptr;
}

ExpressionPtr Parser::in_list(const ExpressionPtr& left) {
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

bool Parser::check_has_member(const Token& structure, const Token& member) {
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

bool Parser::check_register(const Token& token) {
    static const re2::RE2 kRegister(
        "pc|sp|fp|lr|arg[0-5]|pstate|eflags|[re]?(ax|bx|cx|dx|si|di|bp|ip|sp)|r([0-9]|[12][0-9]|"
        "3[01])|x([0-9]|[12][0-9]|30)|cr[0234]|ra|gp|tp|[ast][0-9]+|nip|ctr|xer");
    if (re2::RE2::FullMatch(token.text, kRegister)) return true;
    fail("R014", token, "no architecture has a register " + token.text);
    return false;
}

bool Parser::pointer_type(const Token& token, Type& type) {
    Type made = type_of_c(token.text);
    if (made.kind != Kind::pointer) {
        fail("R014", token, "the type must be a pointer, as in \"struct nfs_page *\"");
        return false;
    }
    if ((made.name.starts_with("struct ") || made.name.starts_with("union ")) &&
        !known_structure(made.name)) {
        fail("R016", token, "no kernel seen has " + made.name + hint(nearest_structure(made.name)));
        return false;
    }
    type = made;
    return true;
}

}  // namespace nfstriage::rules
