// What a sleeping task waits on, by what it queued: the entry of a wait queue and the waiter of a
// lock are locals of the function that sleeps, so they lie on the task's own stack. This needs
// neither symbols of data nor arguments of functions. We promise: what is found is queued at this
// moment. Such an entry names its task, lies on that task's stack, and its neighbours on the queue
// point back to it; what was left behind by earlier waits does not.
#pragma once

#include <string_view>
#include <vector>

#include "kernel/locks.h"
#include "kernel/wait_queue.h"

namespace nfstriage::kernel {

struct StackWaits {
    std::vector<BitWait> bits;
    std::vector<FolioWait> folios;
    std::vector<QueueEntry> queues;  // other wait queues, with `queue`; swait queues (completions)
    bool complete = true;            // the whole stack in use was read
    Unknown why{Reason::not_dumped, {}};
};

// `task`: a struct task_struct that does not run. Several at once are possible (select() and
// poll()).
StackWaits read_waits_on_stack(const Object& task, Budget& budget);

// The lock of C type `lock_type` ("struct mutex", "struct rw_semaphore", "struct semaphore") whose
// waiter `task` is. Which one to ask for is told by the function that sleeps: __mutex_lock,
// rwsem_down_write_slowpath, rwsem_down_read_slowpath, __down. Unknown: null if there is no waiter
// of one on the stack, no_type, the memory's reasons.
Maybe<BlockedOn> find_lock_on_stack(const Object& task, std::string_view lock_type, Budget& budget);

}  // namespace nfstriage::kernel
