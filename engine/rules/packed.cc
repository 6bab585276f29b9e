#include "rules/packed.h"

#include <mutex>

#include "base/packed.h"
#include "rules/expression.h"

namespace nfstriage::rules {
namespace {

// Literals are booleans, integers and texts; what else values have, literals do not.
struct Literal {
    facts::Kind kind = facts::Kind::boolean;
    std::uint64_t bits = 0;
    bool is_unsigned = false;
    std::string text;
};

template <class Archive>
void fields(Archive& archive, Literal& literal) {
    archive(literal.kind, literal.bits, literal.is_unsigned, literal.text);
}

Literal literal_of(const facts::Value& value) {
    if (const facts::Integer* integer = value.integer())
        return {facts::Kind::integer, integer->bits(), integer->is_unsigned, ""};
    if (const std::string* text = value.string()) return {facts::Kind::string, 0, false, *text};
    const bool* boolean = value.boolean();
    return {facts::Kind::boolean, boolean && *boolean, false, ""};
}

facts::Value value_of(const Literal& literal) {
    facts::Value::Data data = literal.bits != 0;
    if (literal.kind == facts::Kind::string) data = literal.text;
    if (literal.kind == facts::Kind::integer)
        data = literal.is_unsigned ? facts::Integer::of_unsigned(literal.bits)
                                   : facts::Integer::of(static_cast<std::int64_t>(literal.bits));
    return facts::Value(std::move(data), Trust::registers, {});
}

}  // namespace

template <class Archive>
void fields(Archive& archive, Expression& e) {
    archive(e.op, e.type.kind, e.type.name, e.type.element, e.name, e.variable, e.args, e.regex,
            e.text, e.offset, e.reads_state);
    if (e.op != Op::literal) return;
    Literal literal = literal_of(e.literal);
    archive(literal);
    e.literal = value_of(literal);
}

struct LazyExpression::State {
    std::string_view bytes;
    std::once_flag once;
    ExpressionPtr expression;
};

LazyExpression::LazyExpression(ExpressionPtr parsed) {
    if (!parsed) return;
    state_ = std::make_shared<State>();
    std::call_once(state_->once, [&] { state_->expression = std::move(parsed); });
}

LazyExpression LazyExpression::packed(std::string_view bytes) {
    LazyExpression lazy;
    lazy.state_ = std::make_shared<State>();
    lazy.state_->bytes = bytes;
    return lazy;
}

const Expression& LazyExpression::operator*() const {
    std::call_once(state_->once, [this] {
        auto read = std::make_shared<Expression>();
        PackReader(state_->bytes)(*read);
        state_->expression = std::move(read);
    });
    return *state_->expression;
}

// A writer's expression is there; a reader's is not yet, and takes the bytes that come.
template <class Archive>
void fields(Archive& archive, LazyExpression& lazy) {
    PackWriter writer;
    if (lazy) writer(*lazy);
    const std::string written = writer.take();
    std::string_view bytes = written;
    archive(bytes);
    if (!lazy) lazy = LazyExpression::packed(bytes);
}

template <class Archive>
void fields(Archive& archive, Clause& clause) {
    archive(clause.name, clause.role, clause.text, clause.expression, clause.reads_state,
            clause.line, clause.comment);
}

template <class Archive>
void fields(Archive& archive, Binding& binding) {
    archive(binding.name, binding.text, binding.expression, binding.reads_state, binding.comment);
}

template <class Archive>
void fields(Archive& archive, NextStep& step) {
    archive(step.what, step.command);
}

template <class Archive>
void fields(Archive& archive, Template::Place& place) {
    archive(place.begin, place.end, place.expression);
}

template <class Archive>
void fields(Archive& archive, Template& text) {
    archive(text.text, text.places);
}

template <class Archive>
void fields(Archive& archive, Rule& rule) {
    archive(rule.id, rule.file, rule.title, rule.comment, rule.status, rule.concludes,
            rule.component, rule.kinds, rule.needs, rule.bindings, rule.clauses, rule.refines,
            rule.not_this, rule.records, rule.explain, rule.next_steps);
}

std::string pack(const std::vector<Rule>& rules) {
    PackWriter writer;
    writer(rules);
    return writer.take();
}

Result<std::vector<Rule>> unpack(std::string_view bytes) {
    std::vector<Rule> rules;
    PackReader reader(bytes);
    reader(rules);
    if (reader.failed() || !reader.at_end())
        return error("", std::nullopt, "expected packed rules of this program",
                     "install the program again");
    return rules;
}

}  // namespace nfstriage::rules
