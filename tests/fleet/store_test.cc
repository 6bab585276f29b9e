#include "fleet/store.h"

#include <algorithm>
#include <random>

#include "base/packed.h"
#include "fleet/merge.h"
#include "made.h"

using namespace nfstriage;
using fleet::Access;
using fleet::Store;
using test::kSunday;
using test::made_entry;
using test::made_failure;
using test::made_result;
using test::made_store;
using test::number_of;

namespace {

void add(Store& store, const std::vector<fleet::Entry>& entries) {
    auto added = store.add(entries);
    if (!added) FAIL(to_string(added.error()));
}

// Everything that reports are made of, as text; ids aside, which depend on the order of insertion.
std::string sums_of(Store& store) {
    std::string text;
    for (const char* sql :
         {"SELECT key, status, confidence, title, rule, results, hosts, first, last FROM signature"
          " ORDER BY key",
          "SELECT name, host.results, first, last, release FROM host"
          " LEFT JOIN kernel ON kernel.id = host.kernel ORDER BY name",
          "SELECT day, key, day_signature.results FROM day_signature"
          " JOIN signature ON signature.id = signature ORDER BY level, day, key",
          "SELECT name, start, finish, clients, burst.results FROM burst"
          " JOIN server ON server.id = burst.server ORDER BY name, start",
          "SELECT day, status, results FROM day_status ORDER BY day, status"}) {
        fleet::Statement rows = store.database().prepare(sql);
        while (rows.row()) {
            for (int column = 0; column < 9; ++column) text += rows.text(column) + "|";
            text += "\n";
        }
    }
    return text;
}

}  // namespace

TEST_CASE("a content counts once, whatever it is called") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    fleet::Entry first = made_entry("a", made_result("sig", "host1", kSunday));
    fleet::Entry copy = first;
    copy.path = "b";
    add(*store, {first, copy});
    add(*store, {first});
    CHECK(number_of(*store, "SELECT count(*) FROM result") == 1);
    CHECK(number_of(*store, "SELECT results FROM signature") == 1);
    CHECK(number_of(*store, "SELECT count(*) FROM source") == 2);
    CHECK(store->has(first.identity));
    REQUIRE(store->source("b"));
    CHECK(store->source("b")->has_verdict);
    CHECK_FALSE(store->source("c"));
}

TEST_CASE("a failure gives way to a verdict, and not the other way round") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    add(*store, {made_failure("a")});
    REQUIRE(store->source("a"));
    CHECK_FALSE(store->source("a")->has_verdict);
    add(*store, {made_entry("a", made_result("sig", "host1", kSunday))});
    CHECK(store->source("a")->has_verdict);
    add(*store, {made_failure("a")});
    CHECK(store->source("a")->has_verdict);

    // The file has another content now, which gives none.
    fleet::Entry changed = made_failure("a");
    changed.stamp = "3:4";
    add(*store, {changed});
    CHECK_FALSE(store->source("a")->has_verdict);
    CHECK(number_of(*store, "SELECT count(*) FROM result") == 1);
}

TEST_CASE("hosts are counted once for each signature, and run what they ran last") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    auto older = made_result("sig", "host1", kSunday - 100);
    older.release = "5.10";
    add(*store, {made_entry("a", made_result("sig", "host1", kSunday)), made_entry("b", older),
                 made_entry("c", made_result("sig", "host2", kSunday))});
    auto unnamed = made_result("sig", "", kSunday);
    add(*store, {made_entry("d", unnamed)});
    CHECK(number_of(*store, "SELECT results FROM signature") == 4);
    CHECK(number_of(*store, "SELECT hosts FROM signature") == 2);
    CHECK(number_of(*store, "SELECT first FROM signature") == kSunday - 100);
    fleet::Statement release = store->database().prepare(
        "SELECT release FROM host JOIN kernel ON kernel.id = host.kernel WHERE name = 'host1'");
    REQUIRE(release.row());
    CHECK(release.text(0) == "6.1.0-1-amd64");
}

TEST_CASE("crashes of a server's clients that are close together are one burst") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    auto at = [](const std::string& host, std::int64_t offset_s) {
        return made_entry(host + std::to_string(offset_s),
                          made_result("sig", host, kSunday + offset_s));
    };
    // 0 and 55 are joined by 28 only when that comes, 300 stays alone.
    add(*store, {at("host1", 0), at("host2", 55), at("host3", 300)});
    CHECK(number_of(*store, "SELECT count(*) FROM burst") == 0);
    add(*store, {at("host3", 28)});
    CHECK(number_of(*store, "SELECT count(*) FROM burst") == 1);
    CHECK(number_of(*store, "SELECT start FROM burst") == kSunday);
    CHECK(number_of(*store, "SELECT finish FROM burst") == kSunday + 55);
    CHECK(number_of(*store, "SELECT clients FROM burst") == 3);
    // A log without a date tells nothing of that.
    auto undated = made_result("sig", "host9", 0);
    undated.crash_time_s.reset();
    add(*store, {made_entry("x", undated), made_entry("y", undated)});
    CHECK(number_of(*store, "SELECT count(*) FROM burst") == 1);
}

TEST_CASE("sums do not depend on the order in which results come, nor on merging") {
    std::mt19937 random(7);
    std::vector<fleet::Entry> entries;
    for (int i = 0; i < 300; ++i) {
        auto result = made_result("sig" + std::to_string(random() % 7),
                                  "host" + std::to_string(random() % 20),
                                  kSunday + static_cast<std::int64_t>(random() % 6000));
        result.status = random() % 2 == 0 ? verdict::Status::known_bug : verdict::Status::candidate;
        result.title += std::to_string(random() % 3);
        result.servers = {"server" + std::to_string(random() % 3)};
        entries.push_back(made_entry("f" + std::to_string(i), result));
    }
    test::TemporaryFolder folder;
    auto whole = made_store(folder.path() / "whole");
    add(*whole, entries);
    const std::string expected = sums_of(*whole);
    CHECK(expected.size() > 1000);

    std::shuffle(entries.begin(), entries.end(), random);
    auto shuffled = made_store(folder.path() / "shuffled");
    add(*shuffled, entries);
    CHECK(sums_of(*shuffled) == expected);

    // Shares that overlap, merged twice.
    auto left = made_store(folder.path() / "left"), right = made_store(folder.path() / "right");
    add(*left, {entries.begin(), entries.begin() + 200});
    add(*right, {entries.begin() + 100, entries.end()});
    auto merged = made_store(folder.path() / "merged");
    for (Store* from : {left.get(), right.get(), left.get()}) REQUIRE(fleet::merge(*merged, *from));
    CHECK(sums_of(*merged) == expected);
    CHECK(number_of(*merged, "SELECT count(*) FROM source WHERE result IS NOT NULL") == 300);
}

TEST_CASE("of a file that failed in one store and not in the other, merging keeps the verdict") {
    test::TemporaryFolder folder;
    auto left = made_store(folder.path() / "left"), right = made_store(folder.path() / "right");
    add(*left, {made_failure("a"), made_failure("b")});
    add(*right, {made_entry("a", made_result("sig", "host1", kSunday))});
    for (bool failure_first : {true, false}) {
        auto merged = made_store(folder.path() / (failure_first ? "m1" : "m2"));
        REQUIRE(fleet::merge(*merged, failure_first ? *left : *right));
        REQUIRE(fleet::merge(*merged, failure_first ? *right : *left));
        CHECK(merged->source("a")->has_verdict);
        CHECK_FALSE(merged->source("b")->has_verdict);
    }
}

TEST_CASE("what is no store of this version is refused with a remedy") {
    test::TemporaryFolder folder;
    auto refused = [&](const std::filesystem::path& path, Access access, const std::string& word) {
        auto store = Store::open(path, access);
        REQUIRE_FALSE(store);
        CHECK(store.error().file == path);
        CHECK_FALSE(store.error().remedy.empty());
        INFO(to_string(store.error()));
        CHECK(to_string(store.error()).find(word) != std::string::npos);
    };
    refused(folder.path() / "none", Access::read, "unable to open");
    refused(folder.path() / "no" / "folder", Access::write, "unable to open");
    refused(folder.write("text", std::string(4096, 'x')), Access::write, "not a database");

    auto other = fleet::Database::open(folder.path() / "other", Access::write);
    REQUIRE(other);
    REQUIRE((*other)->run("CREATE TABLE t(x)"));
    refused(folder.path() / "other", Access::write, "another program");

    made_store(folder.path() / "newer");
    auto newer = fleet::Database::open(folder.path() / "newer", Access::write);
    REQUIRE((*newer)->run("PRAGMA user_version = 99"));
    refused(folder.path() / "newer", Access::read, "version 99");
}

TEST_CASE("what a process says that read foreign data is believed only if it is well formed") {
    auto said = [](const fleet::CrashResult& result) {
        PackWriter writer;
        writer(result);
        return writer.take();
    };
    fleet::CrashResult good = made_result("sig", "host1", kSunday);
    CHECK(fleet::result_from(said(good)));
    CHECK_FALSE(fleet::result_from(said(good).substr(1)));
    CHECK_FALSE(fleet::result_from(said(good) + "x"));
    CHECK_FALSE(fleet::result_from(""));

    fleet::CrashResult odd = good;
    odd.host = "a\x1b[31m";
    CHECK_FALSE(fleet::result_from(said(odd)));
    odd = good;
    odd.status = static_cast<verdict::Status>(99);
    CHECK_FALSE(fleet::result_from(said(odd)));
    odd = good;
    odd.crash_time_s = INT64_MAX;
    CHECK_FALSE(fleet::result_from(said(odd)));
    odd = good;
    odd.servers.assign(1000, "10.0.0.1");
    CHECK_FALSE(fleet::result_from(said(odd)));
}
