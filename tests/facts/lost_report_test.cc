// Which report is blamed where a dump's log has gaps: the one that memory shows, or none.
#include "facts/lost_report.h"
#include "catch.h"
#include "facts/from_log.h"

using namespace nfstriage;
using namespace nfstriage::facts;

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kToTheEnd = ~std::uint64_t{0};

const std::string kHung = R"([    0.000000] Linux version 6.1.0-test (builder@host) #1
[   57.425386] INFO: task nfsd:148 blocked for more than 15 seconds.
[   57.425387]       Not tainted 6.1.0-test #1
[   57.425388] task:nfsd            state:D stack:0     pid:148   ppid:2      flags:0x00000008
[   57.425389] Call Trace:
[   57.425390]  schedule+0x58/0xf0
[   57.425391]  percpu_rwsem_wait+0xc4/0x180
)";
const std::string kLockup =
    R"([   75.162093] watchdog: BUG: soft lockup - CPU#1 stuck for 12s! [cat:326]
[   75.162094] CPU: 1 PID: 326 Comm: cat Not tainted 6.1.0-test #1
)";

Scene scene_of(const std::string& text) { return from_log(log::parse(text), false); }

CpuStack panicked_in(std::int64_t pid) {
    CpuStack stack;
    stack.cpu = 1;
    stack.panicked = true;
    stack.task.emplace();
    stack.task->pid = pid;
    return stack;
}

Entry entry(CrashKind kind, bool of_another = false) {
    Entry made;
    made.kind = kind;
    made.of_another = of_another;
    return made;
}

}  // namespace

TEST_CASE("an older report of another task does not stand in for a lost one") {
    Scene scene = scene_of(kHung);
    REQUIRE(scene.crash);
    REQUIRE(scene.crash->kind == CrashKind::hung_task);
    CpuStack cpu = panicked_in(326);
    std::optional<Entry> way = entry(CrashKind::soft_lockup);

    SECTION("memory shows another way to panic") {
        doubt_the_report(scene, {{60 * kSecond, kToTheEnd}}, &cpu, way, Arch::aarch64);
        CHECK_FALSE(scene.crash);
        CHECK(scene.stack(StackRole::crash) == nullptr);
        CHECK(scene.input.missing.size() == 1);
    }
    SECTION("memory shows nothing") {
        doubt_the_report(scene, {{60 * kSecond, kToTheEnd}}, nullptr, std::nullopt, Arch::aarch64);
        CHECK_FALSE(scene.crash);
    }
    SECTION("the detector may have found any task") {
        way = entry(CrashKind::hung_task, true);
        doubt_the_report(scene, {{60 * kSecond, kToTheEnd}}, &cpu, way, Arch::aarch64);
        CHECK_FALSE(scene.crash);
    }
    SECTION("nothing was lost") {
        doubt_the_report(scene, {}, &cpu, way, Arch::aarch64);
        CHECK(scene.crash->kind == CrashKind::hung_task);
        CHECK(scene.input.missing.empty());
    }
}

TEST_CASE("the report of the panicking task is found where the panic's line is lost") {
    Scene scene = scene_of(kHung + kLockup);
    REQUIRE(scene.crash);
    REQUIRE(scene.crash->task.pid == 148);
    CpuStack cpu = panicked_in(326);
    doubt_the_report(scene, {{76 * kSecond, kToTheEnd}}, &cpu, entry(CrashKind::soft_lockup),
                     Arch::aarch64);
    REQUIRE(scene.crash);
    CHECK(scene.crash->kind == CrashKind::soft_lockup);
    CHECK(scene.crash->task.pid == 326);
    CHECK_FALSE(scene.stack(StackRole::crash));
}

TEST_CASE("a gap ahead of a report that leads to the panic does not matter") {
    const std::string panic = R"([   75.170670] Kernel panic - not syncing: softlockup: hung tasks
[   75.170671] CPU: 1 PID: 326 Comm: cat Tainted: G             L     6.1.0-test #1
)";
    Scene scene = scene_of(kHung + kLockup + panic);
    REQUIRE(scene.crash->kind == CrashKind::soft_lockup);
    CpuStack other = panicked_in(7);
    std::optional<Entry> way = entry(CrashKind::sysrq);
    doubt_the_report(scene, {{kSecond, 60 * kSecond}}, &other, way, Arch::aarch64);
    CHECK(scene.crash->task.pid == 326);
    doubt_the_report(scene, {{kSecond, 75 * kSecond}}, &other, way, Arch::aarch64);
    CHECK_FALSE(scene.crash);
}

TEST_CASE("what is left of the crash's own report is no error that came before it") {
    const std::string left =
        "[   70.000000] BUG: kernel NULL pointer dereference, address: 0000000000000018\n"
        "[   70.000001] #PF: supervisor read access in kernel mode\n";
    Scene scene = scene_of(left);
    CpuStack cpu = panicked_in(326);
    doubt_the_report(scene, {{71 * kSecond, kToTheEnd}}, &cpu, entry(CrashKind::paging_request),
                     Arch::x86_64);
    CHECK_FALSE(scene.crash);
    CHECK_FALSE(scene.first_error);
}
