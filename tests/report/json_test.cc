#include "report/json.h"

#include <nlohmann/json.hpp>

#include "catch.h"
#include "report/schema.h"
#include "report/verdicts.h"

using namespace nfstriage;
using nlohmann::json;

namespace {

// "" if `document` follows the schema, else the first complaint.
std::string complaint(const json& document) {
    static const test::DocumentSchema schema("verdict.schema.json");
    return schema.complaint(document);
}

json written(const verdict::Verdict& verdict, report::JsonOptions options = {}) {
    return json::parse(report::to_json(verdict, options));
}

// Every key that was written is described by the schema at its place.
void check_described(const json& value, json schema, const json& root, const std::string& path) {
    if (schema.contains("$ref")) {
        std::string name = schema["$ref"].get<std::string>();
        schema = root["definitions"][name.substr(name.rfind('/') + 1)];
    }
    if (value.is_array()) {
        REQUIRE(schema.contains("items"));
        for (const json& item : value) check_described(item, schema["items"], root, path + "[]");
    }
    if (!value.is_object() || schema.contains("additionalProperties")) return;
    for (const auto& [key, child] : value.items()) {
        INFO(path + "." + key);
        REQUIRE(schema["properties"].contains(key));
        check_described(child, schema["properties"][key], root, path + "." + key);
    }
}

}  // namespace

TEST_CASE("a full verdict follows the schema, and the schema describes every key of it") {
    json document = written(test::known_bug());
    CHECK(complaint(document).empty());
    json schema = test::parsed_schema("verdict.schema.json");
    check_described(document, schema, schema, "");
}

TEST_CASE("small verdicts follow the schema") {
    CHECK(complaint(written(test::unknown_signature())).empty());
    CHECK(complaint(written(test::plain(verdict::Status::no_crash, "No crash", ""))).empty());
    CHECK(complaint(written(test::plain(verdict::Status::inconclusive, "?", "why"))).empty());
}

TEST_CASE("the schema refuses what is not the contract") {
    const json good = written(test::known_bug());
    auto refused = [&](const char* pointer, json value) {
        json bad = good;
        bad[json::json_pointer(pointer)] = std::move(value);
        INFO(pointer);
        CHECK_FALSE(complaint(bad).empty());
    };
    refused("/schema_version", "2.0");
    refused("/crash/kind", "softlockup");
    refused("/crash/cpu", -1);
    refused("/crash/registers/rip", 4096);
    refused("/crash/registers/rip", "ffff");
    refused("/culprit/component", "kernel");
    refused("/stacks/0/role", "main");
    refused("/stacks/0/frames/0/trust", "sure");
    refused("/stacks/0/frames/2/arguments/0/value", "struct nfs_page");
    refused("/stacks/0/frames/2/arguments/0/trust", "sure");
    refused("/stacks/0/frames/2/arguments/0/how", "rbx");
    refused("/nfs/hung/items/0/now", "stuck");
    refused("/nfs/hung/items/0/chain/0/address", "task");
    refused("/verdicts", json::array());
    refused("/verdicts/0/status", "bug");
    refused("/verdicts/0/rank", 0);
    refused("/verdicts/0/evidence/0/result", true);
    refused("/verdicts/0/records/0/status_here", "maybe");
    refused("/verdicts/0/records/0/fixes/0/commit", "06c9fdf");
    refused("/signature/id", "xyz");
    refused("/input/kind", "dump");
    refused("/crash/message", "two\nlines");
    for (const char* key : {"schema_version", "input", "crash", "verdicts", "culprit", "limits"}) {
        json bad = good;
        bad.erase(key);
        INFO(key);
        CHECK_FALSE(complaint(bad).empty());
    }
}

TEST_CASE("stable output leaves statistics out and is the same every time") {
    report::JsonOptions stable{true, 2};
    CHECK(written(test::known_bug()).contains("statistics"));
    CHECK_FALSE(written(test::known_bug(), stable).contains("statistics"));
    CHECK(report::to_json(test::known_bug(), stable) == report::to_json(test::known_bug(), stable));
}

TEST_CASE("keys stand in the contract's order") {
    std::string text = report::to_json(test::known_bug(), {});
    std::size_t last = 0;
    for (const char* key :
         {"schema_version", "input", "kernel", "crash", "panic", "culprit", "stacks", "signature",
          "verdicts", "near_misses", "limits", "statistics"}) {
        std::size_t at = text.find("\n  \"" + std::string(key) + "\"");
        REQUIRE(at != std::string::npos);
        CHECK(at > last);
        last = at;
    }
}

TEST_CASE("one line for each input, as JSON Lines need it") {
    std::string line = report::to_json(test::known_bug(), {false, -1});
    CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("what is not known is absent") {
    json document = written(test::plain(verdict::Status::no_crash, "No crash", ""));
    CHECK_FALSE(document.contains("panic"));
    CHECK_FALSE(document.contains("signature"));
    CHECK(document["crash"]["kind"] == "none");
    CHECK_FALSE(document["kernel"].contains("release"));
    CHECK_FALSE(document["verdicts"][0].contains("rule"));
}

TEST_CASE("arguments have value, ways and trust, or the reason why there is no value") {
    json frames = written(test::known_bug())["stacks"][0]["frames"];
    CHECK(frames[2]["arguments"][0] ==
          json({{"index", 0},
                {"name", "inode"},
                {"type", "struct inode *"},
                {"value", "0xffff8a35c3d42048"},
                {"how", {"x20, saved by nfs_commit_end", "x20 of nfs_updatepage"}},
                {"trust", "frame_record"}}));
    CHECK(frames[3]["arguments"][0] == json({{"index", 0},
                                             {"name", "file"},
                                             {"type", "struct file *"},
                                             {"doubt", "no_decoder: x0 was overwritten"}}));
    CHECK_FALSE(frames[1].contains("arguments"));
}

TEST_CASE("hostile strings come out as valid text") {
    verdict::Verdict hostile = test::known_bug();
    const std::string comm = "\x1b[2J\xff\x00 <script>alert(1)</script> \"\\";
    hostile.crash->task.comm = comm + std::string(10000, 'a');
    hostile.crash->message = std::string("a\0b\nc\r\x9b\x07", 8);
    hostile.crash->registers.set("\x1b]0;x\x07", 1);
    hostile.stacks[0].frames[0].function = "\xc3\x28\xed\xa0\x80";
    hostile.stacks[0].frames[2].arguments = {
        test::argument(0, comm, "\xff *", 1, {"a\nb"}, Trust::orc, "\x1b[2J")};
    hostile.kernel.modules = {"\x80"};
    hostile.kernel.release =
        "\xe2\x80\xae"
        "6.1";
    std::string text = report::to_json(hostile, {});
    for (char c : text) CHECK_FALSE((static_cast<unsigned char>(c) < 0x20 && c != '\n'));
    CHECK_THAT(json::parse(text)["crash"]["task"]["comm"].get<std::string>(),
               ContainsSubstring("\\x1b[2J"));
    // The validator's regular expressions recurse for each character: a shorter string for it.
    hostile.crash->task.comm = comm + std::string(200, 'a');
    CHECK(complaint(json::parse(report::to_json(hostile, {}))).empty());
}

TEST_CASE("an unreadable input gives the error object") {
    Error error{"vmcore", 4096, "expected a page descriptor", "copy the file again"};
    json document = json::parse(report::error_to_json("vmcore", error, {}));
    CHECK(complaint(document).empty());
    CHECK(document["schema_version"] == "1.0");
    CHECK(document["input"]["path"] == "vmcore");
    CHECK(document["error"]["offset"] == 4096);
    CHECK(document["error"]["remedy"] == "copy the file again");
    error.offset.reset();
    CHECK_FALSE(json::parse(report::error_to_json("v", error, {}))["error"].contains("offset"));
}
