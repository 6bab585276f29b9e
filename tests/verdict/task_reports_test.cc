#include "verdict/task_reports.h"

#include "catch.h"

using namespace nfstriage;

namespace {

constexpr const char* kLog = R"([   10.000000] INFO: task early:9 blocked for more than 60 seconds.
[    0.000000] Linux version 6.1.0 (builder) #1 SMP
[  250.000000] INFO: task java:1234 blocked for more than 120 seconds.
[  250.000001]       Not tainted 6.1.0 #1
[  250.000002] task:java            state:D stack:0     pid:1234  ppid:1      flags:0x00000002
[  250.000003] Call Trace:
[  250.000004]  __schedule+0x34d/0x9e0
[  250.000005]  nfs_file_write+0x10/0x20 [nfs]
[  370.000000] INFO: task java:1234 blocked for more than 241 seconds.
[  370.000003] Call Trace:
[  370.000004]  __schedule+0x34d/0x9e0
[  370.000005]  nfs_file_write+0x10/0x20 [nfs]
[  380.000000] INFO: task sync:77 blocked for more than 120 seconds.
[  380.000003] Call Trace:
[  380.000004]  __schedule+0x34d/0x9e0
[  380.000005]  sync_inodes_sb+0x10/0x20
[  400.000000] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/u8:3:55]
[  400.000001] CPU: 1 PID: 55 Comm: kworker/u8:3 Not tainted 6.1.0 #1
[  400.000002] RIP: 0010:native_queued_spin_lock_slowpath+0x5e/0x2c0
)";

facts::Scene scene() {
    facts::Scene scene;
    scene.log = log::parse(kLog);
    return scene;
}

}  // namespace

TEST_CASE("reports of one task are one, those of an earlier boot are left out") {
    auto reports = verdict::task_reports(scene());
    CHECK(reports.complete);
    REQUIRE(reports.items.size() == 3);
    const nfs::TaskReport& java = reports.items[0];
    CHECK(java.kind == "hung_task");
    CHECK(java.pid == 1234);
    CHECK(java.comm == "java");
    CHECK(java.reports == 2);
    CHECK(java.log_line == 9);
    CHECK(java.for_s == 241);
    CHECK(java.time_ns == 370'000'000'000);
    CHECK(reports.items[1].pid == 77);
    CHECK(reports.items[2].kind == "soft_lockup");
    CHECK(reports.items[2].comm == "kworker/u8:3");
    CHECK(reports.items[2].for_s == 22);
}

TEST_CASE("the crash's own task comes first, and a log with gaps may have more reports") {
    facts::Scene cut = scene();
    cut.log_complete = false;
    cut.crash.emplace();
    cut.crash->task.pid = 77;
    auto reports = verdict::task_reports(cut);
    CHECK_FALSE(reports.complete);
    CHECK(reports.items.at(0).comm == "sync");
    CHECK(reports.items.at(1).comm == "java");
}
