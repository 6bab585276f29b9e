// How long a task has not run. The scheduler keeps when a task was last accounted
// (sched_entity.exec_start) in the time of its runqueue's clock_task; a runqueue's clock stands
// still while its CPU is idle, so that now is the latest of all clocks. The detector of hung tasks
// keeps in jiffies when it last saw the task switch (task_struct.last_switch_time), which is later.
// We promise: Unknown where the members are not there or contradict each other; runqueues are found
// through the tasks, without symbols.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

class SleepClock {
public:
    explicit SleepClock(const Roots& roots);

    // The time that it is, by the latest clock of all runqueues. Unknown as since().
    const Maybe<std::int64_t>& now_ns() const { return now_ns_; }
    // Since it was switched away. Unknown: no_type, why memory is absent, corrupt.
    Field<Duration> since(VAddr task) const;
    // Since when the detector of hung tasks has seen it not run. Unknown(null): it has not looked.
    Field<Duration> at_least(VAddr task) const;

private:
    const Roots& roots_;
    Maybe<std::int64_t> now_ns_;  // by the clocks of runqueues
};

}  // namespace nfstriage::nfs
