// Findings in records carry the place of the value that is wrong, though the JSON library keeps
// none.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "catch.h"
#include "knowledge/json_place.h"
#include "knowledge/lint.h"

using namespace nfstriage;
using namespace nfstriage::knowledge;

namespace {

std::string record_text() {
    std::ifstream in(NFSTRIAGE_SOURCE_DIR "/knowledge/nfs-unlock-request-bug.json");
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

// What lint says of the record with one change: its line must hold `line`, the caret stand at `at`.
void found_at(const std::string& from, const std::string& to, const std::string& at) {
    auto folder = std::filesystem::temp_directory_path() / "nfstriage_record_lint_test";
    std::filesystem::create_directories(folder);
    auto file = folder / "nfs-unlock-request-bug.json";
    std::ofstream(file) << replaced(record_text(), from, to);
    auto found = lint({file});
    std::filesystem::remove_all(folder);
    INFO("changed " << from << " to " << to);
    REQUIRE(found.size() == 1);
    INFO(rules::to_string(found[0]));
    CHECK(found[0].code == "K001");
    REQUIRE(found[0].column <= found[0].source.size());
    CHECK(found[0].source.substr(found[0].column - 1, at.size()) == at);
}

}  // namespace

TEST_CASE("a path leads to its value, past texts with brackets and quotes") {
    const std::string json = R"( {"a": "x\"]}", "b": [1, {"c" : [ ]}, "}"], "d": {}} )";
    auto at = [&](std::string_view path) { return json.substr(*json_place(json, path)); };
    CHECK(at("/a").starts_with("\"x"));
    CHECK(at("/b/0").starts_with("1,"));
    CHECK(at("/b/1/c").starts_with("[ ]}"));
    CHECK(at("/b/2").starts_with("\"}\"]"));
    CHECK(at("/d").starts_with("{}}"));
    CHECK(at("/d/none").starts_with("{}}"));
    CHECK(at("/b/7").starts_with("[1"));
    CHECK(at("").starts_with("{\"a\""));
    CHECK_FALSE(json_place("", "/a"));
    // What is no JSON has no places worth telling; the search ends.
    CHECK(json_place("[1}", "/5") == 0u);
    CHECK(json_place("{\"a\":1]", "/b") == 0u);
}

TEST_CASE("a finding in a record shows its line") {
    found_at("\"role\": \"fix\"", "\"role\": \"fixes\"", "\"fixes\"");
    found_at("\"id\": \"", "\"id\": \"not-", "\"not-");
    found_at("\"summary\"", "\"id\": \"\",\n  \"summary\"", "\"id\"");
    found_at("\"summary\"", "\"summery\"", "\"");
    found_at("\"summary\":", "\"summary\"", "\"");
}

TEST_CASE("an alias belongs to one record") {
    auto folder = std::filesystem::temp_directory_path() / "nfstriage_alias_lint_test";
    std::filesystem::create_directories(folder);
    std::vector<std::filesystem::path> files;
    for (const char* id : {"one-bug", "two-bug"}) {
        files.push_back(folder / (std::string(id) + ".json"));
        std::string text = replaced(record_text(), "nfs-unlock-request-bug", id);
        if (text.find("\"aliases\"") == std::string::npos)
            text = replaced(text, "\"summary\"", "\"aliases\": [\"CVE-1-1\"],\n  \"summary\"");
        std::ofstream(files.back()) << text;
    }
    auto found = lint(files);
    std::filesystem::remove_all(folder);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == "K002");
    CHECK(found[0].file == files[1].string());
    CHECK(found[0].line > 1);
}
