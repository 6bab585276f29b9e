#include "catch.h"
#include "facts/facts.h"
#include "facts/fault_access.h"
#include "facts/from_log.h"
#include "log/event.h"

using namespace nfstriage;

namespace {

facts::Scene scene_of(const std::string& text) {
    return facts::from_log(log::parse(text), true);
}

}  // namespace

TEST_CASE("a report's code bytes and registers tell what was read through which pointer") {
    facts::Scene scene = scene_of(
        "[   10.000001] BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
        "[   10.000002] #PF: supervisor read access in kernel mode\n"
        "[   10.000003] #PF: error_code(0x0000) - not-present page\n"
        "[   10.000004] Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
        "[   10.000005] CPU: 0 PID: 125 Comm: nfsd Not tainted 6.1.0 #1\n"
        "[   10.000006] RIP: 0010:nfsd_vfs_write+0x80/0x6a0 [nfsd]\n"
        "[   10.000007] Code: 48 89 04 24 e8 30 5d e7 d9 <48> 8b 5d 18 4d 8b 04 24 48 8b 43\n"
        "[   10.000008] RSP: 0018:ffffd2c800433d20 EFLAGS: 00000246\n"
        "[   10.000009] RAX: 0000000000000000 RBX: 000000000000000c RCX: 0000000000530000\n"
        "[   10.000010] RBP: 0000000000000000 R08: ffff8a3d99c94b80 R09: 0000000000000011\n"
        "[   10.000011] Call Trace:\n"
        "[   10.000012]  nfsd4_write+0x136/0x1c0 [nfsd]\n"
        "[   10.000013] ---[ end trace 0000000000000000 ]---\n");
    REQUIRE(scene.crash);
    const facts::Fault& fault = scene.crash->fault;
    CHECK(fault.address == 0x18u);
    CHECK(fault.access == "read");
    CHECK(fault.size == 8u);
    CHECK(fault.operand == "rbp + 0x18");
    CHECK(fault.object == "rbp");
    CHECK(fault.pointer == 0u);
    CHECK(fault.pointer_kind == "null");
    CHECK(fault.expression.empty());  // a log has no types
    CHECK(fault.sentence == "read of 8 bytes at NULL + 0x18: rbp + 0x18; rbp is NULL");
    CHECK_FALSE(scene.crash->call_target);

    scene.crash->fault.type = "struct nfsd_file *";
    facts::Facts facts(scene);
    CHECK(*facts.get("crash.fault_pointer").string() == "null");
    CHECK(*facts.get("crash.fault_type").string() == "struct nfsd_file *");
    CHECK_FALSE(facts.get("crash.fault_member").known());
}

TEST_CASE("a lockup inside a retpoline tells the pointer, and has no faulting access") {
    facts::Scene scene = scene_of(
        "[  100.000001] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/u4:1:77]\n"
        "[  100.000002] CPU: 1 PID: 77 Comm: kworker/u4:1 Not tainted 5.10.0 #1\n"
        "[  100.000003] RIP: 0010:__x86_indirect_thunk_r15+0x3/0x11\n"
        "[  100.000004] RSP: 0018:ffffaa3eedaebd98 EFLAGS: 00000246 ORIG_RAX: ffffffffffffff13\n"
        "[  100.000005] RAX: 0000000000000000 RBX: ffff9ab0343e0400 RCX: 0000000000000000\n"
        "[  100.000006] R13: 0000000000000001 R14: ffffffffc1063860 R15: ffffffffc10597a0\n"
        "[  100.000007] Call Trace:\n"
        "[  100.000008]  __rpc_execute+0x7f/0x3c0 [sunrpc]\n"
        "[  100.000009]  rpc_async_schedule+0x29/0x40 [sunrpc]\n");
    REQUIRE(scene.crash);
    CHECK(scene.crash->fault.sentence.empty());
    REQUIRE(scene.crash->call_target);
    CHECK(scene.crash->call_target->through == "r15");
    CHECK(scene.crash->call_target->address == 0xffffffffc10597a0);
    CHECK(facts::sentence(*scene.crash->call_target) ==
          "about to call 0xffffffffc10597a0 through r15");
}

TEST_CASE("where the processor went astray the report says so") {
    facts::Scene scene = scene_of(
        "[   51.000001] Unable to handle kernel read from unreadable memory at virtual address "
        "ffffa628c7d2bb28\n"
        "[   51.000002] Mem abort info:\n"
        "[   51.000003]   ESR = 0x8600000e\n"
        "[   51.000004] Internal error: Oops: 8600000e [#1] SMP\n"
        "[   51.000005] CPU: 1 PID: 18 Comm: ksoftirqd/1 Not tainted 4.19.90 #1\n"
        "[   51.000006] pstate: 60400009 (nZCv daif +PAN -UAO)\n"
        "[   51.000007] pc : 0xffffa628c7d2bb28\n"
        "[   51.000008] lr : rcu_do_batch+0x1c0/0x4c8\n"
        "[   51.000009] sp : ffff0000802bfd70\n"
        "[   51.000010] x29: ffff0000802bfd70 x28: ffff000008f1a000 \n"
        "[   51.000011] Call trace:\n"
        "[   51.000012]  0xffffa628c7d2bb28\n"
        "[   51.000013]  rcu_core+0x1c4/0x460\n"
        "[   51.000014] Code: f54fe8b0 ffffa64a 6c17c7c0 ffffc64a (c7d2bb28) \n");
    REQUIRE(scene.crash);
    CHECK(scene.crash->fault.access == "instruction fetch");
    CHECK(scene.crash->fault.sentence ==
          "instruction fetch at 0xffffa628c7d2bb28, a kernel address");
}

TEST_CASE("bytes that are no instruction leave the fault as it was printed") {
    facts::Scene scene = scene_of(
        "[   10.000001] BUG: unable to handle page fault for address: ffff888000001000\n"
        "[   10.000002] #PF: supervisor write access in kernel mode\n"
        "[   10.000004] Oops: 0002 [#1] SMP\n"
        "[   10.000005] CPU: 0 PID: 125 Comm: nfsd Not tainted 6.1.0 #1\n"
        "[   10.000006] RIP: 0010:nfsd_vfs_write+0x80/0x6a0 [nfsd]\n"
        "[   10.000007] Code: 48 89 04 24 <06> 06 06\n"
        "[   10.000009] RAX: 0000000000000000 RBX: 000000000000000c RCX: 0000000000530000\n");
    REQUIRE(scene.crash);
    CHECK(scene.crash->fault.address == 0xffff888000001000);
    CHECK(scene.crash->fault.access == "write");
    CHECK(scene.crash->fault.sentence.empty());
}
