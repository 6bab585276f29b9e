#include "verdict/judge.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "nfs/family.h"
#include "verdict/assess.h"
#include "verdict/fix_list.h"
#include "verdict/near_records.h"
#include "verdict/next_steps.h"
#include "verdict/signature.h"
#include "verdict/state.h"
#include "verdict/task_reports.h"

namespace nfstriage::verdict {
namespace {

constexpr std::size_t kNearRecords = 3;
constexpr std::size_t kEnoughSteps = 5;  // the rule's own first; a record's only up to here

Status status_from(rules::MatchStatus status) {
    switch (status) {
        case rules::MatchStatus::known_bug:
            return Status::known_bug;
        case rules::MatchStatus::known_condition:
            return Status::known_condition;
        case rules::MatchStatus::not_nfs:
            return Status::not_nfs;
        case rules::MatchStatus::candidate:
            return Status::candidate;
        case rules::MatchStatus::none:
            break;
    }
    return Status::inconclusive;
}

Confidence confidence_from(rules::Confidence confidence) {
    switch (confidence) {
        case rules::Confidence::certain:
            return Confidence::certain;
        case rules::Confidence::likely:
            return Confidence::likely;
        case rules::Confidence::possible:
            break;
    }
    return Confidence::possible;
}

bool may_apply(const knowledge::Record& record, const knowledge::Here& here) {
    using knowledge::HereStatus;
    if (record.kind == knowledge::RecordKind::condition) return true;
    return here.status == HereStatus::affected || here.status == HereStatus::partly_fixed ||
           (here.status == HereStatus::unknown && here.plausible == Tri::yes);
}

// The fix is here, or the code or cause is not.
bool is_excluded(const knowledge::Here& here) {
    using knowledge::HereStatus;
    return here.status == HereStatus::fixed || here.status == HereStatus::not_affected ||
           here.plausible == Tri::no;
}

// Rule and record texts may be folded over several lines.
std::string one_line(std::string_view text) {
    std::string line;
    for (char c : text) {
        bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        if (!blank)
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    if (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

void add_step(std::vector<knowledge::Step>& steps, knowledge::Step step) {
    bool known = std::any_of(steps.begin(), steps.end(), [&](const knowledge::Step& other) {
        return other.what == step.what && other.command == step.command;
    });
    if (!known) steps.push_back(std::move(step));
}

Diagnosis diagnosis_of(const rules::Match& match, const Findings& findings) {
    const rules::Rule& rule = *match.rule;
    Diagnosis result;
    result.status = status_from(match.status);
    result.confidence = confidence_from(match.confidence);
    result.rule = rule.id;
    result.title = one_line(rule.title);
    result.explanation = one_line(match.explanation);
    result.evidence = match.evidence;
    for (const std::string& sentence : rule.not_this) result.not_this.push_back(one_line(sentence));
    result.component = rule.component;
    for (const rules::NextStep& step : rule.next_steps)
        add_step(result.next_steps, {one_line(step.what), one_line(step.command)});

    bool applies = rule.records.empty(), excluded = !applies;
    for (const std::string& id : rule.records) {
        const knowledge::Record* record = findings.library.find(id);
        if (record == nullptr) {
            applies = true;  // a record that cannot be read speaks against nothing
            continue;
        }
        knowledge::Here here = knowledge::status_here(*record, findings.scene);
        applies = applies || may_apply(*record, here);
        excluded = excluded && is_excluded(here);
        result.records.push_back(record_here(*record, here));
        if (result.status == Status::candidate || here.status == knowledge::HereStatus::unknown)
            for (const knowledge::Step& step : record->collect)
                if (result.next_steps.size() < kEnoughSteps) add_step(result.next_steps, step);
    }
    if (result.status == Status::known_bug && !applies) {
        result.status = Status::candidate;
        result.explanation += result.explanation.empty() ? "" : " ";
        result.explanation += excluded
                                  ? "The picture fits the bug, but this kernel should not have it."
                                  : "The picture fits the bug; whether this kernel can have it is "
                                    "not known.";
    }
    return result;
}

NearMiss near_miss_of(const rules::Match& match) {
    NearMiss miss;
    miss.rule = match.rule->id;
    miss.title = one_line(match.rule->title);
    miss.failed_clause = match.failed_clause;
    miss.result = match.failed_result;
    for (const rules::Evidence& evidence : match.evidence)
        if (evidence.clause == match.failed_clause) miss.clause_text = one_line(evidence.text);
    return miss;
}

// Where to look further: bugs whose functions are on this stack and whose fix may be missing here.
void add_near_records(Diagnosis& diagnosis, const Findings& findings) {
    bool of_nfs =
        diagnosis.status == Status::unknown_signature || diagnosis.status == Status::inconclusive;
    if (!of_nfs || !findings.scene.crash) return;
    for (const NearRecord& near : near_records(findings.scene, findings.library, kNearRecords)) {
        RecordHere record = record_here(*near.record, near.here);
        record.shared_functions = near.shared;
        diagnosis.records.push_back(std::move(record));
    }
}

Diagnosis diagnosis_of(const Assessment& assessment, const facts::Scene& scene) {
    Diagnosis result;
    result.status = assessment.status;
    result.confidence = assessment.confidence;
    result.title = assessment.title;
    result.explanation = assessment.explanation;
    result.component = nfs::to_string(assessment.culprit.component);
    result.next_steps = next_steps(scene, assessment);
    return result;
}

// Parts of NFS that the blamed stack goes through: a rule about another part is not near. Rules of
// component "none" are about causes outside.
std::set<std::string, std::less<>> components_of(const facts::Scene& scene,
                                                 const Assessment& assessment) {
    std::set<std::string, std::less<>> components{
        "none", std::string(nfs::to_string(assessment.culprit.component))};
    for (const Frame& frame : facts::blamed_frames(scene).frames)
        if (auto component = nfs::component_of(frame))
            components.emplace(nfs::to_string(*component));
    return components;
}

void rank(std::vector<Diagnosis>& verdicts) {
    std::stable_sort(verdicts.begin(), verdicts.end(), [](const Diagnosis& a, const Diagnosis& b) {
        return std::tuple(a.status, b.confidence, std::string_view(a.rule)) <
               std::tuple(b.status, a.confidence, std::string_view(b.rule));
    });
    for (std::size_t i = 0; i < verdicts.size(); ++i)
        verdicts[i].rank = static_cast<unsigned>(i + 1);
}

// Loaded modules of the NFS family, and what their traffic or files go through.
std::vector<std::string> modules_of_interest(const facts::Kernel& kernel) {
    std::set<std::string> found;
    for (const std::string& module : kernel.modules)
        if (nfs::component_of("", module) || module == "fscache" || module == "cachefiles" ||
            module == "netfs" || module == "rpcsec_gss_krb5")
            found.insert(module);
    return {found.begin(), found.end()};
}

}  // namespace

Verdict judge(const Findings& findings) {
    const facts::Scene& scene = findings.scene;
    const Assessment assessment = assess(scene);

    Verdict verdict;
    verdict.input = scene.input;
    verdict.kernel = scene.kernel;
    verdict.host = scene.host;
    verdict.modules_of_interest = modules_of_interest(scene.kernel);
    verdict.crash = scene.crash;
    verdict.first_error = scene.first_error;
    verdict.panic = scene.panic;
    verdict.culprit = assessment.culprit;
    verdict.stacks = scene.stacks;
    verdict.state = describe_state(scene);
    if (scene.state) {
        verdict.nfs = nfs::summarize(*scene.state, task_reports(scene));
        auto crash_pid = scene.crash ? scene.crash->task.pid : std::nullopt;
        for (std::string& sentence : describe_summary(*verdict.nfs, crash_pid))
            verdict.state.push_back(std::move(sentence));
        verdict.limits.walks_truncated = verdict.nfs->limited;
    }
    verdict.servers = other_hosts(scene.log, verdict.nfs ? &*verdict.nfs : nullptr);
    verdict.signature = signature_of(scene);
    verdict.limits.budget_hit = findings.evaluation.budget_hit;
    verdict.limits.rules_not_loaded = findings.rules_not_loaded;
    for (const Error& error : findings.library.errors)
        verdict.limits.rules_not_loaded.push_back(escape(error.file + ": " + error.expected));

    bool decided = false;
    for (const rules::Match& match : findings.evaluation.matches) {
        Diagnosis diagnosis = diagnosis_of(match, findings);
        bool claims_a_bug =
            diagnosis.status == Status::known_bug || diagnosis.status == Status::candidate;
        if (claims_a_bug && assessment.belongs_to_another) {
            NearMiss miss = near_miss_of(match);
            miss.failed_clause = "fault is in NFS code";
            miss.result = Tri::no;
            verdict.near_misses.push_back(std::move(miss));
            continue;
        }
        decided = true;
        verdict.verdicts.push_back(std::move(diagnosis));
    }
    if (!decided) {
        verdict.verdicts.push_back(diagnosis_of(assessment, scene));
        add_near_records(verdict.verdicts.back(), findings);
    }
    rank(verdict.verdicts);
    if (verdict.verdicts.front().status == Status::not_nfs)
        verdict.culprit.component = nfs::Component::none;

    const auto components = components_of(scene, assessment);
    for (const rules::Match& match : findings.evaluation.near_misses)
        if (components.count(match.rule->component) != 0)
            verdict.near_misses.push_back(near_miss_of(match));
    return verdict;
}

}  // namespace nfstriage::verdict
