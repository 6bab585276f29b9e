// Results of crashes that never were, for stores.
#pragma once

#include <memory>
#include <string>

#include "catch.h"
#include "fakes/folder.h"
#include "fleet/store.h"

namespace nfstriage::test {

// 2026-11-15 00:00:00 UTC, a Sunday.
inline constexpr std::int64_t kSunday = 1794700800;

inline fleet::CrashResult made_result(const std::string& signature, const std::string& host,
                                      std::int64_t time_s) {
    fleet::CrashResult result;
    result.is_dump = true;
    result.status = verdict::Status::candidate;
    result.confidence = verdict::Confidence::likely;
    result.rule = "a-rule";
    result.title = "What " + signature + " is";
    result.crash_kind = "soft_lockup";
    result.component = "nfs_client";
    result.signature = signature;
    result.signature_text = "v1:soft_lockup:nfs_client:" + signature;
    result.release = "6.1.0-1-amd64";
    result.version = "#1 SMP Debian 6.1.129-1";
    result.arch = "x86_64";
    result.vendor = "Debian";
    result.host = host;
    result.crash_time_s = time_s;
    result.servers = {"10.1.2.3"};
    result.json = "no json";
    return result;
}

// Content and path are told apart by `name`.
inline fleet::Entry made_entry(const std::string& name, fleet::CrashResult result) {
    fleet::Entry entry;
    entry.path = name;
    entry.stamp = "1:2";
    entry.identity = std::string(32 - std::min<std::size_t>(name.size(), 32), '\0') + name;
    entry.seen_s = kSunday;
    entry.outcome = std::move(result);
    return entry;
}

inline fleet::Entry made_failure(const std::string& name) {
    return {name, "1:2", "", kSunday, Error{name, std::nullopt, "a dump was expected", "copy it"}};
}

inline std::unique_ptr<fleet::Store> made_store(const std::filesystem::path& path) {
    auto store = fleet::Store::open(path, fleet::Access::write);
    if (!store) FAIL(to_string(store.error()));
    return std::move(*store);
}

// The only value of the only row.
inline std::int64_t number_of(fleet::Store& store, std::string_view sql) {
    fleet::Statement statement = store.database().prepare(sql);
    REQUIRE(statement.row());
    std::int64_t number = statement.number(0);
    statement.run();
    return number;
}

}  // namespace nfstriage::test
