// rpc_task (include/linux/sunrpc/sched.h): one call to a server on its way through the states of
// net/sunrpc/clnt.c. A synchronous one runs in the process that asked, an asynchronous one on
// rpciod.
// We promise: the procedure is named by what the task itself points to, never by its position in a
// table; a wait queue is named only as the one that the task points to, and whether that queue has
// the task is said apart.
#pragma once

#include "nfs/describe.h"
#include "nfs/roots.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

struct RpcTask {
    static constexpr std::string_view kType = "struct rpc_task";
    VAddr address;
    Field<std::uint64_t> pid;  // tk_pid: a running number, not that of a process
    Field<VAddr> clnt, xprt, rqst;
    Field<std::string> program, server;
    Field<std::uint64_t> version;
    Field<std::string> procedure;  // "WRITE"; its number where the kernel has no name for it
    Field<std::uint64_t> procedure_number;
    Field<std::int64_t> owner_pid;  // thread group that asked for the call
    Field<std::string> owner_comm;  // Unknown(null) where no such task exists any more
    Field<Duration> age;
    Field<Flags> run_state, flags;
    Field<bool> asynchronous, soft;
    Field<std::int64_t> status, rpc_status;
    Field<std::string> action, callback, ops;
    Field<VAddr> calldata;
    Field<std::string> workqueue;
    Field<std::uint64_t> priority, references, major_timeouts, garbage_retries, cred_retries;
    Field<VAddr> cred;
    Field<std::uint64_t> uid;
    Field<VAddr> waitqueue;
    Field<std::string> waitqueue_name;  // "delayq", "xprt_pending", "Session"
    Field<bool> queued;                 // RPC_TASK_QUEUED
    Field<bool> on_queue;               // the wait queue's own list has the task
    Field<Duration> timeout;            // until its timer runs out; negative: it should have
    // Of its request.
    Field<std::uint64_t> xid;  // as the wire and tracing show it: be32_to_cpu(rq_xid)
    Field<std::uint64_t> retries;
    Field<Duration> major_timeout;
};

void describe(const RpcTask& task, Visitor& visitor);

RpcTask read_rpc_task(const SunrpcContext& context, const kernel::Object& task);

}  // namespace nfstriage::nfs
