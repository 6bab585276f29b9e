#include "rules/eval.h"

#include <re2/re2.h>

#include <algorithm>

namespace nfstriage::rules {

using facts::Int128;
using facts::Integer;
using facts::Value;

namespace {

constexpr std::size_t kMostOperands = 12;

Trust worse(Trust a, Trust b) { return std::max(a, b); }

facts::Provenance derived(std::string what) {
    return {facts::Provenance::Source::derived, std::move(what), {}, {}, {}};
}

// The result of an arithmetic operator as a 64-bit value of that signedness, or Unknown.
Value bounded(Int128 value, bool is_unsigned, Trust trust, const std::string& text) {
    Integer result{value, is_unsigned};
    if (!result.in_range())
        return Value(Unknown{Reason::corrupt, "overflow in " + text}, derived(text));
    return Value(result, trust, derived(text));
}

bool is_unsigned(const Value& value) { return !value.integer() || value.integer()->is_unsigned; }

// The 64 bits of a pattern as a number of that signedness.
Int128 pattern(std::uint64_t bits, bool as_unsigned) {
    return as_unsigned ? static_cast<Int128>(bits)
                       : static_cast<Int128>(static_cast<std::int64_t>(bits));
}

Value shifted(Op op, Int128 a, Int128 count, bool a_unsigned, Trust trust,
              const std::string& text) {
    if (count < 0 || count > 63)
        return Value(Unknown{Reason::corrupt, "shift count in " + text}, derived(text));
    int by = static_cast<int>(count);
    if (op == Op::shift_right) return bounded(a >> by, a_unsigned, trust, text);
    Int128 limit = static_cast<Int128>(UINT64_MAX) >> by;
    if (a > limit || a < -limit)
        return Value(Unknown{Reason::corrupt, "overflow in " + text}, derived(text));
    Int128 result = a * (static_cast<Int128>(1) << by);
    // 1 << 63 is a mask, not a negative number.
    return bounded(result, a_unsigned || result > INT64_MAX, trust, text);
}

}  // namespace

// --- the trail ---

void Evaluator::looked_at(std::string name, const Value& value) {
    if (!value.known()) {
        auto same = [&](const Unknown& u) {
            return u.reason == value.why().reason && u.what == value.why().what;
        };
        if (std::none_of(missing_.begin(), missing_.end(), same)) missing_.push_back(value.why());
    }
    for (const Operand& seen : trail_)
        if (seen.name == name) return;
    trail_.push_back(
        {std::move(name), value.text(), facts::to_string(value.provenance()), value.trust()});
}

std::string Evaluator::label_of(const Expression& e) const {
    if (e.op == Op::variable)
        for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
            if (it->name == e.name) return it->label;
    if (e.op == Op::field) return label_of(*e.args[0]) + "." + e.name;
    if (e.op == Op::member) return label_of(*e.args[0]) + "->" + e.name;
    if (e.op == Op::index) return label_of(*e.args[0]) + "[" + e.args[1]->text + "]";
    return e.text;
}

Unknown Evaluator::last_missing() const {
    return missing_.empty() ? Unknown{Reason::not_dumped, {}} : missing_.back();
}

// --- truth ---

Truth Evaluator::truth(const Value& value) {
    if (!value.known()) return {};
    if (auto* b = value.boolean()) return {tri(*b), value.trust()};
    if (auto number = value.number()) return {tri(*number != 0), value.trust()};
    return {};
}

Truth Evaluator::condition(const Expression& e) {
    const Value value = eval(e);
    // What was looked at has told why already; operators have reasons of their own: an overflow.
    if (!value.known() && missing_.empty()) missing_.push_back(value.why());
    return truth(value);
}

Value Evaluator::from_truth(Truth result, const Unknown& why) const {
    if (result.value == Tri::unknown) return Value(why);
    return Value(result.value == Tri::yes, result.trust, {});
}

Evidence Evaluator::clause(const Clause& clause) {
    budget_ = Budget(kSteps);
    trail_.clear();
    missing_.clear();
    Truth result = condition(*clause.expression);
    Evidence evidence;
    evidence.clause = clause.name;
    evidence.text = clause.text;
    evidence.role = clause.role;
    evidence.reads_state = clause.reads_state;
    evidence.trust = result.trust;
    evidence.result = result.value;
    if (budget_.exhausted()) {
        budget_hit_ = true;
        evidence.result = Tri::unknown;
        missing_ = {{Reason::budget, "the clause took too many steps"}};
    } else if (result.value != Tri::unknown && !facts::reliable(result.trust)) {
        evidence.result = Tri::unknown;
        missing_ = {{Reason::not_dumped, "rests only on frames found by scanning or guessing"}};
    }
    if (evidence.result == Tri::unknown) evidence.missing = missing_;
    if (trail_.size() > kMostOperands) trail_.resize(kMostOperands);
    evidence.operands = trail_;
    return evidence;
}

Value Evaluator::value(const Expression& expression) {
    budget_ = Budget(kSteps);
    trail_.clear();
    missing_.clear();
    return eval(expression);
}

// --- expressions ---

Value Evaluator::eval(const Expression& e) {
    if (!budget_.spend()) return Value(Unknown{Reason::budget, e.text});
    switch (e.op) {
        case Op::literal:
            return e.literal;
        case Op::fact: {
            Value value = facts_.get(e.name);
            if (!value.list() || !value.known()) looked_at(e.name, value);
            return value;
        }
        case Op::variable:
            return eval_variable(e);
        case Op::constant: {
            Value value = facts_.enumerator(e.name);
            looked_at(e.name, value);
            return value;
        }
        case Op::field:
            return eval_field(e);
        case Op::member:
            return eval_member(e);
        case Op::index:
            return eval_index(e);
        case Op::call:
            return eval_call(e);
        case Op::quantifier:
            return eval_quantifier(e);
        case Op::logical_not: {
            Truth t = condition(*e.args[0]);
            return from_truth({!t.value, t.trust}, last_missing());
        }
        case Op::logical_and:
        case Op::logical_or:
            return eval_logic(e);
        case Op::less:
        case Op::less_equal:
        case Op::greater:
        case Op::greater_equal:
        case Op::equal:
        case Op::not_equal:
            return eval_comparison(e);
        case Op::in:
            return eval_in(e);
        case Op::elvis:
            return eval_elvis(e);
        case Op::matches: {
            Value text = eval(*e.args[0]);
            if (!text.known()) return text;
            if (!text.string()) return Value(Unknown{Reason::corrupt, e.text});
            return Value(re2::RE2::PartialMatch(*text.string(), e.regex->compiled()), text.trust(),
                         {});
        }
        default:
            return eval_arithmetic(e);
    }
}

Value Evaluator::eval_variable(const Expression& e) {
    for (auto it = variables_.rbegin(); it != variables_.rend(); ++it)
        if (it->name == e.name) return it->value;
    auto known = bound_.find(e.name);
    if (known == bound_.end()) {
        auto binding = std::find_if(bindings_.begin(), bindings_.end(),
                                    [&](const Binding& b) { return b.name == e.name; });
        if (binding == bindings_.end()) return Value(Unknown{Reason::corrupt, e.name});
        Value value = eval(*binding->expression);
        // A budget that ran out inside one clause must not spoil the binding for the others.
        if (budget_.exhausted()) return value;
        known = bound_.emplace(e.name, std::move(value)).first;
    }
    looked_at(e.name, known->second);
    return known->second;
}

Value Evaluator::eval_field(const Expression& e) {
    Value base = eval(*e.args[0]);
    if (!base.known()) return base;
    const facts::Record* record = base.record();
    if (!record) return Value(Unknown{Reason::corrupt, e.text});
    Value value = record->get(e.name);
    if (!value.list()) looked_at(label_of(e), value);
    return value;
}

Value Evaluator::eval_member(const Expression& e) {
    Value base = eval(*e.args[0]);
    Value value = facts_.member(base, e.name);
    looked_at(label_of(e), value);
    return value;
}

Value Evaluator::eval_index(const Expression& e) {
    Value base = eval(*e.args[0]);
    Value index = eval(*e.args[1]);
    if (!base.known()) return base;
    if (!index.known()) return index;
    const facts::List* list = base.list();
    auto number = index.number();
    if (!list || !number || *number < 0)
        return Value(Unknown{Reason::corrupt, "index in " + e.text});
    if (*number >= static_cast<Int128>(list->size)) {
        if (!list->complete) return Value(list->why);
        return Value(Unknown{Reason::null, e.text + " is behind the end of the list"});
    }
    return list->at(static_cast<std::size_t>(*number));
}

Value Evaluator::eval_call(const Expression& e) {
    auto text = [&](std::size_t i) -> const std::string& { return *e.args[i]->literal.string(); };
    Value value;
    if (e.name == "has_symbol")
        value = facts_.has_symbol(text(0));
    else if (e.name == "has_member")
        value = facts_.has_member(text(0), text(1));
    else if (e.name == "enum_value")
        value = facts_.enumerator(text(0));
    else if (e.name == "calls")
        value = facts_.calls(text(0), text(1));
    else if (e.name == "inlines")
        value = facts_.inlines(text(0), text(1));
    else if (e.name == "prints")
        value = facts_.prints(text(0), text(1));
    else if (e.name == "touches")
        value = facts_.touches(text(0), text(1), text(2));
    else if (e.name == "has_string")
        value = facts_.has_string(text(0), text(1));
    else if (e.name == "register")
        value = facts_.register_value(e.args.size() > 1 ? text(1) : "crash", text(0));
    else if (e.name == "log_has")
        value = facts_.log_has(e.regex->compiled());
    else if (e.name == "object")
        value = facts_.object(text(0), eval(*e.args[1]));
    else if (e.name == "argument")
        value = facts_.argument(text(0), e.args[1]->literal.integer()->bits(), text(2));
    else
        value = Value(Unknown{Reason::corrupt, "function " + e.name});
    looked_at(e.text, value);
    return value;
}

// --- operators ---

// Weak operands decide only where no reliable one does: false && x with a guessed false still asks
// x.
Value Evaluator::eval_logic(const Expression& e) {
    Tri deciding = e.op == Op::logical_and ? Tri::no : Tri::yes;
    Truth a = condition(*e.args[0]);
    if (a.value == deciding && facts::reliable(a.trust))
        return Value(deciding == Tri::yes, a.trust, {});
    Unknown why = last_missing();
    Truth b = condition(*e.args[1]);
    if (b.value == deciding && facts::reliable(b.trust))
        return Value(deciding == Tri::yes, b.trust, {});
    if (a.value == Tri::unknown) return Value(why);
    if (b.value == Tri::unknown) return Value(last_missing());
    if (a.value == deciding || b.value == deciding) {
        Trust weak = a.value == deciding ? a.trust : b.trust;
        return Value(deciding == Tri::yes, weak, {});
    }
    return Value(deciding == Tri::no, worse(a.trust, b.trust), {});
}

Value Evaluator::eval_comparison(const Expression& e) {
    const Expression& left = *e.args[0];
    if (left.op == Op::quantifier && left.name == "count") return compare_count(e);
    Value a = eval(left), b = eval(*e.args[1]);
    if (!a.known()) return a;
    if (!b.known()) return b;
    Trust trust = worse(a.trust(), b.trust());
    auto x = a.number(), y = b.number();
    bool result = false;
    if (x && y) {
        switch (e.op) {
            case Op::less:
                result = *x < *y;
                break;
            case Op::less_equal:
                result = *x <= *y;
                break;
            case Op::greater:
                result = *x > *y;
                break;
            case Op::greater_equal:
                result = *x >= *y;
                break;
            case Op::equal:
                result = *x == *y;
                break;
            default:
                result = *x != *y;
        }
    } else if (a.string() && b.string()) {
        result = (*a.string() == *b.string()) == (e.op == Op::equal);
    } else if (a.boolean() && b.boolean()) {
        result = (*a.boolean() == *b.boolean()) == (e.op == Op::equal);
    } else {
        return Value(Unknown{Reason::no_type, e.text});
    }
    return Value(result, trust, {});
}

Value Evaluator::eval_in(const Expression& e) {
    Value value = eval(*e.args[0]);
    if (!value.known()) return value;
    std::optional<Unknown> why;
    for (std::size_t i = 1; i < e.args.size(); ++i) {
        Value candidate = eval(*e.args[i]);
        if (!candidate.known()) {
            why = candidate.why();
            continue;
        }
        auto x = value.number(), y = candidate.number();
        bool same =
            x && y ? *x == *y
                   : value.string() && candidate.string() && *value.string() == *candidate.string();
        if (same) return Value(true, worse(value.trust(), candidate.trust()), {});
    }
    if (why) return Value(*why);
    return Value(false, value.trust(), {});
}

// The first of two that is known. What the first lacked is worth showing only if both fail.
Value Evaluator::eval_found(const Expression& first, const Expression& second) {
    auto trail = trail_;
    auto missing = missing_;
    Value found = eval(first);
    if (found.known()) return found;
    std::swap(trail, trail_);
    std::swap(missing, missing_);
    Value other = eval(second);
    if (!other.known()) {
        for (Operand& operand : trail_)
            if (std::none_of(trail.begin(), trail.end(),
                             [&](const Operand& seen) { return seen.name == operand.name; }))
                trail.push_back(std::move(operand));
        missing.insert(missing.end(), missing_.begin(), missing_.end());
        trail_ = std::move(trail);
        missing_ = std::move(missing);
    }
    return other;
}

// The type decides before memory is read: a renamed member is there or not, whatever its page says.
// Of arguments, which name one object in several frames, the first that was found.
Value Evaluator::eval_elvis(const Expression& e) {
    const Expression& first = *e.args[0];
    if (first.op == Op::call) return eval_found(first, *e.args[1]);
    Value base = eval(*first.args[0]);
    if (!base.known()) return base;
    if (!base.pointer()) return Value(Unknown{Reason::no_type, first.text});
    auto has = facts_.type_has_member(base.pointer()->type, first.name);
    if (!has) {
        Value missing(has.error());
        looked_at(first.text, missing);
        return missing;
    }
    return eval(*has ? first : *e.args[1]);
}

Value Evaluator::eval_arithmetic(const Expression& e) {
    Value a = eval(*e.args[0]);
    if (e.args.size() == 1) {
        if (!a.known()) return a;
        auto x = a.number();
        if (!x) return Value(Unknown{Reason::no_type, e.text});
        if (e.op == Op::negate) return bounded(-*x, false, a.trust(), e.text);
        return bounded(pattern(~static_cast<std::uint64_t>(*x), is_unsigned(a)), is_unsigned(a),
                       a.trust(), e.text);
    }
    Value b = eval(*e.args[1]);
    if (!a.known()) return a;
    if (!b.known()) return b;
    auto x = a.number(), y = b.number();
    if (!x || !y) return Value(Unknown{Reason::no_type, e.text});
    Trust trust = worse(a.trust(), b.trust());
    bool as_unsigned = is_unsigned(a) || is_unsigned(b);
    auto bits_x = static_cast<std::uint64_t>(*x), bits_y = static_cast<std::uint64_t>(*y);
    Int128 result = 0;
    switch (e.op) {
        case Op::add:
            result = *x + *y;
            break;
        case Op::subtract: {
            result = *x - *y;
            // A distance between addresses may be negative; members keep their own signedness.
            if (!a.integer() && !b.integer()) as_unsigned = false;
            break;
        }
        case Op::multiply:
            if (__builtin_mul_overflow(*x, *y, &result))
                return Value(Unknown{Reason::corrupt, "overflow in " + e.text}, derived(e.text));
            break;
        case Op::divide:
        case Op::modulo:
            if (*y == 0)
                return Value(Unknown{Reason::corrupt, "division by zero in " + e.text},
                             derived(e.text));
            result = e.op == Op::divide ? *x / *y : *x % *y;
            break;
        case Op::shift_left:
        case Op::shift_right:
            return shifted(e.op, *x, *y, is_unsigned(a), trust, e.text);
        case Op::bit_and:
            result = pattern(bits_x & bits_y, as_unsigned);
            break;
        case Op::bit_or:
            result = pattern(bits_x | bits_y, as_unsigned);
            break;
        case Op::bit_xor:
            result = pattern(bits_x ^ bits_y, as_unsigned);
            break;
        default:
            return Value(Unknown{Reason::corrupt, e.text});
    }
    Value value = bounded(result, as_unsigned, trust, e.text);
    bool address = e.type.kind == facts::Kind::address;
    if (address && value.known())
        return Value(Value::Data(value.integer()->bits()), trust, derived(e.text));
    return value;
}

}  // namespace nfstriage::rules
