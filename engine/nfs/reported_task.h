// Tasks that the kernel itself reported as stuck, and what the dump shows of them. khungtaskd
// (kernel/hung_task.c) reports who slept uninterruptibly for too long, the lockup detectors and RCU
// (kernel/watchdog.c, kernel/rcu/tree_stall.h) who did not let go of its CPU. A report has a pid
// and a name; by the time of the dump the task may run again, or be gone and its pid another's.
// We promise: a report is never tied to the wait of a task of another name; where the dump does not
// tell, the reason is given.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nfs/waits.h"

namespace nfstriage::nfs {

// What the log says of one task, of all reports of one kind together.
struct TaskReport {
    std::string kind;  // "hung_task", "soft_lockup", "hard_lockup", "rcu_stall"
    std::int64_t pid = 0;
    std::string comm;
    unsigned reports = 1;
    unsigned log_line = 0;                // of the last one
    std::optional<std::int64_t> time_ns;  // of the last one, since boot
    std::optional<std::uint64_t> for_s;   // "blocked for more than 120 seconds": the longest
};

enum class ReportedNow : std::uint8_t {
    waits,       // in or because of NFS
    elsewhere,   // sleeps uninterruptibly, but neither in nor because of NFS
    runs,        // on a CPU
    runnable,    // on none, but not asleep
    sleeps,      // so that it can be woken: not stuck any more
    gone,        // no task has that pid
    other_task,  // the pid is that of a task of another name
    unknown,     // see `why`
};
// "waits"
std::string_view to_string(ReportedNow now);

struct ReportedTask {
    TaskReport report;
    ReportedNow now = ReportedNow::unknown;
    std::string why;          // where that is unknown or there is no task
    VAddr task;               // struct task_struct; null: there is none
    std::optional<bool> ran;  // after the last report: what it waits for now may be another thing
    std::optional<Duration> since;  // how long it has not run
    std::string waits_for;          // kind: "folio_writeback"
    std::vector<WaitLink> chain;    // from what it waits for to the head
    std::string head;               // as WaitChain::head; "" if the chain leads nowhere
    std::string head_what;          // the head's state, in words
    std::size_t head_blocks = 0;    // tasks that the head blocks in all
    std::size_t blocks = 0;         // tasks that wait for what this one does
    std::string sentence;           // all of it
};

// In the order of `reports`; `tasks` are all of the dump.
std::vector<ReportedTask> find_reported_tasks(const WaitsState& waits,
                                              const Listing<kernel::TaskInfo>& tasks,
                                              const std::vector<TaskReport>& reports);

}  // namespace nfstriage::nfs
