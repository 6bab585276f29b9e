// Several reports in one log: where one ends, what belongs together, which is blamed.
#include "catch.h"
#include "samples.h"

using namespace nfstriage;
using namespace nfstriage::samples;

TEST_CASE("a lockup that ends in a panic is one crash and one panic") {
    for (bool stamped : {false, true}) {
        auto log = log::parse(stamped ? prefixed(kSoftLockup, printk_stamp) : kSoftLockup);
        REQUIRE(log.events.size() == 2);
        REQUIRE(log.crash == 0u);
        REQUIRE(log.panic == 1u);
        const auto &crash = log.events[0], &panic = log.events[1];
        CHECK(crash.kind == CrashKind::soft_lockup);
        CHECK(crash.cpu == 7u);
        CHECK(crash.pid == 31337);
        CHECK(crash.comm == "db/writer:1");
        CHECK(crash.arch == Arch::aarch64);
        CHECK(crash.top->function == "nfs_flush_frob");
        CHECK(first_solid_frame(crash) == "nfs_wb_frob");
        CHECK(crash.registers.get("x0") == 0xfffffadb00001111u);
        CHECK(crash.registers.get("sp") == 0xfffffadb12340930u);
        CHECK(crash.fatal);
        CHECK(panic.kind == CrashKind::panic);
        CHECK(panic.pid == 31337);
        CHECK(panic.frames.size() == 11);
        // behind the watchdog's interrupt stands what was interrupted
        CHECK(panic.top->function == "nfs_flush_frob");
        CHECK(first_solid_frame(panic) == "nfs_wb_frob");
        REQUIRE(log.notices.size() == 2);
        CHECK(log.notices[0].kind == log::Notice::Kind::kdump_starting);
        CHECK(log.notices[1].kind == log::Notice::Kind::kdump_bye);
    }
}

TEST_CASE("workers that make no progress are noticed, and are no crash") {
    auto log = log::parse(
        "[90434.890000] BUG: workqueue lockup - pool cpus=0 flags=0x4 nice=0 stuck for 197s!\n"
        "[90434.890000] Showing busy workqueues and worker pools:\n"
        "[90434.890000] workqueue rpciod: flags=0xa\n"
        "[90434.890000]     in-flight: 2067:rpc_async_schedule\n");
    CHECK(log.events.empty());
    REQUIRE(log.notices.size() == 1);
    CHECK(log.notices[0].kind == log::Notice::Kind::workqueue_lockup);
    CHECK(log.notices[0].subject == "197s");
    CHECK(log.notices[0].log_line == 1);
}

TEST_CASE("a warning before the crash is the first error") {
    const std::string warning =
        "------------[ cut here ]------------\n"
        "WARNING: CPU: 1 PID: 99 at fs/nfsd/frob.c:12 nfsd_frob+0x10/0x20 [nfsd]\n"
        "Modules linked in: nfsd\n"
        "CPU: 1 PID: 99 Comm: kworker/u8:1 Not tainted 6.1.7-200.example.x86_64 #1\n"
        "RIP: 0010:nfsd_frob+0x10/0x20 [nfsd]\n"
        "Call Trace:\n"
        " process_one_work+0x1/0x2\n"
        "---[ end trace 1234567890abcdef ]---\n";
    auto log = log::parse(prefixed(warning + kOops, printk_stamp));
    REQUIRE(log.events.size() == 2);
    CHECK(log.first_error == 0u);
    CHECK(log.crash == 1u);
    CHECK(log.events[0].kind == CrashKind::warning);
    CHECK(log.events[0].file == "fs/nfsd/frob.c:12");
    CHECK(log.events[0].comm == "kworker/u8:1");
    CHECK_FALSE(log.panic);
}

TEST_CASE("the corruption message, cut here, BUG and invalid opcode are one report") {
    auto log = log::parse(prefixed(
        "list_del corruption. prev->next should be ffff9a0001020304, but was dead000000000122\n"
        "------------[ cut here ]------------\n"
        "kernel BUG at lib/list_debug.c:59!\n"
        "invalid opcode: 0000 [#1] SMP PTI\n"
        "CPU: 5 PID: 77 Comm: kworker/5:1 Not tainted 5.10.1 #1\n"
        "RIP: 0010:__list_del_entry_valid.cold+0x1/0x2\n"
        "Call Trace:\n"
        " nfs_frob_remove+0x1a/0x40 [nfs]\n"
        "---[ end trace 1234567890abcdef ]---\n"
        "Kernel panic - not syncing: Fatal exception\n",
        printk_stamp));
    REQUIRE(log.events.size() == 2);
    const auto& e = crash_of(log);
    CHECK(e.kind == CrashKind::list_corruption);
    CHECK(e.pid == 77);
    CHECK(first_solid_frame(e) == "nfs_frob_remove");
    REQUIRE(log.panic);
    CHECK(log.events[*log.panic].pid == 77);
}

TEST_CASE("hung tasks name the blocked task and the panic names khungtaskd") {
    auto hung = [](const std::string& task) {
        return "INFO: task " + task +
               " blocked for more than 120 seconds.\n"
               "      Not tainted 6.1.0-9-amd64 #1 Debian 6.1.27-1\n"
               "\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\n"
               "task:x state:D stack:0     pid:1   ppid:2      flags:0x00004000\n"
               "Call Trace:\n <TASK>\n"
               " __schedule+0x34d/0x9e0\n"
               " schedule+0x5a/0xd0\n"
               " io_schedule+0x42/0x70\n"
               " nfs_wait_frob+0xe/0x40 [nfs]\n"
               " nfs_read_frob+0x26f/0x4e0 [nfs]\n"
               " </TASK>\n";
    };
    auto log = log::parse(prefixed(
        hung("my task:31:1001") + hung("other:1002") +
            "Kernel panic - not syncing: hung_task: blocked tasks\n"
            "CPU: 0 PID: 31 Comm: khungtaskd Not tainted 6.1.0-9-amd64 #1 Debian 6.1.27-1\n"
            "Call Trace:\n dump_stack_lvl+0x44/0x5c\n panic+0x118/0x2ed\n watchdog.cold+0xc/0xb5\n",
        printk_stamp));
    REQUIRE(log.events.size() == 3);
    const auto& e = crash_of(log);
    CHECK(e.kind == CrashKind::hung_task);
    CHECK(e.comm == "my task:31");
    CHECK(e.pid == 1001);
    CHECK_FALSE(e.cpu);
    CHECK(e.release == "6.1.0-9-amd64");
    CHECK(e.arch == Arch::x86_64);
    CHECK(e.top->function == "nfs_wait_frob");
    CHECK(first_solid_frame(e) == "nfs_read_frob");
    REQUIRE(log.panic);
    CHECK(log.events[*log.panic].comm == "khungtaskd");
    CHECK(log.events[*log.panic].cpu == 0u);
}

TEST_CASE("reports of two CPUs that interleave line by line are told apart by caller ids") {
    auto stamped = [](const std::string& text, const std::string& caller) {
        return lines_of(prefixed(text, [&](std::size_t i) {
            auto stamp = printk_stamp(i);
            stamp.pop_back();
            return stamp + "[" + caller + "] ";
        }));
    };
    auto a = stamped(kOops, " T4242");
    auto other = kOops;
    for (auto [from, to] :
         {std::pair{"CPU: 3 PID: 4242 Comm: nfsd", "CPU: 4 PID: 5151 Comm: mount.nfs"},
          std::pair{"RIP: 0010:nfsd_reply_frob", "RIP: 0010:nfs_mount_frob"}})
        other.replace(other.find(from), std::string(from).size(), to);
    auto b = stamped(other, " T5151");
    std::string text;
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        if (i < a.size()) text += a[i] + "\n";
        if (i < b.size()) text += b[i] + "\n";
    }
    auto log = log::parse(text);
    REQUIRE(log.events.size() == 2);
    CHECK(log.events[0].pid == 4242);
    CHECK(log.events[0].top->function == "nfsd_reply_frob");
    CHECK(log.events[1].pid == 5151);
    CHECK(log.events[1].cpu == 4u);
    CHECK(log.events[1].top->function == "nfs_mount_frob");
    CHECK(log.events[0].frames.size() == log.events[1].frames.size());
    CHECK(log.events[0].modules.size() == 7);
}

TEST_CASE("a report whose printing moves between CPUs stays whole behind bare CPU numbers") {
    auto moving = [](std::size_t i) {
        auto stamp = printk_stamp(i);
        stamp.pop_back();
        return stamp + (i < 9 ? "[  2] " : i < 20 ? "[ 11] " : "[  7] ");
    };
    auto log =
        log::parse("[ 4122.000000][  7] usb 1-1: new device\n[ 4122.100000][ 11] eth0: up\n" +
                   prefixed(kOops, moving));
    REQUIRE(log.events.size() == 1);
    CHECK(log.events[0].pid == 4242);
    CHECK(log.events[0].modules.size() == 7);
    CHECK(log.events[0].frames.back().function == "ret_from_fork");
}

TEST_CASE("callers that say nothing of interest do not push out an open report") {
    auto lines = lines_of(prefixed(kOops, [](std::size_t i) {
        auto stamp = printk_stamp(i);
        stamp.pop_back();
        return stamp + "[ T4242] ";
    }));
    std::string text;
    int other = 10000;
    for (const auto& line : lines) {
        text += line + "\n";
        for (int i = 0; i < 50; ++i)
            text += "[ 4123.000001][T" + std::to_string(other++) + "] eth0: link becomes ready\n";
    }
    auto log = log::parse(text);
    REQUIRE(log.events.size() == 1);
    CHECK(log.events[0].frames.back().function == "ret_from_fork");
}

TEST_CASE("of several lockups before a panic the panicking task's is the crash") {
    auto lockup = [](const std::string& cpu, const std::string& task) {
        return "watchdog: BUG: soft lockup - CPU#" + cpu + " stuck for 22s! [" + task +
               "]\nCPU: " + cpu + " PID: " + task.substr(task.find(':') + 1) +
               " Comm: " + task.substr(0, task.find(':')) +
               " Not tainted 6.1.0 #1\nRIP: 0010:nfs_frob_" + cpu +
               "+0x1/0x2 [nfs]\nCall Trace:\n f+0x1/0x2\n";
    };
    auto log = log::parse(prefixed(lockup("1", "a:11") + lockup("2", "b:22") +
                                       "Kernel panic - not syncing: softlockup: hung tasks\n"
                                       "CPU: 1 PID: 11 Comm: a Not tainted 6.1.0 #1\n",
                                   printk_stamp));
    CHECK(crash_of(log).pid == 11);
}

TEST_CASE("an rcu stall is about the stalled CPU, not the one that noticed") {
    auto log = log::parse(prefixed(
        "rcu: INFO: rcu_sched detected stalls on CPUs/tasks:\n"
        "rcu: \t6-....: (14999 ticks this GP) idle=f0e/1/0x4000000000000000 softirq=5/5 fqs=7\n"
        "rcu: \t(detected by 2, t=15002 jiffies, g=1, q=2)\n"
        "Sending NMI from CPU 2 to CPUs 6:\n"
        "NMI backtrace for cpu 2\n"
        "CPU: 2 PID: 0 Comm: swapper/2 Not tainted 6.1.0 #1\n"
        "RIP: 0010:native_safe_halt+0xb/0x10\n"
        "Call Trace:\n default_idle+0xa/0x20\n"
        "NMI backtrace for cpu 6\n"
        "CPU: 6 PID: 900 Comm: kworker/6:2 Not tainted 6.1.0 #1\n"
        "RIP: 0010:rpc_wake_frob+0x11/0x80 [sunrpc]\n"
        "Call Trace:\n <TASK>\n rpc_async_frob+0x1f/0x40 [sunrpc]\n process_one_work+0x1c4/0x380\n "
        "</TASK>\n",
        printk_stamp));
    REQUIRE(log.events.size() == 1);
    const auto& e = log.events[0];
    CHECK(e.kind == CrashKind::rcu_stall);
    CHECK(e.cpu == 6u);
    CHECK(e.pid == 900);
    CHECK(e.comm == "kworker/6:2");
    CHECK(e.top->function == "rpc_wake_frob");
    REQUIRE(e.other_stacks.size() == 1);
    CHECK(e.other_stacks[0].cpu == 2u);
    CHECK(e.other_stacks[0].comm == "swapper/2");
}

TEST_CASE("a self-detected stall blames what the timer interrupted") {
    auto log = log::parse(prefixed(
        "rcu: INFO: rcu_sched self-detected stall on CPU\n"
        "rcu: \t3-....: (5249 ticks this GP) idle=78a/1/0x4000000000000002 softirq=1/1 fqs=1\n"
        "NMI backtrace for cpu 3\n"
        "CPU: 3 PID: 55 Comm: kworker/u8:5 Not tainted 5.4.0 #1\n"
        "Call Trace:\n <IRQ>\n dump_stack+0x50/0x70\n nmi_cpu_backtrace.cold+0x14/0x53\n"
        " rcu_dump_cpu_stacks+0x92/0xd0\n update_process_times+0x28/0x60\n"
        " apic_timer_interrupt+0xf/0x20\n </IRQ>\n"
        "RIP: 0010:xprt_spin_frob+0x12/0x90 [sunrpc]\n"
        "RSP: 0018:ffffb0c0008f3d40 EFLAGS: 00000246 ORIG_RAX: ffffffffffffff13\n"
        " xprt_send_frob+0x33/0x60 [sunrpc]\n worker_thread+0x30/0x390\n",
        printk_stamp));
    REQUIRE(log.events.size() == 1);
    const auto& e = log.events[0];
    CHECK(e.cpu == 3u);
    CHECK(e.top->function == "xprt_spin_frob");
    CHECK(first_solid_frame(e) == "xprt_send_frob");
}

TEST_CASE("a stack of the other CPUs behind a lockup does not replace its own") {
    auto log = log::parse(
        prefixed(kSoftLockup.substr(0, kSoftLockup.find("Kernel panic")) +
                     "Sending NMI from CPU 7 to CPUs 0-6:\n"
                     "NMI backtrace for cpu 1\n"
                     "CPU: 1 PID: 8 Comm: holder Not tainted 4.19.90-23.example.aarch64 #1\n"
                     "pc : rpc_hold_frob+0x10/0x20 [sunrpc]\n"
                     "Call trace:\n rpc_hold_frob+0x10/0x20 [sunrpc]\n kthread+0x1/0x2\n",
                 printk_stamp));
    REQUIRE(log.events.size() == 1);
    const auto& e = log.events[0];
    CHECK(e.comm == "db/writer:1");
    CHECK(e.top->function == "nfs_flush_frob");
    REQUIRE(e.other_stacks.size() == 1);
    CHECK(e.other_stacks[0].comm == "holder");
    CHECK(e.other_stacks[0].top->function == "rpc_hold_frob");
}

TEST_CASE("a second boot starts anew") {
    auto early = [](std::size_t i) { return "[    1." + std::to_string(100000 + i) + "] "; };
    auto log = log::parse(prefixed(kOops, printk_stamp) +
                          prefixed("Linux version 6.1.7 (x@y) #1\n", early) +
                          prefixed(kSoftLockup, early));
    REQUIRE(log.events.size() == 3);
    CHECK(log.events[0].boot < log.events[1].boot);
    CHECK(log.crash == 1u);
    CHECK_FALSE(log.first_error);
}

TEST_CASE("a deliberate crash is sysrq, on kernels that fault and on those that panic") {
    auto panics = log::parse(
        prefixed("sysrq: Trigger a crash\n"
                 "Kernel panic - not syncing: sysrq triggered crash\n"
                 "CPU: 2 PID: 300 Comm: bash Not tainted 6.1.0 #1\n"
                 "Call Trace:\n <TASK>\n dump_stack_lvl+0x44/0x5c\n panic+0x118/0x2f4\n "
                 "sysrq_handle_crash+0x16/0x20\n"
                 " __handle_sysrq+0x9b/0x170\n write_sysrq_trigger+0x24/0x40\n </TASK>\n",
                 printk_stamp));
    CHECK(crash_of(panics).kind == CrashKind::sysrq);
    CHECK(crash_of(panics).pid == 300);
    CHECK(crash_of(panics).cpu == 2u);
    REQUIRE(panics.panic);
    auto faults = log::parse(prefixed(
        "sysrq: SysRq : Trigger a crash\n"
        "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000\n"
        "Internal error: Oops: 96000045 [#1] SMP\n"
        "CPU: 2 PID: 300 Comm: bash Not tainted 4.19.90 #1\n"
        "pc : sysrq_handle_crash+0x24/0x30\n"
        "Call trace:\n sysrq_handle_crash+0x24/0x30\n __handle_sysrq+0x9c/0x180\n",
        printk_stamp));
    CHECK(crash_of(faults).kind == CrashKind::sysrq);
    CHECK(crash_of(faults).comm == "bash");
}

TEST_CASE("lines that only look like reports make no event") {
    for (std::string text :
         {"Jan  6 16:01:01 host openvpn[99]: WARNING: file '/etc/x.key' is group accessible\n",
          "app[1]: segfault at 0 ip 00007f00 sp 00007ffd error 4 in libc.so[7f00+1000]\n",
          "traps: app[77] general protection fault ip:7f00 sp:7ffd error:0 in libx.so\n",
          "NFS: server example error: fileid changed\n", "(EE) Backtrace:\n(EE) 0: /usr/bin/X\n",
          "receive_cb_reply: Got unrecognized reply: calldir 0x1 xid 5d31fb84\n",
          "netfs: FS-Cache loaded\n", "\n", ""}) {
        INFO(text);
        auto log = log::parse(text);
        CHECK(log.events.empty());
        CHECK_FALSE(log.crash);
    }
}

TEST_CASE("what NFS says without a report is noted") {
    auto log =
        log::parse(prefixed("nfs: server files.example.org not responding, still trying\n"
                            "nfs: server files.example.org OK\n"
                            "nfs: server files2 not responding, timed out\n"
                            "NFS: Invalid unlock attempted\n"
                            "lockd: reclaim of lock failed\n"
                            "SMP: failed to stop secondary CPUs 0-3\n"
                            "Some CPUs may be stale, kdump will be unreliable.\n",
                            printk_stamp));
    using Kind = log::Notice::Kind;
    std::vector<Kind> kinds;
    for (const auto& notice : log.notices) kinds.push_back(notice.kind);
    CHECK(kinds == std::vector<Kind>{Kind::server_not_responding, Kind::server_ok,
                                     Kind::server_not_responding, Kind::invalid_unlock,
                                     Kind::lock_reclaim_failed, Kind::stopping_cpus_failed,
                                     Kind::cpus_stale});
    CHECK(log.notices[0].subject == "files.example.org");
    CHECK(log.notices[2].subject == "files2");
    CHECK(log.notices[1].log_line == 2);
}
