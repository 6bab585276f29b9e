// Verdicts made by hand, for the tests of what is written. The values are invented.
#pragma once

#include "verdict/scenes.h"
#include "verdict/verdict.h"

namespace nfstriage::test {

inline rules::Evidence evidence(std::string clause, rules::Role role, Tri result) {
    rules::Evidence item;
    item.clause = std::move(clause);
    item.text = "crash.kind == soft_lockup";
    item.role = role;
    item.result = result;
    return item;
}

inline Argument argument(unsigned index, std::string name, std::string type,
                         std::optional<std::uint64_t> value, std::vector<std::string> how,
                         Trust trust, std::string doubt = "") {
    return {index,          std::move(name), std::move(type), value,
            std::move(how), trust,           std::move(doubt)};
}

inline nfs::Summary state_summary() {
    nfs::Summary summary;
    summary.mounts.number = 1;
    summary.servers.push_back({"10.9.9.1", {7, true}, 2, 1, nfs::Duration{5}, "WRITE of java[1]"});
    summary.dirty = summary.under_writeback = summary.unstable = summary.at_risk = 4096;
    summary.files_at_risk = 1;
    summary.files.push_back({"/mnt/f", 12, VAddr{0xffff888000000100}, 4096});
    summary.waits = {"1 task waits for server 10.9.9.1"};
    nfs::ReportedTask task;
    task.report = {"hung_task", 1, "java", 2, 386, 60'000'000'000, 120};
    task.now = nfs::ReportedNow::waits;
    task.why = "as far as could be read";
    task.task = VAddr{0xffff888000000200};
    task.ran = false;
    task.since = nfs::Duration{7};
    task.waits_for = "rpc_task";
    task.chain = {{"waits for", "rpc_task", "struct rpc_task", VAddr{0xffff888000000300}, "WRITE"},
                  {"to", "server", "", VAddr{}, "server 10.9.9.1"}};
    task.head = "server 10.9.9.1";
    task.head_what = "does not answer";
    task.head_blocks = 1;
    task.sentence = "java[1] waits for server 10.9.9.1";
    summary.reported = {task};
    summary.reported_count.number = 1;
    summary.findings_count.number = 1;
    summary.findings.push_back({"nfs_page.flags", "struct nfs_page", "kref 0", "kref 1 or more",
                                "it was freed", VAddr{0xffff888000000400}});
    return summary;
}

// Every field of the contract is filled, so that the schema is tried on all of them.
inline verdict::Verdict known_bug() {
    facts::Scene scene = crash_scene(CrashKind::soft_lockup,
                                     {"nfs_commit_end nfs", "__nfs_commit_inode nfs",
                                      "nfs_wb_page nfs", "nfs_updatepage nfs", "vfs_write"},
                                     Trust::frame_record);
    verdict::Verdict result;
    result.input = scene.input;
    result.input.is_dump = true;
    result.input.path = "crash/vmcore";
    result.input.format = "kdump-compressed";
    result.input.complete = false;
    result.input.missing = {"user pages were left out when the dump was written"};
    result.kernel = scene.kernel;
    result.kernel.version = "#1 SMP";
    result.kernel.page_size = 65536;
    result.kernel.kaslr_offset = 0x9c00000;
    result.kernel.hz = 250;
    result.kernel.uptime_s = 2305675;
    result.kernel.taint = "G OE";
    result.kernel.vendor = "kylin";
    result.kernel.build_id = "0123abcd";
    result.kernel.out_of_tree_modules = {"vendor_io"};
    result.modules_of_interest = {"nfs", "sunrpc"};
    result.crash = scene.crash;
    result.crash->registers.set("rip", 0xffffffffc0123456);
    result.crash->fault.address = 0x18;
    result.crash->fault.access = "read";
    result.crash->task.address = VAddr{0xffff8a35c3d42000};
    result.first_error = scene.crash;
    result.first_error->kind = CrashKind::warning;
    result.first_error->message = "WARNING: at lib/radix-tree.c:784";
    result.panic = facts::Panic{3, scene.crash->task, "softlockup: hung tasks", {}};
    result.panic->registers.set("rip", 0xffffffff81000000);
    result.culprit.function = "nfs_wb_page";
    result.culprit.module = "nfs";
    result.culprit.component = nfs::Component::nfs_client;
    result.culprit.first_nfs_function = "nfs_commit_end";
    result.culprit.basis = "first NFS function of the blamed stack";
    result.stacks = scene.stacks;
    result.stacks[0].frames[1].inlined = true;
    result.stacks[0].frames[1].file = "fs/nfs/write.c";
    result.stacks[0].frames[1].line = 1750;
    result.stacks[0].frames[0].address = 0xffffffffc0123456;
    result.stacks[0].frames[2].arguments = {
        argument(0, "inode", "struct inode *", 0xffff8a35c3d42048,
                 {"x20, saved by nfs_commit_end", "x20 of nfs_updatepage"}, Trust::frame_record),
        argument(1, "page", "struct page *", 0xfffffad900001000, {"x19, saved by nfs_commit_end"},
                 Trust::frame_record)};
    result.stacks[0].frames[3].arguments = {
        argument(0, "file", "struct file *", {}, {}, Trust::guess,
                 "no_decoder: x0 was overwritten"),
        argument(1, "page", "struct page *", 0xfffffad900001000, {"x21"}, Trust::frame_record),
        argument(2, "offset", "unsigned int", 0x200, {"x22"}, Trust::frame_record)};
    result.state = {"server nas1 does not answer (3 messages, first in log line 7)",
                    "4 blocked tasks seen"};
    result.signature = verdict::Signature{"0123456789abcdef",
                                          "v1:soft_lockup:nfs_client:a>b>c",
                                          1,
                                          {"v1:soft_lockup:nfs_client:a>b"}};
    verdict::Diagnosis first;
    first.status = verdict::Status::known_bug;
    first.confidence = verdict::Confidence::certain;
    first.rule = "nfs-wb-page-fatal-error-loop";
    first.title = "nfs_wb_page() never returns after a fatal write error";
    first.explanation =
        "writer[4242] loops in nfs_wb_page: its page carries an error, is not dirty "
        "and not in writeback, and its request was never detached.";
    first.evidence = {evidence("inside_nfs_wb_page", rules::Role::required, Tri::yes),
                      evidence("page_error_private", rules::Role::required, Tri::yes),
                      evidence("waits_for_a_lock", rules::Role::refuting, Tri::no),
                      evidence("server_error_known", rules::Role::supporting, Tri::unknown)};
    first.evidence[0].operands = {{"frames[2].function", "\"nfs_wb_page\"", "frame 2", Trust::orc}};
    first.evidence[1].operands = {{"page->flags", "0x102b",
                                   "struct page.flags @0xfffffad900001000 (profile)",
                                   Trust::registers}};
    first.evidence[3].missing = {{Reason::filtered, "page of nfs_open_context"}};
    verdict::RecordHere record;
    record.id = "nfs-wb-page-fatal-error-loop";
    record.title = "nfs_wb_page() never returns after a fatal write error";
    record.status = knowledge::HereStatus::affected;
    record.basis = knowledge::Basis::probe;
    record.plausible = Tri::yes;
    record.why = "the fix is not in this kernel";
    record.evidence = {"06c9fdf3b9f1: absent (nfs_write_error calls no remover)"};
    record.workaround = "Remove the cause of the server's error; the writer cannot be killed.";
    using knowledge::Basis, knowledge::Presence, knowledge::Role;
    record.fixes = {{"06c9fdf3b9f1acc6e53753c99c54c39764cc979f",
                     "NFS: On fatal writeback errors, we need to call nfs_inode_remove_request()",
                     "v5.3",
                     {"5.2.17"},
                     Role::fix,
                     Presence::absent,
                     Basis::probe,
                     ""},
                    {"b8946d7bfb94",
                     "NFS: Revalidate the file mapping on all fatal writeback errors",
                     "v5.6",
                     {},
                     Role::follow_up,
                     Presence::unknown,
                     Basis::none,
                     ""},
                    {"22876f540bdf",
                     "NFS: Don't call generic_error_remove_page() while holding locks",
                     "v5.2",
                     {"4.19.298"},
                     Role::introduces,
                     Presence::present,
                     Basis::probe,
                     ""},
                    {"",
                     "NFS: a patch without a confirmed hash",
                     "",
                     {},
                     Role::prerequisite,
                     Presence::unknown,
                     Basis::none,
                     "its hash was not seen"}};
    record.regressions = {{"22876f540bdf", "undroppable cache", "06c9fdf3b9f1", "v5.3"}};
    record.aliases = {"CVE-2025-0001"};
    first.records = {record};
    first.next_steps = {{"the page's flags", "crash> kmem PAGE"}, {"what the server said", ""}};
    first.not_this = {"nfs_inode_add_request oops (same family): page->mapping is not NULL"};
    result.verdicts = {first};
    result.near_misses = {{"rpc-execute-spin", "An RPC task spins", "inside_rpc_execute",
                           "frames.any(f, f.function == \"__rpc_execute\")", Tri::no}};
    result.limits.rules_not_loaded = {"rules/broken.yaml"};
    result.limits.walks_truncated = {"tasks"};
    result.statistics = {120, 491520, 85, 46137344};
    result.nfs = state_summary();
    return result;
}

inline verdict::Verdict plain(verdict::Status status, std::string title, std::string explanation) {
    verdict::Verdict result;
    result.input.format = "console log";
    verdict::Diagnosis diagnosis;
    diagnosis.status = status;
    diagnosis.confidence = verdict::Confidence::likely;
    diagnosis.title = std::move(title);
    diagnosis.explanation = std::move(explanation);
    result.verdicts = {diagnosis};
    return result;
}

inline verdict::Verdict unknown_signature() {
    facts::Scene scene =
        crash_scene(CrashKind::null_deref, {"nfsd_vfs_write nfsd", "?try_to_wake_up",
                                            "nfsd4_write nfsd", "svc_process sunrpc", "kthread"});
    verdict::Verdict result =
        plain(verdict::Status::unknown_signature, "Unknown signature in nfsd_vfs_write",
              "NFS or SUNRPC code is involved and no rule recognises the case. A "
              "NULL pointer was used: the code went for the member at offset "
              "0x18.");
    result.kernel = scene.kernel;
    result.crash = scene.crash;
    result.stacks = scene.stacks;
    result.culprit.function = "nfsd_vfs_write";
    result.culprit.module = "nfsd";
    result.culprit.component = nfs::Component::nfsd;
    result.culprit.basis = "first NFS function of the blamed stack";
    result.verdicts[0].next_steps = {{"the vmcore of this crash", "nfstriage analyze vmcore"}};
    result.near_misses = {{"nfsd-stid-radix-tree", "nfsd frees a radix tree node twice",
                           "radix_tree_warned", "log_has(\"delete_node\")", Tri::no}};
    result.signature = verdict::Signature{
        "1952910c2cdaecbc", "v1:null_deref:nfsd:nfsd_vfs_write>nfsd4_write>svc_process", 1, {}};
    return result;
}

}  // namespace nfstriage::test
