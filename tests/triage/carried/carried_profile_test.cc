// A program that was built with kernel profiles (embed_profiles.cmake): this one has those of two
// sample cases.
#include "built_in.h"
#include "catch.h"
#include "layout/profile.h"
#include "report/json.h"
#include "triage.h"

using namespace nfstriage;

namespace {

const std::string kCases = NFSTRIAGE_SOURCE_DIR "/samples/cases/";

std::string verdict_on(const std::string& name, const ProfileOptions& profiles) {
    auto catalogue = Catalogue::built_in();
    REQUIRE(catalogue);
    Input input;
    input.parts = {kCases + name + "/vmcore"};
    TriageOptions options;
    options.profiles = profiles;
    auto verdict = triage(input, *catalogue, options);
    REQUIRE(verdict);
    report::JsonOptions json;
    json.stable = true;
    return report::to_json(*verdict, json);
}

}  // namespace

TEST_CASE("a profile that the program carries serves its kernel like a file of it") {
    for (const char* name : {"000-x86_64", "001"}) {
        INFO(name);
        ProfileOptions none;
        none.carried.clear();
        ProfileOptions file = none;
        file.file = kCases + name + "/kernel.nfsprofile";
        std::string with_file = verdict_on(name, file);
        CHECK(verdict_on(name, {}) == with_file);
        CHECK(verdict_on(name, none) != with_file);
    }
}

TEST_CASE("a carried profile of another kernel is left alone") {
    ProfileOptions none;
    none.carried.clear();
    CHECK(verdict_on("004", {}) == verdict_on("004", none));
}

TEST_CASE("carried profiles begin on pages of their own and are whole") {
    std::vector<ByteSpan> carried = built_in_profiles();
    REQUIRE(carried.size() == 2);
    for (ByteSpan bytes : carried) {
        CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % 4096 == 0);
        auto profile = layout::Profile::from_bytes(bytes, "carried");
        REQUIRE(profile);
        CHECK((*profile)->damaged_sections().empty());
    }
}
