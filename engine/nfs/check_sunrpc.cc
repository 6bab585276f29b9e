// Invariants of the RPC client (net/sunrpc/sched.c, xprt.c, clnt.c). What a spinlock protects is
// only judged where that lock is known to be free: whoever held it may have been stopped midway.
#include <map>

#include <fmt/format.h>

#include "kernel/containers.h"
#include "nfs/check.h"
#include "nfs/check_tools.h"
#include "nfs/sunrpc_walks.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr Check kQueued{
    "rpc_task_queued", "RPC_TASK_QUEUED exactly while a wait queue has the task",
    "a task that no queue has is never woken (rpc_wake_up_queued_task); one that is queued without "
    "the bit runs while it is on a list"};
constexpr Check kQueueLength{
    "rpc_wait_queue_length", "qlen counts the tasks on the queue's lists",
    "a task was lost from, or is twice on, a list; rpc_wake_up stops early or loops"};
constexpr Check kSender{
    "rpc_xprt_sender", "snd_task is set only while XPRT_LOCKED is",
    "two tasks may send on one connection at once: their requests get mixed up"};
constexpr Check kSenderFreed{
    "rpc_xprt_sender_freed", "snd_task is a task in use",
    "nobody will release the transport: all its tasks wait on `sending` for ever"};
constexpr Check kAwaited{
    "rpc_rqst_awaited", "RPC_TASK_NEED_RECV exactly while the request is in recv_queue",
    "a reply finds no request, or a request that was given back: xprt_lookup_rqst"};
constexpr Check kToSend{
    "rpc_rqst_to_send", "RPC_TASK_NEED_XMIT exactly while the request is on xmit_queue",
    "a request is never sent, or is sent after it was given back: xprt_transmit"};
constexpr Check kBackPointer{
    "rpc_rqst_task", "rq_task of a task's request is that task, and tk_rqstp that request",
    "the task lost its request or shares it with another: a step of the call follows a NULL "
    "pointer, or one task gets the other's reply"};
constexpr Check kReferences{"rpc_references", "who is on a list of users is counted as one",
                            "the object is freed while it is in use"};

class Checker {
public:
    Checker(const Roots& roots, const SunrpcState& state)
        : roots_(roots), state_(state), context_(roots) {}

    Listing<Finding> run() {
        for (const RpcTask& task : state_.rpc_tasks.items) tasks_[task.address] = &task;
        for (const RpcClnt& clnt : state_.rpc_clnts.items) check_clnt(clnt);
        for (const RpcXprt& xprt : state_.rpc_xprts.items) check_xprt(xprt);
        for (const RpcXprtSwitch& group : state_.rpc_xprt_switches.items) check_switch(group);
        for (const RpcWaitQueue& queue : state_.rpc_wait_queues.items) check_queue(queue);
        for (const RpcTask& task : state_.rpc_tasks.items) check_task(task);
        for (const RpcRqst& rqst : state_.rpc_rqsts.items) check_rqst(rqst);
        return std::move(findings_);
    }

private:
    Object object(std::string_view type, VAddr address) const {
        return roots_.reader.object(type, address);
    }

    void add(const Check& check, const Object& object, std::string found) {
        findings_.items.push_back(make_finding(check, object, std::move(found)));
    }

    void check_clnt(const RpcClnt& clnt) {
        const Object at = object(clnt.kType, clnt.address);
        Budget budget = roots_.budget();
        auto tasks = kernel::list(at, "cl_tasks", RpcTask::kType, "tk_task", budget);
        check_links(tasks, is_lock_free(at, "cl_lock"), at, "cl_tasks", findings_);
        check_allocated(roots_, at, "on the list of clients", findings_);
        // A task takes its reference before it goes on cl_tasks and drops it after it left.
        const auto seen = tasks.objects.size();
        if (clnt.references && *clnt.references < seen)
            add(kReferences, at,
                fmt::format("cl_count {}, {} tasks on cl_tasks", *clnt.references, seen));
    }

    void check_switch(const RpcXprtSwitch& group) {
        const Object at = object(group.kType, group.address);
        Budget budget = roots_.budget();
        auto xprts = kernel::list(at, "xps_xprt_list", RpcXprt::kType, "xprt_switch", budget);
        check_links(xprts, is_lock_free(at, "xps_lock"), at, "xps_xprt_list", findings_);
    }

    void check_xprt(const RpcXprt& xprt) {
        const Object at = object(xprt.kType, xprt.address);
        check_allocated(roots_, at, "transport of a client", findings_);
        if (xprt.references.is(0)) add(kReferences, at, "kref 0, transport of a client");
        auto to_send = requests_to_send(context_, at);
        check_links(to_send, is_lock_free(at, "queue_lock"), at, "xmit_queue", findings_);
        if (xprt.snd_task && !xprt.snd_task->is_null()) check_sender(xprt, at);
    }

    // Set under transport_lock after XPRT_LOCKED, cleared before it (xprt_clear_locked). A
    // transport that connects has its own address there instead of a task's: a cookie
    // (xprt_lock_connect).
    void check_sender(const RpcXprt& xprt, const Object& at) {
        if (!is_lock_free(at, "transport_lock")) return;
        if (xprt.locked.is(false)) {
            add(kSender, at,
                fmt::format("state {:#x} without XPRT_LOCKED, snd_task {}", xprt.state->bits,
                            hex(*xprt.snd_task)));
            return;
        }
        const bool cookie = xprt.snd_task->value == xprt.address.value ||
                            !context_.xprt_state.is_set(xprt.state, "XPRT_SND_IS_COOKIE").is(false);
        if (cookie) return;
        if (auto ground = freed(*xprt.snd_task))
            add(kSenderFreed, at, fmt::format("snd_task {}: {}", hex(*xprt.snd_task), *ground));
    }

    // Where a task's memory is known to be free. Tasks may be part of other objects.
    std::optional<std::string> freed(VAddr task) const {
        auto slab = roots_.objects.slab_object(task);
        if (!slab || !slab->free || !*slab->free || !slab->is_inside) return std::nullopt;
        return fmt::format("in a free object of slab cache {}, {}", slab->cache.name, slab->ground);
    }

    void check_queue(const RpcWaitQueue& queue) {
        const Object at = object(queue.kType, queue.address);
        if (!is_lock_free(at, "lock")) return;
        kernel::Walk walk;
        walk.damage = queue.damage;
        check_links(walk, true, at, "tasks", findings_);
        if (queue.length && queue.qlen) {
            // 16 bits wide in older kernels.
            const std::uint64_t mask = *queue.qlen > 0xffff ? UINT64_MAX : 0xffff;
            if ((*queue.length & mask) != *queue.qlen)
                add(kQueueLength, at,
                    fmt::format("qlen {}, {} tasks on its lists", *queue.qlen, *queue.length));
        }
        for (VAddr address : queue.tasks) {
            const Object task = object(RpcTask::kType, address);
            auto state = task.get<std::uint64_t>("tk_runstate");
            auto waits_on = task.pointer("tk_waitqueue");
            if (context_.run_state.is_set(state, "RPC_TASK_QUEUED").is(false))
                add(kQueued, task,
                    fmt::format("tk_runstate {:#x} without RPC_TASK_QUEUED, on the list of "
                                "rpc_wait_queue {}",
                                *state, hex(queue.address)));
            else if (state && waits_on && *waits_on != queue.address)
                add(kQueued, task,
                    fmt::format("tk_waitqueue {}, on the list of rpc_wait_queue {}", hex(*waits_on),
                                hex(queue.address)));
        }
    }

    void check_task(const RpcTask& task) {
        const Object at = object(task.kType, task.address);
        if (auto ground = freed(task.address))
            add({"freed_object", "an object that is in use is allocated",
                 "its memory is given to the next that asks: what it holds may be overwritten at "
                 "any time"},
                at, "on a list of tasks, but it is " + *ground);
        if (!task.queued.is(true) || !task.waitqueue) return;
        const Object queue = object(RpcWaitQueue::kType, *task.waitqueue);
        if (!is_lock_free(queue, "lock")) return;
        if (task.on_queue.is(false))
            add(kQueued, at,
                fmt::format("tk_runstate {:#x} with RPC_TASK_QUEUED, but rpc_wait_queue {} ({}) "
                            "does not have it",
                            task.run_state->bits, hex(*task.waitqueue),
                            task.waitqueue_name ? *task.waitqueue_name : "name unknown"));
        if (!task.on_queue.is(true)) return;
        if (task.references.is(0)) add(kReferences, at, "tk_count 0, asleep on a wait queue");
        check_slot_of(task, at);
    }

    // A slot is given to a task before it is set up for it (xprt_request_init), but a task that
    // sleeps with one has done so; on `backlog` it may be given one in its sleep.
    void check_slot_of(const RpcTask& task, const Object& at) {
        if (!task.rqst || task.rqst->is_null() || !task.xprt) return;
        auto backlog = object(RpcXprt::kType, *task.xprt).address_of("backlog");
        if (!backlog || *backlog == *task.waitqueue) return;
        auto owner = object(RpcRqst::kType, *task.rqst).pointer("rq_task");
        if (owner && *owner != task.address)
            add(kBackPointer, at,
                fmt::format("tk_rqstp {}, whose rq_task is {}", hex(*task.rqst), hex(*owner)));
    }

    void check_rqst(const RpcRqst& rqst) {
        const Object at = object(rqst.kType, rqst.address);
        check_allocated(roots_, at, "request of a task or on a transport's queue", findings_);
        if (!rqst.xprt || !at.has("rq_pin")) return;  // in 4.19 the bits mean something else
        if (!is_lock_free(object(RpcXprt::kType, *rqst.xprt), "queue_lock")) return;
        if (!rqst.task) return;
        if (rqst.on_receive_queue.is(true)) {
            auto back = object(RpcTask::kType, *rqst.task).pointer("tk_rqstp");
            if (rqst.task->is_null() || (back && *back != rqst.address))
                add(kBackPointer, at,
                    fmt::format("in recv_queue, rq_task {}, whose tk_rqstp is {}", hex(*rqst.task),
                                back ? hex(*back) : to_string(back.error())));
        }
        auto found = tasks_.find(*rqst.task);
        if (found == tasks_.end() || !found->second->rqst.is(rqst.address)) return;
        const RpcTask& task = *found->second;
        compare(kAwaited, task, "RPC_TASK_NEED_RECV", rqst.on_receive_queue, at, "recv_queue");
        compare(kToSend, task, "RPC_TASK_NEED_XMIT", rqst.on_transmit_queue, at, "xmit_queue");
    }

    void compare(const Check& check, const RpcTask& task, std::string_view bit,
                 const Field<bool>& on_queue, const Object& rqst, std::string_view queue) {
        const Field<bool> set = context_.run_state.is_set(task.run_state, bit);
        if (!set || !on_queue || !context_.run_state.number(bit) || *set == *on_queue) return;
        add(check, rqst,
            fmt::format("rpc_task {} tk_runstate {:#x} {} {}, {} {}", hex(task.address),
                        task.run_state->bits, *set ? "with" : "without", bit,
                        *on_queue ? "on" : "not on", queue));
    }

    const Roots& roots_;
    const SunrpcState& state_;
    SunrpcContext context_;
    Listing<Finding> findings_;
    std::map<VAddr, const RpcTask*> tasks_;
};

}  // namespace

Listing<Finding> check(const Roots& roots, const SunrpcState& state) {
    return Checker(roots, state).run();
}

}  // namespace nfstriage::nfs
