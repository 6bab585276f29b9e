// The fleet for programs: tools/fleet/fleet.schema.json is the contract. What is not known is left
// out. Times are seconds since 1970.
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "fleet/fleet_view.h"
#include "report/json.h"

namespace nfstriage::fleet {
namespace {

using nlohmann::ordered_json;

ordered_json object() { return ordered_json::object(); }

void put(ordered_json& json, const char* key, std::string_view text) {
    if (!text.empty()) json[key] = escape(text);
}

template <class List, class Make>
ordered_json array(const List& list, Make make) {
    ordered_json json = ordered_json::array();
    for (const auto& item : list) json.push_back(make(item));
    return json;
}

ordered_json texts(const std::vector<std::string>& list) {
    return array(list, [](const std::string& text) { return escape(text); });
}

ordered_json named(const char* key, const std::vector<Named>& list) {
    return array(list, [key](const Named& item) {
        ordered_json json = object();
        json[key] = escape(item.name);
        json["verdicts"] = item.results;
        return json;
    });
}

ordered_json statuses(const std::map<verdict::Status, std::uint64_t>& counts) {
    ordered_json json = object();
    for (const auto& [status, count] : counts) json[std::string(to_string(status))] = count;
    return json;
}

ordered_json fix_json(const FixSpread& fix) {
    ordered_json json = object();
    json["record"] = escape(fix.record);
    put(json, "title", fix.title);
    json["hosts"] = fix.hosts();
    json["fixed"] = fix.fixed;
    json["partly_fixed"] = fix.partly_fixed;
    json["affected"] = fix.affected;
    json["not_affected"] = fix.not_affected;
    json["unknown"] = fix.unknown;
    json["fixed_kernels"] = texts(fix.fixed_kernels);
    json["fixed_in"] = texts(fix.fixed_in);
    json["sentence"] = escape(sentence_of(fix));
    return json;
}

ordered_json group_json(const Group& group) {
    ordered_json json = object();
    json["signature"] = escape(group.signature);
    json["text"] = escape(group.text);
    json["title"] = escape(group.title);
    put(json, "rule", group.rule);
    json["status"] = std::string(to_string(group.status));
    json["confidence"] = std::string(to_string(group.confidence));
    json["verdicts"] = group.results;
    json["hosts"] = group.hosts;
    json["first_s"] = group.first_s;
    json["last_s"] = group.last_s;
    json["new"] = group.is_new;
    json["last_7_days"] = group.week;
    json["7_days_before"] = group.week_before;
    json["days"] = array(group.days, [](const auto& day) {
        ordered_json item = object();
        item["day_s"] = day.first;
        item["verdicts"] = day.second;
        return item;
    });
    json["kernels"] = named("release", group.kernels);
    json["servers"] = named("server", group.servers);
    json["related"] = texts(group.related);
    json["fixes"] = array(group.fixes, fix_json);
    return json;
}

ordered_json together_json(const Together& together) {
    ordered_json json = object();
    json["server"] = escape(together.server);
    json["start_s"] = together.start_s;
    json["finish_s"] = together.finish_s;
    json["clients"] = together.clients;
    json["verdicts"] = together.results;
    json["hosts"] = texts(together.hosts);
    json["signatures"] = texts(together.signatures);
    json["sentence"] = escape(sentence_of(together));
    return json;
}

ordered_json kernel_json(const KernelSeen& kernel) {
    ordered_json json = object();
    json["release"] = escape(kernel.release);
    put(json, "version", kernel.version);
    put(json, "arch", kernel.arch);
    put(json, "vendor", kernel.vendor);
    json["verdicts"] = kernel.results;
    json["hosts"] = kernel.hosts;
    return json;
}

}  // namespace

std::string to_json(const FleetView& view, int indent) {
    ordered_json json = object();
    json["schema_version"] = report::kSchemaVersion;
    json["store"] = escape(view.store);
    json["now_s"] = view.now_s;
    json["new_since_s"] = view.new_since_s;
    if (view.since_s) json["since_s"] = *view.since_s;
    ordered_json totals = object();
    totals["verdicts"] = view.results;
    totals["hosts"] = view.hosts;
    totals["kernels"] = view.kernel_count;
    totals["servers"] = view.server_count;
    totals["groups"] = view.group_count;
    totals["without_verdict"] = view.failed;
    totals["cut_short"] = view.cut_short;
    totals["host_unknown"] = view.unnamed;
    totals["time_unknown"] = view.undated;
    totals["statuses"] = statuses(view.statuses);
    json["totals"] = std::move(totals);
    json["days"] = array(view.days, [](const auto& day) {
        ordered_json item = object();
        item["day_s"] = day.first;
        item["statuses"] = statuses(day.second);
        return item;
    });
    json["groups"] = array(view.groups, group_json);
    json["servers"] = array(view.servers, [](const ServerSeen& server) {
        ordered_json item = object();
        item["server"] = escape(server.name);
        item["verdicts"] = server.results;
        item["clients"] = server.clients;
        return item;
    });
    json["together"] = array(view.together, together_json);
    json["kernels"] = array(view.kernels, kernel_json);
    json["failures"] = array(view.failures, [](const NoVerdict& failure) {
        ordered_json item = object();
        item["path"] = escape(failure.path);
        item["expected"] = escape(failure.expected);
        item["remedy"] = escape(failure.remedy);
        return item;
    });
    return json.dump(indent < 0 ? -1 : indent) + "\n";
}

}  // namespace nfstriage::fleet
