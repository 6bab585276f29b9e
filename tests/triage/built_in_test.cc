// What the program carries in itself is what the folders of the repository hold.
#include <filesystem>

#include "built_in.h"
#include "catch.h"
#include "knowledge/packed.h"
#include "rules/packed.h"
#include "triage.h"

using namespace nfstriage;

TEST_CASE("the rules and records that are compiled in are those of the folders") {
    auto files = Catalogue::load(NFSTRIAGE_SOURCE_DIR "/rules", NFSTRIAGE_SOURCE_DIR "/knowledge");
    REQUIRE(files);
    CHECK(files->rejected_rules.empty());
    CHECK(files->knowledge.errors.empty());
    auto built_in = Catalogue::load();
    REQUIRE(built_in);
    REQUIRE(built_in->rules.size() == files->rules.size());
    CHECK(built_in->knowledge.records.size() == files->knowledge.records.size());
    for (std::size_t i = 0; i < files->rules.size(); ++i) {
        rules::Rule& rule = files->rules[i];
        rule.file = "rules/" + std::filesystem::path(rule.file).filename().string();
        INFO(rule.id << ": differs from the file; build again");
        CHECK(rules::pack({rule}) == rules::pack({built_in->rules[i]}));
    }
    CHECK(rules::pack(files->rules) == built_in_rules());
    CHECK(knowledge::pack(files->knowledge) == built_in_records());
}

TEST_CASE("rules of a folder are used with the records that are compiled in") {
    auto mixed = Catalogue::load(NFSTRIAGE_SOURCE_DIR "/rules");
    REQUIRE(mixed);
    CHECK_FALSE(mixed->knowledge.records.empty());
    CHECK_FALSE(Catalogue::load("/no/such/folder"));
}
