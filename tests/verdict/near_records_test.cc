// Which known bugs are named beside a crash that no rule explains.
#include "verdict/near_records.h"

#include "catch.h"
#include "verdict/judge.h"
#include "verdict/scenes.h"

using namespace nfstriage;
using namespace nfstriage::verdict;
using test::crash_scene;

namespace {

void add(knowledge::Library& library, std::string id, std::vector<std::string> backtrace,
         std::vector<std::string> named = {}, std::vector<CrashKind> kinds = {}) {
    knowledge::Record record;
    record.id = id;
    record.title = "a bug";
    record.backtrace = std::move(backtrace);
    record.named = std::move(named);
    record.kinds = std::move(kinds);
    knowledge::Commit commit;
    commit.commit = "aaaaaaaaaaaa";
    commit.subject = "fix it";
    commit.release = "v6.14";
    record.fix_sets.push_back({"set", {commit}});
    library.records.emplace(std::move(id), std::move(record));
}

std::vector<std::string> ids(const facts::Scene& scene, const knowledge::Library& library) {
    std::vector<std::string> names;
    for (const NearRecord& near : near_records(scene, library, 3)) names.push_back(near.record->id);
    return names;
}

facts::Scene oops(std::string release = "6.1.0-56-amd64") {
    facts::Scene scene = crash_scene(
        CrashKind::null_deref,
        {"nfs4_locku_prepare nfsv4", "__rpc_execute sunrpc", "rpc_async_schedule sunrpc"});
    scene.kernel.release = std::move(release);
    return scene;
}

}  // namespace

TEST_CASE("a bug whose report begins alike comes ahead of those that share common callers") {
    knowledge::Library library;
    add(library, "common-1", {"xprt_a", "__rpc_execute", "rpc_async_schedule"});
    add(library, "common-2", {"xprt_b", "__rpc_execute", "rpc_async_schedule"});
    add(library, "common-3", {"xprt_c", "__rpc_execute", "rpc_async_schedule"});
    add(library, "the-one", {"nfs4_locku_prepare", "__rpc_execute", "rpc_async_schedule"});
    auto near = near_records(oops(), library, 3);
    REQUIRE_FALSE(near.empty());
    CHECK(near[0].record->id == "the-one");
    CHECK(near[0].shared ==
          std::vector<std::string>{"nfs4_locku_prepare", "__rpc_execute", "rpc_async_schedule"});
}

TEST_CASE("bugs that share only what many reports show are not named") {
    knowledge::Library library;
    for (const char* id : {"a", "b", "c", "d", "e"})
        add(library, id, {std::string("xprt_") + id, "__rpc_execute", "rpc_async_schedule"});
    CHECK(ids(oops(), library).empty());
}

TEST_CASE("functions outside of NFS count only for bugs that show none inside") {
    knowledge::Library library;
    add(library, "inside", {"nfs_a", "vfs_read"});
    add(library, "outside", {"tcp_write_timer_handler"});
    facts::Scene scene = crash_scene(CrashKind::null_deref,
                                     {"tcp_write_timer_handler", "vfs_read", "nfs_other nfs"});
    scene.kernel.release = "6.1.0-56-amd64";
    CHECK(ids(scene, library) == std::vector<std::string>{"outside"});
}

TEST_CASE("a report of another kind counts half, a function that a fix only names too") {
    knowledge::Library library;
    add(library, "lockup", {"nfs4_locku_prepare"}, {}, {CrashKind::soft_lockup});
    add(library, "oops", {"nfs4_locku_prepare"}, {}, {CrashKind::null_deref});
    add(library, "hint", {}, {"nfs4_locku_prepare"});
    CHECK(ids(oops(), library) == std::vector<std::string>{"oops", "lockup"});
}

TEST_CASE("bugs whose fix is in this kernel are not named") {
    knowledge::Library library;
    add(library, "the-one", {"nfs4_locku_prepare"});
    CHECK(ids(oops("6.1.0-56-amd64"), library) == std::vector<std::string>{"the-one"});
    CHECK(ids(oops("6.14.2"), library).empty());
    CHECK(ids(oops("6.16.0-1-amd64"), library).empty());
}

TEST_CASE("frames that were found by scanning the stack name no bug") {
    knowledge::Library library;
    add(library, "the-one", {"nfs4_locku_prepare"});
    facts::Scene scene = oops();
    for (facts::Stack& stack : scene.stacks)
        for (Frame& frame : stack.frames) frame.trust = Trust::scan;
    CHECK(ids(scene, library).empty());
}

TEST_CASE("a crash that nothing explains lists the nearest bugs and stays unexplained") {
    knowledge::Library library;
    add(library, "the-one", {"nfs4_locku_prepare", "__rpc_execute"});
    facts::Scene scene = oops();
    rules::Evaluation nothing;
    Verdict verdict = judge({scene, nothing, library, {}});
    const Diagnosis& diagnosis = verdict.verdicts.front();
    CHECK(diagnosis.status == Status::unknown_signature);
    REQUIRE(diagnosis.records.size() == 1);
    CHECK(diagnosis.records[0].id == "the-one");
    CHECK(diagnosis.records[0].shared_functions.front() == "nfs4_locku_prepare");
}
