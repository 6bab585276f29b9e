#include "report/record_json.h"

#include "base/text.h"

namespace nfstriage::report {

ordered_json record_json(const verdict::RecordHere& record) {
    ordered_json json = object();
    json["id"] = escape(record.id);
    json["title"] = escape(record.title);
    put(json, "component", std::string_view(record.component));
    if (!record.aliases.empty()) json["aliases"] = texts(record.aliases);
    if (!record.shared_functions.empty()) json["shared_functions"] = texts(record.shared_functions);
    json["status_here"] = std::string(knowledge::to_string(record.status));
    json["basis"] = std::string(knowledge::to_string(record.basis));
    put(json, "why", std::string_view(record.why));
    json["evidence"] = texts(record.evidence);
    json["fixes"] = ordered_json::array();
    for (const verdict::FixHere& fix : record.fixes) {
        ordered_json item = object();
        put(item, "commit", std::string_view(fix.commit));
        put(item, "subject", std::string_view(fix.subject));
        put(item, "release", std::string_view(fix.release));
        item["stable"] = texts(fix.stable);
        item["role"] = std::string(knowledge::to_string(fix.role));
        item["status_here"] = std::string(knowledge::to_string(fix.presence));
        item["basis"] = std::string(knowledge::to_string(fix.basis));
        put(item, "note", std::string_view(fix.note));
        json["fixes"].push_back(std::move(item));
    }
    put(json, "workaround", std::string_view(record.workaround));
    json["regressions"] = ordered_json::array();
    for (const knowledge::Regression& regression : record.regressions) {
        ordered_json item = object();
        item["by"] = escape(regression.by);
        item["what"] = escape(regression.what);
        put(item, "repair", std::string_view(regression.repair));
        put(item, "release", std::string_view(regression.release));
        json["regressions"].push_back(std::move(item));
    }
    return json;
}

}  // namespace nfstriage::report
