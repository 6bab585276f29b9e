#include "verdict/join_log.h"

#include "catch.h"
#include "verdict/scenes.h"

using namespace nfstriage;
using namespace nfstriage::verdict;
using facts::StackRole;
using test::crash_scene;

namespace {

facts::Scene dump_scene() {
    facts::Scene scene = crash_scene(CrashKind::gpf, {"nfs_a nfs", "nfs_b nfs"}, Trust::orc);
    scene.input.is_dump = true;
    scene.log_complete = false;  // the ring has wrapped
    return scene;
}

facts::Scene log_with_first_error() {
    facts::Scene scene = crash_scene(CrashKind::gpf, {"nfs_a nfs"});
    scene.log.bytes = 1000;
    scene.crash->log_line = 90;
    facts::Crash first = *scene.crash;
    first.kind = CrashKind::warning;
    first.log_line = 40;
    scene.first_error = first;
    scene.stacks.push_back(test::stack(StackRole::first_error, {"nfsd_free nfsd"}));
    return scene;
}

}  // namespace

TEST_CASE("a log of the same crash brings the first error that the ring has lost") {
    facts::Scene dump = dump_scene();
    Joined joined = join_log(dump, log_with_first_error());
    CHECK(joined.agrees);
    REQUIRE(dump.first_error);
    CHECK(dump.first_error->kind == CrashKind::warning);
    CHECK(dump.stack(StackRole::first_error) != nullptr);
    CHECK(dump.crash->log_line == 90u);  // of the log that was taken over
    CHECK(dump.log.bytes == 1000);
    CHECK(dump.stack(StackRole::crash)->frames[0].trust == Trust::orc);  // memory outweighs the log
    CHECK(dump.input.missing.empty());
}

TEST_CASE("a log of another crash is left aside and said so") {
    auto changes = {+[](facts::Scene& log) { log.kernel.release = "6.1.0"; },
                    +[](facts::Scene& log) { log.kernel.arch = Arch::aarch64; },
                    +[](facts::Scene& log) { log.crash->kind = CrashKind::bug; },
                    +[](facts::Scene& log) { log.crash->task.pid = 1; }};
    for (auto change : changes) {
        facts::Scene dump = dump_scene(), log = log_with_first_error();
        change(log);
        Joined joined = join_log(dump, log);
        CHECK_FALSE(joined.agrees);
        CHECK(joined.notes.size() == 1);
        CHECK(dump.input.missing.size() == 1);
        CHECK_FALSE(dump.first_error);
        CHECK(dump.crash->log_line == 12u);
    }
}

TEST_CASE("what the dump knows is not overwritten, what it lacks is filled in") {
    facts::Scene dump = dump_scene(), log = log_with_first_error();
    dump.crash->cpu.reset();
    dump.crash->message = "from memory";
    dump.log_complete = true;
    log.crash->cpu = 9;
    log.kernel.taint = "W";
    CHECK(join_log(dump, log).agrees);
    CHECK(dump.crash->cpu == 9u);
    CHECK(dump.crash->message == "from memory");
    CHECK(dump.kernel.taint == "W");
    CHECK(dump.log.bytes == 0);  // the ring was whole and had as many reports
}

TEST_CASE("a dump whose ring is gone takes the crash from the log") {
    facts::Scene dump = dump_scene();
    dump.crash.reset();
    dump.stacks.clear();
    Joined joined = join_log(dump, log_with_first_error());
    CHECK(joined.agrees);
    REQUIRE(dump.crash);
    CHECK(dump.stack(StackRole::crash) != nullptr);
    CHECK(joined.notes.size() == 2);
}
