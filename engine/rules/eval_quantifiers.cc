// Quantifiers over lists that may be incomplete, with elements that may be unknown or only guessed.
#include <algorithm>

#include "rules/eval.h"

namespace nfstriage::rules {

using facts::Int128;
using facts::Integer;
using facts::Value;

namespace {

facts::Provenance counted(std::string what) {
    return {facts::Provenance::Source::derived, std::move(what), {}, {}, {}};
}

}  // namespace

Truth Evaluator::element(const Expression& e, const facts::List& list, std::size_t index,
                         std::string_view label) {
    std::size_t missing_before = missing_.size();
    variables_.push_back(
        {e.variable, list.at(index), std::string(label) + "[" + std::to_string(index) + "]"});
    Truth result = condition(*e.args[1]);
    variables_.pop_back();
    if (result.value != Tri::unknown) missing_.resize(missing_before, Unknown{Reason::null, {}});
    return result;
}

// `any` is a chain of ||, `all` of &&, over the elements; `none` is the negation of `any`. An
// element that decides keeps its operands in the trail, the others leave no trace but what they
// lacked.
Value Evaluator::eval_quantifier(const Expression& e) {
    if (e.name == "count") return eval_count(e);
    Value base = eval(*e.args[0]);
    if (!base.known()) return base;
    const facts::List* list = base.list();
    if (!list) return Value(Unknown{Reason::corrupt, e.text});
    std::string label = label_of(*e.args[0]);
    Tri deciding = e.name == "all" ? Tri::no : Tri::yes;
    std::size_t trail_before = trail_.size();
    bool undecided = false;
    std::optional<Trust> weak;  // an element decides, but was only scanned or guessed
    std::size_t weak_index = 0;
    Unknown why = list->why;
    for (std::size_t i = 0; i < list->size; ++i) {
        if (budget_.exhausted()) return Value(Unknown{Reason::budget, e.text});
        Truth result = element(e, *list, i, label);
        if (result.value == deciding && facts::reliable(result.trust) &&
            !(e.name == "first" && undecided)) {
            if (e.name == "first") return list->at(i);
            return Value(e.name == "any", result.trust, {});
        }
        trail_.resize(trail_before);
        if (result.value == Tri::unknown) {
            if (!undecided) why = last_missing();
            undecided = true;
        } else if (result.value == deciding && !weak) {
            weak = result.trust;
            weak_index = i;
        }
    }
    looked_at(label, base);
    if (undecided) return Value(why);
    if (weak) {
        if (e.name == "first") return list->at(weak_index);
        return Value(e.name == "any", *weak, {});
    }
    if (!list->complete) {
        looked_at(label + " is incomplete", Value(list->why, base.provenance()));
        return Value(list->why);
    }
    if (e.name == "first") return Value(Unknown{Reason::null, "no element of " + label});
    return Value(e.name != "any", base.trust(), {});
}

Evaluator::Bounds Evaluator::count_bounds(const Expression& e) {
    Bounds bounds;
    Value base = eval(*e.args[0]);
    const facts::List* list = base.known() ? base.list() : nullptr;
    if (!list) {
        bounds.known_list = false;
        if (!base.known()) bounds.why = base.why();
        return bounds;
    }
    bounds.trust = base.trust();
    bounds.why = list->why;
    std::string label = label_of(*e.args[0]);
    std::size_t trail_before = trail_.size();
    for (std::size_t i = 0; i < list->size && !budget_.exhausted(); ++i) {
        Truth result = element(e, *list, i, label);
        trail_.resize(trail_before);
        if (result.value == Tri::no) continue;
        ++bounds.high;
        if (result.value == Tri::yes && facts::reliable(result.trust)) {
            ++bounds.low;
            bounds.trust = std::max(bounds.trust, result.trust);
        } else if (result.value == Tri::unknown) {
            bounds.why = last_missing();
        }
    }
    looked_at(label, base);
    if (budget_.exhausted()) bounds.why = {Reason::budget, e.text};
    if (!list->complete || budget_.exhausted()) bounds.high = -1;
    return bounds;
}

Value Evaluator::eval_count(const Expression& e) {
    Bounds bounds = count_bounds(e);
    if (!bounds.known_list || bounds.low != bounds.high) {
        looked_at(e.text, Value(bounds.why));
        return Value(bounds.why);
    }
    Value value(Integer::of(bounds.low), bounds.trust, counted(e.text));
    looked_at(e.text, value);
    return value;
}

// `list.count(...) >= 2` is decided as soon as the bounds of the count decide it.
Value Evaluator::compare_count(const Expression& e) {
    const Expression& left = *e.args[0];
    Bounds bounds = count_bounds(left);
    Value other = eval(*e.args[1]);
    if (!other.known()) return other;
    auto number = other.number();
    if (!bounds.known_list || !number) return Value(bounds.why);
    Int128 low = bounds.low, high = bounds.high, n = *number;
    bool open = bounds.high < 0;
    Tri result = Tri::unknown;
    auto decide = [&](bool always, bool never) {
        result = always ? Tri::yes : never ? Tri::no : Tri::unknown;
    };
    switch (e.op) {
        case Op::less:
            decide(!open && high < n, low >= n);
            break;
        case Op::less_equal:
            decide(!open && high <= n, low > n);
            break;
        case Op::greater:
            decide(low > n, !open && high <= n);
            break;
        case Op::greater_equal:
            decide(low >= n, !open && high < n);
            break;
        case Op::equal:
            decide(!open && low == n && high == n, low > n || (!open && high < n));
            break;
        default:
            decide(low > n || (!open && high < n), !open && low == n && high == n);
    }
    looked_at(left.text, open || low != high
                             ? Value(bounds.why)
                             : Value(Integer::of(bounds.low), bounds.trust, counted(left.text)));
    return from_truth({result, bounds.trust}, bounds.why);
}

}  // namespace nfstriage::rules
