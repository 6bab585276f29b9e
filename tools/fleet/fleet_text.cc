// The fleet on a terminal.
#include <fmt/format.h>

#include "base/text.h"
#include "fleet/fleet_view.h"
#include "fleet/fleet_words.h"
#include "fleet/times.h"
#include "report/columns.h"
#include "report/page.h"

namespace nfstriage::fleet {
namespace {

using report::Ink;
using report::TextPage;

constexpr std::size_t kCount = 8, kLabel = 12;

Ink ink_of(verdict::Status status) {
    switch (status) {
        case verdict::Status::known_bug:
            return Ink::red;
        case verdict::Status::known_condition:
        case verdict::Status::candidate:
        case verdict::Status::unknown_signature:
            return Ink::yellow;
        case verdict::Status::not_nfs:
        case verdict::Status::no_crash:
            return Ink::green;
        case verdict::Status::inconclusive:
            break;
    }
    return Ink::dim;
}

std::string how_many(std::string_view what, std::size_t shown, std::uint64_t all) {
    if (all <= shown) return fmt::format("{}: {}", what, all);
    return fmt::format("{}: {} of {}", what, shown, all);
}

void write_group(TextPage& page, const Group& group) {
    page.blank();
    std::string head =
        fmt::format("{:>6}  {}{}", group.results, group.is_new ? "NEW  " : "", escape(group.title));
    page.between(head, words_of(group.status), 0, ink_of(group.status));
    auto line = [&page](std::string_view label, std::string_view text) {
        if (!text.empty()) page.labelled(label, text, kLabel, kCount, Ink::dim);
    };
    line("hosts", group.hosts == 0 ? "not known" : std::to_string(group.hosts));
    line("when", when_of(group));
    line("kernels", list_of(group.kernels));
    line("servers", list_of(group.servers));
    line("signature", group.signature + "  " + group.text);
    if (!group.related.empty()) line("related", list_of(group.related, group.related.size()));
    for (const FixSpread& fix : group.fixes) {
        line("fix", fix.record + ": " + sentence_of(fix));
        if (fix.fixed == 0 && !fix.fixed_in.empty())
            line("", "known to have it: " + list_of(fix.fixed_in, 0));
    }
}

void write_lists(TextPage& page, const FleetView& view) {
    if (!view.together.empty()) page.section("Crashed at once, at most 30 s apart");
    for (const Together& together : view.together) {
        page.between(time_text(together.start_s) + "  " + sentence_of(together),
                     counted(together.results, "verdict", "verdicts"), 2);
        page.paragraph(list_of(together.hosts, together.clients), 23);
        if (!together.signatures.empty())
            page.paragraph("signatures " + list_of(together.signatures, 0), 23, Ink::dim);
    }
    if (!view.servers.empty())
        page.section(how_many("Servers", view.servers.size(), view.server_count));
    for (const ServerSeen& server : view.servers)
        page.between(fmt::format("{:>6}  {}", server.results, server.name),
                     counted(server.clients, "client", "clients"), 0);
    if (!view.kernels.empty())
        page.section(how_many("Kernels", view.kernels.size(), view.kernel_count));
    for (const KernelSeen& kernel : view.kernels)
        page.between(fmt::format("{:>6}  {} {}  {}", kernel.results, kernel.release, kernel.arch,
                                 kernel.version),
                     counted(kernel.hosts, "host", "hosts"), 0);
    if (!view.failures.empty())
        page.section(how_many("No verdict", view.failures.size(), view.failed));
    for (const NoVerdict& failure : view.failures) {
        page.paragraph(failure.path, 2);
        page.paragraph(failure.expected + "; " + failure.remedy, 4, Ink::dim);
    }
}

}  // namespace

std::string to_text(const FleetView& view, std::size_t width, bool colour) {
    TextPage page(width, colour);
    page.headline(headline_of(view), view.since_s ? "since " + day_text(*view.since_s) : "",
                  Ink::bold);
    for (const auto& [status, results] : view.statuses)
        page.row(fmt::format("{:>6}  {}", results, words_of(status)), 0, ink_of(status));
    if (std::string caveats = caveats_of(view); !caveats.empty())
        page.paragraph(caveats, 0, Ink::dim);
    if (!view.groups.empty())
        page.section(how_many("Groups of one signature", view.groups.size(), view.group_count) +
                     "; NEW: first seen since " + day_text(view.new_since_s));
    for (const Group& group : view.groups) write_group(page, group);
    write_lists(page, view);
    return std::move(page).take();
}

}  // namespace nfstriage::fleet
