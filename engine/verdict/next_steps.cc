#include "verdict/next_steps.h"

namespace nfstriage::verdict {
namespace {

using knowledge::Step;

void for_a_log(const facts::Scene& scene, std::vector<Step>& steps) {
    steps.push_back({"the vmcore of this crash, if kdump wrote one: a log shows no memory",
                     "nfstriage analyze /var/crash/.../vmcore"});
    if (!scene.log_complete || (scene.crash && !scene.crash->report_complete))
        steps.push_back({"the whole console log, from the first warning to the reboot",
                         "journalctl -k -b -1 -o short-monotonic"});
}

void for_a_dump(const facts::Scene& scene, std::vector<Step>& steps) {
    if (scene.crash && scene.crash->task.address)
        steps.push_back({"the task's whole stack with its frames' contents",
                         "crash> bt -FF " + hex(*scene.crash->task.address).substr(2)});
    if (scene.crash && scene.crash->top && scene.crash->top->address)
        steps.push_back({"the code around the instruction",
                         "crash> dis -rl " + hex(*scene.crash->top->address).substr(2)});
    if (scene.types == nullptr)
        steps.push_back({"the kernel's debuginfo package, to read structures by name",
                         "nfstriage analyze --debuginfo PATH vmcore"});
}

void for_lockups(CrashKind kind, bool is_dump, std::vector<Step>& steps) {
    if (is_dump) {
        steps.push_back({"every CPU's stack: who holds what this task waits for", "crash> bt -a"});
        steps.push_back({"all blocked tasks", "crash> foreach UN bt"});
        return;
    }
    if (kind == CrashKind::hung_task)
        steps.push_back({"the stacks of all blocked tasks, next time before the reboot",
                         "echo w > /proc/sysrq-trigger"});
    else
        steps.push_back({"a backtrace of every CPU, next time",
                         "sysctl kernel.softlockup_all_cpu_backtrace=1"});
}

bool is_memory_damage(CrashKind kind) {
    return kind == CrashKind::gpf || kind == CrashKind::paging_request ||
           kind == CrashKind::null_deref || kind == CrashKind::list_corruption ||
           kind == CrashKind::refcount || kind == CrashKind::bad_page;
}

// A host that is still up in the same state tells what a log does not.
void for_a_live_host(nfs::Component component, std::vector<Step>& steps) {
    if (component == nfs::Component::nfs_client || component == nfs::Component::pnfs)
        steps.push_back({"mounts with their options and statistics", "cat /proc/self/mountstats"});
    if (component == nfs::Component::sunrpc || component == nfs::Component::nfs_client)
        steps.push_back({"the RPC tasks and transports of a host in the same state",
                         "cat /sys/kernel/debug/sunrpc/rpc_clnt/*/tasks"});
    if (component == nfs::Component::nfsd)
        steps.push_back({"exports, clients and threads of the server",
                         "exportfs -v; cat /proc/fs/nfsd/clients/*/info /proc/net/rpc/nfsd"});
}

}  // namespace

std::vector<Step> next_steps(const facts::Scene& scene, const Assessment& assessment) {
    std::vector<Step> steps;
    if (assessment.status == Status::not_nfs || assessment.status == Status::no_crash) return steps;
    const bool is_dump = scene.input.is_dump;
    const CrashKind kind = scene.crash ? scene.crash->kind : CrashKind::none;
    const bool is_lockup = kind == CrashKind::soft_lockup || kind == CrashKind::hard_lockup ||
                           kind == CrashKind::rcu_stall || kind == CrashKind::hung_task;
    if (!is_dump) for_a_log(scene, steps);
    if (is_lockup) for_lockups(kind, is_dump, steps);
    if (is_dump) for_a_dump(scene, steps);
    if (is_memory_damage(kind) && assessment.status == Status::inconclusive)
        steps.push_back({"a run with slab checks, which report the damage where it happens",
                         "boot with slub_debug=FZPU"});
    if (!is_dump) for_a_live_host(assessment.culprit.component, steps);
    return steps;
}

}  // namespace nfstriage::verdict
