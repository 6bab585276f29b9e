#include "report/rule_text.h"

#include <algorithm>

#include "base/text.h"
#include "report/columns.h"
#include "report/page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kLabel = 13, kIndent = 2, kDeeper = 7;
constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kMaxValue = 400;  // columns of one value

std::string_view heading(rules::Role role) {
    switch (role) {
        case rules::Role::required:
            return "Must hold";
        case rules::Role::supporting:
            return "Supports it";
        case rules::Role::refuting:
            break;
    }
    return "Speaks against it";
}

void write_clauses(Page& page, const rules::Rule& rule, rules::Role role) {
    bool first = true;
    for (const rules::Clause& clause : rule.clauses) {
        if (clause.role != role) continue;
        if (first) page.section(heading(role));
        first = false;
        page.paragraph(clause.name, kIndent, Ink::bold);
        page.paragraph(clause.text, kDeeper);
        if (!clause.comment.empty()) page.paragraph(clause.comment, kDeeper, Ink::dim);
    }
}

void write_head(Page& page, const rules::Rule& rule) {
    page.between(rule.title, rule.id, 0, Ink::bold);
    page.paragraph(std::string(rules::to_string(rule.status)) + " · concludes " +
                       std::string(rules::to_string(rule.concludes)) + " · " + rule.component,
                   0);
    page.blank();
    page.labelled(
        "Looks at",
        listed(
            rule.kinds, [](CrashKind kind) { return to_string(kind); }, "crashes of every kind"),
        kLabel);
    std::string needs = listed(rule.needs, [](rules::Need need) { return to_string(need); });
    if (!needs.empty()) page.labelled("Needs", needs, kLabel);
    page.labelled("Says", rule.explain.text, kLabel);
    if (!rule.comment.empty()) page.labelled("Background", rule.comment, kLabel);
    page.labelled("File", rule.file, kLabel);
}

void write_records(Page& page, const rules::Rule& rule, const knowledge::Library& library) {
    if (rule.records.empty()) return;
    page.section("Records");
    for (const std::string& id : rule.records) {
        const knowledge::Record* record = library.find(id);
        page.paragraph(id, kIndent, Ink::bold);
        std::string title = record ? record->title : "(there is no such record)";
        if (record)
            for (const std::string& alias : record->aliases) join(title, alias, ", ");
        page.paragraph(title, kDeeper);
    }
}

void write_evidence(Page& page, const rules::Evidence& evidence) {
    std::string name = evidence.clause;
    if (evidence.role != rules::Role::required)
        name += " (" + std::string(rules::to_string(evidence.role)) + ")";
    page.labelled(spoken(evidence.result), name, kDeeper - kIndent, kIndent,
                  evidence.result == Tri::unknown ? Ink::yellow : Ink::bold, Ink::bold);
    page.paragraph(evidence.text, kDeeper, Ink::dim);
    for (const rules::Operand& operand : evidence.operands) {
        std::string text = operand.name + " = " + clip(escape(operand.value), kMaxValue);
        if (!operand.provenance.empty()) text += " (" + operand.provenance + ")";
        page.paragraph(text, kDeeper);
    }
    for (const Unknown& missing : evidence.missing)
        page.paragraph("missing: " + spoken(missing), kDeeper, Ink::yellow);
}

// Why a match says less than the rule concludes.
std::string reservation(const rules::Match& match) {
    if (match.status != rules::MatchStatus::candidate) return "";
    return match.rule->status == rules::RuleStatus::stable
               ? " What it rests on is not certain enough for more than a candidate."
               : " The rule is " + std::string(rules::to_string(match.rule->status)) +
                     ": it offers candidates only.";
}

std::string why(const rules::Match& match, std::string_view why_not_applicable) {
    const std::string clause = "the clause " + match.failed_clause;
    switch (match.outcome) {
        case rules::Outcome::not_applicable:
            return "The rule does not apply: " + std::string(why_not_applicable) +
                   ". Its clauses would give:";
        case rules::Outcome::match:
            return "Every required clause is true, and no refuting one is." + reservation(match);
        case rules::Outcome::no_match:
            return match.failed_result == Tri::yes
                       ? "Against it speaks " + clause + ", which is true."
                       : "Required is " + clause + ", which is false.";
        case rules::Outcome::undecided:
            break;
    }
    return "Required is " + clause + ", which this input cannot tell." +
           (match.status == rules::MatchStatus::candidate
                ? " All that it can tell is there, so the bug is a candidate."
                : "");
}

}  // namespace

std::string rule_to_text(const rules::Rule& rule, const knowledge::Library& library,
                         const TextOptions& options) {
    TextPage page(std::max(options.width, kNarrowest), options.colour);
    write_head(page, rule);
    if (!rule.bindings.empty()) page.section("Names");
    for (const rules::Binding& binding : rule.bindings) {
        page.paragraph(binding.name + " = " + binding.text, kIndent);
        if (!binding.comment.empty()) page.paragraph(binding.comment, kDeeper, Ink::dim);
    }
    for (rules::Role role : {rules::Role::required, rules::Role::supporting, rules::Role::refuting})
        write_clauses(page, rule, role);
    write_records(page, rule, library);
    if (!rule.refines.empty()) page.section("Wins over");
    for (const std::string& id : rule.refines) page.paragraph(id, kIndent);
    if (!rule.not_this.empty()) page.section("Not this");
    for (const std::string& sentence : rule.not_this) page.paragraph(sentence, kIndent);
    if (!rule.next_steps.empty()) page.section("Next steps");
    for (const rules::NextStep& step : rule.next_steps) {
        page.paragraph(step.what, kIndent);
        if (!step.command.empty()) page.paragraph(step.command, kDeeper, Ink::dim);
    }
    return std::move(page).take();
}

std::string match_to_text(const rules::Match& match, std::string_view input,
                          std::string_view why_not_applicable, const TextOptions& options) {
    TextPage page(std::max(options.width, kNarrowest), options.colour);
    std::string outcome(rules::to_string(match.outcome));
    if (match.status != rules::MatchStatus::none)
        outcome += ", " + std::string(rules::to_string(match.status)) + " (" +
                   std::string(rules::to_string(match.confidence)) + ")";
    page.between(outcome, match.rule->id, 0, Ink::bold);
    page.paragraph(input, 0);
    page.blank();
    page.paragraph(why(match, why_not_applicable), 0);
    if (!match.explanation.empty()) page.labelled("Says", match.explanation, kLabel);
    page.blank();
    for (const rules::Evidence& evidence : match.evidence) write_evidence(page, evidence);
    return std::move(page).take();
}

}  // namespace nfstriage::report
