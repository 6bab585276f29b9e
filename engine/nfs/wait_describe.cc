// What the graph of waits tells: names, units and meaning of every value.
#include "nfs/waits.h"

namespace nfstriage::nfs {

void describe(const Wait& wait, Visitor& visitor) {
    visitor.object("struct task_struct", wait.address);
    visitor.column("pid", wait.pid, "of the task that waits");
    visitor.column("comm", wait.comm, "name of the task");
    visitor.detail("state", wait.state, "as ps shows it: D, S, R");
    visitor.column("since_ns", wait.since, "how long the task has not run");
    visitor.detail("at_least_ns", wait.at_least,
                   "since when the detector of hung tasks has seen it not run, last_switch_time");
    visitor.detail("function", wait.function, "function that sleeps");
    visitor.detail("caller", wait.caller, "innermost function of NFS or SUNRPC on its stack");
    visitor.column("kind", wait.kind, "what it waits on: rpc_task, mutex, folio_writeback, ...");
    visitor.detail("object_type", wait.object_type, "C type of what it waits on");
    visitor.detail("object", wait.object, "address of what it waits on");
    visitor.column("object_name", wait.object_name,
                   "name of what it waits on, as far as it has one");
    visitor.detail("holder_pid", wait.holder_pid, "pid of the task that holds it");
    visitor.detail("holder", wait.holder, "task that holds it");
    visitor.detail("rpc_task", wait.rpc_task, "first struct rpc_task on the chain");
    visitor.detail("chain", wait.chain, "what waits for what, from the object to the head");
    visitor.column("head", wait.head, "what the chain ends at, as wait_chains names it");
    visitor.detail("trust", wait.trust, "how the object was found");
    visitor.detail("how", wait.how, "ways that gave the object");
    visitor.detail("doubt", wait.doubt, "what speaks against it, or why there is none");
}

void describe(const WaitChain& chain, Visitor& visitor) {
    visitor.object(chain.type ? *chain.type : "object", chain.address);
    visitor.column("head", chain.head, "what the chains end at");
    visitor.detail("kind", chain.kind, "server, task, lock, bit, disk, ...");
    visitor.detail("type", chain.type, "C type of its object");
    visitor.column("what", chain.what, "its state, in words");
    visitor.column("tasks", chain.tasks, "tasks that it blocks in all");
    visitor.detail("direct", chain.direct, "of these, not behind another task");
    visitor.column("uninterruptible", chain.uninterruptible, "of these, in state D");
    visitor.column("oldest_ns", chain.oldest, "longest wait of a task");
    visitor.detail("oldest_pid", chain.oldest_pid, "the task of that");
    visitor.detail("by_kind", chain.by_kind, "what the tasks wait on, and how many");
}

void describe(const WaitCycle& cycle, Visitor& visitor) {
    visitor.object("struct task_struct", cycle.address);
    visitor.column("tasks", cycle.tasks, "in the ring");
    visitor.column("ring", cycle.ring, "who waits for whom");
    visitor.column("since_ns", cycle.since, "how long all of them have waited");
    visitor.detail("trust", cycle.trust, "of the weakest link");
}

}  // namespace nfstriage::nfs
