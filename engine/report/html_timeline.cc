// Marks of the drawing are placed by time; where many fall together the table tells them apart.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "report/html_sections.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::size_t kMostEntries = 300;  // of a log
constexpr std::size_t kMostLanes = 64;
constexpr double kWidth = 1000, kLeft = 90, kRight = 20, kLaneHeight = 24, kAxis = 26;

struct Entry {
    std::optional<double> time_s;
    std::optional<unsigned> cpu;
    unsigned log_line = 0;
    std::string what, task, function;
    std::string_view mark;  // class: "bad" for the crash, "warn" for trouble, "quiet" for the rest
};

std::string_view mark_of(const log::ConsoleLog& log, std::size_t index) {
    if (log.crash == index || log.panic == index) return "bad";
    return "warn";
}

// What tells of trouble stands out from what a kernel says on a good day.
std::string_view mark_of(log::Notice::Kind kind) {
    using Kind = log::Notice::Kind;
    switch (kind) {
        case Kind::server_not_responding:
        case Kind::lock_reclaim_failed:
        case Kind::invalid_unlock:
        case Kind::stopping_cpus_failed:
        case Kind::cpus_stale:
        case Kind::workqueue_lockup:
            return "warn";
        case Kind::server_ok:
        case Kind::kdump_starting:
        case Kind::kdump_bye:
        case Kind::other:
            break;
    }
    return "quiet";
}

std::vector<Entry> entries_of(const log::ConsoleLog& log) {
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        const log::Event& event = log.events[i];
        Entry& entry = entries.emplace_back();
        entry.time_s = event.time_s;
        entry.cpu = event.cpu;
        entry.log_line = event.first_line;
        entry.what = event.message.empty() ? std::string(spoken(event.kind)) : event.message;
        entry.task = task_text({event.pid, event.comm, std::nullopt});
        if (event.top) entry.function = frame_text(*event.top);
        entry.mark = mark_of(log, i);
    }
    for (const log::Notice& notice : log.notices)
        entries.push_back({notice.time_s, std::nullopt, notice.log_line, notice.text, "", "",
                           mark_of(notice.kind)});
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.log_line < b.log_line; });
    return entries;
}

std::string time_text(const std::optional<double>& time_s) {
    return time_s ? fmt::format("{:.6f}", *time_s) : "";
}

// Lanes by CPU; what names none comes last.
std::map<unsigned, std::size_t> lanes_of(const std::vector<Entry>& entries) {
    std::map<unsigned, std::size_t> lanes;
    for (const Entry& entry : entries)
        if (entry.cpu && entry.time_s && lanes.size() < kMostLanes) lanes[*entry.cpu] = 0;
    std::size_t number = 0;
    for (auto& [cpu, lane] : lanes) lane = number++;
    return lanes;
}

void label(HtmlWriter& writer, double x, double y, std::string_view anchor,
           const std::string& text) {
    writer.element("text", text,
                   {{"x", fmt::format("{:.0f}", x)},
                    {"y", fmt::format("{:.0f}", y)},
                    {"text-anchor", std::string(anchor)}});
}

void draw(HtmlWriter& writer, const std::vector<Entry>& entries) {
    std::optional<double> first, last;
    for (const Entry& entry : entries) {
        if (!entry.time_s) continue;
        first = std::min(first.value_or(*entry.time_s), *entry.time_s);
        last = std::max(last.value_or(*entry.time_s), *entry.time_s);
    }
    if (!first || *last <= *first) return;  // no two times: there is nothing to draw
    const auto lanes = lanes_of(entries);
    const double height = static_cast<double>(lanes.size() + 1) * kLaneHeight + kAxis;
    auto box = writer.scrolling("Drawing of the reports");
    auto svg = writer.in("svg", {{"viewBox", fmt::format("0 0 {:.0f} {:.0f}", kWidth, height)},
                                 {"class", "timeline"},
                                 {"role", "img"},
                                 {"aria-label",
                                  "Reports of the log by time and CPU; the table "
                                  "that follows says the same"}});
    auto middle = [](std::size_t lane) {
        return static_cast<double>(lane) * kLaneHeight + kLaneHeight / 2;
    };
    auto lane_line = [&](std::size_t lane, const std::string& name) {
        const std::string y = fmt::format("{:.0f}", middle(lane));
        label(writer, kLeft - 10, middle(lane) + 5, "end", name);
        writer.element("line", "",
                       {{"x1", fmt::format("{:.0f}", kLeft)},
                        {"x2", fmt::format("{:.0f}", kWidth - kRight)},
                        {"y1", y},
                        {"y2", y}});
    };
    for (const auto& [cpu, lane] : lanes) lane_line(lane, "CPU " + std::to_string(cpu));
    lane_line(lanes.size(), "no CPU");
    for (const Entry& entry : entries) {
        if (!entry.time_s) continue;
        auto lane = entry.cpu ? lanes.find(*entry.cpu) : lanes.end();
        double share = (*entry.time_s - *first) / (*last - *first);
        auto mark = writer.in(
            "circle", {{"cx", fmt::format("{:.1f}", kLeft + share * (kWidth - kLeft - kRight))},
                       {"cy", fmt::format("{:.0f}", middle(lane == lanes.end() ? lanes.size()
                                                                               : lane->second))},
                       {"r", "6"},
                       {"class", std::string(entry.mark)}});
        writer.element("title", time_text(entry.time_s) + " s: " + entry.what);
    }
    label(writer, kLeft, height - 6, "start", time_text(first) + " s");
    label(writer, kWidth - kRight, height - 6, "end", time_text(last) + " s");
}

void tabulate(HtmlWriter& writer, const std::vector<Entry>& entries) {
    writer.table("Reports of the log", {"Time, s", "CPU", "Log line", "Report", "Task", "In"}, [&] {
        for (const Entry& entry : entries) {
            auto row = writer.in("tr");
            auto number = [&](const std::string& text) {
                writer.element("td", text, {{"class", "number"}});
            };
            number(time_text(entry.time_s));
            number(entry.cpu ? std::to_string(*entry.cpu) : "");
            number(std::to_string(entry.log_line));
            writer.element("td", entry.what, {{"class", std::string(entry.mark)}});
            writer.element("td", entry.task);
            auto cell = writer.in("td");
            if (!entry.function.empty()) writer.element("code", entry.function);
        }
    });
}

}  // namespace

void write_timeline(HtmlWriter& writer, const log::ConsoleLog& log) {
    std::vector<Entry> entries = entries_of(log);
    if (entries.empty()) return;
    writer.section("Reports of the log");
    if (entries.size() > kMostEntries) {
        // The end of a log tells what it died of.
        writer.element(
            "p",
            fmt::format("The last {} of {} reports and notices.", kMostEntries, entries.size()),
            {{"class", "quiet"}});
        entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(kMostEntries));
    }
    draw(writer, entries);
    tabulate(writer, entries);
}

}  // namespace nfstriage::report
