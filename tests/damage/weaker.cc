#include "damage/weaker.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/address.h"
#include "triage/catalogue.h"

namespace nfstriage::damage {
namespace {

using knowledge::HereStatus;
using verdict::Diagnosis;
using verdict::Status;

// Collects what is not weaker, each with the place where it stands.
class Complaints {
public:
    void add(std::string what) { found_.push_back(place_ + what); }
    void check(bool weaker, const std::string& what) {
        if (!weaker) add(what);
    }
    void at(std::string place) { place_ = std::move(place) + ": "; }
    template <class T, class Write>
    void same_or_absent(const char* name, const std::optional<T>& before,
                        const std::optional<T>& after, Write write) {
        if (!after || (before && *before == *after)) return;
        add(std::string(name) + " was " + (before ? write(*before) : "unknown") + ", became " +
            write(*after));
    }
    void same_or_absent(const char* name, const std::optional<std::string>& before,
                        const std::optional<std::string>& after) {
        same_or_absent(name, before, after, [](const std::string& text) { return text; });
    }
    template <class T>
    void same_number_or_absent(const char* name, const std::optional<T>& before,
                               const std::optional<T>& after) {
        same_or_absent(name, before, after, [](T number) { return std::to_string(number); });
    }
    std::vector<std::string> take() && { return std::move(found_); }

private:
    std::string place_;
    std::vector<std::string> found_;
};

// known_bug -> candidate -> unknown_signature | inconclusive; not_nfs and known_condition ->
// inconclusive; nothing becomes not_nfs or known_condition. For unknown_signature -> candidate see
// is_no_longer_refuted(), for known_condition -> unknown_signature is_said_to_be_near().
bool may_become(Status from, Status to) {
    if (from == to || to == Status::inconclusive) return true;
    if (to == Status::unknown_signature)
        return from == Status::known_bug || from == Status::candidate;
    return to == Status::candidate && from == Status::known_bug;
}

// The exception alone does not tell what its handler found; without the report that it printed the
// kind is that of the way into the kernel.
bool may_become(CrashKind from, CrashKind to) {
    using enum CrashKind;
    if (from == to || to == none) return true;
    bool is_assertion = from == warning || from == refcount || from == list_corruption;
    if (to == warning || to == bug) return is_assertion;
    return from == null_deref && to == paging_request;
}

// The rule that another one refines claims less: what tells the two apart may be what was lost.
bool is_same_or_more_general(const std::string& after, const std::string& before) {
    if (after == before) return true;
    for (const rules::Rule& rule : test::catalogue().rules)
        if (rule.id == before)
            return std::count(rule.refines.begin(), rule.refines.end(), after) != 0;
    return false;
}

// What spoke against the rule is what was lost; as little is claimed as by the log alone.
bool is_no_longer_refuted(const Diagnosis& candidate, const Answer& before) {
    auto old = before.clauses.find(candidate.rule);
    if (old == before.clauses.end() || candidate.confidence != verdict::Confidence::possible)
        return false;
    return std::any_of(candidate.evidence.begin(), candidate.evidence.end(), [&](const auto& now) {
        auto then = old->second.find(now.clause);
        const Tri against = now.role == rules::Role::refuting ? Tri::yes : Tri::no;
        return now.role != rules::Role::supporting && now.result == Tri::unknown &&
               then != old->second.end() && then->second == against;
    });
}

void compare_tasks(const facts::Task& before, const facts::Task& after, Complaints& found) {
    found.same_number_or_absent("pid", before.pid, after.pid);
    found.same_or_absent("comm", before.comm, after.comm);
    found.same_or_absent("task", before.address, after.address, [](VAddr at) { return hex(at); });
}

void compare_crashes(const std::optional<facts::Crash>& before,
                     const std::optional<facts::Crash>& after, Complaints& found) {
    if (!after || after->kind == CrashKind::none) return;
    if (!before) return found.add("appeared");
    found.check(may_become(before->kind, after->kind),
                "kind was " + std::string(to_string(before->kind)) + ", became " +
                    std::string(to_string(after->kind)));
    found.same_number_or_absent("cpu", before->cpu, after->cpu);
    compare_tasks(before->task, after->task, found);
    auto number = [](std::uint64_t value) { return hex(value); };
    found.same_or_absent("fault address", before->fault.address, after->fault.address, number);
    if (after->top && !after->top->function.empty()) {
        std::string old = before->top ? before->top->function : "unknown";
        found.check(
            before->top && after->top->function == old && after->top->module == before->top->module,
            "function was " + old + ", became " + after->top->function);
    }
    for (const auto& [name, value] : after->registers.values)
        found.same_or_absent(std::string(name).c_str(), before->registers.get(name),
                             std::optional<std::uint64_t>(value), number);
}

bool has_all(const std::string& letters, const std::string& of) {
    return of.find_first_not_of(letters + " ") == std::string::npos;
}

void compare_kernels(const facts::Kernel& before, const facts::Kernel& after, Complaints& found) {
    found.same_or_absent("release", before.release, after.release);
    found.same_or_absent("version", before.version, after.version);
    found.same_or_absent("build id", before.build_id, after.build_id);
    // Each report printed the flags of its moment, memory has those of the end.
    bool of_two_moments =
        before.taint && after.taint &&
        (has_all(*before.taint, *after.taint) || has_all(*after.taint, *before.taint));
    if (!of_two_moments) found.same_or_absent("taint", before.taint, after.taint);
    found.same_or_absent("vendor", before.vendor, after.vendor);
    found.same_number_or_absent("page size", before.page_size, after.page_size);
    found.same_number_or_absent("KASLR offset", before.kaslr_offset, after.kaslr_offset);
    found.same_number_or_absent("HZ", before.hz, after.hz);
    std::set<std::string> known(before.modules.begin(), before.modules.end());
    for (const std::string& module : after.modules)
        found.check(known.count(module) != 0, "module " + module + " appeared");
}

const Diagnosis* diagnosis_of(const verdict::Verdict& verdict, const std::string& rule) {
    for (const Diagnosis& diagnosis : verdict.verdicts)
        if (diagnosis.rule == rule) return &diagnosis;
    return nullptr;
}

void compare_records(const Diagnosis& before, const Diagnosis& after, Complaints& found) {
    for (const verdict::RecordHere& record : after.records)
        for (const verdict::RecordHere& old : before.records)
            if (record.id == old.id)
                found.check(record.status == old.status || record.status == HereStatus::unknown,
                            record.id + " was " + std::string(to_string(old.status)) + ", became " +
                                std::string(to_string(record.status)));
}

// The condition's rule is named, with the clause that what was lost leaves open.
bool is_said_to_be_near(const std::string& rule, const verdict::Verdict& after) {
    return std::any_of(after.near_misses.begin(), after.near_misses.end(), [&](const auto& miss) {
        return miss.rule == rule && miss.result == Tri::unknown;
    });
}

void compare_diagnoses(const Answer& old_answer, const verdict::Verdict& after, Complaints& found) {
    const verdict::Verdict& before = old_answer.verdict;
    const Diagnosis &first = after.verdicts.at(0), &old_first = before.verdicts.at(0);
    const bool undecided_again = old_first.status == Status::unknown_signature &&
                                 first.status == Status::candidate &&
                                 is_no_longer_refuted(first, old_answer);
    const bool left_open = old_first.status == Status::known_condition &&
                           first.status == Status::unknown_signature &&
                           is_said_to_be_near(old_first.rule, after);
    found.check(undecided_again || left_open || may_become(old_first.status, first.status),
                "status was " + std::string(to_string(old_first.status)) + " (" + old_first.rule +
                    "), became " + std::string(to_string(first.status)) + " (" + first.rule + ")");
    found.check(undecided_again || first.rule.empty() ||
                    is_same_or_more_general(first.rule, old_first.rule),
                "rule was '" + old_first.rule + "', became '" + first.rule + "'");
    for (const Diagnosis& diagnosis : after.verdicts) {
        const Diagnosis* old = diagnosis_of(before, diagnosis.rule);
        bool claims = diagnosis.status == Status::known_bug ||
                      diagnosis.status == Status::known_condition ||
                      diagnosis.status == Status::not_nfs;
        found.check(!claims || (old != nullptr && old->status == diagnosis.status),
                    diagnosis.rule + " appeared as " + std::string(to_string(diagnosis.status)));
        if (old == nullptr) continue;
        bool same = old->status == diagnosis.status && !diagnosis.rule.empty();
        found.check(!same || diagnosis.confidence <= old->confidence,
                    diagnosis.rule + " was " + std::string(to_string(old->confidence)) +
                        ", became " + std::string(to_string(diagnosis.confidence)));
        compare_records(*old, diagnosis, found);
    }
}

void compare_clauses(const Answer& before, const Answer& after, Complaints& found) {
    for (const auto& [rule, clauses] : after.clauses) {
        auto old_rule = before.clauses.find(rule);
        if (old_rule == before.clauses.end()) continue;  // the crash's kind is known less well
        for (const auto& [clause, result] : clauses) {
            auto old = old_rule->second.find(clause);
            if (result == Tri::unknown || old == old_rule->second.end()) continue;
            found.check(result == old->second, rule + ", " + clause + " was " +
                                                   std::string(to_string(old->second)) +
                                                   ", became " + std::string(to_string(result)));
        }
    }
}

void compare_arguments(const Frame& before, const Frame& after, Complaints& found) {
    for (const Argument& argument : after.arguments) {
        if (!argument.value || argument.trust >= Trust::scan || !argument.doubt.empty()) continue;
        for (const Argument& old : before.arguments)
            if (old.index == argument.index)
                found.check(old.value == argument.value && old.trust <= argument.trust,
                            "argument " + std::to_string(argument.index) + " of " + after.function +
                                " was " + (old.value ? hex(*old.value) : "unknown") + " by " +
                                std::string(to_string(old.trust)) + ", became " +
                                hex(*argument.value) + " by " +
                                std::string(to_string(argument.trust)));
    }
}

// The frame of the whole dump that stood at the same place; of several, the one trusted most.
const Frame* frame_at(const verdict::Verdict& verdict, const Frame& frame) {
    const Frame* best = nullptr;
    for (const facts::Stack& stack : verdict.stacks)
        for (const Frame& old : stack.frames)
            if (old.stack_pointer == frame.stack_pointer && old.address == frame.address &&
                old.inlined == frame.inlined && (best == nullptr || old.trust < best->trust))
                best = &old;
    return best;
}

// The stack of an idle CPU is left out. One whose task is lost is not known to be idle.
bool may_be_idle(const verdict::Verdict& before, const facts::Stack& stack) {
    return stack.role == facts::StackRole::other && !stack.task.pid &&
           std::none_of(before.stacks.begin(), before.stacks.end(),
                        [&](const facts::Stack& old) { return old.cpu && old.cpu == stack.cpu; });
}

void compare_stacks(const verdict::Verdict& before, const verdict::Verdict& after, bool arguments,
                    Complaints& found) {
    for (const facts::Stack& stack : after.stacks) {
        if (may_be_idle(before, stack)) continue;
        for (const Frame& frame : stack.frames) {
            if (!frame.stack_pointer || !frame.address || frame.inlined) continue;
            std::string what = (frame.function.empty() ? "?" : frame.function) + " at " +
                               hex(*frame.stack_pointer);
            const Frame* old = frame_at(before, frame);
            if (old == nullptr) {
                found.check(frame.trust >= Trust::scan,
                            what + " appeared by " + std::string(to_string(frame.trust)));
                continue;
            }
            found.check(old->trust <= frame.trust,
                        what + " was found by " + std::string(to_string(old->trust)) +
                            ", became found by " + std::string(to_string(frame.trust)));
            found.check(frame.function.empty() || old->function == frame.function,
                        what + " was " + old->function);
            if (arguments) compare_arguments(*old, frame, found);
        }
    }
}

void compare_counts(const char* name, const nfs::Count& before, const nfs::Count& after,
                    Complaints& found) {
    bool weaker = after.number <= before.number &&
                  (!after.complete || (before.complete && after.number == before.number));
    found.check(weaker, std::string(name) + " were " + std::to_string(before.number) + ", became " +
                            std::to_string(after.number) + (after.complete ? ", complete" : ""));
}

void compare_summaries(const nfs::Summary& before, const nfs::Summary& after, Complaints& found) {
    compare_counts("mounts", before.mounts, after.mounts, found);
    compare_counts("nfs_clients", before.nfs_clients, after.nfs_clients, found);
    compare_counts("nfs_servers", before.nfs_servers, after.nfs_servers, found);
    compare_counts("rpc_clnts", before.rpc_clnts, after.rpc_clnts, found);
    compare_counts("rpc_xprts", before.rpc_xprts, after.rpc_xprts, found);
    compare_counts("rpc_tasks", before.rpc_tasks, after.rpc_tasks, found);
    compare_counts("findings", before.findings_count, after.findings_count, found);
    if (!after.at_risk) return;
    std::uint64_t old = before.at_risk.value_or(0);
    found.check(
        *after.at_risk <= old && (!after.risk_complete || *after.at_risk == old),
        "bytes at risk were " + std::to_string(old) + ", became " + std::to_string(*after.at_risk));
}

}  // namespace

std::vector<std::string> not_weaker(const Answer& before, const Answer& after, bool arguments) {
    Complaints found;
    const verdict::Verdict &old = before.verdict, &now = after.verdict;
    found.at("verdicts");
    compare_diagnoses(before, now, found);
    found.at("crash");
    compare_crashes(old.crash, now.crash, found);
    found.at("first error");
    compare_crashes(old.first_error, now.first_error, found);
    found.at("panic");
    if (now.panic) {
        facts::Panic none;
        const facts::Panic& panic = old.panic ? *old.panic : none;
        found.same_number_or_absent("cpu", panic.cpu, now.panic->cpu);
        compare_tasks(panic.task, now.panic->task, found);
    }
    found.at("kernel");
    compare_kernels(old.kernel, now.kernel, found);
    found.at("host");
    found.same_or_absent("name", old.host.name, now.host.name);
    found.at("clauses");
    compare_clauses(before, after, found);
    found.at("stacks");
    compare_stacks(old, now, arguments, found);
    found.at("nfs");
    if (now.nfs) compare_summaries(old.nfs.value_or(nfs::Summary{}), *now.nfs, found);
    std::vector<std::string> all = std::move(found).take();
    if (!before.state.empty())
        for (std::string& what : not_weaker(before.state, after.state))
            all.push_back("state: " + std::move(what));
    return all;
}

}  // namespace nfstriage::damage
