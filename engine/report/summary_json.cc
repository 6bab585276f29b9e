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

template <class Item>
ordered_json array(const std::vector<Item>& items, ordered_json (*one)(const Item&)) {
    ordered_json json = ordered_json::array();
    for (const Item& item : items) json.push_back(one(item));
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
    json["findings"] = count_json(summary.findings_count);
    json["findings"]["items"] = array(summary.findings, finding_json);
    return json;
}

}  // namespace nfstriage::report
