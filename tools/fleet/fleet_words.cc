#include "fleet/fleet_words.h"

#include <algorithm>

#include <fmt/format.h>

#include "fleet/times.h"

namespace nfstriage::fleet {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string words_of(verdict::Status status) {
    std::string words(to_string(status));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string headline_of(const FleetView& view) {
    std::string text = counted(view.results, "verdict", "verdicts") + " of " +
                       counted(view.hosts, "host", "hosts") + " with " +
                       counted(view.kernel_count, "kernel", "kernels");
    if (view.first_day_s)
        text += fmt::format(", {} to {}", day_text(*view.first_day_s), day_text(*view.last_day_s));
    return text;
}

std::string caveats_of(const FleetView& view) {
    std::string text;
    auto add = [&text](std::uint64_t count, const std::string& words) {
        if (count != 0) text += (text.empty() ? "" : "; ") + words;
    };
    add(view.failed, counted(view.failed, "input", "inputs") + " without a verdict");
    add(view.cut_short, counted(view.cut_short, "verdict", "verdicts") + " cut short by a limit");
    add(view.unnamed, counted(view.unnamed, "verdict", "verdicts") + " of hosts not known");
    add(view.undated, counted(view.undated, "verdict counts", "verdicts count") +
                          " for the day of their analysis, the crash has no known date");
    return text;
}

std::string list_of(const std::vector<Named>& list) {
    std::string text;
    for (const Named& named : list)
        text += fmt::format("{}{} ({})", text.empty() ? "" : ", ", named.name, named.results);
    return text;
}

std::string list_of(const std::vector<std::string>& names, std::uint64_t all) {
    std::string text = fmt::format("{}", fmt::join(names, ", "));
    if (all > names.size()) text += fmt::format(" and {} more", all - names.size());
    return text;
}

std::string when_of(const Group& group) {
    std::string text = day_text(group.first_s);
    if (day_text(group.last_s) != text) text += " to " + day_text(group.last_s);
    return text + fmt::format("; {} in the last 7 days, {} in those before", group.week,
                              group.week_before);
}

std::string sentence_of(const FixSpread& spread) {
    std::string text;
    std::uint64_t hosts = spread.hosts();
    if (spread.fixed != 0)
        text = fmt::format("fixed in {}, which {} of {} run", list_of(spread.fixed_kernels, 0),
                           spread.fixed, counted(hosts, "host", "hosts"));
    else
        text = fmt::format("of {} none is known to run a kernel with the fix",
                           counted(hosts, "host", "hosts"));
    std::string others;
    auto add = [&others](std::uint64_t count, std::string_view what) {
        if (count != 0) others += fmt::format("{}{} {}", others.empty() ? "" : ", ", count, what);
    };
    add(spread.affected, spread.affected == 1 ? "is affected" : "are affected");
    add(spread.partly_fixed, "fixed in part");
    add(spread.not_affected, "not affected");
    add(spread.unknown, "unknown");
    return others.empty() ? text : text + "; " + others;
}

std::string sentence_of(const Together& together) {
    std::int64_t span_s = together.finish_s - together.start_s;
    return fmt::format("{} of {} crashed within {} s",
                       counted(together.clients, "client", "clients"), together.server,
                       std::max<std::int64_t>(span_s, 1));
}

}  // namespace nfstriage::fleet
