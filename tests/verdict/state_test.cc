// The sentences on the state of NFS.
#include "verdict/state.h"

#include "catch.h"

using namespace nfstriage;

namespace {

nfs::ReportedTask reported(std::string sentence, std::string head, std::size_t blocks = 0) {
    nfs::ReportedTask task;
    task.report.pid = sentence == "crash" ? 1 : 2;
    task.now = nfs::ReportedNow::waits;
    task.sentence = std::move(sentence);
    task.head = std::move(head);
    task.blocks = blocks;
    return task;
}

std::vector<std::string> sentences(std::vector<nfs::ReportedTask> tasks, std::size_t count) {
    nfs::Summary summary;
    summary.mounts.number = 1;
    summary.reported = std::move(tasks);
    summary.reported_count.number = count;
    auto all = verdict::describe_summary(summary, 1);
    all.erase(all.begin());  // mounts, transports, tasks
    return all;
}

}  // namespace

TEST_CASE("of reported tasks the crash's own is told, then who blocks most, each head once") {
    CHECK(sentences({}, 0).empty());
    auto told = sentences({reported("second", "server a", 9), reported("crash", "server a"),
                           reported("third", "server b"), reported("fourth", "server c", 3)},
                          7);
    REQUIRE(told.size() == 4);
    CHECK(told[0] == "crash");
    CHECK(told[1] == "fourth");
    CHECK(told[2] == "third");
    CHECK(told[3] == "4 more tasks were reported; who waits for whom: nfstriage show INPUT waits");
    CHECK(sentences({reported("crash", "server a")}, 1).back() ==
          "who waits for whom: nfstriage show INPUT waits");
}

TEST_CASE("a workqueue without progress is told, with its last report") {
    facts::Scene scene;
    for (const char* stuck : {"30s", "197s"}) {
        log::Notice& notice = scene.log.notices.emplace_back();
        notice.kind = log::Notice::Kind::workqueue_lockup;
        notice.subject = stuck;
        notice.log_line = stuck == std::string("30s") ? 1 : 14;
    }
    CHECK(verdict::describe_state(scene) ==
          std::vector<std::string>{"workers of a workqueue pool made no progress for 197s "
                                   "(2 messages, last in log line 14)"});
}
