// Clauses as trees. The grammar is that of C expressions over facts and kernel memory, with
// `list.any(x, ...)`, `value in [...]`, `text =~ "regex"` and `p->a ?: p->b`; types are checked
// when a tree is built, so that evaluating one cannot fail, only be Unknown.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/value.h"
#include "rules/regex.h"

namespace nfstriage::rules {

enum class Op : std::uint8_t {
    literal,     // literal
    fact,        // name: "crash.kind"
    variable,    // name: a let binding or the variable of a quantifier
    constant,    // name: an enumerator or macro of the kernel
    field,       // args[0] is a record, name its member
    member,      // args[0] is a kernel pointer, name the path of the member
    index,       // args[0][args[1]] of a list
    call,        // name(args...)
    quantifier,  // args[0].name(variable, args[1]): any all none count first
    logical_not,
    negate,
    complement,
    multiply,
    divide,
    modulo,
    add,
    subtract,
    shift_left,
    shift_right,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    bit_and,
    bit_xor,
    bit_or,
    logical_and,
    logical_or,
    elvis,   // args[0] if its type has the member, or if that argument was found, else args[1]
    in,      // args[0] equals one of args[1...]
    matches  // args[0] matches regex
};

struct Expression {
    Op op = Op::literal;
    facts::Type type;
    std::string name;
    std::string variable;  // of a quantifier
    facts::Value literal;
    std::vector<std::shared_ptr<const Expression>> args;
    std::shared_ptr<const Regex> regex;
    std::string text;        // as written
    std::size_t offset = 0;  // of its first character in the clause
    bool reads_state = false;
};

using ExpressionPtr = std::shared_ptr<const Expression>;

// What a let binding brings into scope.
struct Name {
    facts::Type type;
    bool reads_state = false;
};
using Scope = std::map<std::string, Name, std::less<>>;

struct ExpressionError {
    std::string code;        // "R012", see load.h
    std::size_t offset = 0;  // in the text
    std::string message;
};

// Parses and type-checks `text` with the vocabulary and the names of `scope`.
tl::expected<ExpressionPtr, ExpressionError> parse_expression(std::string_view text,
                                                              const Scope& scope);

// Whether a value of this type can stand as a condition: booleans, and numbers as in C.
bool is_condition(const facts::Type& type);

}  // namespace nfstriage::rules
