#include "nfs/rpc_wait_queue.h"

#include <array>
#include <string>

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Walk;

constexpr unsigned kPriorities = 4;  // RPC_NR_PRIORITY

// Collects the tasks of one queue.
class Tasks {
public:
    Tasks(const SunrpcContext& context, const Object& queue, RpcWaitQueue& result)
        : queue_(queue), result_(result), budget_(context.roots.budget()) {
        result.complete = true;
    }

    // Tasks with one priority; those that wait behind another of their owner, if `chained`.
    Maybe<std::uint64_t> count(unsigned priority, bool chained) {
        auto head = queue_.at("tasks[" + std::to_string(priority) + "]");
        if (!head) {
            add_gap(head.error());
            return tl::unexpected<Unknown>(head.error());
        }
        std::uint64_t count = 0;
        Maybe<void> all;
        Walk walk = take(kernel::list(*head, "struct rpc_task", "u.tk_wait.list", budget_), all);
        for (const Object& task : walk.objects) {
            result_.tasks.push_back(task.address());
            ++count;
            if (!chained) continue;
            for (const Object& behind : take(behind_of(task, head->address()), all).objects) {
                result_.tasks.push_back(behind.address());
                ++count;
            }
        }
        if (!all) return tl::unexpected<Unknown>(all.error());
        return count;
    }

private:
    // Tasks of the same owner hang on the first one's `links`: since f42f7c283078 (which went
    // into stable kernels too) by their own `links`, their `list` then holding the queue's head
    // and NULL; before by `list`.
    Walk behind_of(const Object& task, VAddr head) {
        auto next = task.pointer("u.tk_wait.links.next");
        auto links = task.address_of("u.tk_wait.links");
        std::string_view node = queue_.has("owner") ? "u.tk_wait.list" : "u.tk_wait.links";
        if (next && links) {
            const Object first =
                queue_.reader().object("struct rpc_task", *next - (*links - task.address()));
            auto cached = first.pointer("u.tk_wait.list.next");
            auto none = first.pointer("u.tk_wait.list.prev");
            if (cached && none && *cached == head && none->is_null()) node = "u.tk_wait.links";
        }
        return kernel::list(task, "u.tk_wait.links", "struct rpc_task", node, budget_);
    }

    Walk take(Walk walk, Maybe<void>& all) {
        if (walk.damage && !result_.damage) result_.damage = walk.damage;
        if (!walk.complete) {
            add_gap(walk.why);
            if (all) all = tl::unexpected<Unknown>(walk.why);
        }
        return walk;
    }

    void add_gap(const Unknown& why) {
        if (result_.complete) result_.gap = to_string(why);
        result_.complete = false;
    }

    const Object& queue_;
    RpcWaitQueue& result_;
    Budget budget_;
};

}  // namespace

void describe(const RpcWaitQueue& queue, Visitor& visitor) {
    visitor.object(queue.kType, queue.address);
    visitor.column("name", queue.name, "what the kernel calls it");
    visitor.column("xprt", queue.xprt, "struct rpc_xprt that it is part of");
    visitor.column("length", queue.length, "rpc_tasks counted on its lists");
    visitor.detail("qlen", queue.qlen, "rpc_tasks as the kernel counts them");
    visitor.column("low", queue.low, "of these with low priority (writeback that can wait)");
    visitor.column("normal", queue.normal, "with normal priority");
    visitor.column("high", queue.high, "with high priority");
    visitor.column("privileged", queue.privileged, "with that of the state manager");
    visitor.detail("maxpriority", queue.maxpriority, "0: a queue without priorities");
    visitor.detail("priority", queue.priority, "the priority served at present");
    visitor.column("timer_ns", queue.timer, "until the next task's sleep times out");
    visitor.detail("lock_held", queue.lock_held,
                   "its spinlock was held: the queue was being changed");
}

RpcWaitQueue read_rpc_wait_queue(const SunrpcContext& context, const Object& queue) {
    RpcWaitQueue result;
    result.address = queue.address();
    result.name = queue.get<std::string>("name");
    result.xprt = Reason::null;
    result.qlen = queue.get<std::uint64_t>("qlen");
    result.maxpriority = queue.get<std::uint64_t>("maxpriority");
    result.priority = queue.get<std::uint64_t>("priority");
    result.lock_held = lock_held(queue, "lock");

    auto sleepers = queue.at("timer_list.list");
    auto first = sleepers ? sleepers->pointer("next") : tl::unexpected<Unknown>(sleepers.error());
    if (!first)
        result.timer = {first.error().reason, queue.origin("timer_list.list")};
    else if (*first == sleepers->address() || first->is_null())
        result.timer = Reason::null;
    else
        result.timer = jiffies_until(context.roots.clock, queue, "timer_list.expires");

    Tasks tasks(context, queue, result);
    // Where it is not known whether a queue has priorities, the chains of owners are not followed:
    // without priorities the links are not initialised.
    const bool priorities = result.maxpriority && *result.maxpriority > 0;
    if (!result.maxpriority) {
        result.complete = false;
        result.gap = to_string(result.maxpriority.maybe().error());
    }
    const std::array<Field<std::uint64_t>*, kPriorities> counts{&result.low, &result.normal,
                                                                &result.high, &result.privileged};
    std::uint64_t length = 0;
    Maybe<void> all;
    for (unsigned priority = 0; priority < kPriorities; ++priority) {
        auto count = tasks.count(priority, priorities);
        if (count)
            length += *count;
        else if (all)
            all = tl::unexpected<Unknown>(count.error());
        *counts[priority] = priorities ? Field<std::uint64_t>(count) : Reason::null;
    }
    if (!result.maxpriority)
        result.length = result.maxpriority.why();
    else if (!all)
        result.length = all.error().reason;
    else
        result.length = length;
    return result;
}

}  // namespace nfstriage::nfs
