#include "fleet/fleet_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "fleet/times.h"
#include "made.h"
#include "report/follows_schema.h"
#include "triage.h"

using namespace nfstriage;
using fleet::FleetView;
using fleet::kSecondsOfDay;
using test::kSunday;
using test::made_entry;
using test::made_failure;
using test::made_result;
using test::made_store;

namespace {

// A record whose package tells which kernels have the fix.
knowledge::Library library() {
    auto loaded = load_records();
    if (!loaded) FAIL(to_string(loaded.error()));
    return std::move(*loaded);
}

FleetView view_of(fleet::Store& store, std::optional<std::int64_t> since_s = {},
                  const knowledge::Library& records = {}) {
    auto view = fleet::look_at(store, records, {kSunday + 3600, since_s, 20});
    if (!view) FAIL(to_string(view.error()));
    return std::move(*view);
}

const fleet::Group& group(const FleetView& view, const std::string& signature) {
    auto found = std::find_if(view.groups.begin(), view.groups.end(),
                              [&](const auto& each) { return each.signature == signature; });
    REQUIRE(found != view.groups.end());
    return *found;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

bool follows(const std::string& json, const std::string& schema) {
    return test::follows_schema(nlohmann::json::parse(json), "../../tools/fleet/" + schema);
}

// Text that would act wherever it is not escaped.
constexpr std::string_view kHostile = "<script>alert(1)</script>'\"&";

}  // namespace

TEST_CASE("clients of one server that crashed together are said in one sentence") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    REQUIRE(store->add({made_entry("a", made_result("0123456789abcdef", "host1", kSunday)),
                        made_entry("b", made_result("0123456789abcdef", "host2", kSunday + 3)),
                        made_entry("c", made_result("0123456789abcdef", "host3", kSunday + 300)),
                        // One host alone is no fleet.
                        made_entry("d", made_result("0123456789abcdef", "host4", kSunday + 900)),
                        made_entry("e", made_result("0123456789abcdef", "host4", kSunday + 910))}));
    FleetView view = view_of(*store);
    REQUIRE(view.together.size() == 1);
    CHECK(sentence_of(view.together[0]) == "2 clients of 10.1.2.3 crashed within 3 s");
    CHECK(view.together[0].hosts == std::vector<std::string>{"host1", "host2"});
    CHECK(view.together[0].signatures == std::vector<std::string>{"0123456789abcdef"});
    CHECK(contains(to_text(view, 100, false), "2 clients of 10.1.2.3 crashed within 3 s"));
}

TEST_CASE("a window counts what happened in it and knows what is new") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    auto on_day = [](const std::string& signature, const std::string& host, int day) {
        return made_entry(signature + host + std::to_string(day),
                          made_result(signature, host, kSunday + day * kSecondsOfDay));
    };
    REQUIRE(store->add(
        {on_day("000000000000000a", "host1", -30), on_day("000000000000000a", "host2", -9),
         on_day("000000000000000a", "host1", -2), on_day("000000000000000b", "host3", -1)}));
    FleetView all = view_of(*store);
    CHECK(all.results == 4);
    CHECK(all.hosts == 3);
    const fleet::Group& old = group(all, "000000000000000a");
    CHECK_FALSE(old.is_new);
    CHECK(old.results == 3);
    CHECK(old.hosts == 2);
    CHECK(old.week == 1);
    CHECK(old.week_before == 1);
    CHECK(group(all, "000000000000000b").is_new);

    // In the middle of the day: the whole day counts.
    FleetView week = view_of(*store, kSunday - 2 * kSecondsOfDay + 5000);
    CHECK(week.since_s == kSunday - 2 * kSecondsOfDay);
    CHECK(week.results == 2);
    CHECK(week.hosts == 2);
    CHECK(group(week, "000000000000000a").results == 1);
    CHECK(group(week, "000000000000000a").hosts == 1);
    CHECK(group(week, "000000000000000a").first_s == kSunday - 30 * kSecondsOfDay);
    CHECK_FALSE(group(week, "000000000000000a").is_new);
    REQUIRE(week.servers.size() == 1);
    CHECK(week.servers[0].results == 2);
    CHECK(week.servers[0].clients == 2);
}

TEST_CASE("who has the fix is counted by the kernels that hosts run; unknown stays unknown") {
    const knowledge::Library records = library();
    const std::string id = "nfsd-stid-radix-tree";  // fixed in Debian's 6.1.129-1 and later
    REQUIRE(records.find(id) != nullptr);
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    auto crash = [&](const std::string& host, const std::string& release,
                     const std::string& version, std::optional<knowledge::HereStatus> said) {
        auto result = made_result("000000000000000a", host, kSunday);
        result.release = release;
        result.version = version;
        if (said) result.records = {{id, *said, knowledge::Basis::probe}};
        return made_entry(host, result);
    };
    using knowledge::HereStatus;
    REQUIRE(store->add({crash("host1", "5.10-vendor", "#1 SMP one", HereStatus::affected),
                        crash("host2", "5.10-vendor", "#1 SMP one", {}),
                        crash("host3", "5.11-vendor", "#1 SMP two", HereStatus::fixed),
                        // A thin dump of the same kernel could not tell.
                        crash("host4", "5.11-vendor", "#1 SMP two", HereStatus::unknown),
                        // Two dumps that contradict each other.
                        crash("host5", "5.12-vendor", "#1 SMP three", HereStatus::fixed),
                        crash("host6", "5.12-vendor", "#1 SMP three", HereStatus::affected),
                        // No dump told, nothing is recorded.
                        crash("host7", "5.13-vendor", "#1 SMP four", {})}));
    auto nameless = made_result("000000000000000a", "host8", kSunday);
    nameless.release.clear();
    REQUIRE(store->add({made_entry("host8", nameless)}));

    FleetView view = view_of(*store, {}, records);
    REQUIRE(view.groups.size() == 1);
    REQUIRE(view.groups[0].fixes.size() == 1);
    const fleet::FixSpread& fix = view.groups[0].fixes[0];
    CHECK(fix.fixed == 2);
    CHECK(fix.affected == 2);
    CHECK(fix.unknown == 4);
    CHECK(fix.hosts() == 8);
    CHECK(sentence_of(fix) ==
          "fixed in 5.11-vendor, which 2 of 8 hosts run; 2 are affected, 4 unknown");

    // The package that a kernel names is asked where no dump told.
    REQUIRE(
        store->add({crash("host9", "6.1.0-56-amd64", "#1 SMP Debian 6.1.192-2 (2026-11-16)", {})}));
    CHECK(view_of(*store, {}, records).groups[0].fixes[0].fixed == 3);
}

TEST_CASE("signatures that share a text are said to be related") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    auto first = made_result("000000000000000a", "host1", kSunday);
    auto second = made_result("000000000000000b", "host1", kSunday);
    first.alternates = {"v1:warning:sunrpc:rpc_x"};
    second.alternates = {"v1:warning:sunrpc:rpc_x"};
    REQUIRE(store->add({made_entry("a", first), made_entry("b", second),
                        made_entry("c", made_result("000000000000000c", "host1", kSunday))}));
    FleetView view = view_of(*store);
    CHECK(group(view, "000000000000000a").related == std::vector<std::string>{"000000000000000b"});
    CHECK(group(view, "000000000000000c").related.empty());
}

TEST_CASE("nothing of a crash acts in any format, and the JSON follows its schema") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    auto crash = [](const std::string& host) {
        auto result = made_result("0123456789abcdef", host, kSunday);
        for (std::string* text : {&result.title, &result.signature_text, &result.release,
                                  &result.version, &result.vendor, &result.rule})
            *text = kHostile;
        result.servers = {std::string(kHostile)};
        return made_entry(host, result);
    };
    fleet::Entry failure = made_failure(std::string(kHostile) + "\x1b[31m\n");
    REQUIRE(store->add({crash(std::string(kHostile)), crash("'; DROP TABLE result; --"), failure}));
    FleetView view = view_of(*store);
    CHECK(view.results == 2);
    REQUIRE(view.together.size() == 1);

    std::string html = to_html(view);
    CHECK_FALSE(contains(html, "<script"));
    CHECK(contains(html, "&lt;script&gt;alert(1)"));
    CHECK_FALSE(contains(html, "://"));
    std::string text = to_text(view, 100, false);
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK(contains(text, "\\x1b[31m\\x0a"));
    for (std::size_t start = 0, end = 0; (end = text.find('\n', start)) != std::string::npos;
         start = end + 1)
        CHECK(end - start <= 130);  // bytes; 100 columns
    CHECK(follows(to_json(view, 2), "fleet.schema.json"));
    CHECK_FALSE(follows("{}", "fleet.schema.json"));
}

TEST_CASE("an empty store is a report too") {
    test::TemporaryFolder folder;
    auto store = made_store(folder.path() / "s");
    FleetView view = view_of(*store);
    CHECK(view.results == 0);
    CHECK(follows(to_json(view, 2), "fleet.schema.json"));
    CHECK(contains(to_text(view, 100, false), "0 verdicts of 0 hosts"));
    CHECK(contains(to_html(view), "</html>"));
}

TEST_CASE("times on the command line are spans, dates or seconds") {
    using fleet::parse_since;
    CHECK(parse_since("2d", kSunday) == kSunday - 2 * kSecondsOfDay);
    CHECK(parse_since("3h", kSunday) == kSunday - 3 * 3600);
    CHECK(parse_since("1w", kSunday) == kSunday - 7 * kSecondsOfDay);
    CHECK(parse_since("2026-11-15", 0) == kSunday);
    CHECK(parse_since("2026-11-15T01:30", 0) == kSunday + 5400);
    CHECK(parse_since("@12", 0) == 12);
    for (const char* wrong : {"", "d", "7", "7m", "2026-13-01", "2026-11-15x", "@", "-1d",
                              "99999999999999999999d", "2026-11-15T25:00"})
        CHECK_FALSE(parse_since(wrong, kSunday));
    CHECK(fleet::time_text(kSunday + 3661) == "2026-11-15 01:01:01");
}
