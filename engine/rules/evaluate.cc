// From clauses to a rule's outcome, status and confidence, as rule.h and the design define them.
#include "rules/evaluate.h"

#include <algorithm>
#include <set>

#include "rules/eval.h"

namespace nfstriage::rules {
namespace {

bool offers(const facts::Scene& scene, Need need) {
    switch (need) {
        case Need::crash:
            return scene.crash.has_value();
        case Need::first_error:
            return scene.first_error.has_value();
        case Need::panic:
            return scene.panic.has_value();
        case Need::log:
            return !scene.log.text.empty();
        case Need::dump:
            return scene.input.is_dump;
        case Need::symbols:
            return scene.symbols != nullptr;
        case Need::types:
            return scene.types != nullptr;
    }
    return false;
}

bool kinds_fit(const Rule& rule, const facts::Scene& scene) {
    if (rule.kinds.empty()) return true;
    auto is_one = [&](const std::optional<facts::Crash>& crash) {
        return crash &&
               std::find(rule.kinds.begin(), rule.kinds.end(), crash->kind) != rule.kinds.end();
    };
    return is_one(scene.crash) || is_one(scene.first_error);
}

bool fits(const Rule& rule, const facts::Scene& scene) {
    return std::all_of(rule.needs.begin(), rule.needs.end(),
                       [&](Need need) { return offers(scene, need); }) &&
           kinds_fit(rule, scene);
}

bool uses_first_error(const Evidence& evidence) {
    return std::any_of(evidence.operands.begin(), evidence.operands.end(),
                       [](const Operand& o) { return o.name.starts_with("first_error"); });
}

// The log shows the whole report that the clause speaks about.
bool whole_report(const Evidence& evidence, const facts::Scene& scene) {
    if (!scene.crash || !scene.crash->report_complete) return false;
    return !uses_first_error(evidence) || (scene.first_error && scene.first_error->report_complete);
}

Confidence of_clause(const Evidence& evidence, const facts::Scene& scene) {
    if (evidence.result != Tri::yes) return Confidence::possible;
    if (evidence.trust <= Trust::frame_record) return Confidence::certain;
    if (evidence.trust == Trust::frame_pointer) return Confidence::likely;
    return whole_report(evidence, scene) ? Confidence::likely : Confidence::possible;
}

Confidence confidence_of(const std::vector<Evidence>& evidence, const facts::Scene& scene) {
    Confidence lowest = Confidence::certain;
    for (const Evidence& clause : evidence) {
        if (clause.role == Role::required) lowest = std::min(lowest, of_clause(clause, scene));
        if (clause.role == Role::refuting && clause.result == Tri::unknown)
            lowest = std::min(lowest, Confidence::likely);
    }
    return lowest;
}

MatchStatus status_of(const Rule& rule, const Match& match) {
    bool matched = match.outcome == Outcome::match;
    switch (rule.concludes) {
        case Conclusion::known_condition:
            return matched ? MatchStatus::known_condition : MatchStatus::none;
        case Conclusion::not_nfs:
            return matched ? MatchStatus::not_nfs : MatchStatus::none;
        case Conclusion::known_bug:
            break;
    }
    if (matched)
        return rule.status == RuleStatus::stable && match.confidence >= Confidence::likely
                   ? MatchStatus::known_bug
                   : MatchStatus::candidate;
    if (match.outcome != Outcome::undecided) return MatchStatus::none;
    // Everything that this input can show is there; only the proof in memory is not.
    bool shown = false;
    for (const Evidence& clause : match.evidence) {
        if (clause.role != Role::required || clause.reads_state) continue;
        if (clause.result != Tri::yes) return MatchStatus::none;
        shown = true;
    }
    return shown ? MatchStatus::candidate : MatchStatus::none;
}

// Finds the outcome and the clause that decides it.
void decide(Match& match) {
    const Evidence* ended = nullptr;
    const Evidence* open = nullptr;
    for (const Evidence& clause : match.evidence) {
        if (clause.role == Role::supporting) continue;
        bool required = clause.role == Role::required;
        if (required && clause.result == Tri::yes) ++match.required_true;
        Tri ending = required ? Tri::no : Tri::yes;
        if (clause.result == ending && !ended) ended = &clause;
        // An unknown refutation weakens a match, it does not prevent it.
        if (required && clause.result == Tri::unknown && !open) open = &clause;
    }
    match.outcome = ended ? Outcome::no_match : open ? Outcome::undecided : Outcome::match;
    const Evidence* at = ended ? ended : open;
    if (at) {
        match.failed_clause = at->clause;
        match.failed_result = at->result;
    }
}

std::string fill_in(const Template& text, Evaluator& evaluator) {
    std::string out;
    std::size_t at = 0;
    for (const Template::Place& place : text.places) {
        out += text.text.substr(at, place.begin - at);
        facts::Value value = evaluator.value(*place.expression);
        if (!value.known())
            out += "(unknown)";
        else if (value.string())
            out += *value.string();
        else
            out += value.text();
        at = place.end;
    }
    return out + text.text.substr(std::min(at, text.text.size()));
}

// Required clauses that this kind of input can decide, and how many of them are true.
struct Tally {
    std::ptrdiff_t decidable = 0, met = 0;
    std::ptrdiff_t missing() const { return decidable - met; }
};

Tally tally(const Match& match) {
    Tally result;
    for (const Evidence& clause : match.evidence) {
        if (clause.role != Role::required) continue;
        if (clause.reads_state && clause.result == Tri::unknown) continue;
        ++result.decidable;
        result.met += clause.result == Tri::yes;
    }
    return result;
}

bool is_near(const Match& match) {
    Tally required = tally(match);
    return required.met > 0 && 2 * required.met >= required.decidable;
}

int rank(MatchStatus status) {
    switch (status) {
        case MatchStatus::known_bug:
            return 0;
        case MatchStatus::known_condition:
            return 1;
        case MatchStatus::not_nfs:
            return 2;
        case MatchStatus::candidate:
            return 3;
        case MatchStatus::none:
            break;
    }
    return 4;
}

Match evaluate_one(const Rule& rule, const facts::Facts& facts, bool& budget_hit) {
    Match match;
    match.rule = &rule;
    if (!fits(rule, facts.scene())) return match;
    Evaluator evaluator(facts, rule.bindings);
    for (const Clause& clause : rule.clauses) match.evidence.push_back(evaluator.clause(clause));
    decide(match);
    match.confidence = match.outcome == Outcome::match
                           ? confidence_of(match.evidence, facts.scene())
                           : Confidence::possible;
    match.status = status_of(rule, match);
    if (match.status != MatchStatus::none) match.explanation = fill_in(rule.explain, evaluator);
    budget_hit |= evaluator.budget_hit();
    return match;
}

}  // namespace

Match evaluate(const Rule& rule, const facts::Facts& facts) {
    bool budget_hit = false;
    return evaluate_one(rule, facts, budget_hit);
}

std::string why_not_applicable(const Rule& rule, const facts::Scene& scene) {
    for (Need need : rule.needs)
        if (!offers(scene, need)) return "it needs " + std::string(to_string(need));
    if (kinds_fit(rule, scene)) return "";
    std::string kinds;
    for (CrashKind kind : rule.kinds)
        kinds += (kinds.empty() ? "" : ", ") + std::string(to_string(kind));
    return "it is about " + kinds + ", this is " +
           std::string(scene.crash ? to_string(scene.crash->kind) : "no crash");
}

Evaluation evaluate(std::span<const Rule> rules, const facts::Facts& facts) {
    Evaluation evaluation;
    std::set<std::string> beaten;
    for (const Rule& rule : rules) {
        if (rule.status == RuleStatus::deprecated) continue;
        Match match = evaluate_one(rule, facts, evaluation.budget_hit);
        if (match.status != MatchStatus::none) {
            beaten.insert(rule.refines.begin(), rule.refines.end());
            evaluation.matches.push_back(std::move(match));
        } else if (is_near(match)) {
            evaluation.near_misses.push_back(std::move(match));
        }
    }
    auto is_beaten = [&](const Match& match) { return beaten.count(match.rule->id) != 0; };
    std::erase_if(evaluation.matches, is_beaten);
    std::erase_if(evaluation.near_misses, is_beaten);
    std::sort(evaluation.matches.begin(), evaluation.matches.end(),
              [](const Match& a, const Match& b) {
                  if (rank(a.status) != rank(b.status)) return rank(a.status) < rank(b.status);
                  if (a.confidence != b.confidence) return a.confidence > b.confidence;
                  return a.rule->id < b.rule->id;
              });
    std::sort(evaluation.near_misses.begin(), evaluation.near_misses.end(),
              [](const Match& a, const Match& b) {
                  auto missing_a = tally(a).missing(), missing_b = tally(b).missing();
                  if (missing_a != missing_b) return missing_a < missing_b;
                  return a.rule->id < b.rule->id;
              });
    return evaluation;
}

}  // namespace nfstriage::rules
