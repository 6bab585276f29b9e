// From a console log to facts, and the weighing of the first error.
#include <set>

#include "catch.h"
#include "facts/culprit.h"
#include "facts/facts.h"
#include "facts/from_log.h"
#include "facts/state_values.h"
#include "facts/vocabulary.h"

using namespace nfstriage;
using namespace nfstriage::facts;

namespace {

const std::string kLockup = R"([    0.000000] Linux version 6.1.0-test (builder@host) #1
[   41.091791] watchdog: BUG: soft lockup - CPU#1 stuck for 11s! [writer:169]
[   41.092092] Modules linked in: nfsv4 nfs sunrpc
[   41.092631] CPU: 1 PID: 169 Comm: writer Not tainted 6.1.0-test #1
[   41.093076] RIP: 0010:native_queued_spin_lock_slowpath+0x30/0x2a0
[   41.095621] RAX: 0000000000000001 RBX: ffff888004405ea1 RCX: ffffffffc078f880
[   41.095622] Call Trace:
[   41.095623]  <TASK>
[   41.095624]  _raw_spin_lock+0x25/0x30
[   41.095625]  nfs_page_find_private_request+0x5a/0x110 [nfs]
[   41.095626]  ? nfs_flush_incompatible+0xc7/0x1f0 [nfs]
[   41.095627]  nfs_wb_page+0x12b/0x200 [nfs]
[   41.095628]  vfs_write+0x232/0x3f0
[   41.095629]  entry_SYSCALL_64_after_hwframe+0x6e/0xd8
[   41.095630]  </TASK>
[   41.095631] Kernel panic - not syncing: softlockup: hung tasks
[   41.095632] CPU: 1 PID: 169 Comm: writer Tainted: G             L     6.1.0-test #1
[   41.095633] Call Trace:
[   41.095634]  <IRQ>
[   41.095635]  dump_stack_lvl+0x44/0x5c
[   41.095636]  panic+0x118/0x2f4
[   41.095637]  watchdog_timer_fn.cold+0xc/0x16
[   41.095638]  </IRQ>
[   41.095639]  <TASK>
[   41.095640]  asm_sysvec_apic_timer_interrupt+0x16/0x20
[   41.095641] RIP: 0010:native_queued_spin_lock_slowpath+0x30/0x2a0
[   41.095642]  _raw_spin_lock+0x25/0x30
[   41.095643]  nfs_page_find_private_request+0x5a/0x110 [nfs]
[   41.095644]  entry_SYSCALL_64_after_hwframe+0x6e/0xd8
)";

Scene scene_of(const std::string& text) { return from_log(log::parse(text), true); }

std::string shown(const Scene& scene, const char* fact) { return Facts(scene).get(fact).text(); }

Crash report(CrashKind kind, double time, std::uint64_t register_value) {
    Crash crash;
    crash.kind = kind;
    crash.time_s = time;
    crash.registers.set("x3", register_value);
    return crash;
}

Frame frame(std::string function, std::string module = "", Trust trust = Trust::log) {
    Frame made;
    made.function = std::move(function);
    made.module = std::move(module);
    made.trust = trust;
    return made;
}

// A crash without NFS on its stack, and a warning ahead of it in nfsd.
Scene victim(double warned_at, std::uint64_t warned_of) {
    Scene scene;
    scene.kernel.arch = Arch::aarch64;
    scene.crash = report(CrashKind::paging_request, 1000, 0);
    scene.crash->fault.address = 0xffff800001d2bb28;
    scene.crash->top = frame("rcu_do_batch");
    scene.stacks.push_back({StackRole::crash, {}, {}, true, {frame("rcu_do_batch")}, 0});
    scene.first_error = report(CrashKind::warning, warned_at, warned_of);
    scene.first_error->top = frame("delete_node");
    scene.stacks.push_back({StackRole::first_error,
                            {},
                            {},
                            true,
                            {frame("idr_remove"), frame("nfs4_put_stid", "nfsd")},
                            0});
    return scene;
}

}  // namespace

TEST_CASE("a console log gives the crash, the panic, the stacks and the kernel") {
    Scene scene = scene_of(kLockup);
    REQUIRE(scene.crash);
    CHECK(scene.crash->kind == CrashKind::soft_lockup);
    REQUIRE(scene.panic);
    CHECK(scene.panic->reason == "softlockup: hung tasks");
    REQUIRE(scene.stacks.size() >= 2);
    CHECK(scene.stacks[0].role == StackRole::panic);
    CHECK(scene.stacks[1].role == StackRole::crash);
    const Stack& panic = scene.stacks[0];
    REQUIRE(panic.culprit < panic.frames.size());
    CHECK(panic.frames[panic.culprit].function == "native_queued_spin_lock_slowpath");
    CHECK(scene.log_complete);
    CHECK(shown(scene, "crash.kind") == "\"soft_lockup\"");
    CHECK(shown(scene, "crash.cpu") == "1");
    CHECK(shown(scene, "crash.offset") == "48");
    CHECK(shown(scene, "crash.time_s") == "41");
    CHECK(shown(scene, "task.comm") == "\"writer\"");
    CHECK(shown(scene, "panic.pid") == "169");
    CHECK(shown(scene, "kernel.release") == "\"6.1.0-test\"");
    CHECK(shown(scene, "kernel.modules") == "3 elements");
    CHECK(shown(scene, "culprit.function") == "\"nfs_page_find_private_request\"");
    CHECK(shown(scene, "culprit.component") == "\"nfs_client\"");
    CHECK(shown(scene, "first_error.kind") == "unknown (not_in_log: no earlier error)");
}

TEST_CASE("the kernel's version is the whole one that it printed when it started") {
    std::string text =
        "[    0.000000] Linux version 6.1.0-5 (builder@host) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 "
        "SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)\n"
        "[   41.091791] kernel BUG at fs/nfs/pagelist.c:382!\n"
        "[   41.092631] CPU: 1 PID: 169 Comm: writer Not tainted 6.1.0-5 #1  Debian 6.1.192-2\n"
        "[   41.093076] RIP: 0010:nfs_unlock_request+0x30/0x2a0 [nfs]\n";
    CHECK(scene_of(text).kernel.version == "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)");
    CHECK(scene_of(text.substr(text.find('\n') + 1)).kernel.version == "#1  Debian 6.1.192-2");
    // The banner of another boot says nothing of this kernel.
    text.replace(text.find("6.1.0-5"), 7, "6.1.0-4");
    CHECK(scene_of(text).kernel.version == "#1  Debian 6.1.192-2");
}

TEST_CASE("a fact says on which line of the log it stands") {
    Scene scene = scene_of(kLockup);
    CHECK(to_string(Facts(scene).get("crash.kind").provenance()) == "log line 2");
    CHECK(to_string(Facts(scene).register_value("crash", "rbx").provenance()) ==
          "register rbx, log line 2");
}

TEST_CASE("frames marked ? are listed but not reliable, and are nobody's callee") {
    Scene scene = scene_of(kLockup);
    Facts facts(scene);
    Value frames = facts.get("frames");
    REQUIRE(frames.list());
    bool guessed = false;
    for (std::size_t i = 0; i < frames.list()->size; ++i) {
        const Value element = frames.list()->at(i);
        std::string function = element.record()->get("function").text();
        if (function == "\"nfs_flush_incompatible\"") {
            guessed = true;
            CHECK(element.record()->get("reliable").text() == "false");
            CHECK(element.trust() == Trust::guess);
        }
        if (function == "\"nfs_wb_page\"")
            CHECK(element.record()->get("callee").text() == "\"nfs_page_find_private_request\"");
    }
    CHECK(guessed);
}

TEST_CASE("an excerpt that does not reach back to the boot is no whole log") {
    CHECK_FALSE(scene_of(kLockup.substr(kLockup.find('\n') + 1)).log_complete);
}

TEST_CASE("a first error close in time is blamed for a crash without NFS on its stack") {
    Culprit culprit = find_culprit(victim(999, 0));
    CHECK(culprit.function == "nfs4_put_stid");
    CHECK(culprit.component == nfs::Component::nfsd);
    CHECK(culprit.from_first_error);
    CHECK(culprit.first_nfs_function.empty());
}

TEST_CASE("an old first error is blamed only if it saw the address that the crash faulted on") {
    CHECK(find_culprit(victim(10, 0)).component == nfs::Component::none);
    CHECK(find_culprit(victim(10, 0xffff800001d2bb28)).component == nfs::Component::nfsd);
}

TEST_CASE("a task that an interrupt or softirq came upon is not blamed for what happened in it") {
    for (const char* way_in : {"asm_sysvec_apic_timer_interrupt", "el1h_64_irq_handler",
                               "__do_softirq", "handle_softirqs"}) {
        INFO(way_in);
        Scene scene = victim(999, 0);
        std::vector<Frame>& frames = scene.stacks[0].frames;
        frames.push_back(frame(way_in));
        frames.push_back(frame("nfsd_vfs_write", "nfsd"));
        Culprit culprit = find_culprit(scene);
        CHECK(culprit.function == "nfs4_put_stid");
        CHECK(culprit.from_first_error);
        CHECK(culprit.first_nfs_function.empty());
        // What ran in the interrupt itself is.
        frames.insert(frames.begin() + 1, frame("xs_data_ready", "sunrpc"));
        CHECK(find_culprit(scene).function == "xs_data_ready");
    }
}

TEST_CASE("scanned and guessed frames blame nobody") {
    Scene scene = victim(10, 0);
    scene.stacks[0].frames.push_back(frame("nfs_wb_page", "nfs", Trust::guess));
    scene.stacks[0].frames.push_back(frame("nfs_wb_all", "nfs", Trust::scan));
    CHECK(find_culprit(scene).component == nfs::Component::none);
    scene.stacks[0].frames.push_back(frame("nfs_wb_all", "nfs", Trust::orc));
    CHECK(find_culprit(scene).component == nfs::Component::nfs_client);
}

TEST_CASE("that no NFS function is on the stack is unknown while part of it is missing") {
    Scene scene = victim(10, 0);
    CHECK(shown(scene, "culprit.component") == "\"none\"");
    scene.stacks[0].complete = false;
    CHECK_FALSE(Facts(scene).get("culprit.component").known());
}

TEST_CASE("what nothing names may be NFS, and is nobody's caller") {
    Scene scene;
    scene.kernel.arch = Arch::x86_64;
    scene.crash = report(CrashKind::bug, 1000, 0);
    std::vector<Frame> frames = {frame("nfs_unlock_request", "nfs"), frame(""),
                                 frame("write_cache_pages")};
    scene.stacks.push_back({StackRole::crash, {}, {}, true, frames, 0});
    auto member = [&](std::size_t index, const char* name) {
        return Facts(scene).get("frames").list()->at(index).record()->get(name);
    };
    CHECK_FALSE(member(0, "caller").known());
    CHECK_FALSE(member(1, "function").known());
    CHECK(member(1, "caller").text() == "\"write_cache_pages\"");
    CHECK_FALSE(member(2, "callee").known());
    CHECK(shown(scene, "culprit.component") == "\"nfs_client\"");

    scene.stacks[0].frames.front().function.clear();
    scene.stacks[0].frames.front().module.clear();
    CHECK(find_culprit(scene).function.empty());
    CHECK_FALSE(Facts(scene).get("culprit.component").known());

    // The report names the instruction.
    scene.stacks[0].frames.front().address = 0xffffffffc095df27;
    scene.crash->registers.set("rip", 0xffffffffc095df27);
    scene.crash->top = frame("nfs_unlock_request", "nfs");
    CHECK(blamed_frames(scene).frames.size() == 3);
    CHECK(find_culprit(scene).function == "nfs_unlock_request");
}

TEST_CASE("an unwound stack is preferred to the one the log printed") {
    Scene scene = scene_of(kLockup);
    scene.stacks[0].frames = {frame("panic", "", Trust::orc),
                              frame("native_queued_spin_lock_slowpath", "", Trust::orc),
                              frame("nfs_wb_page", "nfs", Trust::orc)};
    scene.stacks[0].culprit = 1;
    Blamed blamed = blamed_frames(scene);
    REQUIRE(blamed.frames.size() == 2);
    CHECK(blamed.frames[0].function == "native_queued_spin_lock_slowpath");
    CHECK(blamed.frames[1].trust == Trust::orc);
}

TEST_CASE("a report that is not there as a whole is not known to be all there was") {
    Scene whole = scene_of(kLockup), cut = whole;
    REQUIRE(whole.crash);
    whole.crash->report_complete = true;
    cut.crash->report_complete = false;
    CHECK(Facts(whole).get("crash.complete").known());
    CHECK_FALSE(Facts(cut).get("crash.complete").known());
}

TEST_CASE("a crash of which nobody said what it was has no kind to compare") {
    Scene scene = scene_of(kLockup);
    scene.crash->kind = CrashKind::none;
    CHECK_FALSE(Facts(scene).get("crash.kind").known());
}

TEST_CASE("an empty log gives no crash and no facts") {
    Scene scene = scene_of("");
    CHECK_FALSE(scene.crash);
    for (const FactInfo& fact : facts::facts()) {
        INFO(fact.name);
        Value value = Facts(scene).get(fact.name);
        bool always =
            fact.name == "input.is_dump" || fact.name == "stacks" || fact.name.starts_with("log.");
        CHECK(value.known() == always);
    }
}

TEST_CASE("every name of the vocabulary is a fact, once and in order, and is described") {
    Scene scene = scene_of(kLockup);
    Facts facts(scene);
    std::string text = describe_vocabulary();
    std::string_view last;
    for (const FactInfo& fact : facts::facts()) {
        INFO(fact.name);
        CHECK(last < fact.name);
        last = fact.name;
        Value value = facts.get(fact.name);
        if (!value.known()) CHECK(value.why().reason != Reason::corrupt);
        CHECK(find_fact(fact.name) == &fact);
        CHECK(text.find(std::string(fact.name) + ": ") != std::string::npos);
        if (!fact.of.empty()) CHECK(find_schema(fact.of));
    }
    CHECK(find_fact("crash.knd") == nullptr);
    CHECK(nearest("crash.knd", std::array<std::string_view, 2>{"crash.kind", "frames"}) ==
          "crash.kind");
}

TEST_CASE("every member of every record can be asked") {
    std::string text = kLockup;
    text.insert(text.find('\n') + 1, "[    9.000000] nfs: server a not responding, still trying\n");
    Scene scene = scene_of(text);
    Facts facts(scene);
    std::set<std::string_view> seen;
    for (const char* name : {"frames", "stacks", "log.events", "log.notices", "log.lines",
                             "log.servers", "crash.registers"}) {
        INFO(name);
        Value value = facts.get(name);
        REQUIRE(value.list());
        REQUIRE(value.list()->size > 0);
        Value element = value.list()->at(0);
        const SchemaInfo* schema = find_schema(element.record()->schema);
        REQUIRE(schema);
        seen.insert(schema->name);
        for (const FactInfo& member : schema->members) {
            INFO(member.name);
            Value read = element.record()->get(member.name);
            if (!read.known()) CHECK(read.why().reason != Reason::corrupt);
        }
    }
    for (const SchemaInfo& schema : state_schemas()) seen.insert(schema.name);  // in dumps only
    CHECK(seen.size() == schemas().size());
}
