// What the crashes of a store tell together: which came how often, on how many hosts, with which
// kernels, to whose clients, which of them at once, what is new, and who has the fix. Plain values
// in a fixed order, for text, JSON and HTML. All counts are from sums in the store (schema.h), so
// that a report costs the same over a thousand results and over a million.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fleet/store.h"
#include "knowledge/load.h"

namespace nfstriage::fleet {

struct FleetOptions {
    std::int64_t now_s = 0;
    // Only what happened since, from the start of that day (UTC) on; nothing: all of it.
    std::optional<std::int64_t> since_s;
    std::size_t top = 20;  // of each list
};

struct Named {  // something, and how many results it has
    std::string name;
    std::uint64_t results = 0;
};

struct KernelSeen {
    std::string release, version, arch, vendor;
    std::uint64_t results = 0;
    std::uint64_t hosts = 0;  // that ran it when they crashed last
};

// Who has the fix of a record, by the kernel that each host ran when it crashed last.
struct FixSpread {
    std::string record, title;
    std::vector<std::string> fixed_in;       // releases and packages that are known to have it
    std::vector<std::string> fixed_kernels;  // of the store, the one most hosts run first
    std::uint64_t fixed = 0, partly_fixed = 0, affected = 0, not_affected = 0, unknown = 0;
    std::uint64_t hosts() const { return fixed + partly_fixed + affected + not_affected + unknown; }
};

struct Group {
    std::string signature, text, title, rule;
    verdict::Status status = verdict::Status::inconclusive;
    verdict::Confidence confidence = verdict::Confidence::possible;
    std::uint64_t results = 0, hosts = 0;
    std::int64_t first_s = 0, last_s = 0;        // of all there are, whatever `since_s`
    bool is_new = false;                         // the first came since `FleetView::new_since_s`
    std::uint64_t week = 0, week_before = 0;     // results of the last 7 days, of those before
    std::map<std::int64_t, std::uint64_t> days;  // results of each day, the last kDaysShown
    std::vector<Named> kernels, servers;         // most results first, a few
    std::vector<std::string> related;            // signatures that share a text with this one
    std::vector<FixSpread> fixes;
};

struct ServerSeen {
    std::string name;
    std::uint64_t results = 0, clients = 0;
};

struct Together {  // clients of one server that crashed at once
    std::string server;
    std::int64_t start_s = 0, finish_s = 0;
    std::uint64_t clients = 0, results = 0;
    std::vector<std::string> hosts, signatures;  // a few
};

struct NoVerdict {
    std::string path, expected, remedy;
};

inline constexpr std::int64_t kDaysShown = 90;
inline constexpr std::int64_t kWeek_s = 7 * 86400;

struct FleetView {
    std::string store;
    std::int64_t now_s = 0, new_since_s = 0;
    std::optional<std::int64_t> since_s;
    std::uint64_t results = 0, hosts = 0, kernel_count = 0, server_count = 0, group_count = 0;
    std::uint64_t unnamed = 0, undated = 0;  // results whose host, whose time is not known
    std::uint64_t cut_short = 0;             // results that a limit cut short
    std::uint64_t failed = 0;                // inputs without a verdict
    std::optional<std::int64_t> first_day_s, last_day_s;
    std::map<verdict::Status, std::uint64_t> statuses;
    std::map<std::int64_t, std::map<verdict::Status, std::uint64_t>> days;  // by the day's start
    std::vector<Group> groups;
    std::vector<ServerSeen> servers;
    std::vector<Together> together;
    std::vector<KernelSeen> kernels;
    std::vector<NoVerdict> failures;  // the newest
};

// Errors: a store that cannot be read.
Result<FleetView> look_at(Store& store, const knowledge::Library& library,
                          const FleetOptions& options);

std::string to_text(const FleetView& view, std::size_t width, bool colour);
std::string to_json(const FleetView& view, int indent);
std::string to_html(const FleetView& view);

// "fixed in 6.1.0-56 (Debian 6.1.192-2), which 4 of 9 hosts run; 3 are affected, 2 unknown".
std::string sentence_of(const FixSpread& spread);
// "2 clients of 10.1.2.3 crashed within 3 s".
std::string sentence_of(const Together& together);

}  // namespace nfstriage::fleet
