#include "report/summary_json.h"

#include "base/text.h"

namespace nfstriage::report {
namespace {

ordered_json count_json(const nfs::Count& count) {
    ordered_json json = object();
    json["count"] = count.number;
    json["complete"] = count.complete;
    return json;
}

ordered_json server_json(const nfs::ServerSummary& server) {
    ordered_json json = object();
    json["server"] = escape(server.server);
    put(json, "address", std::string_view(server.address));
    json["rpc_tasks"] = count_json(server.tasks);
    if (server.oldest) json["oldest_ns"] = server.oldest->ns;
    put(json, "oldest_task", std::string_view(server.oldest_task));
    json["transports"] = server.transports;
    json["connected"] = server.connected;
    return json;
}

ordered_json file_json(const nfs::FileAtRisk& file) {
    ordered_json json = object();
    put(json, "path", std::string_view(file.path));
    json["fileid"] = file.fileid;
    json["nfs_inode"] = hex(file.inode);
    json["at_risk_bytes"] = file.bytes;
    return json;
}

ordered_json finding_json(const nfs::FindingSummary& finding) {
    ordered_json json = object();
    json["check"] = escape(finding.check);
    put(json, "type", std::string_view(finding.type));
    json["address"] = hex(finding.address);
    put(json, "found", std::string_view(finding.found));
    put(json, "expected", std::string_view(finding.expected));
    put(json, "meaning", std::string_view(finding.meaning));
    return json;
}

ordered_json link_json(const nfs::WaitLink& link) {
    ordered_json json = object();
    json["relation"] = escape(link.relation);
    json["kind"] = escape(link.kind);
    put(json, "type", std::string_view(link.type));
    if (!link.address.is_null()) json["address"] = hex(link.address);
    put(json, "name", std::string_view(link.name));
    return json;
}

template <class Item>
ordered_json array(const std::vector<Item>& items, ordered_json (*one)(const Item&)) {
    ordered_json json = ordered_json::array();
    for (const Item& item : items) json.push_back(one(item));
    return json;
}

ordered_json reported_json(const nfs::ReportedTask& task) {
    ordered_json json = object();
    json["kind"] = escape(task.report.kind);
    json["pid"] = task.report.pid;
    json["comm"] = escape(task.report.comm);
    json["reports"] = task.report.reports;
    json["log_line"] = task.report.log_line;
    put_number(json, "reported_s", task.report.for_s);
    json["now"] = std::string(to_string(task.now));
    put(json, "why", std::string_view(task.why));
    if (!task.task.is_null()) json["task"] = hex(task.task);
    if (task.since) json["since_ns"] = task.since->ns;
    if (task.ran) json["ran_since_report"] = *task.ran;
    put(json, "waits_for", std::string_view(task.waits_for));
    if (!task.chain.empty()) json["chain"] = array(task.chain, link_json);
    put(json, "head", std::string_view(task.head));
    put(json, "head_state", std::string_view(task.head_what));
    if (task.head_blocks != 0) json["blocked_by_head"] = task.head_blocks;
    json["blocks"] = task.blocks;
    json["sentence"] = escape(task.sentence);
    return json;
}

}  // namespace

ordered_json summary_json(const nfs::Summary& summary) {
    ordered_json json = object();
    json["mounts"] = count_json(summary.mounts);
    json["nfs_clients"] = count_json(summary.nfs_clients);
    json["nfs_servers"] = count_json(summary.nfs_servers);
    json["rpc_clnts"] = count_json(summary.rpc_clnts);
    json["rpc_xprts"] = count_json(summary.rpc_xprts);
    json["rpc_tasks"] = count_json(summary.rpc_tasks);
    json["servers"] = array(summary.servers, server_json);
    ordered_json writeback = object();
    put_number(writeback, "dirty_bytes", summary.dirty);
    put_number(writeback, "under_writeback_bytes", summary.under_writeback);
    put_number(writeback, "unstable_bytes", summary.unstable);
    put_number(writeback, "at_risk_bytes", summary.at_risk);
    writeback["files_at_risk"] = summary.files_at_risk;
    writeback["complete"] = summary.risk_complete;
    writeback["files"] = array(summary.files, file_json);
    json["writeback"] = std::move(writeback);
    json["waits"] = texts(summary.waits);
    json["hung"] = count_json(summary.reported_count);
    json["hung"]["items"] = array(summary.reported, reported_json);
    json["findings"] = count_json(summary.findings_count);
    json["findings"]["items"] = array(summary.findings, finding_json);
    return json;
}

}  // namespace nfstriage::report
