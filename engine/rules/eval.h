// Evaluating one clause over the facts of a crash: Kleene's logic with a trail of what was looked
// at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/tri.h"
#include "facts/facts.h"
#include "rules/evaluate.h"
#include "rules/expression.h"

namespace nfstriage::rules {

// A truth value and the weakest trust of what decided it.
struct Truth {
    Tri value = Tri::unknown;
    Trust trust = Trust::registers;
};

// Evaluates the clauses of one rule; let bindings are computed once. Refers to both arguments.
class Evaluator {
public:
    // Steps that one clause may take: about a thousand stacks of twenty frames.
    static constexpr std::uint64_t kSteps = 400'000;

    Evaluator(const facts::Facts& facts, const std::vector<Binding>& bindings)
        : facts_(facts), bindings_(bindings) {}

    // The clause's result with its trail. A result that rests on scanned or guessed frames only is
    // unknown.
    Evidence clause(const Clause& clause);
    // The value of an expression, for texts; starts a budget of its own.
    facts::Value value(const Expression& expression);

    bool budget_hit() const { return budget_hit_; }

private:
    using Value = facts::Value;

    struct Bound {  // a variable of a quantifier
        std::string_view name;
        Value value;
        std::string label;  // "frames[2]"
    };

    Value eval(const Expression& e);
    Value eval_variable(const Expression& e);
    Value eval_field(const Expression& e);
    Value eval_member(const Expression& e);
    Value eval_index(const Expression& e);
    Value eval_call(const Expression& e);
    Value eval_quantifier(const Expression& e);
    Value eval_count(const Expression& e);
    Value compare_count(const Expression& e);
    Value eval_arithmetic(const Expression& e);
    Value eval_logic(const Expression& e);
    Value eval_comparison(const Expression& e);
    Value eval_in(const Expression& e);
    Value eval_elvis(const Expression& e);
    Value eval_found(const Expression& first, const Expression& second);

    // How many elements satisfy a count: between `low` and `high` (-1: no upper bound).
    struct Bounds {
        std::int64_t low = 0, high = 0;
        Trust trust = Trust::registers;
        Unknown why{Reason::not_dumped, {}};
        bool known_list = true;
    };
    Bounds count_bounds(const Expression& e);
    Truth element(const Expression& e, const facts::List& list, std::size_t index,
                  std::string_view label);

    Truth truth(const Value& value);
    Truth condition(const Expression& e);  // what it says, with a reason where that is unknown
    Value from_truth(Truth truth, const Unknown& why) const;
    void looked_at(std::string name, const Value& value);
    std::string label_of(const Expression& e) const;
    Unknown last_missing() const;

    const facts::Facts& facts_;
    const std::vector<Binding>& bindings_;
    std::map<std::string, Value, std::less<>> bound_;  // let bindings already computed
    std::vector<Bound> variables_;
    Budget budget_{kSteps};
    bool budget_hit_ = false;
    std::vector<Operand> trail_;
    std::vector<Unknown> missing_;
};

}  // namespace nfstriage::rules
