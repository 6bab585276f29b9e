#include "report/fixes.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "catch.h"
#include "report/columns.h"
#include "report/follows_schema.h"

using namespace nfstriage;
using nlohmann::json;

namespace {

using knowledge::Basis;
using knowledge::HereStatus;
using knowledge::Presence;
using knowledge::Role;

verdict::RecordHere record(const std::string& id, HereStatus status, Basis basis) {
    verdict::RecordHere made;
    made.id = id;
    made.title = "a bug of " + id;
    made.component = "nfsd";
    made.status = status;
    made.basis = basis;
    made.why = "every commit of the fix was asked for";
    made.evidence = {"0123456789ab: present (struct made_up.member exists)"};
    made.fixes = {
        {"0123456789ab", "nfsd: one", "v6.1", {}, Role::fix, Presence::present, basis, ""},
        {"ba9876543210", "nfsd: two", "v6.2", {}, Role::fix, Presence::absent, basis, ""}};
    return made;
}

verdict::FixList made_list() {
    verdict::FixList list;
    list.input.is_kernel = true;
    list.input.path = "linux.deb";
    list.input.format = "kernel files";
    list.kernel.release = "6.1.0-56-cloud-amd64";
    list.kernel.arch = Arch::x86_64;
    list.records = {record("a-fixed", HereStatus::fixed, Basis::probe),
                    record("b-affected", HereStatus::affected, Basis::package),
                    record("c-unknown", HereStatus::unknown, Basis::none),
                    record("d-partly", HereStatus::partly_fixed, Basis::probe),
                    record("e-never", HereStatus::not_affected, Basis::release)};
    return list;
}

}  // namespace

TEST_CASE("a list of fixes follows its schema and counts each status") {
    json document = json::parse(report::fixes_to_json(made_list(), {}));
    CHECK(test::follows_schema(document, "fixes.schema.json"));
    CHECK(document["input"]["kind"] == "kernel");
    CHECK(document["summary"]["affected"] == 1);
    CHECK(document["records"][1]["basis"] == "package");
    CHECK(document["records"][1]["component"] == "nfsd");
    CHECK(document["records"][1]["fixes"][1]["status_here"] == "absent");
    CHECK(test::follows_schema(json::parse(report::error_to_json("v", {"v", {}, "e", "r"}, {})),
                               "fixes.schema.json"));
    json bad = document;
    bad["records"][0]["status_here"] = "repaired";
    CHECK_FALSE(test::follows_schema(bad, "fixes.schema.json"));
    bad = document;
    bad.erase("summary");
    CHECK_FALSE(test::follows_schema(bad, "fixes.schema.json"));
}

TEST_CASE("a list of fixes begins with what needs attention and names the missing commit") {
    std::string text = report::fixes_to_text(made_list(), false, {});
    CHECK(text.find("5 records: 1 affected, 1 partly fixed, 1 unknown, 1 fixed, 1 not affected") !=
          std::string::npos);
    CHECK(text.find("b-affected") < text.find("d-partly"));
    CHECK(text.find("d-partly") < text.find("c-unknown"));
    CHECK(text.find("c-unknown") < text.find("a-fixed"));
    CHECK(text.find("a-fixed") < text.find("e-never"));
    CHECK(text.find("b-affected  package  ba9876543210  a bug of b-affected") != std::string::npos);
    CHECK(text.find("made_up") == std::string::npos);
    CHECK(report::fixes_to_text(made_list(), true, {}).find("made_up") != std::string::npos);
}

TEST_CASE("lists of fixes keep to the width and hostile strings do not act on the terminal") {
    verdict::FixList list = made_list();
    const std::string hostile = "\x1b[2J\xff\n\x9b" + std::string(3000, 'a');
    list.kernel.release = list.kernel.version = hostile;
    list.records[0].id = list.records[0].title = hostile;
    list.records[1].why = hostile;
    list.records[1].evidence = {hostile};
    list.input.missing = {hostile};
    list.records_not_loaded = {hostile};
    for (std::size_t width : {60u, 100u}) {
        std::istringstream lines(report::fixes_to_text(list, true, {width, false}));
        for (std::string line; std::getline(lines, line);) {
            CHECK(report::display_width(line) <= width);
            for (char c : line) CHECK(static_cast<unsigned char>(c) >= 0x20);
        }
    }
    CHECK(test::follows_schema(json::parse(report::fixes_to_json(list, {})), "fixes.schema.json"));
}
