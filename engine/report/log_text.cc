// The log as dmesg prints it, or the reports in it as a table.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "report/columns.h"
#include "report/look.h"
#include "report/page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kPiece = 64 * 1024;

std::string seconds(std::uint64_t ns) {
    return fmt::format("{}.{:06}", ns / kSecond, ns / 1000 % 1'000'000);
}

std::string stamp(std::uint64_t ns) {
    return fmt::format("[{:5}.{:06}]", ns / kSecond, ns / 1000 % 1'000'000);
}

Ink ink_of(const facts::LogLine& line) {
    if (!line.level || *line.level > 4) return Ink::plain;
    return *line.level == 4 ? Ink::yellow : Ink::red;
}

// Escaped but for tabs, which do no harm and which messages are laid out with.
std::string body_text(std::string_view text) {
    std::string body;
    for (std::string_view part : split(text, '\t')) {
        if (part.data() != text.data()) body += '\t';
        body += escape(part);
    }
    return body;
}

std::string prefix(const facts::LogLine& line, bool decode) {
    std::string text;
    if (decode && line.level)
        text += fmt::format("{:<6}:{:<6}: ", facts::facility_name(line.facility.value_or(0)),
                            facts::level_name(*line.level));
    if (line.time_ns) text += stamp(*line.time_ns);
    if (!line.caller.empty()) text += fmt::format("[{:>6}]", line.caller);
    if (line.time_ns) text += ' ';
    return text;
}

std::string gap_text(const facts::LogGap& gap) {
    std::string text = "-- records are missing";
    if (gap.from_ns) text += " from " + seconds(*gap.from_ns) + " s";
    text += gap.to_ns ? " to " + seconds(*gap.to_ns) + " s" : " to the end";
    return text + " --";
}

std::string inked(std::string_view text, Ink ink, bool colour) {
    std::string_view begin = ink == Ink::red      ? "\x1b[1;31m"
                             : ink == Ink::yellow ? "\x1b[1;33m"
                             : ink == Ink::dim    ? "\x1b[2m"
                                                  : "";
    if (!colour || begin.empty()) return std::string(text);
    return std::string(begin) + std::string(text) + "\x1b[0m";
}

std::string role_of(const log::ConsoleLog& log, std::size_t index) {
    std::string role;
    if (log.crash == index) join(role, "crash", ", ");
    if (log.panic == index) join(role, "panic", ", ");
    if (log.first_error == index) join(role, "first error", ", ");
    return role;
}

void write_events(const log::ConsoleLog& log, TextPage& page) {
    if (log.events.empty()) page.paragraph("no report of a fault", 0);
    for (std::size_t i = 0; i < log.events.size(); ++i) {
        const log::Event& event = log.events[i];
        std::string where;
        if (event.time_s) where = fmt::format("[{:.6f}]", *event.time_s);
        std::string head = spoken(event.kind).empty() ? "report" : std::string(spoken(event.kind));
        if (event.cpu) head += fmt::format(" · CPU {}", *event.cpu);
        std::string task;
        if (event.comm) task = *event.comm;
        if (event.pid) task += fmt::format("[{}]", *event.pid);
        join(head, task, " · ");
        if (event.top) join(head, frame_text(*event.top), " · ");
        join(where, head, " ");
        std::string lines = fmt::format("line{} {}", event.last_line > event.first_line ? "s" : "",
                                        event.first_line);
        if (event.last_line > event.first_line) lines += fmt::format("-{}", event.last_line);
        std::string role = role_of(log, i);
        page.between(where, role.empty() ? lines : lines + ", " + role, 0,
                     log.crash == i ? Ink::red : Ink::plain);
        page.paragraph(event.message, 4, Ink::dim);
        if (!event.complete) page.paragraph("not complete: " + event.corrupted, 4, Ink::yellow);
    }
    if (!log.notices.empty()) page.section("Notices");
    for (const log::Notice& notice : log.notices) {
        std::string text = notice.time_s ? fmt::format("[{:.6f}] ", *notice.time_s) : "";
        page.between(text + notice.text, fmt::format("line {}", notice.log_line), 0);
    }
}

}  // namespace

void log_to_text(const facts::LogAnswer& log, const LogView& view, const TextOptions& options,
                 const std::function<void(std::string_view piece)>& put) {
    std::string text;
    auto gap = log.gaps.begin();
    auto write_gaps = [&](std::size_t before) {
        for (; gap != log.gaps.end() && gap->before <= before; ++gap)
            text += inked(gap_text(*gap), Ink::yellow, options.colour) + "\n";
    };
    for (std::size_t i = 0; i < log.lines.size(); ++i) {
        const facts::LogLine& line = log.lines[i];
        write_gaps(i);
        std::string head = prefix(line, view.decode);
        std::string body = body_text(line.text);
        text += inked(head, Ink::dim, options.colour);
        text += inked(body, ink_of(line), options.colour);
        text += '\n';
        if (text.size() < kPiece) continue;
        put(text);
        text.clear();
    }
    write_gaps(log.lines.size());
    TextPage page(std::max<std::size_t>(options.width, 40), options.colour);
    if (view.events) write_events(log.reports, page);
    if (!log.why.empty()) {
        if (!text.empty() || view.events) page.blank();
        page.labelled("Missing", log.why, 9);
    }
    put(text + std::move(page).take());
}

}  // namespace nfstriage::report
