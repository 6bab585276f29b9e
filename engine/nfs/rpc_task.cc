#include "nfs/rpc_task.h"

#include "kernel/pointer_kind.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

Field<std::string> procedure_of(const Object& task, const Field<std::uint64_t>& number) {
    auto name = task.get<std::string>("tk_msg.rpc_proc->p_name");
    if (name || name.why() != Reason::null || !number) return name;
    return {"procedure " + std::to_string(*number), number.origin()};
}

// The task's timer, if it sleeps with one. In 5.10 tk_timeout is the moment at
// which it ends; in 4.19 it was a span and rpc_wait.expires the moment. A task without a timer
// keeps what the last one left, so the timer's own links must tell that it runs: they are poisoned
// when it is removed, and lead to themselves before.
Field<Duration> timeout_of(const SunrpcContext& context, const Object& task,
                           const Field<bool>& queued) {
    const std::string_view when = task.first_of({"u.tk_wait.expires", "tk_timeout"});
    if (!queued) return {queued.why(), queued.origin()};
    if (!*queued) return {Reason::null, task.origin(when)};
    auto links = task.at("u.tk_wait.timer_list");
    if (!links) return {links.error().reason, task.origin("u.tk_wait.timer_list")};
    auto next = links->pointer("next");
    if (!next) return {next.error().reason, links->origin("next")};
    const bool runs =
        *next != links->address() && !next->is_null() && !kernel::is_list_poison(*next);
    if (!runs) return {Reason::null, task.origin(when)};
    return jiffies_until(context.roots.clock, task, when);
}

Field<std::string> owner_name(const SunrpcContext& context, const Field<std::int64_t>& pid) {
    if (!pid) return {pid.why(), pid.origin()};
    auto found = context.processes.find(*pid);
    if (found != context.processes.end()) return {found->second->comm, pid.origin()};
    return {context.roots.tasks.complete ? Reason::null : Reason::not_dumped, pid.origin()};
}

}  // namespace

void describe(const RpcTask& task, Visitor& visitor) {
    visitor.object(task.kType, task.address);
    visitor.detail("pid", task.pid, "number of the task, tk_pid; not that of a process");
    visitor.column("procedure", task.procedure,
                   "what is called, by tk_msg.rpc_proc->p_name; its number if it has no name");
    visitor.detail("procedure_number", task.procedure_number,
                   "p_proc; 1 (COMPOUND) for all of NFSv4");
    visitor.detail("program", task.program, "name of the RPC program");
    visitor.detail("version", task.version, "version of the program");
    visitor.column("server", task.server, "name of the server, from the task's transport");
    visitor.column("owner_pid", task.owner_pid,
                   "thread group that asked for the call, or a kernel thread: tk_owner");
    visitor.column("owner_comm", task.owner_comm, "name of that process, if it still exists");
    visitor.column("age_ns", task.age, "since the task was made, tk_start");
    visitor.column("action", task.action, "function that runs next, tk_action");
    visitor.detail("callback", task.callback, "function that runs before that, tk_callback");
    visitor.detail("ops", task.ops, "symbol of the caller's operations, tk_ops");
    visitor.column("waitqueue_name", task.waitqueue_name,
                   "name of the queue that it sleeps on, or slept on last if it is not queued");
    visitor.detail("waitqueue", task.waitqueue, "struct rpc_wait_queue of that name");
    visitor.detail("queued", task.queued, "sleeps on a queue: RPC_TASK_QUEUED");
    visitor.detail("on_queue", task.on_queue, "the queue's own list has the task");
    visitor.detail("run_state", task.run_state, "tk_runstate");
    visitor.detail("flags", task.flags, "tk_flags");
    visitor.detail("async", task.asynchronous, "runs on a workqueue, not in its caller");
    visitor.detail("soft", task.soft, "gives up when the server does not answer");
    visitor.detail("status", task.status, "result of the last step, tk_status", "errno");
    visitor.detail("rpc_status", task.rpc_status, "result of the call, tk_rpc_status", "errno");
    visitor.detail("timeout_ns", task.timeout,
                   "until the timer of its sleep runs out; negative if it should have");
    visitor.detail("major_timeout_ns", task.major_timeout,
                   "until the server counts as not responding, rq_majortimeo");
    visitor.detail("major_timeouts", task.major_timeouts, "how often it did, tk_timeouts");
    visitor.detail("retries", task.retries, "minor timeouts since the last major one, rq_retries");
    visitor.detail("garbage_retries", task.garbage_retries,
                   "how often it may still retry after a reply that made no sense");
    visitor.detail("cred_retries", task.cred_retries,
                   "how often it may still refresh its credential");
    visitor.detail("xid", task.xid,
                   "as on the wire: be32_to_cpu(rq_xid); memory has the bytes in this order",
                   "hex");
    visitor.detail("rqst", task.rqst, "struct rpc_rqst, its slot of the transport; 0: none yet");
    visitor.detail("xprt", task.xprt, "struct rpc_xprt that it uses");
    visitor.detail("clnt", task.clnt, "struct rpc_clnt that it belongs to");
    visitor.detail("priority", task.priority, "0 low, 1 normal, 2 high, 3 privileged: tk_priority");
    visitor.detail("workqueue", task.workqueue, "name of the workqueue that runs it");
    visitor.detail("calldata", task.calldata, "the caller's data, tk_calldata");
    visitor.detail("cred", task.cred, "credential of the call, tk_msg.rpc_cred");
    visitor.detail("uid", task.uid, "user that this credential names (fsuid)");
    visitor.detail("references", task.references, "tk_count");
}

RpcTask read_rpc_task(const SunrpcContext& context, const Object& task) {
    const kernel::Clock& clock = context.roots.clock;
    RpcTask result;
    result.address = task.address();
    result.pid = task.get<std::uint64_t>("tk_pid");
    result.clnt = task.get<VAddr>("tk_client");
    // Of its own since fb43d17210ba, older than 4.19.
    result.xprt = task.get<VAddr>({"tk_xprt", "tk_client->cl_xprt"});
    result.rqst = task.get<VAddr>("tk_rqstp");
    result.program = task.get<std::string>("tk_client->cl_program->name");
    result.version = task.get<std::uint64_t>("tk_client->cl_vers");
    result.server =
        task.get<std::string>({"tk_xprt->servername", "tk_client->cl_xprt->servername"});
    result.procedure_number = task.get<std::uint64_t>("tk_msg.rpc_proc->p_proc");
    result.procedure = procedure_of(task, result.procedure_number);
    result.owner_pid = task.get<std::int64_t>("tk_owner");
    result.owner_comm = owner_name(context, result.owner_pid);
    result.age = ktime_since(clock, task, "tk_start");
    result.run_state = context.run_state.flags(task.get<std::uint64_t>("tk_runstate"));
    result.flags = context.task_flags.flags(task.get<std::uint64_t>("tk_flags"));
    result.asynchronous = context.task_flags.is_set(result.flags, "RPC_TASK_ASYNC");
    result.soft =
        context.task_flags.is_either_set(result.flags, "RPC_TASK_SOFT", "RPC_TASK_TIMEOUT");
    result.status = task.get<std::int64_t>("tk_status");
    result.rpc_status = task.get<std::int64_t>("tk_rpc_status");
    result.action = task.symbol("tk_action");
    result.callback = task.symbol("tk_callback");
    result.ops = task.symbol("tk_ops");
    result.calldata = task.get<VAddr>("tk_calldata");
    result.workqueue = task.get<std::string>("tk_workqueue->name");
    result.priority = task.get<std::uint64_t>("tk_priority");
    result.references = task.get<std::uint64_t>("tk_count");
    result.major_timeouts = task.get<std::uint64_t>("tk_timeouts");
    result.garbage_retries = task.get<std::uint64_t>("tk_garb_retry");
    result.cred_retries = task.get<std::uint64_t>("tk_cred_retry");
    result.cred = task.get<VAddr>("tk_msg.rpc_cred");
    // A struct cred since a52458b48af1 (not in 4.19), before a struct rpc_cred of the generic kind.
    result.uid = task.get<std::uint64_t>({"tk_msg.rpc_cred->fsuid", "tk_msg.rpc_cred->cr_uid"});
    // A synchronous task uses its caller's credential, of which only the request knows.
    if (!result.uid && result.uid.why() == Reason::null)
        result.uid = task.get<std::uint64_t>(
            {"tk_rqstp->rq_cred->cr_cred->fsuid", "tk_rqstp->rq_cred->cr_uid"});
    result.queued = context.run_state.is_set(result.run_state, "RPC_TASK_QUEUED");
    result.waitqueue = task.get<VAddr>("tk_waitqueue");
    result.waitqueue_name = task.get<std::string>("tk_waitqueue->name");
    result.on_queue = Reason::null;
    result.timeout = timeout_of(context, task, result.queued);
    result.xid = network_u32(task, "tk_rqstp->rq_xid");
    result.retries = task.get<std::uint64_t>("tk_rqstp->rq_retries");
    result.major_timeout = jiffies_until(clock, task, "tk_rqstp->rq_majortimeo");
    return result;
}

}  // namespace nfstriage::nfs
