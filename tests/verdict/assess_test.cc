#include "verdict/assess.h"

#include "catch.h"
#include "verdict/reading.h"
#include "verdict/scenes.h"

using namespace nfstriage;
using namespace nfstriage::verdict;
using test::crash_scene;

TEST_CASE("a fault in NFS code without a rule is an unknown signature") {
    auto result =
        assess(crash_scene(CrashKind::null_deref, {"nfs_a nfs", "nfs_b nfs", "vfs_write"}));
    CHECK(result.status == Status::unknown_signature);
    CHECK(result.confidence == Confidence::likely);
    CHECK(result.culprit.component == nfs::Component::nfs_client);
    CHECK_FALSE(result.belongs_to_another);
}

TEST_CASE("a dump's own stack gives more confidence than a log's") {
    auto result =
        assess(crash_scene(CrashKind::null_deref, {"nfs_a nfs", "vfs_write"}, Trust::orc));
    CHECK(result.confidence == Confidence::certain);
}

TEST_CASE("helpers on top of NFS code do not hide it") {
    for (std::string_view top :
         {"native_queued_spin_lock_slowpath", "memcpy", "kfree", "strcmp", "__list_del_entry_valid",
          "refcount_warn_saturate", "tcp_sendmsg"}) {
        auto result =
            assess(crash_scene(CrashKind::gpf, {top, "rpc_run_task sunrpc", "vfs_write"}));
        CHECK(result.status == Status::unknown_signature);
        CHECK(result.culprit.component == nfs::Component::sunrpc);
    }
}

TEST_CASE("a crash on request is not NFS, whatever the stack holds") {
    auto scene = crash_scene(CrashKind::sysrq, {"sysrq_handle_crash", "nfs_a nfs"});
    auto result = assess(scene);
    CHECK(result.status == Status::not_nfs);
    CHECK(result.culprit.component == nfs::Component::none);
}

TEST_CASE("a crash on request is one also after trouble with NFS, which is then said") {
    auto scene = crash_scene(CrashKind::sysrq, {"sysrq_handle_crash"});
    log::Notice notice;
    notice.kind = log::Notice::Kind::server_not_responding;
    scene.log.notices.push_back(notice);
    CHECK(assess(scene).status == Status::not_nfs);
    CHECK(assess(scene).confidence == Confidence::likely);
    CHECK_THAT(assess(scene).title, ContainsSubstring("after trouble with NFS"));
    notice.kind = log::Notice::Kind::server_ok;
    scene.log.notices.push_back(notice);
    CHECK(assess(scene).confidence == Confidence::certain);
    log::Event hung;
    hung.kind = CrashKind::hung_task;
    hung.frames.push_back(test::frame("nfs_wait nfs"));
    scene.log.events.insert(scene.log.events.begin(), hung);
    scene.log.crash = 1;
    CHECK(assess(scene).confidence == Confidence::likely);
}

TEST_CASE("an NMI from outside blames nobody whom it interrupted") {
    auto scene = crash_scene(CrashKind::panic, {"nmi_panic", "unknown_nmi_error", "exc_nmi",
                                                "asm_exc_nmi", "nfsd4_lookup nfsd", "kthread"});
    scene.crash->message = "Kernel panic - not syncing: NMI: Not continuing";
    CHECK(assess(scene).status == Status::inconclusive);
    CHECK(assess(scene).culprit.component == nfs::Component::none);
    scene.crash->message = "Kernel panic - not syncing: something else";
    scene.stacks.front().role = facts::StackRole::panic;
    CHECK(assess(scene).status == Status::inconclusive);
    scene.stacks.front().frames.erase(scene.stacks.front().frames.begin() + 1);
    CHECK(assess(scene).status == Status::unknown_signature);
}

TEST_CASE("another filesystem that faults under nfsd owns its fault, with reserve") {
    auto scene = crash_scene(CrashKind::bug, {"ext4_writepages ext4", "do_writepages",
                                              "nfsd_vfs_write nfsd", "nfsd nfsd", "kthread"});
    auto result = assess(scene);
    CHECK(result.status == Status::not_nfs);
    CHECK(result.confidence == Confidence::possible);
    CHECK(result.culprit.function == "ext4_writepages");
    CHECK(result.culprit.component == nfs::Component::none);
    CHECK(result.belongs_to_another);
    scene.stacks[0].complete = false;
    CHECK(assess(scene).status == Status::inconclusive);
}

TEST_CASE("a sleep in atomic context is blamed on who took the spin lock") {
    auto scene = crash_scene(CrashKind::atomic_sleep,
                             {"down_read", "xfs_file_fsync", "nfsd_file_put nfsd", "nfsd nfsd"});
    scene.crash->log_line = 1;
    CHECK(assess(scene).status == Status::inconclusive);
    auto holds = [&](std::string_view lock) {
        scene.log.text = {{"BUG: sleeping function called from invalid context", 1, {}},
                          {"1 lock held by nfsd/39:", 2, {}},
                          {lock, 3, {}}};
    };
    holds(" #0: ffff88 (&clp->cl_lock){+.+.}-{2:2}, at: nfsd4_x+0x306/0x850 [nfsd]");
    CHECK(assess(scene).status == Status::unknown_signature);
    holds(" #0: ffff88 (&ip->lock){+.+.}-{2:2}, at: xfs_take+0x3/0x850 [xfs]");
    auto result = assess(scene);
    CHECK(result.status == Status::not_nfs);
    CHECK(result.culprit.function == "xfs_take");
    // A mutex does not forbid sleeping.
    holds(" #0: ffff88 (&ip->lock){+.+.}-{3:3}, at: xfs_take+0x3/0x850 [xfs]");
    CHECK(assess(scene).status == Status::inconclusive);
}

TEST_CASE("innocence needs a whole stack without NFS and somebody else to blame") {
    auto scene = crash_scene(CrashKind::gpf, {"kmem_cache_alloc", "foo_alloc foo", "foo_run foo"});
    auto result = assess(scene);
    CHECK(result.status == Status::not_nfs);
    CHECK(result.culprit.function == "foo_alloc");
    scene.stacks[0].complete = false;
    CHECK(assess(scene).status == Status::inconclusive);
    scene.stacks[0].complete = true;
    scene.crash->report_complete = false;
    CHECK(assess(scene).status == Status::inconclusive);
}

TEST_CASE("frames that nothing names acquit nobody") {
    auto foreign = crash_scene(CrashKind::gpf, {"foo_alloc foo", "", "foo_run foo"});
    CHECK(assess(foreign).status == Status::inconclusive);
    auto generic = crash_scene(CrashKind::bug, {"", "", "write_cache_pages"});
    CHECK(assess(generic).status == Status::inconclusive);
    CHECK(assess(generic).culprit.function.empty());
    auto called = crash_scene(CrashKind::bug, {"", "ext4_a ext4", "nfsd_a nfsd"});
    CHECK(assess(called).status == Status::inconclusive);
    auto named = crash_scene(CrashKind::bug, {"", "nfs_a nfs", "vfs_write"});
    CHECK(assess(named).status == Status::unknown_signature);
}

TEST_CASE("damage that shows in a helper alone is nobody's") {
    CHECK(assess(crash_scene(CrashKind::gpf, {"kmem_cache_alloc", "ret_from_fork"})).status ==
          Status::inconclusive);
    CHECK(assess(crash_scene(CrashKind::null_deref, {"ip6_pol_route", "tcp_write_timer"})).status ==
          Status::inconclusive);
    CHECK(assess(crash_scene(CrashKind::hung_task,
                             {"rwsem_down_read_slowpath", "path_openat", "do_filp_open"}))
              .status == Status::inconclusive);
    CHECK(assess(crash_scene(CrashKind::panic, {})).status == Status::inconclusive);
    CHECK(assess(crash_scene(CrashKind::oom, {"out_of_memory", "svc_recv sunrpc"})).status ==
          Status::inconclusive);
}

TEST_CASE("a thread that works for NFS is not acquitted by a stack that does not show it") {
    auto scene = crash_scene(CrashKind::null_deref, {"vfs_read_something", "kthread"});
    CHECK(assess(scene).status == Status::not_nfs);
    scene.crash->task.comm = "nfsd";
    CHECK(assess(scene).status == Status::inconclusive);
    scene.crash->task.comm = "kworker/0:1";
    scene.log.events[0].workqueue = "rpciod rpc_async_schedule [sunrpc]";
    CHECK(assess(scene).status == Status::inconclusive);
    scene.log.events[0].workqueue = "events foo";
    log::SubStack freed;
    freed.title = "Freed by task 1:";
    freed.frames.push_back(test::frame("xs_free sunrpc"));
    scene.log.events[0].other_stacks.push_back(freed);
    CHECK(assess(scene).status == Status::inconclusive);
}

TEST_CASE("guessed frames neither accuse nor acquit") {
    auto scene = crash_scene(CrashKind::gpf, {"foo_run foo", "?nfs_a nfs"});
    CHECK(assess(scene).status == Status::not_nfs);
    CHECK(assess(crash_scene(CrashKind::gpf, {"?nfs_a nfs", "?nfs_b nfs"})).status ==
          Status::inconclusive);
}

TEST_CASE(
    "a kernel log without a report is no crash; another text, or a dump without log, is not") {
    facts::Scene scene;
    CHECK(assess(scene).status == Status::inconclusive);  // any text, /etc/passwd say
    scene.log.text.push_back({"usb 1-1: new device", 1, 12.5});
    CHECK(assess(scene).status == Status::no_crash);
    scene.input.is_dump = true;
    CHECK(assess(scene).status == Status::no_crash);
    scene.log_complete = false;
    CHECK(assess(scene).status == Status::inconclusive);
    scene.log_complete = true;
    scene.panic = facts::Panic{};
    CHECK(assess(scene).status == Status::inconclusive);
}

TEST_CASE("a wait inside another filesystem is not a fault of it, nor of NFS") {
    auto result =
        assess(crash_scene(CrashKind::hung_task, {"schedule", "jbd2_log_wait_commit jbd2",
                                                  "ext4_sync_file ext4", "nfsd_commit nfsd"}));
    CHECK(result.status == Status::inconclusive);
    CHECK(result.culprit.component == nfs::Component::none);
}

TEST_CASE("who overflowed the stack is who used most of it") {
    CHECK(assess(crash_scene(CrashKind::stack_overflow,
                             {"kmalloc", "tcp_a", "ip_b", "dev_c", "rpc_run sunrpc"}))
              .status == Status::inconclusive);
    CHECK(assess(crash_scene(CrashKind::stack_overflow,
                             {"kmalloc", "nfs_a nfs", "nfs_b nfs", "nfs_a nfs", "vfs_x"}))
              .status == Status::unknown_signature);
}

TEST_CASE("the numbers of a report are read by the kernel's conventions") {
    auto scene = crash_scene(CrashKind::null_deref, {"nfs_a nfs"});
    scene.crash->fault.address = 0x18;
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("member at offset 0x18"));
    scene.crash->fault.address = 0xdead00000000015a;
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("LIST_POISON2 plus 0x38"));
    scene.crash->fault.address = 0xdead000000000108;
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("LIST_POISON1 plus 0x8"));
    scene.crash->fault.address = 0x6b6b6b6b6b6b6b83;
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("freed"));
    scene.crash->fault.address = 0xfffffffffffffff3;
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("-13"));
    scene.crash->fault.address = 0x3676727374726162;
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("\"bartsrv6\""));
    scene.crash->fault.address = 0xffff888012345678;
    CHECK(read_signs(scene).empty());
}

TEST_CASE("a CPU that spins for a lock is called a victim") {
    auto scene = crash_scene(CrashKind::soft_lockup, {"native_queued_spin_lock_slowpath",
                                                      "_raw_spin_lock", "xprt_x sunrpc"});
    CHECK_THAT(assess(scene).explanation, ContainsSubstring("victim"));
    auto elsewhere = test::stack(facts::StackRole::other,
                                 {"stop_this_cpu", "_raw_spin_lock", "xprt_transmit sunrpc"});
    elsewhere.cpu = 5;
    elsewhere.task.comm = "kworker/u4:1";
    scene.stacks.push_back(elsewhere);
    CHECK_THAT(assess(scene).explanation,
               ContainsSubstring("CPU 5 ran kworker/u4:1 in xprt_transmit, which itself spins"));
    auto other = crash_scene(CrashKind::soft_lockup, {"xprt_y sunrpc", "xprt_x sunrpc"});
    CHECK(assess(other).explanation.find("victim") == std::string::npos);
}

TEST_CASE("losing frames weakens an assessment and never turns it round") {
    std::vector<facts::Scene> scenes = {
        crash_scene(CrashKind::gpf, {"memcpy", "xdr_x sunrpc", "nfs_a nfs", "vfs_write"}),
        crash_scene(CrashKind::bug, {"ext4_a ext4", "do_writepages", "nfsd_a nfsd", "kthread"}),
        crash_scene(CrashKind::bug, {"foo_a foo", "foo_b foo", "kthread"}),
        crash_scene(CrashKind::soft_lockup, {"_raw_spin_lock", "tcp_a", "xs_a sunrpc", "kthread"}),
        crash_scene(CrashKind::hung_task, {"schedule", "path_openat", "do_filp_open"}),
        crash_scene(CrashKind::stack_overflow, {"kmalloc", "nfs_a nfs", "nfs_b nfs", "nfs_a nfs"}),
        crash_scene(CrashKind::null_deref, {"unknown_a", "unknown_b", "kthread"})};
    for (const facts::Scene& whole : scenes) {
        const Assessment before = assess(whole);
        for (std::size_t left = 0; left < whole.stacks[0].frames.size(); ++left) {
            facts::Scene less = whole;
            less.stacks[0].frames.resize(left);
            less.stacks[0].complete = false;
            const Assessment cut = assess(less);
            INFO(to_string(whole.crash->kind) << " cut to " << left);
            CHECK((cut.status == before.status || cut.status == Status::inconclusive));
            CHECK(cut.status != Status::not_nfs);
            CHECK(cut.confidence <= before.confidence);
        }
        facts::Scene scanned = whole;
        for (Frame& frame : scanned.stacks[0].frames) frame.trust = Trust::scan;
        scanned.crash->top.reset();
        CHECK(assess(scanned).status == Status::inconclusive);
    }
}
