#include "knowledge/load.h"

#include <filesystem>
#include <fstream>

#include "catch.h"

using namespace nfstriage;
using namespace nfstriage::knowledge;

namespace {

const std::string kGood = R"({
  "schema_version": "1.7.0", "id": "x", "modified": "2026-01-01T00:00:00Z",
  "summary": "title", "details": "text", "aliases": ["CVE-2025-1"],
  "affected": [ { "package": { "ecosystem": "Linux", "name": "Kernel" },
    "ranges": [ { "type": "ECOSYSTEM", "events": [ { "introduced": "5.2" }, { "fixed": "5.2.17" } ] } ] } ],
  "database_specific": {
    "kind": "bug", "component": "nfsd", "effect": "panics", "trigger": "load",
    "requires": { "arch": ["x86_64"], "modules": ["nfsd"] },
    "fix_sets": [ { "name": "only", "commits": [
      { "commit": "06c9fdf3b9f1", "subject": "fix it", "release": "v5.3", "stable": ["5.2.17"],
        "role": "fix", "any_of": [ { "kind": "member", "structure": "struct a", "member": "b" } ] } ] } ],
    "regressions": [ { "by": "06c9fdf3b9f1", "what": "hangs" } ],
    "workaround": "none", "collect": [ { "what": "a dump" } ], "sources": ["a mail"]
  } })";

std::string replaced(std::string_view from, std::string_view to) {
    std::string text = kGood;
    std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

std::string complaint(const std::string& text) {
    auto record = parse_record("records/x.json", text);
    REQUIRE_FALSE(record);
    CHECK(record.error().file == "records/x.json");
    return record.error().expected;
}

}  // namespace

TEST_CASE("a record is read whole") {
    auto record = parse_record("records/x.json", kGood);
    REQUIRE(record);
    CHECK(record->id == "x");
    CHECK(record->aliases == std::vector<std::string>{"CVE-2025-1"});
    CHECK(record->arch == std::vector<Arch>{Arch::x86_64});
    REQUIRE(record->ranges.size() == 1);
    CHECK(record->ranges[0].fixed == "5.2.17");
    REQUIRE(record->fix_sets.size() == 1);
    const Commit& commit = record->fix_sets[0].commits[0];
    CHECK(commit.role == Role::fix);
    CHECK(commit.any_of[0].member == "b");
    CHECK(record->collect[0].what == "a dump");
}

TEST_CASE("an unknown key is refused with its path") {
    CHECK_THAT(complaint(replaced("\"trigger\"", "\"triger\"")),
               ContainsSubstring("/database_specific/triger"));
    CHECK_THAT(complaint(replaced("\"subject\": \"fix it\"", "\"subject\": \"a\", \"sha\": \"b\"")),
               ContainsSubstring("/database_specific/fix_sets/0/commits/0/sha"));
}

TEST_CASE("a missing key is refused with its path") {
    CHECK_THAT(complaint(replaced("\"summary\": \"title\",", "")), ContainsSubstring("/summary"));
    CHECK_THAT(complaint(replaced(", \"sources\": [\"a mail\"]", "")),
               ContainsSubstring("sources"));
}

TEST_CASE("a key that stands twice is refused") {
    CHECK_THAT(
        complaint(replaced("\"summary\": \"title\",", "\"summary\": \"a\", \"summary\": \"b\",")),
        ContainsSubstring("twice"));
}

TEST_CASE("a hash that is neither short nor full is refused") {
    CHECK_THAT(complaint(replaced("\"commit\": \"06c9fdf3b9f1\"", "\"commit\": \"06c9fdf\"")),
               ContainsSubstring("12 or 40"));
    CHECK_THAT(complaint(replaced("\"commit\": \"06c9fdf3b9f1\"", "\"commit\": \"06C9FDF3B9F1\"")),
               ContainsSubstring("12 or 40"));
}

TEST_CASE("a commit without a hash must say why") {
    CHECK_THAT(complaint(replaced("\"commit\": \"06c9fdf3b9f1\", \"subject\"", "\"subject\"")),
               ContainsSubstring("note"));
}

TEST_CASE("wrong types, roles and releases are refused") {
    CHECK_THAT(complaint(replaced("\"role\": \"fix\"", "\"role\": \"cure\"")),
               ContainsSubstring("one of fix, prerequisite"));
    CHECK_THAT(complaint(replaced("\"v5.3\"", "\"5.3\"")), ContainsSubstring("/release"));
    CHECK_THAT(complaint(replaced("\"aliases\": [\"CVE-2025-1\"]", "\"aliases\": \"CVE\"")),
               ContainsSubstring("array"));
    CHECK_THAT(complaint(replaced("\"summary\": \"title\"", "\"summary\": 3")),
               ContainsSubstring("string"));
    CHECK_THAT(complaint(replaced("\"x86_64\"", "\"z80\"")), ContainsSubstring("/requires/arch/0"));
}

TEST_CASE("broken JSON is refused with its place") {
    auto record = parse_record("x.json", kGood.substr(0, 100));
    REQUIRE_FALSE(record);
    CHECK(record.error().offset.has_value());
    CHECK_FALSE(parse_record("x.json", ""));
    CHECK_FALSE(parse_record("x.json", "[]"));
    CHECK_FALSE(parse_record("x.json", "{\"schema_version\": \"\xff\"}"));
}

TEST_CASE("the file's name is the record's id") {
    CHECK_FALSE(parse_record("records/y.json", kGood));
}

TEST_CASE("every record of the repository loads") {
    Library library = load_directory(NFSTRIAGE_SOURCE_DIR "/knowledge");
    for (const Error& error : library.errors) UNSCOPED_INFO(to_string(error));
    CHECK(library.errors.empty());
    CHECK(library.records.size() >= 7);
    CHECK(library.find("nfs-wb-page-fatal-error-loop") != nullptr);
    CHECK(library.find("no-such-record") == nullptr);
}

TEST_CASE("a broken file hides no other") {
    namespace fs = std::filesystem;
    fs::path folder = fs::temp_directory_path() / "nfstriage-knowledge-test";
    fs::create_directories(folder);
    std::ofstream(folder / "x.json") << kGood;
    std::ofstream(folder / "bad.json") << "{";
    std::ofstream(folder / "empty.json") << "";
    Library library = load_directory(folder.string());
    fs::remove_all(folder);
    CHECK(library.records.size() == 1);
    CHECK(library.errors.size() == 2);
    CHECK(load_directory("/no/such/directory").errors.size() == 1);
}

TEST_CASE("what a bug looks like and which packages carry its fix are read") {
    std::string text =
        replaced("\"component\": \"nfsd\",",
                 "\"component\": \"nfsd\", \"kinds\": [\"null_deref\"], \"functions\": "
                 "{ \"backtrace\": [\"a\", \"b\"], \"named\": [\"c\"] },");
    std::size_t at = text.find("\"role\": \"fix\"");
    text.insert(at,
                "\"packages\": [ { \"distribution\": \"debian\", \"package\": \"linux\", "
                "\"version\": \"6.1.129-1\", \"reverted\": true } ], ");
    text.replace(text.find("\"modules\": [\"nfsd\"]"), 19,
                 "\"modules\": [\"nfsd\"], \"symbols\": [\"nfsd_proc_read\"]");
    auto record = parse_record("records/x.json", text);
    if (!record) FAIL(record.error().expected);
    CHECK(record->kinds == std::vector<CrashKind>{CrashKind::null_deref});
    CHECK(record->backtrace == std::vector<std::string>{"a", "b"});
    CHECK(record->named == std::vector<std::string>{"c"});
    CHECK(record->symbols == std::vector<std::string>{"nfsd_proc_read"});
    const PackagedCommit& packaged = record->fix_sets[0].commits[0].packages.at(0);
    CHECK(packaged.version == "6.1.129-1");
    CHECK(packaged.reverted);
}

TEST_CASE("a kind, a distribution or a version that nothing is compared with is refused") {
    CHECK_THAT(complaint(replaced("\"component\": \"nfsd\",",
                                  "\"component\": \"nfsd\", \"kinds\": [\"oops\"],")),
               ContainsSubstring("crash.kind"));
    auto packaged = [](const char* distribution, const char* version) {
        std::string text = kGood;
        return text.insert(text.find("\"role\": \"fix\""),
                           std::string("\"packages\": [ { \"distribution\": \"") + distribution +
                               "\", \"package\": \"linux\", \"version\": \"" + version +
                               "\" } ], ");
    };
    CHECK_THAT(complaint(packaged("debain", "6.1.129-1")), ContainsSubstring("debian"));
    CHECK_THAT(complaint(packaged("debian", "bookworm")), ContainsSubstring("6.1.129-1"));
}
