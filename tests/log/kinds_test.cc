// Every headline that the kernel's checks print, and what its report says of task and place.
#include "catch.h"
#include "samples.h"

using namespace nfstriage;
using namespace nfstriage::samples;

namespace {

const std::string kBody =
    "CPU: 5 PID: 777 Comm: some task Not tainted 6.9.1 #1\n"
    "Call Trace:\n <TASK>\n"
    " dump_stack_lvl+0x44/0x5c\n"
    " frob_callee+0x11/0x20\n"
    " nfs_frob_caller+0x17/0x30 [nfs]\n"
    " </TASK>\n";

struct Case {
    const char* head;
    CrashKind kind;
};

}  // namespace

TEST_CASE("headlines name their kind") {
    const Case cases[] = {
        {"BUG: KASAN: slab-use-after-free in frob_callee+0x11/0x20", CrashKind::kasan},
        {"BUG: KFENCE: use-after-free read in frob_callee+0x11/0x20", CrashKind::kfence},
        {"BUG: KCSAN: data-race in frob_callee / other", CrashKind::kcsan},
        {"BUG: KMSAN: uninit-value in frob_callee+0x11/0x20", CrashKind::kmsan},
        {"UBSAN: array-index-out-of-bounds in fs/nfs/frob.c:12:3", CrashKind::ubsan},
        {"CFI failure at frob_callee+0x11/0x20 (target: other+0x0/0x4; expected type: 0x12345678)",
         CrashKind::cfi},
        {"ODEBUG: free active (active state 0) object type: timer_list hint: frob",
         CrashKind::odebug},
        {"watchdog: BUG: soft lockup - CPU#5 stuck for 22s! [some task:777]",
         CrashKind::soft_lockup},
        {"BUG: soft lockup - CPU#5 stuck for 22s! [some task:777]", CrashKind::soft_lockup},
        {"NMI watchdog: Watchdog detected hard LOCKUP on cpu 5", CrashKind::hard_lockup},
        {"watchdog: Watchdog detected hard LOCKUP on cpu 5", CrashKind::hard_lockup},
        {"rcu: INFO: rcu_preempt self-detected stall on CPU", CrashKind::rcu_stall},
        {"INFO: rcu_sched self-detected stall on CPU { 5}  (t=60000 jiffies g=1 c=2 q=3)",
         CrashKind::rcu_stall},
        {"refcount_t: underflow; use-after-free.", CrashKind::refcount},
        {"list_add double add: new=ffff888001020304, prev=ffff888001020304, next=ffff888005060708.",
         CrashKind::list_corruption},
        {"BUG: scheduling while atomic: some task/777/0x00000002", CrashKind::atomic_sleep},
        {"BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580",
         CrashKind::atomic_sleep},
        {"WARNING: possible circular locking dependency detected", CrashKind::lockdep},
        {"WARNING: suspicious RCU usage", CrashKind::lockdep},
        {"BUG: Bad page state in process some task  pfn:1234", CrashKind::bad_page},
        {"BUG: Bad page map in process some task  pte:8000 pmd:1234", CrashKind::bad_page},
        {"some task invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
         CrashKind::oom},
        {"BUG: stack guard page was hit at 000000001234 (stack is 00001..00002)",
         CrashKind::stack_overflow},
        {"BUG: TASK stack guard page was hit at 000000001234", CrashKind::stack_overflow},
        {"Insufficient stack space to handle exception!", CrashKind::stack_overflow},
        {"do_IRQ: nfsd near stack overflow (cur:ffff8800,sp:ffff8801)", CrashKind::stack_overflow},
        {"do_IRQ: stack overflow: 1024", CrashKind::stack_overflow},
        {"BUG: unable to handle page fault for address: ffffffffffffffb8",
         CrashKind::paging_request},
        {"BUG: unable to handle kernel paging request at ffffffffffffffb8",
         CrashKind::paging_request},
        {"BUG: kernel NULL pointer dereference, address: 0000000000000008", CrashKind::null_deref},
        {"general protection fault, maybe for address 0x1: 0000 [#1] SMP", CrashKind::gpf},
        {"Oops: general protection fault, probably for non-canonical address 0xdead000000000122: "
         "0000 [#1] SMP",
         CrashKind::gpf},
        {"kernel BUG at fs/nfs/frob.c:382!", CrashKind::bug},
        {"Kernel BUG at frob_callee+0x11/0x20 [verbose debug info unavailable]", CrashKind::bug},
        {"Internal error: Oops - BUG: 00000000f2000800 [#1] SMP", CrashKind::bug},
        {"WARNING: CPU: 5 PID: 777 at fs/nfs/frob.c:12 frob_callee+0x11/0x20", CrashKind::warning},
        {"WARNING: at fs/nfs/frob.c:12 frob_callee+0x11/0x20()", CrashKind::warning},
        {"WARNING: fs/nfs/frob.c:12 at frob_callee+0x11/0x20, CPU#5: some task/777",
         CrashKind::warning},
        {"WARNING: CPU: 5 PID: 777 at lib/refcount.c:28 refcount_warn_saturate+0xba/0x110",
         CrashKind::refcount},
        {"kernel BUG at lib/list_debug.c:29!", CrashKind::list_corruption},
        {"BUG: spinlock bad magic on CPU#5, some task/777", CrashKind::bug},
        {"BUG nfsd_file (Tainted: G    B      ): Objects remaining in nfsd_file on "
         "__kmem_cache_shutdown()",
         CrashKind::bug},
        {"Unable to handle kernel write to read-only memory at virtual address ffff800010203040",
         CrashKind::paging_request},
        {"Unable to handle kernel access to user memory outside uaccess routines at virtual "
         "address 0000ffff10203040",
         CrashKind::paging_request},
        {"watchdog: CPU 5 detected hard LOCKUP on other CPUs 5", CrashKind::hard_lockup},
        {"Alignment trap: not handling instruction e1c500d0 at [<c0123456>]", CrashKind::unaligned},
    };
    for (const auto& each : cases)
        for (bool stamped : {false, true}) {
            INFO(each.head);
            auto text = std::string(each.head) + "\n" + kBody;
            auto log = log::parse(stamped ? prefixed(text, printk_stamp) : text);
            REQUIRE(log.events.size() == 1);
            const auto& e = log.events[0];
            CHECK(std::string(to_string(e.kind)) == std::string(to_string(each.kind)));
            CHECK(e.pid == 777);
            CHECK(e.comm == "some task");
            CHECK(e.cpu == 5u);
            CHECK(e.release == "6.9.1");
            REQUIRE(e.top);
            if (e.top->function != "refcount_warn_saturate") {
                CHECK(e.top->function == "frob_callee");
                CHECK(first_solid_frame(e) == "nfs_frob_caller");
            }
        }
}

TEST_CASE("panics that nothing precedes name their own reason") {
    const Case cases[] = {
        {"Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled",
         CrashKind::oom},
        {"Kernel panic - not syncing: Hard LOCKUP", CrashKind::hard_lockup},
        {"Kernel panic - not syncing: RCU Stall", CrashKind::rcu_stall},
        {"Kernel panic - not syncing: kernel stack overflow", CrashKind::stack_overflow},
        {"Kernel panic - not syncing: corrupted stack end detected inside scheduler",
         CrashKind::stack_overflow},
        {"Kernel panic - not syncing: Fatal machine check", CrashKind::mce},
        {"Kernel panic - not syncing: Asynchronous SError Interrupt", CrashKind::mce},
        {"Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
         CrashKind::panic},
        {"Kernel panic - not syncing: Attempted to kill init! exitcode=0x0000000b",
         CrashKind::panic},
    };
    for (const auto& each : cases) {
        INFO(each.head);
        auto log = log::parse(prefixed(std::string(each.head) + "\n" + kBody, printk_stamp));
        REQUIRE(log.events.size() == 1);
        CHECK(log.crash == 0u);
        CHECK(log.panic == 0u);
        CHECK(std::string(to_string(crash_of(log).kind)) == std::string(to_string(each.kind)));
        CHECK(crash_of(log).pid == 777);
        CHECK(crash_of(log).fatal);
    }
}

TEST_CASE("KASAN's own stacks of allocation and freeing stay apart from the report's") {
    auto log = log::parse(prefixed(
        "==================================================================\n"
        "BUG: KASAN: slab-use-after-free in nfs_frob+0x11/0x20 [nfs]\n"
        "Read of size 8 at addr ffff888001020304 by task kworker/3:1/91\n"
        "\n"
        "CPU: 3 PID: 91 Comm: kworker/3:1 Not tainted 6.6.0 #1\n"
        "Call Trace:\n <TASK>\n dump_stack_lvl+0x57/0x7d\n print_report+0xcf/0x630\n "
        "kasan_report+0xbd/0xf0\n"
        " nfs_frob+0x11/0x20 [nfs]\n nfs_frob_caller+0x4/0x20 [nfs]\n </TASK>\n"
        "\n"
        "Allocated by task 40:\n kasan_save_stack+0x1e/0x40\n nfs_alloc_frob+0x12/0x40 [nfs]\n"
        "\n"
        "Freed by task 41:\n kasan_save_stack+0x1e/0x40\n nfsd_free_frob+0x9/0x40 [nfsd]\n"
        "\n"
        "The buggy address belongs to the object at ffff888001020300\n"
        "Memory state around the buggy address:\n"
        ">ffff888001020300: fa fb fb fb fb fb fb fb fb fb fb fb fb fb fb fb\n"
        "==================================================================\n",
        printk_stamp));
    REQUIRE(log.events.size() == 1);
    const auto& e = log.events[0];
    CHECK(e.kind == CrashKind::kasan);
    CHECK(e.access == "read");
    CHECK(e.fault_address == 0xffff888001020304u);
    CHECK(e.top->function == "nfs_frob");
    CHECK(first_solid_frame(e) == "nfs_frob_caller");
    REQUIRE(e.other_stacks.size() >= 2);
    CHECK(e.other_stacks[0].title == "Allocated by task 40");
    CHECK(e.other_stacks[0].frames.back().function == "nfs_alloc_frob");
    CHECK(e.other_stacks[1].title == "Freed by task 41");
    CHECK(e.other_stacks[1].frames.back().module == "nfsd");
}

TEST_CASE("sleeping in atomic context blames the caller of the sleeping primitive") {
    auto log = log::parse(prefixed(
        "BUG: sleeping function called from invalid context at kernel/locking/rwsem.c:1493\n"
        "in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 4308, name: my nfsd\n"
        "Preemption disabled at:\n"
        "[<ffffffffc0123456>] nfsd_lock_frob+0x1/0x2 [nfsd]\n"
        "CPU: 0 PID: 4308 Comm: my nfsd Not tainted 5.19.0 #1\n"
        "Call Trace:\n <TASK>\n dump_stack_lvl+0x57/0x7d\n __might_resched.cold+0x222/0x26b\n"
        " down_write+0x3f/0x80\n frob_flush+0x1/0x2\n nfsd_frob+0x1b/0x220 [nfsd]\n </TASK>\n",
        printk_stamp));
    const auto& e = crash_of(log);
    CHECK(e.kind == CrashKind::atomic_sleep);
    CHECK(e.comm == "my nfsd");
    CHECK(e.top->function == "frob_flush");
    CHECK(first_solid_frame(e) == "nfsd_frob");
}

TEST_CASE("a photo read by OCR still gives names") {
    auto log = log::parse(
        "WARNING:CPU: 1 PID: 12224at lib/frob.c:95 \n"
        "nfsd_frob+Oxe0/0x10c\n"
        "Call trace:\n"
        "  nfsd_frob+Oxe0/0x10c [nfsd]\n"
        "  nfsd_frob_caller+ox134/0xla0 [nfsd]\n");
    const auto& e = crash_of(log);
    CHECK(e.kind == CrashKind::warning);
    CHECK(e.cpu == 1u);
    CHECK(e.pid == 12224);
    CHECK(e.top->function == "nfsd_frob");
    CHECK(first_solid_frame(e) == "nfsd_frob_caller");
}
