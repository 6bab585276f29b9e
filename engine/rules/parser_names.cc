// The part of the clause parser for facts, members of records and kernel objects, and functions.
#include "rules/parser.h"

#include <array>

#include "rules/kernel_names.h"

namespace nfstriage::rules {

ExpressionPtr Parser::postfix() {
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

ExpressionPtr Parser::dot(const ExpressionPtr& base) {
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
            return fail("R013", name,
                        "a " + base->type.name + " has no member " + name.text +
                            hint(facts::nearest(name.text, names)));
        }
        auto made = node(Op::field, base->offset, member->type(), {base});
        made->name = name.text;
        return made;
    }
    if (base->op == Op::member && base->type.kind == Kind::dynamic)
        return extend(base, "." + name.text, name);
    return fail("R015", name,
                base->text + " is a " + to_string(base->type) + ", which has no members" +
                    (is_number(base->type) ? ", use -> on pointers" : ""));
}

ExpressionPtr Parser::extend(const ExpressionPtr& base, const std::string& more, const Token& at) {
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

ExpressionPtr Parser::unknown_member(const std::string& structure, const std::string& member,
                                     const Token& at) {
    return fail(
        "R016", at,
        "no kernel seen has " + structure + "." + member + hint(nearest_member(structure, member)));
}

ExpressionPtr Parser::arrow(const ExpressionPtr& base) {
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

ExpressionPtr Parser::subscript(const ExpressionPtr& base) {
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
    if (base->type.kind != Kind::list) return fail("R015", bracket, base->text + " is not a list");
    ExpressionPtr index = sum();
    if (!index || !expect("]")) return nullptr;
    if (index->type.kind != Kind::integer)
        return fail("R015", index->offset, "an index must be a number");
    return node(Op::index, base->offset, element_of(base->type), {base, index});
}

Type Parser::element_of(const Type& list) {
    return list.element == Kind::record ? Type{Kind::record, list.name} : simple(list.element);
}

ExpressionPtr Parser::quantifier(const ExpressionPtr& list, const Token& name) {
    static constexpr std::array<std::string_view, 5> kNames = {"any", "all", "none", "count",
                                                               "first"};
    if (std::find(kNames.begin(), kNames.end(), name.text) == kNames.end())
        return fail("R014", name,
                    "a list has no " + name.text + hint(facts::nearest(name.text, kNames)) +
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

ExpressionPtr Parser::primary() {
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

ExpressionPtr Parser::named() {
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
        const facts::FactInfo* fact = facts::find_fact(longest);
        auto made = node(Op::fact, token.begin, fact->type());
        made->name = longest;
        made->reads_state = fact->from == facts::From::dump;
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

std::string Parser::nearest_name(const std::string& name) const {
    std::vector<std::string_view> names;
    for (const facts::FactInfo& fact : facts::facts()) names.push_back(fact.name);
    for (const auto& [known, type] : scope_) names.push_back(known);
    std::string found = facts::nearest(name, names);
    if (found.empty()) found = nearest_constant(name);
    // "frams.any": the last part may be a member or a quantifier.
    std::size_t dot = name.rfind('.');
    return found.empty() && dot != std::string::npos ? nearest_name(name.substr(0, dot)) : found;
}

std::optional<Token> Parser::string_argument(std::string_view what,
                                             std::vector<ExpressionPtr>& args) {
    Token token = peek();
    if (token.word != Word::string) {
        fail("R014", token, std::string(what) + " must be a string literal");
        return std::nullopt;
    }
    args.push_back(primary());
    return token;
}

ExpressionPtr Parser::call(const Token& function) {
    ++at_;  // the parenthesis
    std::vector<ExpressionPtr> args;
    const std::string& name = function.text;
    Type type = simple(Kind::boolean);
    std::shared_ptr<const Regex> pattern;
    bool state = name != "register" && name != "log_has";
    if (name == "has_symbol" || name == "enum_value") {
        auto symbol = string_argument("the name", args);
        if (!symbol) return nullptr;
        if (name == "enum_value") {
            type = simple(Kind::integer);
            if (!known_constant(symbol->text))
                return fail("R012", *symbol,
                            "no kernel seen has the constant " + symbol->text +
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
    } else if (name == "calls" || name == "inlines") {
        if (!string_argument("the caller", args) || !expect(",")) return nullptr;
        if (!string_argument("the callee", args)) return nullptr;
    } else if (name == "prints" || name == "has_string") {
        bool prints = name == "prints";
        if (!string_argument(prints ? "the function" : "the module", args) || !expect(","))
            return nullptr;
        auto text = string_argument("the text", args);
        if (!text) return nullptr;
        if (text->text.empty()) return fail("R014", *text, "the text must not be empty");
    } else if (name == "touches") {
        if (!string_argument("the function", args) || !expect(",")) return nullptr;
        auto structure = string_argument("the structure", args);
        if (!structure || !expect(",")) return nullptr;
        auto member = string_argument("the member", args);
        if (!member || !check_has_member(*structure, *member)) return nullptr;
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

}  // namespace nfstriage::rules
