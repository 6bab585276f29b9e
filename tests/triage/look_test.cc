// Single objects, symbols and logs of real dumps: by their schemas, and with NFSTRIAGE_CORPUS
// against what drgn says of its dumps.
#include "look.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "inputs.h"
#include "report/columns.h"
#include "report/follows_schema.h"
#include "report/typed.h"

using namespace nfstriage;
using nlohmann::json;

namespace {

constexpr const char* kDump = NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore";

Input sample() {
    Input input;
    input.parts = {kDump};
    return input;
}

facts::TypeQuestion question(std::string type, std::vector<std::string> members,
                             std::vector<std::string> addresses) {
    facts::TypeQuestion asked;
    asked.type = std::move(type);
    asked.members = std::move(members);
    asked.addresses = std::move(addresses);
    return asked;
}

Result<std::string> look(const Input& input, const facts::TypeQuestion& asked, bool as_json) {
    std::string text;
    auto put = [&](std::string_view piece) { text += piece; };
    auto done = look_at_type(input, {}, asked, [&](const facts::TypedLook& found) {
        if (as_json)
            report::typed_to_json(found, {}, put);
        else
            report::typed_to_text(found, true, {}, put);
    });
    if (!done) return tl::unexpected<Error>(done.error());
    return text;
}

json document(const Input& input, const facts::TypeQuestion& asked) {
    auto text = look(input, asked, true);
    REQUIRE(text);
    return json::parse(*text);
}

}  // namespace

TEST_CASE("types and objects follow their schema and fit the page") {
    json layout = document(sample(), question("rpc_task", {}, {}));
    CHECK(test::follows_schema(layout, "struct.schema.json"));
    CHECK(layout["type"]["source"] == "btf");
    CHECK_FALSE(layout.contains("objects"));
    auto asked = question("nfs_page", {}, {"0xffff8a0382491300", "0x10"});
    json objects = document(sample(), asked);
    CHECK(test::follows_schema(objects, "struct.schema.json"));
    REQUIRE(objects["objects"].size() == 2);
    // Nothing of an address that no page is mapped at becomes a value.
    for (const json& member : objects["objects"][1]["values"][0]["members"])
        CHECK_FALSE(member.contains("value"));
    objects["objects"][0]["address"] = 7;
    CHECK_FALSE(test::follows_schema(objects, "struct.schema.json"));
    auto text = look(sample(), question("task_struct", {}, {"init_task"}), false);
    REQUIRE(text);
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) CHECK(report::display_width(line) <= 100);
    CHECK(text->find("comm = \"swapper") != std::string::npos);
}

TEST_CASE("objects one behind the other, by a member of theirs, and of a per-CPU variable") {
    auto asked = question("nfs_page", {"wb_flags"}, {"ffff8a0382491300"});
    asked.count = 3;
    json three = document(sample(), asked);
    CHECK(three["objects"].size() == 3);
    asked = question("rq", {"cpu"}, {"runqueues:1"});
    CHECK(document(sample(), asked)["objects"][0]["values"][0]["value"] == 1);
    asked = question("nfs_page", {"wb_flags"}, {"nfs_page"});
    CHECK_FALSE(look(sample(), asked, true));
}

TEST_CASE("symbols and logs follow their schemas") {
    auto symbols = look_at_symbols(sample(), {}, {"schedule", "nfs_wb_pge", "0xdead000000000100"});
    REQUIRE(symbols);
    json found = json::parse(report::symbols_to_json(*symbols, {}));
    CHECK(test::follows_schema(found, "sym.schema.json"));
    CHECK(found["symbols"][1]["nearest"][0] == "nfs_wb_page");
    CHECK(found["symbols"][2]["why"].get<std::string>().find("LIST_POISON1") != std::string::npos);
    for (bool events : {false, true}) {
        facts::LogQuestion asked;
        asked.events = events;
        auto log = look_at_log(sample(), {}, asked);
        REQUIRE(log);
        std::string text;
        report::log_to_json(*log, {false, events}, {},
                            [&](std::string_view piece) { text += piece; });
        json document = json::parse(text);
        CHECK(test::follows_schema(document, "log.schema.json"));
        CHECK(document["log"].contains("events") == events);
        CHECK(document["log"].contains("lines") != events);
    }
}

namespace {

class Truth {
public:
    Truth(const Input& input, json truth) : input_(input), truth_(std::move(truth)) {}

    void log() {
        auto log = look_at_log(input_, {}, {});
        REQUIRE(log);
        std::string text;
        for (facts::LogLine& line : log->lines) line.caller.clear();
        report::log_to_text(*log, {}, {}, [&](std::string_view piece) { text += piece; });
        CHECK(log->lines.size() == truth_["log"]["lines"]);
        CHECK(text.starts_with(truth_["log"]["first"].get<std::string>()));
        for (const json& line : truth_["log"]["key"])
            CHECK(text.find(line.get<std::string>()) != std::string::npos);
    }
    void objects() {
        check("task_struct", truth_["tasks"], "task", {{"pid", "pid"}, {"comm", "comm"}});
        check("rpc_clnt", truth_["rpc_clnts"], "clnt", {{"clid", "cl_clid"}, {"vers", "cl_vers"}});
        check("nfs_client", truth_["nfs_clients"], "client",
              {{"host", "cl_hostname"}, {"cons_state", "cl_cons_state"}});
        json servers = json::array();
        for (const json& client : truth_["nfs_clients"])
            for (const json& server : client["servers"]) servers.push_back(server);
        check("nfs_server", servers, "server",
              {{"flags", "flags"}, {"rsize", "rsize"}, {"client", "client"}});
    }
    std::size_t compared() const { return compared_; }

private:
    void check(const std::string& type, const json& objects, const char* address,
               const std::vector<std::pair<std::string, std::string>>& members) {
        if (objects.empty()) return;
        std::vector<std::string> paths, addresses;
        for (const auto& [key, member] : members) paths.push_back(member);
        for (const json& truth : objects) addresses.push_back(truth[address]);
        json found = document(input_, question(type, paths, addresses));
        for (std::size_t n = 0; n < objects.size(); ++n) {
            for (std::size_t i = 0; i < members.size(); ++i) {
                INFO(type << " " << addresses[n] << " " << members[i].second);
                check(objects[n][members[i].first], found["objects"][n]["values"][i]);
            }
        }
    }
    void check(const json& expected, const json& value) {
        json seen = value.contains("string") ? value["string"] : value["value"];
        if (expected.is_string() && seen.is_number())
            CHECK(hex(seen.get<std::uint64_t>()) == expected);
        else
            CHECK(seen == expected);
        ++compared_;
    }

    const Input& input_;
    json truth_;
    std::size_t compared_ = 0;
};

}  // namespace

TEST_CASE("objects and logs of labelled dumps are what drgn says they are") {
    const char* corpus = std::getenv("NFSTRIAGE_CORPUS");
    if (corpus == nullptr) {
        std::cout << "skipped: NFSTRIAGE_CORPUS does not name a directory with labelled dumps\n";
        return;
    }
    const std::string suffix = ".truth-drgn.json";
    std::size_t dumps = 0, compared = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(corpus) + "/dumps/x86_64")) {
        std::string path = file.path().string();
        if (!path.ends_with(suffix)) continue;
        std::string dump = path.substr(0, path.size() - suffix.size()) + ".vmcore";
        if (!std::filesystem::exists(dump)) dump += ".xz";
        INFO(dump);
        auto gathered = gather_inputs({dump}, 4ull << 30);
        REQUIRE(gathered.size() == 1);
        REQUIRE(gathered.front().input);
        std::ifstream stream(path);
        Truth truth(*gathered.front().input, json::parse(stream));
        truth.log();
        truth.objects();
        compared += truth.compared();
        ++dumps;
    }
    CHECK(dumps > 0);
    std::cout << dumps << " dumps, " << compared << " values compared\n";
}
