// Which package a kernel was built as, the order of packages, and what their changelogs say of a
// commit.
#include "knowledge/package.h"

#include <compare>

#include "catch.h"
#include "knowledge/released.h"

using namespace nfstriage;
using namespace nfstriage::knowledge;

namespace {

Commit fix_in(std::vector<PackagedCommit> packages) {
    Commit commit;
    commit.commit = "06c9fdf3b9f1";
    commit.release = "v6.14";
    commit.stable = {"6.12.16"};
    commit.packages = std::move(packages);
    return commit;
}

Presence in(const Commit& commit, std::string version) {
    return by_package(commit, {"debian", std::move(version)}).presence;
}

}  // namespace

TEST_CASE("the banner of a Debian kernel names its package, that of others does not") {
    auto package = package_of("#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)");
    REQUIRE(package);
    CHECK(package->distribution == "debian");
    CHECK(package->version == "6.1.192-2");
    CHECK(package_of("#1 SMP Debian 6.12.57-1~bpo12+1 (2025-11-05)")->version ==
          "6.12.57-1~bpo12+1");
    CHECK_FALSE(package_of("#1 SMP Tue Mar 26 09:15:11 UTC 2024"));
    CHECK_FALSE(package_of("#54-Ubuntu SMP Debian"));
    CHECK_FALSE(package_of("#1 SMP Debian 6.1"));
    CHECK_FALSE(package_of(""));
}

TEST_CASE("versions are ordered as dpkg orders them") {
    auto before = [](std::string_view a, std::string_view b) {
        CHECK(std::is_lt(compare_versions(a, b)));
        CHECK(std::is_gt(compare_versions(b, a)));
    };
    before("6.1.9-1", "6.1.10-1");
    before("6.1.129-1", "6.1.129-2");
    before("6.1.129-1~deb11u1", "6.1.129-1");
    before("6.1.129-1", "6.1.129-1+b1");
    before("6.1~rc3-1~exp1", "6.1-1");
    before("6.1.129-9", "6.1.129-10");
    before("6.1.129", "6.1.129-1");
    before("6.1.a", "6.1.+");
    CHECK(std::is_eq(compare_versions("6.1.0129-01", "6.1.129-1")));
    CHECK(without_rebuild("6.12.57-1~bpo12+1") == "6.12.57-1");
    CHECK(without_rebuild("6.1~rc3-1") == "6.1~rc3-1");
}

TEST_CASE("a package has what its changelog names up to it and lacks what it names later") {
    Commit fix = fix_in({{"debian", "linux", "6.1.129-1", false}});
    CHECK(in(fix, "6.1.128-1") == Presence::absent);
    CHECK(in(fix, "6.1.129-1") == Presence::present);
    CHECK(in(fix, "6.1.129-1~deb11u1") == Presence::present);
    CHECK(in(fix, "6.1.192-2") == Presence::present);
    CommitHere here = by_package(fix, {"debian", "6.1.192-2"});
    CHECK(here.basis == Basis::package);
    CHECK_THAT(here.why, ContainsSubstring("6.1.129-1"));
}

TEST_CASE("a series whose changelog was not read decides by the upstream release in it, or not") {
    Commit fix = fix_in({{"debian", "linux", "6.1.129-1", false}});
    CHECK(in(fix, "5.10.250-1") == Presence::unknown);
    CHECK(in(fix, "6.12.17-1") == Presence::present);  // stable 6.12.16 has it
    CHECK(in(fix, "6.12.15-1") == Presence::unknown);  // Debian may have taken it before
    CHECK(in(fix, "6.16.3-1") == Presence::present);   // mainline v6.14 has it
}

TEST_CASE(
    "a commit that was reverted is absent from the revert on, and is back after the next try") {
    Commit fix = fix_in({{"debian", "linux", "6.12.20-1", false},
                         {"debian", "linux", "6.12.30-1", true},
                         {"debian", "linux", "6.12.40-1", false}});
    CHECK(in(fix, "6.12.25-1") == Presence::present);
    CHECK(in(fix, "6.12.30-1") == Presence::absent);
    CHECK(in(fix, "6.12.40-1") == Presence::present);
}
