#include "verdict/state.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/quantity.h"

namespace nfstriage::verdict {
namespace {

std::string count(std::size_t number, std::string_view one, std::string_view many) {
    return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

struct Server {
    unsigned silent = 0;  // "not responding" lines
    unsigned first_line = 0;
    bool answers_last = false;  // the last notice said OK
};

void add_workqueue_lockups(const log::ConsoleLog& log, std::vector<std::string>& state) {
    const log::Notice* last = nullptr;
    std::size_t messages = 0;
    for (const log::Notice& notice : log.notices) {
        if (notice.kind != log::Notice::Kind::workqueue_lockup) continue;
        last = &notice;
        ++messages;
    }
    if (last == nullptr) return;
    state.push_back("workers of a workqueue pool made no progress" +
                    (last->subject.empty() ? "" : " for " + last->subject) + " (" +
                    count(messages, "message", "messages") + ", last in log line " +
                    std::to_string(last->log_line) + ")");
}

// "393 rpc_tasks", "at least 12 mounts", "no mounts"
std::string text_of(const nfs::Count& number, std::string_view one, std::string_view many) {
    std::string text =
        number.number == 0 ? "no " + std::string(many) : count(number.number, one, many);
    return number.complete ? text : "at least " + count(number.number, one, many);
}

std::string of_server(const nfs::ServerSummary& server) {
    std::string text =
        text_of(server.tasks, "rpc_task", "rpc_tasks") + " for server " + server.server;
    if (server.oldest)
        text += ", oldest " + duration_text(server.oldest->ns) + " (" + server.oldest_task + ")";
    if (server.transports == 0) return text;
    return text + fmt::format(", {} of {} connected", server.connected,
                              count(server.transports, "transport", "transports"));
}

std::string of_bytes(const nfs::Summary& summary) {
    std::string text =
        fmt::format("{}{} not on the servers yet, in {}", summary.risk_complete ? "" : "at least ",
                    bytes_text(*summary.at_risk), count(summary.files_at_risk, "file", "files"));
    std::string parts;
    auto add = [&parts](std::optional<std::uint64_t> bytes, std::string_view what) {
        if (!bytes || *bytes == 0) return;
        parts += (parts.empty() ? "" : ", ") + bytes_text(*bytes) + " " + std::string(what);
    };
    add(summary.dirty, "dirty");
    add(summary.under_writeback, "being written");
    add(summary.unstable, "not committed");
    if (!parts.empty()) text += " (" + parts + ")";
    if (!summary.files.empty() && !summary.files.front().path.empty())
        text += "; most in " + summary.files.front().path;
    return text;
}

// The crash's own task and those that block most, each head once; the rest is counted.
void add_reported(const nfs::Summary& summary, std::optional<std::int64_t> crash_pid,
                  std::vector<std::string>& state) {
    constexpr std::size_t kMost = 3;
    std::vector<const nfs::ReportedTask*> tasks;
    for (const nfs::ReportedTask& task : summary.reported) tasks.push_back(&task);
    if (tasks.empty()) return;
    std::stable_sort(tasks.begin(), tasks.end(), [&](const auto* a, const auto* b) {
        bool is_a = a->report.pid == crash_pid, is_b = b->report.pid == crash_pid;
        return is_a != is_b ? is_a : a->blocks > b->blocks;
    });
    std::set<std::string> heads;
    std::size_t told = 0;
    for (const nfs::ReportedTask* task : tasks) {
        if (told == kMost) break;
        if (!task->head.empty() && !heads.insert(task->head).second) continue;
        state.push_back(task->sentence);
        ++told;
    }
    std::size_t others = summary.reported_count.number - told;
    std::string more =
        others == 0 ? "" : count(others, "more task was", "more tasks were") + " reported; ";
    state.push_back(more + "who waits for whom: nfstriage show INPUT waits");
}

bool is_this_host(const std::string& name) {
    return name.empty() || name == "localhost" || name.starts_with("127.") || name == "::1" ||
           name.starts_with('/');  // rpcbind's socket
}

}  // namespace

std::vector<std::string> describe_state(const facts::Scene& scene) {
    std::vector<std::string> state;
    std::map<std::string, Server> servers;
    for (const log::Notice& notice : scene.log.notices) {
        if (notice.kind != log::Notice::Kind::server_not_responding &&
            notice.kind != log::Notice::Kind::server_ok)
            continue;
        Server& server = servers[notice.subject];
        server.answers_last = notice.kind == log::Notice::Kind::server_ok;
        if (server.answers_last) continue;
        if (server.silent++ == 0) server.first_line = notice.log_line;
    }
    for (const auto& [name, server] : servers) {
        if (server.silent == 0) continue;
        state.push_back("server " + name +
                        (server.answers_last ? " did not answer for a while" : " does not answer") +
                        " (" + count(server.silent, "message", "messages") +
                        ", first in log line " + std::to_string(server.first_line) + ")");
    }
    add_workqueue_lockups(scene.log, state);
    std::size_t blocked = 0;
    for (const facts::Stack& stack : scene.stacks)
        blocked += stack.role == facts::StackRole::blocked;
    if (blocked != 0) state.push_back(count(blocked, "blocked task", "blocked tasks") + " seen");
    std::size_t reports = scene.log.events.size();
    if (reports > 1) state.push_back(count(reports, "report", "reports") + " in the log");
    if (!scene.kernel.live_patches.empty())
        state.push_back(count(scene.kernel.live_patches.size(), "live patch", "live patches") +
                        " loaded");
    return state;
}

std::vector<std::string> describe_summary(const nfs::Summary& summary,
                                          std::optional<std::int64_t> crash_pid) {
    std::vector<std::string> state;
    if (summary.is_empty()) return state;
    state.push_back(text_of(summary.mounts, "NFS mount", "NFS mounts") + ", " +
                    text_of(summary.rpc_xprts, "transport", "transports") + ", " +
                    text_of(summary.rpc_tasks, "rpc_task", "rpc_tasks"));
    for (const nfs::ServerSummary& server : summary.servers)
        if (server.tasks.number != 0) state.push_back(of_server(server));
    if (summary.at_risk && (*summary.at_risk != 0 || !summary.risk_complete))
        state.push_back(of_bytes(summary));
    for (const std::string& wait : summary.waits) state.push_back(wait);
    add_reported(summary, crash_pid, state);
    for (const nfs::FindingSummary& finding : summary.findings)
        state.push_back("illegal: " + finding.type + " " + hex(finding.address) + ": " +
                        finding.found + "; expected " + finding.expected);
    return state;
}

std::vector<std::string> other_hosts(const log::ConsoleLog& log, const nfs::Summary* summary) {
    std::set<std::string> names;
    std::map<std::string, std::string> address_of;
    if (summary != nullptr)
        for (const nfs::ServerSummary& server : summary->servers) {
            const std::string& name = server.address.empty() ? server.server : server.address;
            address_of[server.server] = name;
            if (!is_this_host(name)) names.insert(name);
        }
    for (const log::Notice& notice : log.notices) {
        if (notice.kind != log::Notice::Kind::server_not_responding &&
            notice.kind != log::Notice::Kind::server_ok)
            continue;
        auto known = address_of.find(notice.subject);
        const std::string& name = known == address_of.end() ? notice.subject : known->second;
        if (!is_this_host(name)) names.insert(name);
    }
    return {names.begin(), names.end()};
}

}  // namespace nfstriage::verdict
