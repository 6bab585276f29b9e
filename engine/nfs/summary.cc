#include "nfs/summary.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace nfstriage::nfs {
namespace {

constexpr std::size_t kFiles = 5, kFindings = 10, kReported = 100;

template <class T>
Count count(const Listing<T>& listing) {
    return {listing.items.size(), listing.complete};
}

std::string task_text(const RpcTask& task) {
    std::string text = task.procedure ? *task.procedure : "a call";
    if (task.owner_pid && *task.owner_pid != 0)
        text +=
            fmt::format(" of {}[{}]", task.owner_comm ? *task.owner_comm : "task", *task.owner_pid);
    return text;
}

std::vector<ServerSummary> servers(const SunrpcState& sunrpc) {
    std::map<std::string, ServerSummary> by_name;
    for (const RpcXprt& xprt : sunrpc.rpc_xprts.items) {
        if (!xprt.server) continue;
        ServerSummary& server = by_name[*xprt.server];
        std::string address = xprt.display_address ? *xprt.display_address : "";
        if (server.transports == 0) server.address = address;
        if (server.address != address) server.address.clear();
        ++server.transports;
        if (xprt.connected.is(true)) ++server.connected;
    }
    for (const RpcTask& task : sunrpc.rpc_tasks.items) {
        if (!task.server) continue;
        ServerSummary& server = by_name[*task.server];
        ++server.tasks.number;
        if (!task.age || (server.oldest && *task.age <= *server.oldest)) continue;
        server.oldest = *task.age;
        server.oldest_task = task_text(task);
    }
    std::vector<ServerSummary> sorted;
    for (auto& [name, server] : by_name) {
        server.server = name;
        server.tasks.complete = sunrpc.rpc_tasks.complete;
        sorted.push_back(std::move(server));
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](auto& a, auto& b) { return a.tasks.number > b.tasks.number; });
    return sorted;
}

void add_writeback(const WritebackState& writeback, Summary& summary) {
    if (!writeback.totals.items.empty()) {
        const WritebackTotals& all = writeback.totals.items.front();
        summary.dirty = all.dirty.optional();
        summary.under_writeback = all.under_writeback.optional();
        summary.unstable = all.unstable.optional();
        summary.at_risk = all.at_risk.optional();
    }
    // What only RPCs carry is read, direct or no longer at risk.
    summary.risk_complete = writeback.nfs_inodes.complete && writeback.totals.complete;
    for (const NfsInode& inode : writeback.nfs_inodes.items) {
        if (!inode.at_risk || *inode.at_risk == 0) continue;
        summary.files.push_back({inode.path ? *inode.path : "", inode.fileid ? *inode.fileid : 0,
                                 inode.address, *inode.at_risk});
    }
    summary.files_at_risk = summary.files.size();
    std::stable_sort(summary.files.begin(), summary.files.end(),
                     [](auto& a, auto& b) { return a.bytes > b.bytes; });
    if (summary.files.size() > kFiles) summary.files.resize(kFiles);
}

void add_reported(State& state, const TaskReports& reports, Summary& summary) {
    summary.reported_count = {reports.items.size(), reports.complete};
    if (reports.items.empty()) return;
    auto first = reports.items.begin();
    auto last = first + static_cast<std::ptrdiff_t>(std::min(reports.items.size(), kReported));
    summary.reported = find_reported_tasks(state.waits(), state.tasks(), {first, last});
}

std::string text_of(const Field<std::string>& field) { return field ? *field : std::string(); }

}  // namespace

bool Summary::is_empty() const {
    return mounts.number == 0 && nfs_clients.number == 0 && rpc_clnts.number == 0 &&
           rpc_tasks.number == 0 && waits.empty() && findings.empty();
}

Summary summarize(State& state, const TaskReports& reports) {
    Summary summary;
    summary.mounts = count(state.client().mounts);
    summary.nfs_clients = count(state.client().nfs_clients);
    summary.nfs_servers = count(state.client().nfs_servers);
    summary.rpc_clnts = count(state.sunrpc().rpc_clnts);
    summary.rpc_xprts = count(state.sunrpc().rpc_xprts);
    summary.rpc_tasks = count(state.sunrpc().rpc_tasks);
    summary.servers = servers(state.sunrpc());
    add_writeback(state.writeback(), summary);
    if (std::string waits = summary_of(state.waits()); !waits.empty())
        summary.waits.push_back(std::move(waits));
    for (const WaitCycle& cycle : state.waits().cycles.items)
        if (cycle.ring) summary.waits.push_back("a ring of waits: " + *cycle.ring);
    add_reported(state, reports, summary);
    const Listing<Finding>& findings = state.findings();
    if (state.tasks().limited) summary.limited.push_back("tasks");
    for (const ListKind& kind : list_kinds())  // what findings are looked for in was read
        if (kind.read(state).limited) summary.limited.emplace_back(kind.name);
    summary.findings_count = count(findings);
    for (const Finding& finding : findings.items) {
        if (summary.findings.size() == kFindings) break;
        summary.findings.push_back({text_of(finding.check), text_of(finding.type),
                                    text_of(finding.found), text_of(finding.expected),
                                    text_of(finding.meaning), finding.address});
    }
    return summary;
}

}  // namespace nfstriage::nfs
