// Work items, the kworker threads that run them, and the queues they belong to
// (kernel/workqueue.c, workqueue_internal.h). Found from tasks: a worker's task leads to its struct
// worker, that to its pool, so that no symbol is needed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernel/clock.h"
#include "kernel/containers.h"
#include "kernel/task.h"

namespace nfstriage::kernel {

struct Worker {
    VAddr address;  // struct worker
    VAddr task;
    std::int64_t pid = 0;
    std::string comm;
    VAddr pool;                      // struct worker_pool; null for a rescuer without work
    Field<VAddr> work;               // struct work_struct it runs; Unknown(null): it is idle
    Field<std::string> function;     // of that: "rpc_async_schedule". Unknown(null): idle
    Field<std::string> workqueue;    // "rpciod"; a rescuer's own when idle
    Field<Duration> running_for;     // since the work began: newest kernels only
    Field<Duration> idle_for;        // since it last became idle
    Field<std::string> description;  // set by the work: "flush-0:45"
    Field<bool> rescuer;
};

// Work that waits for a worker.
struct PendingWork {
    VAddr address;  // struct work_struct
    Field<std::string> function;
    Field<std::string> workqueue;
    VAddr pool;             // struct worker_pool
    bool inactive = false;  // held back because the workqueue's max_active works are running
};

struct WorkerPool {
    VAddr address;
    Field<std::int64_t> cpu;  // -1: any
    Field<std::int64_t> nice;
    Field<std::uint64_t> workers, idle, running;
    Field<Duration> since_progress;  // since it last took a work, with CONFIG_WQ_WATCHDOG
    std::uint64_t pending = 0;       // works that wait for a worker of it
};

struct Workqueues {
    std::vector<Worker> workers;       // by pid
    std::vector<WorkerPool> pools;     // by address
    std::vector<PendingWork> pending;  // by pool, in the order of the queue
    bool complete = true;
    Unknown why{Reason::not_dumped, {}};
};

// Everything that the workers among `tasks` lead to. Pools without a worker among them are not
// seen. `complete` is about what was walked, not about `tasks`.
Workqueues read_workqueues(const Reader& reader, std::span<const TaskInfo> tasks,
                           const Clock& clock, Budget& budget);

// The worker that `task` is. Unknown: null if it is no kworker; corrupt if what its kthread leads
// to does not point back to it.
Maybe<Worker> read_worker(const Object& task, const Clock& clock);

// The name of the workqueue that a queued work belongs to, by its own data word. Unknown(null): it
// is not queued; while it runs only the worker knows.
Maybe<std::string> workqueue_of(const Object& work_struct);

}  // namespace nfstriage::kernel
