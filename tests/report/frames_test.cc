#include "report/frames.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "report/columns.h"
#include "report/follows_schema.h"
#include "report/verdicts.h"

using namespace nfstriage;
using nlohmann::json;

namespace {

bool follows_schema(const json& document) {
    return test::follows_schema(document, "frames.schema.json");
}

facts::StackList made_list() {
    using test::argument;
    verdict::Verdict verdict = test::known_bug();
    facts::StackList list;
    list.input = verdict.input;
    list.kernel = verdict.kernel;
    list.stacks = verdict.stacks;
    facts::Stack& crash = list.stacks[0];
    crash.task.address = VAddr{0xffff8a35c3d42000};
    crash.task.state = "R";
    crash.frames[2].arguments[1].doubt = "x21 gives 0xfffffad900002000";
    facts::Stack blocked;
    blocked.role = facts::StackRole::blocked;
    blocked.task.pid = 812;
    blocked.task.comm = "nfsd";
    blocked.task.state = "D";
    Frame frame;
    frame.function = "io_schedule";
    frame.offset = 0x46;
    frame.size = 0x80;
    frame.trust = Trust::orc;
    blocked.frames.push_back(frame);
    frame.function = "svc_recv";
    frame.module = "sunrpc";
    frame.trust = Trust::scan;
    frame.arguments = {
        argument(0, "rqstp", "struct svc_rqst *", 0xffff888100000000, {"word"}, Trust::scan),
        argument(1, "timeout", "long", {}, {}, Trust::guess, "rsi was overwritten"),
        argument(2, "flags", "int", {}, {}, Trust::guess, "rsi was overwritten"),
        argument(3, "", "", {}, {}, Trust::guess, "")};
    blocked.frames.push_back(frame);
    list.stacks.push_back(blocked);
    facts::Stack none;
    none.task.pid = 7;
    list.stacks.push_back(none);
    return list;
}

}  // namespace

TEST_CASE("every frame and every argument is listed, what is not known with its reason") {
    std::string path = NFSTRIAGE_SOURCE_DIR "/tests/report/golden/frames.txt";
    std::string text = report::frames_to_text(made_list(), {});
    if (std::getenv("NFSTRIAGE_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
    std::ifstream stream(path);
    std::ostringstream expected;
    expected << stream.rdbuf();
    CHECK(text == expected.str());
}

TEST_CASE("lists of stacks keep to the width and are plain unless colour is asked for") {
    for (std::size_t width : {60u, 80u, 100u}) {
        std::istringstream lines(report::frames_to_text(made_list(), {width, false}));
        for (std::string line; std::getline(lines, line);) {
            CHECK(report::display_width(line) <= width);
            CHECK(line.find('\x1b') == std::string::npos);
        }
    }
    CHECK(report::frames_to_text(made_list(), {100, true}).find('\x1b') != std::string::npos);
}

TEST_CASE("lists of stacks follow their schema") {
    json document = json::parse(report::frames_to_json(made_list(), {}));
    CHECK(follows_schema(document));
    CHECK(document["stacks"][1]["task"]["state"] == "D");
    CHECK(document["stacks"][1]["frames"][1]["arguments"].size() == 4);
    CHECK(document["stacks"][2]["frames"].empty());
    CHECK(follows_schema(json::parse(report::error_to_json("v", {"v", {}, "e", "r"}, {}))));
    json bad = document;
    bad["stacks"][1]["task"]["state"] = "running";
    CHECK_FALSE(follows_schema(bad));
    bad = document;
    bad.erase("stacks");
    CHECK_FALSE(follows_schema(bad));
}

TEST_CASE("hostile strings in stacks do not act on the terminal") {
    facts::StackList list = made_list();
    const std::string hostile = "\x1b[2J\xff\n\x9b" + std::string(3000, 'a');
    list.stacks[0].task.comm = hostile;
    list.stacks[0].frames[0].function = hostile;
    list.stacks[0].frames[0].file = hostile;
    list.stacks[0].frames[2].arguments = {
        test::argument(0, hostile, hostile + "*", 1, {hostile}, Trust::orc, hostile),
        test::argument(1, hostile, hostile, {}, {}, Trust::guess, hostile)};
    list.input.missing = {hostile};
    std::istringstream lines(report::frames_to_text(list, {}));
    for (std::string line; std::getline(lines, line);) {
        CHECK(report::display_width(line) <= 100);
        for (char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
    }
    std::string text = report::frames_to_json(list, {});
    for (char c : text) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 && c != '\n'));
    CHECK(json::parse(text)["stacks"].size() == 3);
}
