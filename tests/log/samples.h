// Console reports of our own making, in the kernel's formats, for the tests of the log room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "log/event.h"

namespace nfstriage::samples {

// An x86_64 oops of an nfsd thread, one message per line, without any prefix.
inline const std::string kOops =
    "BUG: kernel NULL pointer dereference, address: 0000000000000038\n"
    "#PF: supervisor write access in kernel mode\n"
    "#PF: error_code(0x0002) - not-present page\n"
    "PGD 0 P4D 0 \n"
    "Oops: 0002 [#1] PREEMPT SMP NOPTI\n"
    "CPU: 3 PID: 4242 Comm: nfsd Kdump: loaded Tainted: G        W  OE      "
    "6.1.7-200.example.x86_64 #1\n"
    "Hardware name: Example Machine/Board, BIOS 1.0 01/01/2020\n"
    "RIP: 0010:nfsd_reply_frob+0x2d/0x150 [nfsd]\n"
    "Code: 00 00 00 48 89 e5 41 54 53 48 89 fb <48> 89 43 38 5b 41 5c 5d c3\n"
    "RSP: 0018:ffffb0c0008f3d40 EFLAGS: 00010246\n"
    "RAX: 0000000000000001 RBX: 0000000000000000 RCX: ffff9a0001020304\n"
    "RDX: 0000000000000002 RSI: ffff9a0005060708 RDI: 0000000000000000\n"
    "RBP: ffffb0c0008f3d58 R08: 0000000000000000 R09: 0000000000000000\n"
    "R10: 0000000000000000 R11: 0000000000000000 R12: ffff9a0009080706\n"
    "R13: 0000000000000000 R14: 0000000000000000 R15: 0000000000000000\n"
    "FS:  0000000000000000(0000) GS:ffff9a03ffd80000(0000) knlGS:0000000000000000\n"
    "CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033\n"
    "CR2: 0000000000000038 CR3: 0000000106c0a001 CR4: 0000000000770ee0\n"
    "Call Trace:\n"
    " <TASK>\n"
    " ? __die+0x20/0x70\n"
    " ? page_fault_oops+0x16d/0x4f0\n"
    " ? asm_exc_page_fault+0x22/0x30\n"
    " ? nfsd_reply_frob+0x2d/0x150 [nfsd]\n"
    " nfsd_dispatch+0x167/0x280 [nfsd]\n"
    " svc_process_common+0x286/0x5e0 [sunrpc]\n"
    " svc_process+0xad/0x100 [sunrpc]\n"
    " nfsd+0xd5/0x190 [nfsd]\n"
    " kthread+0xe6/0x110\n"
    " ret_from_fork+0x1f/0x30\n"
    " </TASK>\n"
    "Modules linked in: rpcsec_gss_krb5(E) nfsd(E) auth_rpcgss(E) nfs_acl(E) lockd(E) grace(E) "
    "sunrpc(E) [last unloaded: dummy]\n"
    "CR2: 0000000000000038\n"
    "---[ end trace 0000000000000000 ]---\n";

// An aarch64 soft lockup of a writer inside the NFS client, with the panic that follows.
inline const std::string kSoftLockup =
    "watchdog: BUG: soft lockup - CPU#7 stuck for 22s! [db/writer:1:31337]\n"
    "Modules linked in: nfsv3 nfs lockd sunrpc\n"
    "CPU: 7 PID: 31337 Comm: db/writer:1 Kdump: loaded Tainted: G           OE     "
    "4.19.90-23.example.aarch64 #1\n"
    "Hardware name: Example/Board, BIOS 0.1 02/02/2022\n"
    "pstate: 40400009 (nZcv daif +PAN -UAO)\n"
    "pc : nfs_flush_frob+0x28/0x48 [nfs]\n"
    "lr : nfs_wb_frob+0xc0/0x210 [nfs]\n"
    "sp : fffffadb12340930\n"
    "x29: fffffadb12340930 x28: ffff800011112222 \n"
    "x27: 0000000000000000 x26: 0000000000000001 \n"
    "x1 : 0000000000000010 x0 : fffffadb00001111 \n"
    "Call trace:\n"
    " nfs_flush_frob+0x28/0x48 [nfs]\n"
    " nfs_wb_frob+0xc0/0x210 [nfs]\n"
    " nfs_file_write+0xc8/0x260 [nfs]\n"
    " __vfs_write+0x74/0x80\n"
    " __arm64_sys_write+0x24/0x30\n"
    " el0_svc_common+0x78/0x130\n"
    " el0_svc+0x8/0x1b0\n"
    "Kernel panic - not syncing: softlockup: hung tasks\n"
    "CPU: 7 PID: 31337 Comm: db/writer:1 Kdump: loaded Tainted: G           OEL    "
    "4.19.90-23.example.aarch64 #1\n"
    "Hardware name: Example/Board, BIOS 0.1 02/02/2022\n"
    "Call trace:\n"
    " dump_backtrace+0x0/0x198\n"
    " show_stack+0x24/0x30\n"
    " dump_stack+0xa4/0xc4\n"
    " panic+0x130/0x31c\n"
    " watchdog_timer_fn+0x2a8/0x2b0\n"
    " __hrtimer_run_queues+0x114/0x358\n"
    " gic_handle_irq+0x80/0x18c\n"
    " el1_irq+0xb8/0x140\n"
    " nfs_flush_frob+0x28/0x48 [nfs]\n"
    " nfs_wb_frob+0xc0/0x210 [nfs]\n"
    " nfs_file_write+0xc8/0x260 [nfs]\n"
    "SMP: stopping secondary CPUs\n"
    "Starting crashdump kernel...\n"
    "Bye!\n";

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::string line;
    for (char c : text)
        if (c == '\n') {
            lines.push_back(line);
            line.clear();
        } else {
            line += c;
        }
    if (!line.empty()) lines.push_back(line);
    return lines;
}

// `text` with `prefix(i)` in front of every line.
template <class Prefix>
std::string prefixed(const std::string& text, Prefix prefix) {
    std::string out;
    std::size_t i = 0;
    for (const auto& line : lines_of(text)) out += prefix(i++) + line + "\n";
    return out;
}

// "[  123.000456] "
inline std::string printk_stamp(std::size_t i) {
    auto micro = std::to_string(1000000 + i * 7).substr(1);
    return "[ 4123." + micro + "] ";
}

inline const log::Event& crash_of(const log::ConsoleLog& log) {
    static const log::Event kNone;
    return log.crash ? log.events[*log.crash] : kNone;
}

inline std::string first_solid_frame(const log::Event& event) {
    for (auto i = event.blamed; i < event.frames.size(); ++i)
        if (event.frames[i].trust == Trust::log) return event.frames[i].function;
    return "";
}

}  // namespace nfstriage::samples
