#include "report/html.h"

#include "catch.h"
#include "report/verdicts.h"
#include "report/wait_dot.h"

using namespace nfstriage;

namespace {

std::size_t count(std::string_view text, std::string_view what) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; ++at) ++found;
    return found;
}

}  // namespace

TEST_CASE("the page answers first and has what the verdict rests on") {
    verdict::Verdict verdict = test::known_bug();
    std::string page = report::to_html(verdict, {});
    const verdict::Diagnosis& first = verdict.verdicts.front();
    auto headline = page.find("<h1");
    REQUIRE(headline != std::string::npos);
    CHECK(headline < page.find(">Why</h2>"));
    CHECK(page.find(">Why</h2>") < page.find(">Stacks</h2>"));
    for (const rules::Evidence& evidence : first.evidence)
        CHECK_THAT(page, ContainsSubstring("<code>" + evidence.clause + "</code>"));
    for (const char* element : {"details", "table", "dl", "ol", "div", "summary", "main"}) {
        INFO(element);
        CHECK(count(page, std::string("<") + element + ">") +
                  count(page, std::string("<") + element + " ") ==
              count(page, std::string("</") + element + ">"));
    }
}

TEST_CASE("text of the input stays text on the page") {
    const std::string hostile =
        "</code></pre><script>alert(1)</script><img src=x onerror=y>\x1b[2J";
    verdict::Verdict verdict = test::known_bug();
    verdict.kernel.release = hostile;
    verdict.crash->task.comm = hostile;
    verdict.crash->message = hostile;
    verdict.verdicts.front().explanation = hostile;
    verdict.verdicts.front().evidence.front().operands.push_back(
        {hostile, hostile, hostile, Trust::log});
    verdict.stacks.front().frames.front().function = hostile;
    verdict.stacks.front().frames.front().file = hostile;
    verdict.stacks.front().frames.front().arguments.push_back(
        {0, hostile, hostile, 1, {hostile}, Trust::log, hostile});
    verdict.state.push_back(hostile);
    facts::Scene scene;
    log::Event event;
    event.message = hostile;
    event.comm = hostile;
    event.time_s = 1.0;
    scene.log.events = {event, event};
    scene.log.events.back().time_s = 2.0;
    scene.log.notices.push_back({log::Notice::Kind::other, hostile, hostile, 3, 1.5});
    std::string page = report::to_html(verdict, {&scene, {}});
    CHECK_THAT(page, !ContainsSubstring("<img"));
    CHECK_THAT(page, !ContainsSubstring("alert(1)</script>"));
    CHECK(count(page, "<script>") == 1);  // ours
    CHECK(page.find('\x1b') == std::string::npos);
}

TEST_CASE("reports of a log are marked by time on the lanes of their CPUs") {
    facts::Scene scene;
    for (unsigned cpu : {0u, 3u}) {
        log::Event event;
        event.kind = CrashKind::soft_lockup;
        event.message = "BUG: soft lockup";
        event.cpu = cpu;
        event.time_s = 10.0 + cpu;
        scene.log.events.push_back(event);
    }
    scene.log.crash = 1;
    std::string page = report::to_html(test::known_bug(), {&scene, {}});
    CHECK(count(page, "<circle") == 2);
    CHECK(count(page, "class=\"bad\"><title>") + count(page, "class=\"bad\">\n<title>") == 1);
    CHECK_THAT(page, ContainsSubstring(">CPU 3<"));
    CHECK_THAT(page, ContainsSubstring("13.000000"));
}

TEST_CASE("names cannot end the strings of a graph") {
    CHECK(report::as_dot_string("a\"]; b [URL=\"x\\") == "\"a\\\"]; b [URL=\\\"x\\\\\"");
    CHECK(report::as_dot_string("two\nlines \\N") == "\"two\\nlines \\\\N\"");
}

TEST_CASE("what names a node of the graph says each part once") {
    const VAddr address(0xffff8c67dff0e100);
    CHECK(report::said_once("COMMIT rpc_task 0xffff8c67dff0e100", "struct rpc_task", address) ==
          std::vector<std::string>{"COMMIT rpc_task 0xffff8c67dff0e100"});
    CHECK(report::said_once("page 0 of /mnt/a", "struct folio", address) ==
          std::vector<std::string>{"page 0 of /mnt/a", "struct folio", "0xffff8c67dff0e100"});
    CHECK(report::said_once("server 10.9.9.1", "", VAddr(0)) ==
          std::vector<std::string>{"server 10.9.9.1"});
    CHECK(report::said_once("", "struct inode", VAddr(0)) ==
          std::vector<std::string>{"struct inode"});
}
