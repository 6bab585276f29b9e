#include "nfs/reported_task.h"

#include <algorithm>

#include <fmt/format.h>

#include "nfs/wait_words.h"

namespace nfstriage::nfs {
namespace {

// A task is switched away a moment before its queue's clock is read, a report printed a moment
// after it was decided on.
constexpr std::int64_t kSlack_ns = 1'000'000'000;

std::string name_of(const TaskReport& report) {
    return fmt::format("{}[{}]", report.comm, report.pid);
}

// "reported as hung for more than 120 s (3 times)"
std::string words_of(const TaskReport& report) {
    bool is_hung = report.kind == "hung_task";
    std::string text = is_hung ? "hung" : report.kind;
    std::replace(text.begin(), text.end(), '_', ' ');
    text = (is_hung ? "reported as " : "reported for a ") + text;
    if (report.for_s)
        text += fmt::format(" {} {} s", is_hung ? "for more than" : "of", *report.for_s);
    if (report.reports > 1) text += fmt::format(" ({} times)", report.reports);
    return text;
}

class Finder {
public:
    Finder(const WaitsState& waits, const Listing<kernel::TaskInfo>& tasks)
        : waits_(waits), tasks_(tasks) {}

    ReportedTask find(const TaskReport& report) const {
        ReportedTask found;
        found.report = report;
        const kernel::TaskInfo* task = task_of(report, found);
        const Wait* wait = nullptr;
        if (task != nullptr) {
            found.task = task->address;
            found.blocks = tasks_behind(waits_, task->address);
            wait = find_wait(waits_, task->address);
            if (wait != nullptr)
                add_wait(*wait, found);
            else
                found.now = without_wait(*task, found.why);
        }
        found.sentence = sentence_of(found, wait);
        return found;
    }

private:
    const kernel::TaskInfo* task_of(const TaskReport& report, ReportedTask& found) const {
        auto task = std::find_if(
            tasks_.items.begin(), tasks_.items.end(),
            [&](const kernel::TaskInfo& candidate) { return candidate.pid == report.pid; });
        if (task == tasks_.items.end()) {
            found.now = tasks_.complete ? ReportedNow::gone : ReportedNow::unknown;
            found.why = tasks_.complete ? "no task has this pid"
                                        : "it is not among the tasks that could be read";
            return nullptr;
        }
        if (task->comm != report.comm) {
            found.now = ReportedNow::other_task;
            found.why = "the pid is that of " + task->comm;
            return nullptr;
        }
        return &*task;
    }

    void add_wait(const Wait& wait, ReportedTask& found) const {
        bool is_nfs = std::any_of(waits_.waits.items.begin(), waits_.waits.items.end(),
                                  [&](const Wait& listed) { return &listed == &wait; });
        found.now = is_nfs ? ReportedNow::waits : ReportedNow::elsewhere;
        found.since = wait.since.optional();
        if (found.since && waits_.now_ns && found.report.time_ns)
            found.ran = *waits_.now_ns - found.since->ns > *found.report.time_ns + kSlack_ns;
        found.waits_for = wait.kind ? *wait.kind : "";
        found.chain = links_of(waits_, wait);
        if (!wait.head) return;
        found.head = *wait.head;
        if (const WaitChain* chain = find_chain(waits_, wait)) {
            found.head_what = chain->what ? *chain->what : "";
            found.head_blocks = *chain->tasks;
        }
    }

    ReportedNow without_wait(const kernel::TaskInfo& task, std::string& why) const {
        if (task.on_cpu.value_or(false)) return ReportedNow::runs;
        if (task.state == 0) return ReportedNow::runnable;
        if (!task.is_uninterruptible()) return ReportedNow::sleeps;
        bool is_untold =
            std::binary_search(waits_.untold.begin(), waits_.untold.end(), task.address);
        why = is_untold ? "its stack, or what it waits for, could not be read"
                        : "it was not looked at";
        return ReportedNow::unknown;
    }

    static std::string sentence_of(const ReportedTask& found, const Wait* wait) {
        std::string text = name_of(found.report) + ", " + words_of(found.report) + ", ";
        switch (found.now) {
            case ReportedNow::waits:
            case ReportedNow::elsewhere:
                text += words_of_wait(found, *wait);
                break;
            case ReportedNow::runs:
                text += "runs";
                break;
            case ReportedNow::runnable:
                text += "does not sleep any more";
                break;
            case ReportedNow::sleeps:
                text += "sleeps interruptibly now";
                break;
            case ReportedNow::gone:
                text += "is gone: " + found.why;
                break;
            case ReportedNow::other_task:
                text += "is gone: " + found.why + " now";
                break;
            case ReportedNow::unknown:
                text += "waits for what is not known: " + found.why;
                break;
        }
        if (found.blocks != 0)
            text += fmt::format("; it blocks {} {}", found.blocks,
                                found.blocks == 1 ? "other task" : "other tasks");
        return text;
    }

    static std::string words_of_wait(const ReportedTask& found, const Wait& wait) {
        std::string text = "waits for " + (wait.chain ? *wait.chain : "what is not known");
        if (found.now == ReportedNow::elsewhere) text += " (not because of NFS)";
        // The chain's words end in what their head does, unless it is a server.
        if (!found.head_what.empty() && !found.chain.empty() && found.chain.back().kind == "server")
            text += ", which " + found.head_what.substr(0, found.head_what.find(';'));
        if (found.head_blocks > 1)
            text += fmt::format("; {} tasks in all wait for {}", found.head_blocks, found.head);
        if (found.ran.value_or(false)) text += "; it ran since that report";
        return text;
    }

    const WaitsState& waits_;
    const Listing<kernel::TaskInfo>& tasks_;
};

}  // namespace

std::string_view to_string(ReportedNow now) {
    switch (now) {
        case ReportedNow::waits:
            return "waits";
        case ReportedNow::elsewhere:
            return "elsewhere";
        case ReportedNow::runs:
            return "runs";
        case ReportedNow::runnable:
            return "runnable";
        case ReportedNow::sleeps:
            return "sleeps";
        case ReportedNow::gone:
            return "gone";
        case ReportedNow::other_task:
            return "other_task";
        case ReportedNow::unknown:
            break;
    }
    return "unknown";
}

std::vector<ReportedTask> find_reported_tasks(const WaitsState& waits,
                                              const Listing<kernel::TaskInfo>& tasks,
                                              const std::vector<TaskReport>& reports) {
    Finder finder(waits, tasks);
    std::vector<ReportedTask> found;
    for (const TaskReport& report : reports) found.push_back(finder.find(report));
    return found;
}

}  // namespace nfstriage::nfs
