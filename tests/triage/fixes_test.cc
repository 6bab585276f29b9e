// The records of the repository, asked of a dump and of the profile of the same kernel.
#include "kernel_scene.h"
#include "show.h"

#include "catch.h"
#include "triage/catalogue.h"
#include "verdict/fix_list.h"

using namespace nfstriage;

namespace {

verdict::FixList list_of_dump(const char* path, const TriageOptions& options = {}) {
    Input input;
    input.parts = {path};
    verdict::FixList list;
    auto done = show(input, options, [&](const facts::Scene& scene) {
        list = verdict::list_fixes(test::catalogue().knowledge, scene);
    });
    REQUIRE(done);
    return list;
}

verdict::FixList list_of_kernel(const std::filesystem::path& path) {
    auto kernel = scene_of_kernel(path, {});
    REQUIRE(kernel);
    return verdict::list_fixes(test::catalogue().knowledge, kernel->scene);
}

const char* kProfile = NFSTRIAGE_SOURCE_DIR "/samples/cases/000-x86_64/kernel.nfsprofile";
const char* kDump = NFSTRIAGE_SOURCE_DIR "/samples/cases/000-x86_64/vmcore";

}  // namespace

TEST_CASE("every record is listed for a dump, with the input and kernel it is about") {
    verdict::FixList list = list_of_dump(kDump);
    CHECK(list.records.size() == test::catalogue().knowledge.records.size());
    CHECK(list.kernel.release == "4.19.0-case000");
    CHECK(list.input.is_dump);
    for (const verdict::RecordHere& record : list.records) CHECK_FALSE(record.why.empty());
}

TEST_CASE("a profile alone never contradicts the dump of its kernel") {
    TriageOptions options;
    options.profiles.file = kProfile;
    verdict::FixList dump = list_of_dump(kDump, options), profile = list_of_kernel(kProfile);
    REQUIRE(dump.records.size() == profile.records.size());
    CHECK(profile.kernel.release == dump.kernel.release);
    CHECK(profile.input.is_kernel);
    using knowledge::HereStatus;
    for (std::size_t i = 0; i < dump.records.size(); ++i) {
        HereStatus a = dump.records[i].status, b = profile.records[i].status;
        INFO(dump.records[i].id);
        CHECK((a == b || (a != HereStatus::affected && b != HereStatus::affected) ||
               a == HereStatus::unknown || b == HereStatus::unknown));
    }
}

TEST_CASE("filters keep the records of an id, a component or a commit that they name") {
    const knowledge::Library& library = test::catalogue().knowledge;
    facts::Scene scene;
    verdict::FixFilter filter;
    filter.ids = {"nfsd-stid-radix-tree"};
    CHECK(verdict::list_fixes(library, scene, filter).records.size() == 1);
    filter.components = {"nfs_client"};
    CHECK(verdict::list_fixes(library, scene, filter).records.empty());
    verdict::FixFilter commit;
    commit.commits = {"2bbfed98a4d8"};
    auto found = verdict::list_fixes(library, scene, commit).records;
    REQUIRE_FALSE(found.empty());
    CHECK(found.front().component == "nfsd");
    commit.commits = {"0000000"};
    CHECK(verdict::list_fixes(library, scene, commit).records.empty());
    verdict::FixFilter fixed;
    fixed.statuses = {knowledge::HereStatus::fixed};
    CHECK(verdict::list_fixes(library, scene, fixed).records.empty());
}
