// What `nfstriage show` prints of real dumps: by its schema, for people, filtered and limited.
#include "show.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "catch.h"
#include "facts/facts.h"
#include "report/columns.h"
#include "report/follows_schema.h"
#include "report/state.h"

using namespace nfstriage;
using nlohmann::json;

namespace {

constexpr const char* kDump = NFSTRIAGE_SOURCE_DIR "/samples/unlock-request-bug-x86_64.vmcore";

std::string shown(const report::StateView& view, bool as_json) {
    Input input;
    input.parts = {kDump};
    std::string text;
    auto look = [&](const facts::Scene& scene) {
        if (as_json)
            report::state_to_json(scene, view, {}, [&](std::string_view piece) { text += piece; });
        else
            text = report::state_to_text(scene, view, {});
    };
    REQUIRE(show(input, {}, look));
    return text;
}

json document(const report::StateView& view) { return json::parse(shown(view, true)); }

}  // namespace

TEST_CASE("the state of a dump follows its schema, whole and with origins") {
    report::StateView view;
    json whole = document(view);
    CHECK(test::follows_schema(whole, "state.schema.json"));
    CHECK(whole["nfs"].size() == nfs::list_kinds().size());
    CHECK(whole["nfs"]["rpc_tasks"]["items"].size() == whole["nfs"]["rpc_tasks"]["count"]);
    CHECK(whole["kernel"]["hz"] == 250);
    view.origins = true;
    json with_origins = document(view);
    CHECK(test::follows_schema(with_origins, "state.schema.json"));
    std::string origin = with_origins["nfs"]["nfs_clients"]["items"][0]["origins"]["hostname"];
    CHECK(origin.starts_with("struct nfs_client.cl_hostname @0x"));
    whole["nfs"]["rpc_tasks"]["items"][0]["address"] = 7;
    CHECK_FALSE(test::follows_schema(whole, "state.schema.json"));
}

TEST_CASE("a limit bounds what is printed and never what is counted") {
    report::StateView view;
    std::size_t all = document(view)["nfs"]["nfs_pages"]["count"];
    REQUIRE(all > 3);
    view.limit = 3;
    json few = document(view)["nfs"]["nfs_pages"];
    CHECK(few["count"] == all);
    CHECK(few["items"].size() == 3);
}

TEST_CASE("filters keep what belongs to the task or the server, and whole names only") {
    report::StateView view;
    view.server = "127.0.0.1";
    json lists = document(view)["nfs"];
    REQUIRE(lists.contains("rpc_tasks"));
    CHECK_FALSE(lists.contains("svc_threads"));  // of no server but this host
    for (const json& task : lists["rpc_tasks"]["items"]) CHECK(task["server"] == "127.0.0.1");
    CHECK(lists["nfs_clients"]["matching"] < lists["nfs_clients"]["count"]);
    view.server = "127.0.0";
    CHECK(document(view)["nfs"]["nfs_clients"]["matching"] == 0);
    view.server = "";
    view.pid = 167;
    lists = document(view)["nfs"];
    for (const json& wait : lists["waits"]["items"]) CHECK(wait["pid"] == 167);
}

TEST_CASE("what names only its parent belongs to the parent's server and task") {
    report::StateView view;
    json all = document(view)["nfs"];
    // Addresses of the objects of a list whose member is that, or is one of those.
    auto with = [&](const char* list, const char* member, const std::set<std::string>& of) {
        std::set<std::string> found;
        for (const json& item : all[list]["items"])
            if (item.contains(member) && of.count(item[member].get<std::string>()) != 0)
                found.insert(item["address"]);
        return found;
    };
    auto shown_of = [](const json& lists, const char* list) {
        std::set<std::string> found;
        for (const json& item : lists[list]["items"]) found.insert(item["address"]);
        return found;
    };
    view.server = "127.0.0.1";
    json lists = document(view)["nfs"];
    auto xprts = with("rpc_xprts", "server", {"127.0.0.1"});
    auto servers = with("nfs_servers", "hostname", {"127.0.0.1"});
    auto inodes = with("nfs_inodes", "nfs_server", servers);
    auto pages = with("nfs_pages", "inode", inodes);
    REQUIRE_FALSE(xprts.empty());
    REQUIRE_FALSE(pages.empty());
    CHECK(shown_of(lists, "rpc_sockets") == with("rpc_sockets", "xprt", xprts));
    CHECK(shown_of(lists, "rpc_rqsts") == with("rpc_rqsts", "xprt", xprts));
    CHECK(shown_of(lists, "nfs_inodes") == inodes);
    CHECK(shown_of(lists, "nfs_pages") == pages);
    CHECK(lists["nfs_pages"]["count"] == all["nfs_pages"]["count"]);
    CHECK(lists["rpc_xprt_switches"]["matching"] > 0);

    view.server = "";
    for (const json& task : all["rpc_tasks"]["items"])
        if (task.value("owner_pid", 0) > 0) view.pid = task["owner_pid"].get<std::int64_t>();
    REQUIRE(view.pid);
    std::set<std::string> tasks;
    for (const json& task : all["rpc_tasks"]["items"])
        if (task.value("owner_pid", 0) == *view.pid) tasks.insert(task["address"]);
    auto requests = with("rpc_rqsts", "task", tasks);
    REQUIRE_FALSE(requests.empty());
    CHECK(shown_of(document(view)["nfs"], "rpc_rqsts") == requests);
}

TEST_CASE("sections are shown alone, and every line of a table fits the page") {
    report::StateView view;
    view.sections = {"clients", "waits"};
    std::string text = shown(view, false);
    CHECK(text.find("nfs_clients: ") != std::string::npos);
    CHECK(text.find("nfs_pages: ") == std::string::npos);
    for (bool verbose : {false, true}) {
        report::StateView everything;
        everything.verbose = verbose;
        everything.limit = 5;
        std::istringstream lines(shown(everything, false));
        for (std::string line; std::getline(lines, line);) {
            CHECK(report::display_width(line) <= 100);
            CHECK(line.find('\x1b') == std::string::npos);
        }
    }
}

TEST_CASE("constants of rules that are bits have this kernel's numbers, as C writes them") {
    Input input;
    input.parts = {kDump};
    std::string text;
    auto read = show(input, {}, [&](const facts::Scene& scene) {
        facts::Facts facts(scene);
        for (const char* name : {"RPC_TASK_ASYNC", "RPC_TASK_SWAPPER", "RPC_TASK_QUEUED",
                                 "RPC_TASK_ACTIVE", "XPRT_LOCKED", "XPRT_BOUND"})
            text += facts.enumerator(name).text() + " ";
    });
    REQUIRE(read);
    CHECK(text == "1 2 1 2 0 4 ");
}

TEST_CASE("a console log holds no state and is refused with what to do") {
    Input input;
    input.parts = {NFSTRIAGE_SOURCE_DIR "/samples/README.md"};
    auto text = show(input, {}, [](const facts::Scene&) { FAIL("looked at"); });
    REQUIRE_FALSE(text);
    CHECK(text.error().remedy.find("analyze") != std::string::npos);
}
