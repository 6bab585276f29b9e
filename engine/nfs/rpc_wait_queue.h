// rpc_wait_queue (include/linux/sunrpc/sched.h): where rpc_tasks sleep: four of each transport, one
// for delays, those for slots of a session.
// We promise: lengths are counted on the lists themselves, one for each priority; tasks of one
// owner that wait behind another are found where the kernel chains them.
#pragma once

#include <vector>

#include "nfs/describe.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

struct RpcWaitQueue {
    static constexpr std::string_view kType = "struct rpc_wait_queue";
    VAddr address;
    Field<std::string> name;      // "xprt_pending"
    Field<VAddr> xprt;            // the transport it is part of; Unknown(null): none
    Field<std::uint64_t> length;  // tasks counted on the lists; Unknown if not all could be seen
    Field<std::uint64_t> qlen;    // as the kernel counts
    Field<std::uint64_t> low, normal, high, privileged;  // counted; the kernel's priorities 0 to 3
    Field<std::uint64_t> maxpriority, priority;
    Field<bool> lock_held;  // its spinlock: the queue was being changed
    Field<Duration> timer;  // until its timer runs out, if a task waits with a timeout

    std::vector<VAddr> tasks;  // counted ones; not described, tasks name their queue
    bool complete = false;     // whether that is all
    std::optional<kernel::ListDamage> damage;
    std::string gap;  // when not complete
};

void describe(const RpcWaitQueue& queue, Visitor& visitor);

RpcWaitQueue read_rpc_wait_queue(const SunrpcContext& context, const kernel::Object& queue);

}  // namespace nfstriage::nfs
