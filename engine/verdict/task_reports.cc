#include "verdict/task_reports.h"

#include <algorithm>
#include <charconv>

namespace nfstriage::verdict {
namespace {

constexpr double kSecond_ns = 1e9;

bool tells_of_a_task(const log::Event& event) {
    using enum CrashKind;
    bool is_kind = event.kind == hung_task || event.kind == soft_lockup ||
                   event.kind == hard_lockup || event.kind == rcu_stall;
    return is_kind && event.pid && *event.pid != 0 && event.comm;
}

// "blocked for more than 120 seconds", "stuck for 22s"
std::optional<std::uint64_t> seconds_in(std::string_view message) {
    for (std::string_view words : {" for more than ", " stuck for "}) {
        auto at = message.find(words);
        if (at == std::string_view::npos) continue;
        std::string_view rest = message.substr(at + words.size());
        std::uint64_t seconds = 0;
        auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), seconds);
        if (error == std::errc()) return seconds;
    }
    return std::nullopt;
}

void add(std::vector<nfs::TaskReport>& reports, const log::Event& event) {
    nfs::TaskReport report;
    report.kind = to_string(event.kind);
    report.pid = *event.pid;
    report.comm = *event.comm;
    report.log_line = event.first_line;
    if (event.time_s) report.time_ns = static_cast<std::int64_t>(*event.time_s * kSecond_ns);
    report.for_s = seconds_in(event.message);
    auto known = std::find_if(reports.begin(), reports.end(), [&](const nfs::TaskReport& other) {
        return other.kind == report.kind && other.pid == report.pid && other.comm == report.comm;
    });
    if (known == reports.end()) {
        reports.push_back(std::move(report));
        return;
    }
    report.reports += known->reports;
    if (!report.for_s || (known->for_s && *known->for_s > *report.for_s))
        report.for_s = known->for_s;
    *known = std::move(report);
}

}  // namespace

nfs::TaskReports task_reports(const facts::Scene& scene) {
    nfs::TaskReports reports;
    reports.complete = scene.log_complete;
    if (scene.log.events.empty()) return reports;
    const unsigned last_boot = scene.log.events.back().boot;  // the dump is of the last one
    for (const log::Event& event : scene.log.events)
        if (tells_of_a_task(event) && event.boot == last_boot) add(reports.items, event);
    if (scene.crash && scene.crash->task.pid)
        std::stable_partition(
            reports.items.begin(), reports.items.end(),
            [&](const nfs::TaskReport& report) { return report.pid == *scene.crash->task.pid; });
    return reports;
}

}  // namespace nfstriage::verdict
