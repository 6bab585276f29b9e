// The page's order: answer, why, fix, until then, check it, not this, state, stack, nearest rules,
// what is missing, signature. A section without content is left out.
#include "report/verdict_page.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "facts/fault_access.h"
#include "report/columns.h"
#include "report/page.h"
#include "report/stacks.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

namespace kn = nfstriage::knowledge;
namespace vd = nfstriage::verdict;

constexpr std::size_t kLabel = 13;  // column at which text beside a label starts
constexpr std::size_t kMaxNearest = 4;
constexpr std::size_t kMaxValue = 160;  // columns of one value

Ink ink_of(vd::Status status) {
    switch (status) {
        case vd::Status::known_bug:
        case vd::Status::known_condition:
            return Ink::red;
        case vd::Status::candidate:
        case vd::Status::unknown_signature:
        case vd::Status::inconclusive:
            return Ink::yellow;
        case vd::Status::not_nfs:
        case vd::Status::no_crash:
            break;
    }
    return Ink::green;
}

std::string when(const std::optional<double>& seconds) {
    if (!seconds) return {};
    std::string text = std::to_string(*seconds);
    return " at " + text.substr(0, text.find('.') + 4) + " s";
}

// What was reported, in order of time: first error, crash, panic.
void write_events(Page& page, const vd::Verdict& verdict) {
    auto report = [&](std::string_view label, const facts::Crash& crash) {
        std::string text = clip(escape(crash.message), 300);
        if (text.empty()) text = spoken(crash.kind);
        if (crash.top)
            text += (crash.top->trust == Trust::guess ? " — perhaps in " : " — in ") +
                    frame_text(*crash.top);
        text += when(crash.time_s);
        if (crash.log_line) text += ", log line " + std::to_string(*crash.log_line);
        page.labelled(label, text, kLabel);
    };
    page.blank();
    if (verdict.first_error) report("First error", *verdict.first_error);
    if (verdict.crash && verdict.crash->kind != CrashKind::none) {
        report("Crash", *verdict.crash);
        const std::string& fault = verdict.crash->fault.sentence;
        if (!fault.empty()) page.labelled("Fault", escape(fault), kLabel);
        if (verdict.crash->call_target)
            page.labelled("Call", escape(facts::sentence(*verdict.crash->call_target)), kLabel);
    }
    if (verdict.panic) {
        std::string text = clip(escape(verdict.panic->reason), 200);
        std::string task = task_text(verdict.panic->task);
        bool same = verdict.crash && task == task_text(verdict.crash->task);
        if (!task.empty() && !same) text += " — called by " + task;
        if (text.empty()) text = "the crash kernel was entered without a panic message";
        if (verdict.panic->cpu) text += ", CPU " + std::to_string(*verdict.panic->cpu);
        if (text != verdict.panic->reason || !verdict.crash) page.labelled("Panic", text, kLabel);
    }
    if (!verdict.culprit.function.empty() && verdict.culprit.component != nfs::Component::none) {
        std::string text = verdict.culprit.function;
        if (!verdict.culprit.module.empty()) text += " [" + verdict.culprit.module + "]";
        join(text, verdict.culprit.basis, " — ");
        page.labelled("Culprit", text, kLabel);
    }
}

// Operands that were shown with their provenance, by name, value and provenance.
using Told = std::set<std::array<std::string, 3>>;

std::string operand_text(const rules::Operand& operand, Told& told) {
    std::string text = operand.name + " = " + clip(escape(operand.value), kMaxValue);
    bool is_new = told.insert({operand.name, operand.value, operand.provenance}).second;
    if (!operand.provenance.empty() && is_new)
        text += " (" + clip(escape(operand.provenance), kMaxValue) + ")";
    return text;
}

// A call whose result the rule gives a name: the name says it shorter.
bool is_named_below(const rules::Evidence& evidence, const rules::Operand& call) {
    if (!call.name.ends_with(")")) return false;
    return std::any_of(evidence.operands.begin(), evidence.operands.end(),
                       [&](const rules::Operand& other) {
                           return !other.name.ends_with(")") && other.value == call.value &&
                                  other.provenance == call.provenance;
                       });
}

// Clause names are shown as they are written: they hold names of the kernel. An unknown operand is
// not listed where the reason says the same.
void write_clause(Page& page, const rules::Evidence& evidence, Told& told) {
    constexpr std::size_t kMaxOperands = 3, kAnswer = 5, kIndent = 2;
    std::string text = evidence.clause;
    if (evidence.role == rules::Role::refuting) text += " (would speak against it)";
    if (evidence.role == rules::Role::supporting) text += " (supporting)";

    std::size_t shown = 0, left = 0;
    for (const rules::Operand& operand : evidence.operands) {
        if (!evidence.missing.empty() && operand.value.starts_with("unknown")) continue;
        if (is_named_below(evidence, operand)) continue;
        if (shown == kMaxOperands)
            ++left;
        else
            text += (shown++ == 0 ? ": " : "; ") + operand_text(operand, told);
    }
    if (left != 0)
        text += "; " + std::to_string(left) + (left == 1 ? " more value" : " more values");
    for (const Unknown& missing : evidence.missing)
        text += (shown++ == 0 ? ": " : "; ") + clip(escape(spoken(missing)), kMaxValue);
    page.labelled(spoken(evidence.result), text, kAnswer, kIndent,
                  evidence.result == Tri::unknown ? Ink::yellow : Ink::bold);
}

void write_why(Page& page, const vd::Diagnosis& diagnosis) {
    if (diagnosis.evidence.empty()) return;
    page.section("Why");
    Told told;
    for (const rules::Evidence& evidence : diagnosis.evidence) write_clause(page, evidence, told);
}

std::string presence_text(const vd::FixHere& fix) {
    std::string basis = " (" + std::string(kn::to_string(fix.basis)) + ")";
    switch (fix.presence) {
        case kn::Presence::present:
            return "present" + basis;
        case kn::Presence::absent:
            return "missing" + basis;
        case kn::Presence::unknown:
            break;
    }
    return "not known";
}

// "06c9fdf3b9f1  missing (probe)    NFS: On fatal ... (v5.3, 5.2.17)"
void write_commit(Page& page, const vd::FixHere& fix) {
    constexpr std::size_t kHash = 14, kPresence = 19, kIndent = 2;
    std::string left = pad(fix.commit.empty() ? "(no hash)" : fix.commit.substr(0, 12), kHash) +
                       presence_text(fix);
    std::string releases = fix.release;
    for (const std::string& stable : fix.stable) join(releases, stable, ", ");
    std::string text = fix.subject;
    if (!releases.empty()) join(text, "(" + releases + ")", " ");
    if (!fix.note.empty()) text += ". " + fix.note;
    Ink ink = fix.presence == kn::Presence::unknown ? Ink::plain : Ink::bold;
    page.labelled(left, text, kHash + kPresence, kIndent, ink);
}

void write_commits(Page& page, const vd::RecordHere& record, kn::Role role,
                   std::string_view intro) {
    bool first = true;
    for (const vd::FixHere& fix : record.fixes) {
        if (fix.role != role) continue;
        if (first && !intro.empty()) page.paragraph(intro, 2);
        first = false;
        write_commit(page, fix);
    }
}

std::string here_text(const vd::RecordHere& record) {
    std::string basis = record.basis == kn::Basis::none
                            ? ""
                            : " (by " + std::string(kn::to_string(record.basis)) + ")";
    switch (record.status) {
        case kn::HereStatus::fixed:
            return "This kernel has the fix" + basis;
        case kn::HereStatus::partly_fixed:
            return "This kernel has only a part of the fix" + basis;
        case kn::HereStatus::affected:
            return "This kernel is affected" + basis;
        case kn::HereStatus::not_affected:
            return "This kernel does not have this bug" + basis;
        case kn::HereStatus::unknown:
            break;
    }
    return "Whether this kernel has the fix is not known";
}

// A record that does not apply here is no remedy: its commits are not listed then.
bool applies(const vd::RecordHere& record, vd::Status status) {
    bool excluded =
        record.status == kn::HereStatus::fixed || record.status == kn::HereStatus::not_affected;
    return !excluded && (record.status != kn::HereStatus::unknown || record.plausible != Tri::no ||
                         status == vd::Status::known_bug);
}

void write_record(Page& page, const vd::RecordHere& record, const vd::Diagnosis& diagnosis) {
    bool is_bug = record.kind == kn::RecordKind::bug;
    page.section(!is_bug ? "What is known" : applies(record, diagnosis.status) ? "Fix" : "Record");
    std::string title = record.title == diagnosis.title ? "" : record.title;
    for (const std::string& alias : record.aliases) join(title, alias, ", ");
    std::string_view id = record.id == diagnosis.rule ? std::string_view() : record.id;
    if (!title.empty() || !id.empty()) page.between(title, id, 2);
    if (is_bug) page.paragraph(here_text(record) + ": " + record.why + ".", 2);
    if (!applies(record, diagnosis.status)) {
        page.paragraph("The commits of this record are no remedy here.", 2);
        return;
    }
    write_commits(page, record, kn::Role::fix, "");
    write_commits(page, record, kn::Role::prerequisite, "Needed with it:");
    write_commits(page, record, kn::Role::follow_up, "Later repairs of the same place:");
    write_commits(page, record, kn::Role::introduces, "Brought in by:");
    write_commits(page, record, kn::Role::reverted, "Not a remedy, it was reverted:");
    for (const kn::Regression& regression : record.regressions)
        page.paragraph(
            "Mind: with " + regression.by.substr(0, 12) + " comes: " + regression.what +
                (regression.repair.empty() ? std::string(" (no repair known)")
                                           : ", repaired by " + regression.repair.substr(0, 12)) +
                ".",
            2);
}

// Records that nothing but names of functions speaks for.
void write_near_records(Page& page, const vd::Diagnosis& diagnosis) {
    page.section("Known bugs in the same functions (nothing else was compared)");
    for (const vd::RecordHere& record : diagnosis.records) {
        std::string title = record.title;
        for (const std::string& alias : record.aliases) join(title, alias, ", ");
        page.between(title, record.id, 2);
        std::string functions;
        for (const std::string& function : record.shared_functions) join(functions, function, ", ");
        page.labelled("on this stack", functions, 16, 4, Ink::plain);
        write_commits(page, record, kn::Role::fix, "");
    }
}

void write_advice(Page& page, const vd::Diagnosis& diagnosis) {
    bool blank = false;
    auto label = [&](std::string_view name, std::string_view text) {
        if (text.empty()) return;
        if (!blank) page.blank();
        blank = true;
        page.labelled(name, text, kLabel);
    };
    for (const vd::RecordHere& record : diagnosis.records)
        if (applies(record, diagnosis.status))
            label(record.kind == kn::RecordKind::bug ? "Until then" : "Do", record.workaround);
    std::string_view name = "Not this";
    for (const std::string& sentence : diagnosis.not_this) {
        label(name, sentence);
        name = "";
    }
}

void write_steps(Page& page, const vd::Diagnosis& diagnosis) {
    if (diagnosis.next_steps.empty()) return;
    bool named = diagnosis.status == vd::Status::known_bug ||
                 diagnosis.status == vd::Status::known_condition ||
                 diagnosis.status == vd::Status::candidate;
    page.section(named ? "Check it" : "Collect next");
    for (const kn::Step& step : diagnosis.next_steps) {
        page.paragraph(step.what, 2);
        if (!step.command.empty()) page.command(step.command, 6);
    }
}

}  // namespace

void write_nearest(Page& page, const vd::Verdict& verdict) {
    if (verdict.near_misses.empty()) return;
    page.section("Nearest rules, and what spoke against them");
    std::size_t shown = 0;
    for (const vd::NearMiss& miss : verdict.near_misses) {
        if (shown++ == kMaxNearest) break;
        page.labelled(miss.rule, miss.title, 36, 2, Ink::plain);
        std::string text = std::string(spoken(miss.result)) + "  " + miss.failed_clause;
        if (!miss.clause_text.empty()) text += ": " + clip(escape(miss.clause_text), kMaxValue);
        page.paragraph(text, 6, Ink::dim);
    }
}

namespace {

// " · types from btf · symbols from kallsyms, profile"
std::string layout_text(const facts::LayoutSources& layout) {
    std::string text;
    auto add = [&text](const char* what, const std::vector<std::string>& sources) {
        if (sources.empty()) return;
        std::string names;
        for (const std::string& source : sources) join(names, source, ", ");
        text += " · " + std::string(what) + " from " + names;
    };
    add("types", layout.types);
    add("symbols", layout.symbols);
    add("source lines", layout.source_lines);
    return text;
}

}  // namespace

void write_ground(Page& page, const vd::Verdict& verdict) {
    std::string_view state = "State";
    for (const std::string& sentence : verdict.state) {
        page.labelled(state, sentence, kLabel);
        state = "";
    }
    std::string kernel;
    if (verdict.kernel.taint) join(kernel, "taint " + *verdict.kernel.taint, ", ");
    if (verdict.kernel.uptime_s)
        join(kernel, "up " + std::to_string(*verdict.kernel.uptime_s) + " s", ", ");
    std::string outside;
    for (const std::string& module : verdict.kernel.out_of_tree_modules) join(outside, module, " ");
    if (!outside.empty()) join(kernel, "out-of-tree modules: " + clip(escape(outside), 300), ", ");
    if (!kernel.empty()) page.labelled("Kernel", kernel, kLabel);
    std::string input = verdict.input.is_dump ? "vmcore" : "console log";
    if (!verdict.input.format.empty() && verdict.input.format != input)
        input += ", " + clip(escape(verdict.input.format), 80);
    if (!verdict.input.complete) input += ", not complete";
    if (verdict.input.is_dump) input += layout_text(verdict.kernel.layout);
    page.labelled("Input", input, kLabel);
    std::string_view absent = "Missing";
    for (const std::string& missing : verdict.input.missing) {
        page.labelled(absent, missing, kLabel);
        absent = "";
    }
    if (verdict.limits.deadline_hit)
        page.labelled("Limit", "the analysis had not come to its end when this was written",
                      kLabel);
    if (verdict.limits.budget_hit)
        page.labelled("Limit", "a walk was cut short, some lists are not complete", kLabel);
    for (const std::string& walk : verdict.limits.walks_truncated)
        page.labelled("Limit", "cut short: " + walk, kLabel);
    for (const std::string& file : verdict.limits.rules_not_loaded)
        page.labelled("Not loaded", file, kLabel);
    if (verdict.signature) {
        page.labelled("Signature", verdict.signature->id, kLabel);
        page.paragraph(verdict.signature->text, 2, Ink::dim);
    }
}

void write_remedy(Page& page, const vd::Diagnosis& diagnosis) {
    bool near = !diagnosis.records.empty() && diagnosis.rule.empty();
    if (near)
        write_near_records(page, diagnosis);
    else
        for (const vd::RecordHere& record : diagnosis.records)
            write_record(page, record, diagnosis);
    if (!near) write_advice(page, diagnosis);
    write_steps(page, diagnosis);
}

std::string summary(const vd::Verdict& verdict) {
    std::string text;
    const auto status = verdict.verdicts.front().status;
    if (status != vd::Status::no_crash && verdict.culprit.component != nfs::Component::none)
        join(text, spoken(verdict.culprit.component), " · ");
    if (verdict.kernel.release) {
        std::string kernel = *verdict.kernel.release;
        if (verdict.kernel.arch) {
            std::string arch(to_string(*verdict.kernel.arch));
            if (kernel.find(arch) == std::string::npos) kernel += " " + arch;
        }
        join(text, clip(escape(kernel), 80), " · ");
    }
    if (verdict.crash && verdict.crash->kind != CrashKind::none) {
        join(text, spoken(verdict.crash->kind), " · ");
        if (verdict.crash->cpu) join(text, "CPU " + std::to_string(*verdict.crash->cpu), " · ");
        join(text, task_text(verdict.crash->task), " · ");
    }
    if (text.empty()) text = clip(escape(verdict.input.format), 80);
    return text;
}

std::string headline(const vd::Diagnosis& diagnosis) {
    return std::string(spoken(diagnosis.status)) + " (" +
           std::string(vd::to_string(diagnosis.confidence)) + ")  " + diagnosis.title;
}

void write_answer(Page& page, const vd::Verdict& verdict) {
    const vd::Diagnosis& first = verdict.verdicts.front();
    page.headline(headline(first), first.rule, ink_of(first.status));
    page.paragraph(summary(verdict), 0);
    if (!first.explanation.empty()) {
        page.blank();
        bool open = first.status == vd::Status::candidate;
        page.paragraph(
            (open ? "Not proven by this input. If it is this: " : "") + first.explanation, 0);
    }
    write_events(page, verdict);
}

void write_alternatives(Page& page, const vd::Verdict& verdict) {
    for (std::size_t i = 1; i < verdict.verdicts.size(); ++i) {
        const vd::Diagnosis& other = verdict.verdicts[i];
        page.section("Also possible");
        page.between(headline(other), other.rule, 2);
        if (!other.explanation.empty()) page.paragraph(other.explanation, 2);
    }
}

void write_verdict(Page& page, const vd::Verdict& verdict) {
    write_answer(page, verdict);
    write_why(page, verdict.verdicts.front());
    write_remedy(page, verdict.verdicts.front());
    write_alternatives(page, verdict);
    write_stacks(page, verdict);
    write_nearest(page, verdict);
    page.blank();
    write_ground(page, verdict);
}

void write_error(Page& page, const Error& error) {
    page.labelled("UNREADABLE", error.file, kLabel, 0, Ink::red);
    std::string place = error.offset ? "at byte " + std::to_string(*error.offset) + ": " : "";
    page.labelled("Found", place + error.expected, kLabel);
    if (!error.remedy.empty()) page.labelled("Try", error.remedy, kLabel);
}

}  // namespace nfstriage::report
