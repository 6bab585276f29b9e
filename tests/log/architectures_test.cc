// Reports of every architecture whose kernels print them in a form of their own.
#include "catch.h"
#include "samples.h"

using namespace nfstriage;
using namespace nfstriage::samples;

namespace {

struct Expected {
    CrashKind kind;
    std::optional<unsigned> cpu;
    std::int64_t pid;
    std::string comm, release;
    Arch arch;
    std::string top, next;
};

void check(const std::string& text, const Expected& expected) {
    for (bool stamped : {false, true}) {
        INFO(text.substr(0, 60) << (stamped ? " (stamped)" : ""));
        auto log = log::parse(stamped ? prefixed(text, printk_stamp) : text);
        REQUIRE(log.crash);
        const auto& e = crash_of(log);
        CHECK(e.kind == expected.kind);
        CHECK(e.cpu == expected.cpu);
        CHECK(e.pid == expected.pid);
        CHECK(e.comm == expected.comm);
        CHECK(e.release == expected.release);
        CHECK(e.arch == expected.arch);
        CHECK((e.top ? e.top->function : "") == expected.top);
        CHECK(first_solid_frame(e) == expected.next);
        CHECK(e.fatal);
    }
}

}  // namespace

TEST_CASE("x86_64 before 4.10 and 2.6") {
    check(
        "BUG: unable to handle kernel NULL pointer dereference at           (null)\n"
        "IP: [<ffffffffa0123456>] nfs_frob+0x24/0x90 [nfs]\n"
        "PGD 2adf067 PUD 2b6b067 PMD 0 \n"
        "Oops: 0000 [#1] SMP \n"
        "CPU 6 \n"
        "Modules linked in: nfs lockd sunrpc\n"
        "\n"
        "Pid: 3295, comm: mount.nfs Tainted: P           O 3.4.4 #1 Example Board/Board\n"
        "RIP: 0010:[<ffffffffa0123456>]  [<ffffffffa0123456>] nfs_frob+0x24/0x90 [nfs]\n"
        "RSP: 0018:ffff880162e35700  EFLAGS: 00010086\n"
        "RAX: 0000000000000286 RBX: ffff8801b5caae68 RCX: 0000000000000000\n"
        "Process mount.nfs (pid: 3295, threadinfo ffff880162e34000, task ffff8801b5ca0000)\n"
        "Stack:\n"
        " ffff880162e35710 0000000000000001 0000000000000000 0000000000000000\n"
        "Call Trace:\n"
        " [<ffffffffa0123999>] ? nfs_guess+0x1/0x10 [nfs]\n"
        " [<ffffffffa0123777>] nfs_frob_caller+0x17/0x30 [nfs]\n"
        " [<ffffffff8117d9bb>] vfs_kern_mount+0x7b/0x1b0\n"
        "Code: 48 89 e5 41 57 <48> 8b 07\n"
        "RIP  [<ffffffffa0123456>] nfs_frob+0x24/0x90 [nfs]\n"
        " RSP <ffff880162e35700>\n"
        "CR2: 0000000000000000\n"
        "---[ end trace 2d8c6bf7dfa7a21c ]---\n",
        {CrashKind::null_deref, 6, 3295, "mount.nfs", "3.4.4", Arch::x86_64, "nfs_frob",
         "nfs_frob_caller"});
}

TEST_CASE("i386") {
    check(
        "BUG: unable to handle kernel paging request at f7a1b2c4\n"
        "IP: nfs_frob+0x24/0x90 [nfs]\n"
        "*pde = 00000000 \n"
        "Oops: 0002 [#1] SMP\n"
        "Modules linked in: nfs lockd sunrpc\n"
        "CPU: 1 PID: 501 Comm: cp Not tainted 4.9.0-8-686-pae #1\n"
        "task: f4a1c000 task.stack: f4b1e000\n"
        "EIP: nfs_frob+0x24/0x90 [nfs]\n"
        "EFLAGS: 00010246 CPU: 1\n"
        "EAX: 00000000 EBX: f4a1c0c0 ECX: 00000001 EDX: 00000002\n"
        "ESI: 00000000 EDI: 00000000 EBP: f4b1ff00 ESP: f4b1fee0\n"
        " DS: 007b ES: 007b FS: 00d8 GS: 00e0 SS: 0068\n"
        "CR0: 80050033 CR2: f7a1b2c4 CR3: 34a1c000 CR4: 000006f0\n"
        "Call Trace:\n"
        " nfs_frob_caller+0x17/0x30 [nfs]\n"
        " vfs_write+0x9b/0x1b0\n"
        " entry_INT80_32+0x27/0x27\n"
        "---[ end trace 2d8c6bf7dfa7a21c ]---\n",
        {CrashKind::paging_request, 1, 501, "cp", "4.9.0-8-686-pae", Arch::i386, "nfs_frob",
         "nfs_frob_caller"});
}

TEST_CASE("aarch64 with the marks of 6.x, and 4.x with PC is at") {
    check(
        "Unable to handle kernel paging request at virtual address dead000000000110\n"
        "Mem abort info:\n  ESR = 0x0000000096000044\n  EC = 0x25: DABT (current EL), IL = 32 "
        "bits\n"
        "[dead000000000110] address between user and kernel address ranges\n"
        "Internal error: Oops: 0000000096000044 [#1] SMP\n"
        "Modules linked in: nfsv4 nfs lockd sunrpc\n"
        "CPU: 12 UID: 0 PID: 4077 Comm: kworker/u32:4 Kdump: loaded Not tainted "
        "6.12.0-55.el10.aarch64 #1 PREEMPT(none)\n"
        "Hardware name: Example, BIOS 1 01/01/2024\n"
        "Workqueue: nfsiod rpc_frob [sunrpc]\n"
        "pstate: 204000c5 (nzCv daIF +PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"
        "pc : nfs4_frob+0x84/0x1c8 [nfsv4]\n"
        "lr : nfs4_frob+0x70/0x1c8 [nfsv4]\n"
        "sp : ffff80008a3abc40\n"
        "x29: ffff80008a3abc40 x28: 0000000000000000 x27: ffff000012345678\n"
        "x2 : 0000000000000001 x1 : dead000000000110 x0 : 0000000000000000\n"
        "Call trace:\n"
        " nfs4_frob+0x84/0x1c8 [nfsv4] (P)\n"
        " nfs4_frob+0x70/0x1c8 [nfsv4] (L)\n"
        " rpc_frob_release+0x38/0xa0 [sunrpc]\n"
        " process_one_work+0x178/0x3d0\n"
        "Code: f9400661 f9400260 f9000401 f9000020 (f9000660) \n"
        "---[ end trace 0000000000000000 ]---\n"
        "Kernel panic - not syncing: Oops: Fatal exception\n",
        {CrashKind::paging_request, 12, 4077, "kworker/u32:4", "6.12.0-55.el10.aarch64",
         Arch::aarch64, "nfs4_frob", "rpc_frob_release"});
    check(
        "Unable to handle kernel NULL pointer dereference at virtual address 00000028\n"
        "pgd = ffff80036c2d4000\n"
        "Internal error: Oops: 96000006 [#1] SMP\n"
        "CPU: 2 PID: 1717 Comm: ls Not tainted 4.4.77 #1\n"
        "task: ffff80036aa0e000 ti: ffff800369f6c000 task.ti: ffff800369f6c000\n"
        "PC is at nfs_frob+0x4c/0x328 [nfs]\n"
        "LR is at nfs_frob+0x34/0x50 [nfs]\n"
        "pc : [<ffff7ffffc123456>] lr : [<ffff7ffffc123400>] pstate: 60000145\n"
        "sp : ffff800369f6fbd0\n"
        "x29: ffff800369f6fbd0 x28: ffff800369f6c000 \n"
        "Process ls (pid: 1717, stack limit = 0xffff800369f6c020)\n"
        "Call trace:\n"
        "[<ffff7ffffc123456>] nfs_frob+0x4c/0x328 [nfs]\n"
        "[<ffff7ffffc123999>] nfs_frob_caller+0x34/0x50 [nfs]\n"
        "[<ffff8000001c1f10>] vfs_readdir+0x8/0x20\n"
        "---[ end trace 8d8c6bf7dfa7a21c ]---\n",
        {CrashKind::null_deref, 2, 1717, "ls", "4.4.77", Arch::aarch64, "nfs_frob",
         "nfs_frob_caller"});
}

TEST_CASE("arm, with and without addresses in its backtrace") {
    const std::string head =
        "Unable to handle kernel NULL pointer dereference at virtual address 00000008\n"
        "pgd = c0004000\n"
        "[00000008] *pgd=00000000\n"
        "Internal error: Oops: 17 [#1] SMP ARM\n"
        "Modules linked in: nfsd\n"
        "CPU: 1 PID: 2530 Comm: nfsd Not tainted 4.14.34-v7+ #709\n"
        "Hardware name: Example Board\n"
        "PC is at nfsd_frob+0x8/0x90 [nfsd]\n"
        "LR is at nfsd_frob_caller+0x12c/0x140 [nfsd]\n"
        "pc : [<bf24bb94>]    lr : [<bf24c4c4>]    psr: 60000013\n"
        "sp : d92cbe80  ip : 01f4e27e  fp : bf274dcc\n"
        "r10: bf274a9c  r9 : da0e5130  r8 : da0e5020\n"
        "r3 : 00000000  r2 : 00000001  r1 : 00000002  r0 : 00000003\n"
        "Flags: nZCv  IRQs on  FIQs on  Mode SVC_32  ISA ARM  Segment none\n"
        "Process nfsd (pid: 2530, stack limit = 0xd92ca1b8)\n"
        "Stack: (0xd92cbe80 to 0xd92cc000)\n"
        "be80: 00000000 d92cbe94 00000000 c0a1b2c3 00000000 00000000 00000000 00000000\n";
    const std::string tail =
        "Code: e1a00003 e8bd8010 e92d4010 (e5903008) \n---[ end trace 1b75b31a2719ed1c ]---\n";
    const Expected expected{CrashKind::null_deref, 1,         2530,        "nfsd",
                            "4.14.34-v7+",         Arch::arm, "nfsd_frob", "nfsd_frob_caller"};
    check(head +
              "[<bf24bb94>] (nfsd_frob [nfsd]) from [<bf24c4c4>] (nfsd_frob_caller+0x12c/0x140 "
              "[nfsd])\n"
              "[<bf24c4c4>] (nfsd_frob_caller [nfsd]) from [<bf240a10>] (nfsd_dispatch+0xb8/0x1d4 "
              "[nfsd])\n"
              "[<bf240a10>] (nfsd_dispatch [nfsd]) from [<c003a8b8>] (kthread+0xd0/0xe8)\n" +
              tail,
          expected);
    check(head +
              " nfsd_frob [nfsd] from nfsd_frob_caller+0x12c/0x140 [nfsd]\n"
              " nfsd_frob_caller [nfsd] from nfsd_dispatch+0xb8/0x1d4 [nfsd]\n"
              " nfsd_dispatch [nfsd] from kthread+0xd0/0xe8\n" +
              tail,
          expected);
}

TEST_CASE("riscv64") {
    check(
        "Unable to handle kernel access to user memory without uaccess routines at virtual address "
        "0000000000000010\n"
        "Oops [#1]\n"
        "Modules linked in: nfs lockd sunrpc\n"
        "CPU: 2 PID: 60 Comm: mount.nfs Not tainted 6.6.1-riscv #16\n"
        "Hardware name: example,board (DT)\n"
        "epc : nfs_frob+0x20/0xc8\n"
        " ra : nfs_frob_caller+0x22/0x34\n"
        "epc : ffffffff802206ac ra : ffffffff80225a7a sp : ffffffd00057b7f0\n"
        " gp : ffffffff81c9b890 tp : ffffffe001b6d400 t0 : 0000000000000000\n"
        "status: 0000000200000121 badaddr: 0000000000000010 cause: 000000000000000d\n"
        "[<ffffffff802206ac>] nfs_frob+0x20/0xc8\n"
        "[<ffffffff80225a7a>] nfs_frob_caller+0x22/0x34\n"
        "[<ffffffff80003046>] ret_from_syscall+0x0/0x2\n"
        "---[ end trace 1b75b31a2719ed1c ]---\n",
        {CrashKind::null_deref, 2, 60, "mount.nfs", "6.6.1-riscv", Arch::riscv64, "nfs_frob",
         "nfs_frob_caller"});
}

TEST_CASE("powerpc, both byte orders and both ABIs") {
    auto report = [](const std::string& machine, const std::string& dot) {
        return "Kernel attempted to read user page (58) - exploit attempt? (uid: 0)\n"
               "BUG: Kernel NULL pointer dereference on read at 0x00000058\n"
               "Faulting instruction address: 0xc0080000081a0708\n"
               "Oops: Kernel access of bad area, sig: 11 [#1]\n" +
               machine +
               " PAGE_SIZE=64K MMU=Radix SMP NR_CPUS=2048 NUMA PowerNV\n"
               "Modules linked in: nfs lockd sunrpc\n"
               "CPU: 32 PID: 10624 Comm: kworker/u130:25 Not tainted 5.12.14 #1\n"
               "Workqueue: rpciod rpc_frob_schedule [sunrpc]\n"
               "NIP:  c0080000081a0708 LR: c0080000081a0680 CTR: c0000000007112a0\n"
               "REGS: c0002000108237d0 TRAP: 0300   Not tainted  (5.12.14)\n"
               "MSR:  900000000280b033 <SF,HV,VEC,VSX,EE,FP,ME,IR,DR,RI" +
               (machine == "LE" ? ",LE" : "") +
               ">  CR: 24004842  XER: 00000000\n"
               "CFAR: c0080000081d8054 DAR: 0000000000000058 DSISR: 40000000 IRQMASK: 0 \n"
               "GPR00: c0080000081a06f0 c000200010823a70 c0080000082a7f00 0000000000000000 \n"
               "NIP [c0080000081a0708] " +
               dot +
               "rpc_frob+0x330/0x400 [sunrpc]\n"
               "LR [c0080000081a0680] " +
               dot +
               "rpc_frob+0x2a8/0x400 [sunrpc]\n"
               "Call Trace:\n"
               "[c000200010823a70] [c0080000081a06f0] " +
               dot +
               "rpc_frob+0x318/0x400 [sunrpc] (unreliable)\n"
               "[c000200010823ad0] [c0080000081a3080] " +
               dot +
               "rpc_frob_caller+0x88/0x110 [sunrpc]\n"
               "[c000200010823da0] [c00000000017b860] " +
               dot +
               "kthread+0x1a0/0x1b0\n"
               "---[ end trace 1b75b31a2719ed1c ]---\n";
    };
    check(report("LE", ""), {CrashKind::null_deref, 32, 10624, "kworker/u130:25", "5.12.14",
                             Arch::ppc64le, "rpc_frob", "rpc_frob_caller"});
    check(report("BE", "."), {CrashKind::null_deref, 32, 10624, "kworker/u130:25", "5.12.14",
                              Arch::ppc64, "rpc_frob", "rpc_frob_caller"});
}

TEST_CASE("s390x") {
    check(
        "Unable to handle kernel pointer dereference in virtual kernel address space\n"
        "Failing address: 0000000000000000 TEID: 0000000000000483\n"
        "Fault in home space mode while using kernel ASCE.\n"
        "AS:00000001f0a3c007 R3:0000000000000024 \n"
        "Oops: 0004 ilc:2 [#1] SMP \n"
        "Modules linked in: nfs lockd sunrpc\n"
        "CPU: 3 PID: 2121 Comm: cp Not tainted 6.6.0-rc7+ #1\n"
        "Hardware name: IBM 3931 A01 704 (z/VM 7.3.0)\n"
        "Krnl PSW : 0704c00180000000 000003ff802a1b2c (nfs_frob+0x24/0x88 [nfs])\n"
        "           R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3\n"
        "Krnl GPRS: 0000000000000000 0000000000000001 0000000000000002 0000000000000003\n"
        "           0000000000000004 0000000000000005 0000000000000006 0000000000000007\n"
        "Krnl Code: 000003ff802a1b20: e310b0000004        lg      %r1,0(%r11)\n"
        "Call Trace:\n"
        " [<000003ff802a1b2c>] nfs_frob+0x24/0x88 [nfs] \n"
        "([<000003ff802a1b00>] nfs_frob_other+0x1/0x2 [nfs])\n"
        " [<00000000b1a2c3d4>] vfs_write+0xb8/0x1c8 \n"
        "Last Breaking-Event-Address:\n"
        " [<000003ff802a1a00>] nfs_never+0x10/0x20 [nfs]\n"
        "---[ end trace 0000000000000000 ]---\n",
        {CrashKind::null_deref, 3, 2121, "cp", "6.6.0-rc7+", Arch::s390x, "nfs_frob",
         "nfs_frob_other"});
}

TEST_CASE("mips, sh and loongarch") {
    check(
        "CPU 1 Unable to handle kernel paging request at virtual address 00000014, epc == "
        "80a1b2c4, ra == 80a1b200\n"
        "Oops[#1]:\n"
        "CPU: 1 PID: 700 Comm: nfsd Not tainted 5.10.64 #0\n"
        "$ 0   : 00000000 00000001 00000000 00000002\n"
        "$ 4   : 80c01234 00000000 00000000 00000000\n"
        "epc   : 80a1b2c4 nfsd_frob+0x34/0x120 [nfsd]\n"
        "ra    : 80a1b200 nfsd_frob_caller+0x20/0x60 [nfsd]\n"
        "Status: 1100fc03 KERNEL EXL IE \n"
        "Cause : 40800008 (ExcCode 02)\n"
        "BadVA : 00000014\n"
        "Process nfsd (pid: 700, threadinfo=17a1b2c3, task=1a2b3c4d, tls=00000000)\n"
        "Call Trace:\n"
        "[<80a1b2c4>] nfsd_frob+0x34/0x120 [nfsd]\n"
        "[<80a1b200>] nfsd_frob_caller+0x20/0x60 [nfsd]\n"
        "---[ end trace 1b75b31a2719ed1c ]---\n",
        {CrashKind::null_deref, 1, 700, "nfsd", "5.10.64", Arch::mips, "nfsd_frob",
         "nfsd_frob_caller"});
    check(
        "CPU 3 Unable to handle kernel paging request at virtual address 0000000000000028, era == "
        "ffff800002a1b2c4, ra == ffff800002a1b200\n"
        "Oops[#1]:\n"
        "CPU: 3 PID: 900 Comm: cat Not tainted 6.6.0 #1\n"
        "pc ffff800002a1b2c4 ra ffff800002a1b200 tp 9000000106a1c000 sp 9000000106a1fc50\n"
        "a0 0000000000000000 a1 0000000000000001 a2 0000000000000002 a3 0000000000000003\n"
        "   ra: ffff800002a1b200 nfs_frob_caller+0x20/0x60 [nfs]\n"
        "  ERA: ffff800002a1b2c4 nfs_frob+0x34/0x120 [nfs]\n"
        " CRMD: 000000b0 (PLV0 -IE -DA +PG DACF=CC DACM=CC -WE)\n"
        "Process cat (pid: 900, threadinfo=0000000012345678, task=0000000087654321)\n"
        "Call Trace:\n"
        "[<ffff800002a1b2c4>] nfs_frob+0x34/0x120 [nfs]\n"
        "[<ffff800002a1b200>] nfs_frob_caller+0x20/0x60 [nfs]\n"
        "---[ end trace 0000000000000000 ]---\n",
        {CrashKind::null_deref, 3, 900, "cat", "6.6.0", Arch::loongarch64, "nfs_frob",
         "nfs_frob_caller"});
    check(
        "Unable to handle kernel NULL pointer dereference at virtual address 00000014\n"
        "pc = 8c1a2b3c\n"
        "Oops: 0000 [#1]\n"
        "CPU: 0 PID: 88 Comm: cp Not tainted 5.10.1 #2\n"
        "PC is at nfs_frob+0x34/0x120\n"
        "PR is at nfs_frob_caller+0x20/0x60\n"
        "PC  : 8c1a2b3c SP  : 8f1a2b3c SR  : 40008000 TEA : 00000014\n"
        "Process: cp (pid: 88, stack limit = 8f1a2001)\n"
        "Call trace:\n"
        " [<8c1a2000>] nfs_frob_caller+0x20/0x60\n"
        " [<8c0a1234>] vfs_write+0x6c/0x80\n"
        "---[ end trace 1b75b31a2719ed1c ]---\n",
        {CrashKind::null_deref, 0, 88, "cp", "5.10.1", Arch::sh, "nfs_frob", "nfs_frob_caller"});
}

TEST_CASE("a report after decode_stacktrace keeps functions, files and inlined frames apart") {
    auto log = log::parse(
        "general protection fault, probably for non-canonical address 0xdead000000000122: 0000 "
        "[#1] SMP\n"
        "CPU: 1 PID: 12 Comm: nfsd Not tainted 6.8.0 #1\n"
        "RIP: 0010:__list_frob include/linux/list.h:9 [inline]\n"
        "RIP: 0010:nfsd_frob+0x10/0x20 fs/nfsd/frob.c:44\n"
        "Call Trace:\n <TASK>\n"
        " nfsd_inlined fs/nfsd/frob.c:50 [inline]\n"
        " nfsd_frob_caller+0x1/0x2 fs/nfsd/frob.c:60\n"
        " svc_frob (net/sunrpc/svc.c:1421 (discriminator 3)) sunrpc\n"
        " kthread (kernel/kthread.c:388)\n"
        " </TASK>\n");
    const auto& e = crash_of(log);
    CHECK(e.kind == CrashKind::gpf);
    CHECK(e.fault_address == 0xdead000000000122u);
    CHECK(e.top->function == "nfsd_frob");
    CHECK(e.top->file == "fs/nfsd/frob.c");
    CHECK(e.top->line == 44u);
    REQUIRE(e.frames.size() == 4);
    CHECK(e.frames[0].inlined);
    CHECK(e.frames[1].function == "nfsd_frob_caller");
    CHECK(e.frames[1].line == 60u);
    CHECK(e.frames[2].function == "svc_frob");
    CHECK(e.frames[2].module == "sunrpc");
    CHECK(e.frames[3].file == "kernel/kthread.c");
}
