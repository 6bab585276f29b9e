// The fleet as one HTML page that loads nothing.
#include <fmt/format.h>

#include "fleet/fleet_view.h"
#include "fleet/fleet_words.h"
#include "fleet/plots.h"
#include "fleet/times.h"
#include "report/html_writer.h"

namespace nfstriage::fleet {
namespace {

using report::Attribute;
using report::HtmlWriter;
using verdict::Status;

constexpr std::string_view kStyle = R"css(
.group { border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.75rem 1rem;
  margin: 0.75rem 0; background: var(--raised); }
.group h3 { margin: 0; font-size: 1rem; display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem;
  align-items: baseline; }
.group h3 b { font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.badge { border: 1px solid currentColor; border-radius: 1rem; padding: 0 0.6rem;
  font-size: 0.8rem; font-weight: 600; white-space: nowrap; }
.group dl { display: grid; grid-template-columns: 6rem 1fr; gap: 0.15rem 0.75rem;
  margin: 0.5rem 0 0; font-size: 0.95rem; }
.group dt { color: var(--quiet); }
.group dd { margin: 0; }
@media (max-width: 34rem) { .group dl { grid-template-columns: 1fr; }
  .group dd { margin-bottom: 0.35rem; } }
)css";

std::string_view class_of(Status status) {
    switch (status) {
        case Status::known_bug:
            return "bad";
        case Status::known_condition:
        case Status::candidate:
        case Status::unknown_signature:
            return "warn";
        case Status::not_nfs:
        case Status::no_crash:
            return "good";
        case Status::inconclusive:
            break;
    }
    return "quiet";
}

// Which of the plot's series a status belongs to.
std::size_t series_of(Status status) {
    switch (status) {
        case Status::known_bug:
            return 0;
        case Status::known_condition:
        case Status::candidate:
            return 1;
        case Status::unknown_signature:
            return 2;
        case Status::not_nfs:
            return 3;
        case Status::no_crash:
        case Status::inconclusive:
            break;
    }
    return 4;
}

void write_days(HtmlWriter& page, const FleetView& view) {
    if (view.days.empty()) return;
    const std::vector<Series> series = {{"known bugs", "s0"},
                                        {"candidates and known conditions", "s1"},
                                        {"unknown signatures", "s2"},
                                        {"not NFS", "s3"},
                                        {"inconclusive or no crash", "s4"}};
    std::int64_t last = view.days.rbegin()->first;
    std::int64_t first =
        std::max(view.days.begin()->first, last - (kDaysShown - 1) * kSecondsOfDay);
    std::vector<Bar> bars;
    for (std::int64_t day = first; day <= last; day += kSecondsOfDay) {
        Bar bar{day_text(day), std::vector<std::uint64_t>(series.size())};
        if (auto found = view.days.find(day); found != view.days.end())
            for (const auto& [status, count] : found->second) bar.parts[series_of(status)] += count;
        bars.push_back(std::move(bar));
    }
    page.element("h2", first == view.days.begin()->first
                           ? "Verdicts by day"
                           : fmt::format("Verdicts by day, the last {} days", kDaysShown));
    plot_bars(page, "Verdicts by day, stacked by what they found", series, bars);
}

void write_line(HtmlWriter& page, std::string_view label, std::string_view text) {
    if (text.empty()) return;
    page.element("dt", label);
    page.element("dd", text);
}

void write_fix(HtmlWriter& page, const FixSpread& fix) {
    page.element("dt", "Fix");
    auto value = page.in("dd");
    page.element("code", fix.record);
    page.text(" " + sentence_of(fix));
    if (fix.fixed == 0 && !fix.fixed_in.empty())
        page.element("span", "; known to have it: " + list_of(fix.fixed_in, 0),
                     {{"class", "quiet"}});
}

void write_group(HtmlWriter& page, const Group& group, std::int64_t now_s) {
    auto card = page.in("article", {{"class", "group"}, {"id", "s-" + group.signature}});
    {
        auto head = page.in("h3");
        page.element("b", std::to_string(group.results));
        page.element("span", group.title);
        page.element("span", words_of(group.status),
                     {{"class", "badge " + std::string(class_of(group.status))}});
        if (group.is_new) page.element("span", "new", {{"class", "badge warn"}});
    }
    std::vector<std::uint64_t> values;
    std::int64_t today = now_s / kSecondsOfDay * kSecondsOfDay;
    for (std::int64_t ago = kDaysShown - 1; ago >= 0; --ago) {
        auto day = group.days.find(today - ago * kSecondsOfDay);
        values.push_back(day == group.days.end() ? 0 : day->second);
    }
    auto list = page.in("dl");
    write_line(page, "Hosts", group.hosts == 0 ? "not known" : std::to_string(group.hosts));
    {
        page.element("dt", "When");
        auto value = page.in("dd");
        page.text(when_of(group));
        plot_spark(page, fmt::format("Verdicts on each of the last {} days", kDaysShown), values);
    }
    write_line(page, "Kernels", list_of(group.kernels));
    write_line(page, "Servers", list_of(group.servers));
    {
        page.element("dt", "Signature");
        auto value = page.in("dd");
        page.element("code", group.signature);
        page.text(" ");
        page.element("code", group.text, {{"class", "quiet"}});
    }
    if (!group.related.empty())
        write_line(page, "Related", list_of(group.related, group.related.size()));
    for (const FixSpread& fix : group.fixes) write_fix(page, fix);
}

struct Column {
    std::string_view title;
    bool is_number = false;
};

void write_table(HtmlWriter& page, std::string_view title, const std::vector<Column>& columns,
                 const std::vector<std::vector<std::string>>& rows) {
    if (rows.empty()) return;
    page.element("h2", title);
    auto cell = [&page](std::string_view tag, std::string_view text, bool is_number) {
        if (is_number)
            page.element(tag, text, {{"class", "number"}});
        else
            page.element(tag, text);
    };
    auto wide = page.in("div", {{"class", "wide"},
                                {"tabindex", "0"},
                                {"role", "region"},
                                {"aria-label", std::string(title)}});
    auto table = page.in("table");
    {
        auto head = page.in("thead");
        auto row = page.in("tr");
        for (const Column& column : columns) cell("th", column.title, column.is_number);
    }
    auto body = page.in("tbody");
    for (const auto& values : rows) {
        auto row = page.in("tr");
        for (std::size_t i = 0; i < columns.size(); ++i)
            cell("td", values[i], columns[i].is_number);
    }
}

void write_tables(HtmlWriter& page, const FleetView& view) {
    std::vector<std::vector<std::string>> rows;
    for (const Together& together : view.together)
        rows.push_back({time_text(together.start_s), sentence_of(together),
                        list_of(together.hosts, together.clients),
                        list_of(together.signatures, 0)});
    write_table(page, "Crashed at once, at most 30 s apart",
                {{"When (UTC)"}, {"What"}, {"Hosts"}, {"Signatures"}}, rows);
    rows.clear();
    for (const ServerSeen& server : view.servers)
        rows.push_back(
            {server.name, std::to_string(server.results), std::to_string(server.clients)});
    write_table(page, "Servers", {{"Server"}, {"Verdicts", true}, {"Clients", true}}, rows);
    rows.clear();
    for (const KernelSeen& kernel : view.kernels)
        rows.push_back({kernel.release, kernel.arch, kernel.version, std::to_string(kernel.results),
                        std::to_string(kernel.hosts)});
    write_table(page, "Kernels",
                {{"Release"}, {"Architecture"}, {"Version"}, {"Verdicts", true}, {"Hosts", true}},
                rows);
    rows.clear();
    for (const NoVerdict& failure : view.failures)
        rows.push_back({failure.path, failure.expected, failure.remedy});
    write_table(page, fmt::format("No verdict: the newest of {}", view.failed),
                {{"Input"}, {"Expected"}, {"What to do"}}, rows);
}

}  // namespace

std::string to_html(const FleetView& view) {
    std::string style = std::string(kStyle) + std::string(kPlotStyle);
    HtmlWriter page({"NFS crashes of a fleet", style});
    {
        auto main = page.in("main");
        page.element("h1", headline_of(view));
        page.element("p",
                     fmt::format("{}{} · {} UTC", view.store,
                                 view.since_s ? " · since " + day_text(*view.since_s) : "",
                                 time_text(view.now_s)),
                     {{"class", "quiet"}});
        if (std::string caveats = caveats_of(view); !caveats.empty())
            page.element("p", caveats, {{"class", "quiet"}});
        write_days(page, view);
        page.element("h2", fmt::format("Groups of one signature: {} of {}", view.groups.size(),
                                       view.group_count));
        page.element("p", "New: first seen since " + day_text(view.new_since_s),
                     {{"class", "quiet"}});
        for (const Group& group : view.groups) write_group(page, group, view.now_s);
        write_tables(page, view);
    }
    return std::move(page).take();
}

}  // namespace nfstriage::fleet
