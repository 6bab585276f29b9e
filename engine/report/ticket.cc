#include "report/ticket.h"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/quantity.h"
#include "base/text.h"
#include "report/json_parts.h"
#include "report/markdown.h"
#include "report/verdict_page.h"
#include "report/words.h"

namespace nfstriage::report {
namespace {

namespace vd = nfstriage::verdict;

constexpr std::size_t kMostQuestions = 8;

bool is_corruption(CrashKind kind) {
    switch (kind) {
        case CrashKind::kasan:
        case CrashKind::kfence:
        case CrashKind::refcount:
        case CrashKind::list_corruption:
        case CrashKind::bad_page:
            return true;
        default:
            return false;
    }
}

struct Judged {
    Severity severity;
    std::string ground;
};

Judged judge(const vd::Verdict& verdict) {
    const vd::Diagnosis& first = verdict.verdicts.front();
    if (first.status == vd::Status::no_crash) return {Severity::low, "the input shows no crash"};
    if (first.status == vd::Status::inconclusive)
        return {Severity::unknown, "the input does not show what happened"};
    bool down = verdict.panic.has_value();
    if (first.status == vd::Status::not_nfs)
        return {down ? Severity::medium : Severity::low,
                down ? "the host went down, but not because of NFS" : "NFS is not at fault"};
    std::string event = down ? "the host went down" : "the kernel reported a fault";
    if (verdict.nfs && verdict.nfs->at_risk.value_or(0) > 0 && down)
        return {Severity::critical,
                fmt::format("{} while {}{} in {} {} had not reached the NFS servers", event,
                            verdict.nfs->risk_complete ? "" : "at least ",
                            bytes_text(*verdict.nfs->at_risk), verdict.nfs->files_at_risk,
                            verdict.nfs->files_at_risk == 1 ? "file" : "files")};
    for (const auto& report : {verdict.crash, verdict.first_error})
        if (report && is_corruption(report->kind))
            return {Severity::critical,
                    fmt::format("{}: {} tells of corrupted memory", event, spoken(report->kind))};
    if (first.status == vd::Status::known_condition)
        return {down ? Severity::high : Severity::medium,
                event + " on a cause outside of this kernel"};
    return {down ? Severity::high : Severity::medium, event + " in NFS code"};
}

std::string title_of(const vd::Verdict& verdict) {
    const vd::Diagnosis& first = verdict.verdicts.front();
    std::string title = fmt::format("{}: {}", spoken(first.status), first.title);
    if (verdict.kernel.release) title += " (" + *verdict.kernel.release + ")";
    return title;
}

std::vector<knowledge::Step> questions_for(const vd::Verdict& verdict) {
    // What is to be looked up in a dump is ours to do where there is one.
    std::vector<knowledge::Step> questions;
    if (!verdict.input.is_dump && verdict.verdicts.front().status != vd::Status::known_bug)
        questions = verdict.verdicts.front().next_steps;
    auto ask = [&](std::string what) { questions.push_back({std::move(what), ""}); };
    if (!verdict.input.is_dump)
        ask("The vmcore of this crash, if kdump saved one: the console log alone was read.");
    else if (!verdict.input.complete)
        ask("A whole dump, or why it is not: free space at the dump target, kdump's own log.");
    if (verdict.input.is_dump && verdict.kernel.layout.types.empty())
        ask(
            fmt::format("The debuginfo package of kernel {}, or nfstriage-hook's verdict from the "
                        "host: this kernel does not carry its types.",
                        verdict.kernel.release.value_or("(release not known)")));
    if (!verdict.kernel.release) ask("The kernel's release and package: uname -a.");
    if (verdict.nfs)
        for (const nfs::ServerSummary& server : verdict.nfs->servers)
            if (server.tasks.number != 0 && server.connected < server.transports)
                ask(
                    fmt::format("Log and state of server {} at the time of the crash: {} of {} "
                                "transports to it were connected.",
                                server.server, server.connected, server.transports));
    if (questions.size() > kMostQuestions) questions.resize(kMostQuestions);
    return questions;
}

}  // namespace

std::string_view to_string(Severity severity) {
    constexpr std::array<std::string_view, 5> kNames{"unknown", "low", "medium", "high",
                                                     "critical"};
    return kNames[static_cast<std::size_t>(severity)];
}

Ticket make_ticket(const vd::Verdict& verdict) {
    Ticket ticket;
    ticket.title = title_of(verdict);
    auto [severity, ground] = judge(verdict);
    ticket.severity = severity;
    ticket.ground = std::move(ground);
    if (verdict.signature) {
        ticket.grouping_key = verdict.signature->id;
        ticket.alternate_keys = verdict.signature->alternates;
    }
    ticket.questions = questions_for(verdict);
    return ticket;
}

std::string ticket_to_markdown(const Ticket& ticket, const vd::Verdict& verdict) {
    std::string text = "# " + as_markdown(ticket.title) + "\n\n";
    auto item = [&text](std::string_view name, const std::string& value) {
        if (!value.empty()) text += fmt::format("- **{}** {}\n", name, value);
    };
    item("Severity", fmt::format("{}: {}", to_string(ticket.severity), as_markdown(ticket.ground)));
    if (!ticket.grouping_key.empty()) item("Grouping key", as_code(ticket.grouping_key));
    for (const std::string& key : ticket.alternate_keys) item("Groups with", as_code(key));
    if (!ticket.questions.empty()) {
        text += "\n## To ask the customer\n\n";
        for (const knowledge::Step& step : ticket.questions) {
            text += "- " + as_markdown(step.what);
            if (!step.command.empty()) text += "  \n  " + as_code(step.command);
            text += '\n';
        }
    }
    return text + "\n" + to_markdown(verdict);
}

std::string ticket_to_json(const Ticket& ticket, const vd::Verdict& verdict,
                           const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["title"] = escape(ticket.title);
    json["severity"] = to_string(ticket.severity);
    json["severity_ground"] = escape(ticket.ground);
    put(json, "grouping_key", std::string_view(ticket.grouping_key));
    json["alternate_keys"] = texts(ticket.alternate_keys);
    json["questions"] = ordered_json::array();
    for (const knowledge::Step& step : ticket.questions) {
        ordered_json question = object();
        question["what"] = escape(step.what);
        put(question, "command", std::string_view(step.command));
        json["questions"].push_back(std::move(question));
    }
    json["body"] = ticket_to_markdown(ticket, verdict);
    return json.dump(options.indent) + '\n';
}

}  // namespace nfstriage::report
