// Tasks that a log reports as stuck, tied to what they wait for in the dump.
#include "nfs/reported_task.h"

#include "catch.h"
#include "nfs/waits_world.h"

using namespace nfstriage;
using Catch::Matchers::StartsWith;
using nfs::ReportedNow;
using nfs::ReportedTask;
using nfs::TaskReport;
using test::WaitsWorld;

namespace {

TaskReport hung(std::int64_t pid, std::string comm) {
    TaskReport report;
    report.kind = "hung_task";
    report.pid = pid;
    report.comm = std::move(comm);
    report.for_s = 120;
    return report;
}

ReportedTask find(WaitsWorld& world, const nfs::WaitsState& waits, const TaskReport& report) {
    auto found = nfs::find_reported_tasks(waits, world.tasks, {report});
    REQUIRE(found.size() == 1);
    return found[0];
}

ReportedTask find(WaitsWorld& world, const TaskReport& report) {
    return find(world, world.read(), report);
}

}  // namespace

TEST_CASE("a hung task is followed over a lock's holder to the server that does not answer") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder"), first = world.task(2, "first"),
          second = world.task(3, "second");
    VAddr mutex = world.mutex(holder, {first, second});
    VAddr rpc = world.rpc_task(world.xprt("s"), "pending", 33);
    world.stack_in_rpc(holder, rpc);
    world.stack_in_mutex(first, mutex);
    world.stack_in_mutex(second, mutex);

    ReportedTask task = find(world, hung(2, "first"));
    CHECK(task.now == ReportedNow::waits);
    CHECK(task.task == first);
    CHECK(task.waits_for == "mutex");
    CHECK(task.head == "server s");
    CHECK_THAT(task.head_what, StartsWith("does not answer: 1 call in flight"));
    CHECK(task.head_blocks == 3);
    CHECK(task.blocks == 0);
    REQUIRE(task.chain.size() == 5);
    CHECK(task.chain[0].relation == "waits for");
    CHECK(task.chain[0].type == "struct mutex");
    CHECK(task.chain[0].address == mutex);
    CHECK(task.chain[1].kind == "task");
    CHECK(task.chain[1].address == holder);
    CHECK(task.chain[2].kind == "rpc_task");
    CHECK(task.chain[2].address == rpc);
    CHECK(task.chain[4].kind == "server");
    CHECK(task.chain[4].address.is_null());
    CHECK_THAT(
        task.sentence,
        StartsWith("first[2], reported as hung for more than 120 s, waits for struct mutex "));
    CHECK_THAT(task.sentence, ContainsSubstring("by holder[1], which waits for GETATTR rpc_task "));
    CHECK_THAT(task.sentence, ContainsSubstring("to server s, which does not answer: 1 call in "
                                                "flight, the oldest for 33 s; 3 tasks in all"));

    CHECK(find(world, hung(1, "holder")).blocks == 2);
    CHECK_THAT(find(world, hung(1, "holder")).sentence,
               ContainsSubstring("; it blocks 2 other tasks"));
}

TEST_CASE("a report is not tied to a task that has taken over its pid") {
    WaitsWorld world;
    VAddr task = world.task(7, "cat");
    world.stack_in_rpc(task, world.rpc_task(world.xprt("s"), "pending", 3));
    ReportedTask other = find(world, hung(7, "java"));
    CHECK(other.now == ReportedNow::other_task);
    CHECK(other.task.is_null());
    CHECK(other.chain.empty());
    CHECK(other.head.empty());
    CHECK(other.sentence ==
          "java[7], reported as hung for more than 120 s, is gone: the pid is that of cat now");
}

TEST_CASE("a reported task that is not there is gone only if all tasks were read") {
    WaitsWorld world;
    world.task(7, "cat");
    CHECK(find(world, hung(8, "java")).now == ReportedNow::gone);
    world.tasks.complete = false;
    ReportedTask task = find(world, hung(8, "java"));
    CHECK(task.now == ReportedNow::unknown);
    CHECK(task.why == "it is not among the tasks that could be read");
}

TEST_CASE("what a reported task does now is said where it does not wait for NFS") {
    WaitsWorld world;
    VAddr disk = world.task(1, "disk"), cut = world.task(2, "cut"), nameless = world.task(3, "x");
    world.stack(disk, {{"__schedule"}, {"schedule"}, {"io_schedule"}, {"blkdev_read_iter"}});
    world.stack(cut, {{"__schedule"}, {"schedule"}, {"io_schedule"}}).complete = false;
    world.stack(nameless, {{"__schedule"}, {""}});
    world.task(4, "woken", 1);
    world.task(5, "runnable", 0);
    VAddr running = world.task(6, "running", 0);
    for (kernel::TaskInfo& task : world.tasks.items)
        if (task.address == running) task.on_cpu = true;

    nfs::WaitsState waits = world.read();
    CHECK(waits.waits.items.empty());
    CHECK(find(world, waits, hung(1, "disk")).now == ReportedNow::elsewhere);
    CHECK_THAT(find(world, waits, hung(1, "disk")).sentence,
               ContainsSubstring("(not because of NFS)"));
    // A function of NFS may stand where the stack could not be read.
    CHECK(find(world, waits, hung(2, "cut")).now == ReportedNow::unknown);
    CHECK(find(world, waits, hung(3, "x")).now == ReportedNow::unknown);
    CHECK(find(world, waits, hung(3, "x")).why ==
          "its stack, or what it waits for, could not be read");
    CHECK(find(world, waits, hung(4, "woken")).now == ReportedNow::sleeps);
    CHECK(find(world, waits, hung(5, "runnable")).now == ReportedNow::runnable);
    CHECK(find(world, waits, hung(6, "running")).now == ReportedNow::runs);
}

TEST_CASE("a task that ran since it was reported may wait for something else now") {
    WaitsWorld world;
    VAddr task = world.task(7, "cat");
    world.stack_in_rpc(task, world.rpc_task(world.xprt("s"), "pending", 3));
    nfs::WaitsState waits = world.read();
    TaskReport report = hung(7, "cat");
    report.time_ns = 100'000'000'000;
    CHECK_FALSE(find(world, waits, report).ran.has_value());  // the clock is not known
    waits.now_ns = 200'000'000'000;
    waits.waits.items[0].since = kernel::Duration{150'000'000'000};
    CHECK(find(world, waits, report).ran == false);
    waits.waits.items[0].since = kernel::Duration{3'000'000'000};
    CHECK(find(world, waits, report).ran == true);
    CHECK_THAT(find(world, waits, report).sentence, ContainsSubstring("it ran since that report"));
}
