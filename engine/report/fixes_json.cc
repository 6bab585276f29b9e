// The list of fixes as JSON (engine/report/fixes.schema.json); its records are record_json.h.
#include "report/fixes.h"
#include "report/json_parts.h"
#include "report/record_json.h"

namespace nfstriage::report {

std::string fixes_to_json(const verdict::FixList& list, const JsonOptions& options) {
    using knowledge::HereStatus;
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = input_json(list.input);
    json["kernel"] = kernel_json(list.kernel, list.input.is_dump || list.input.is_kernel);
    json["summary"] = object();
    for (HereStatus status : {HereStatus::fixed, HereStatus::partly_fixed, HereStatus::affected,
                              HereStatus::not_affected, HereStatus::unknown}) {
        std::size_t count = 0;
        for (const verdict::RecordHere& record : list.records) count += record.status == status;
        json["summary"][std::string(knowledge::to_string(status))] = count;
    }
    json["records"] = ordered_json::array();
    for (const verdict::RecordHere& record : list.records)
        json["records"].push_back(record_json(record));
    json["records_not_loaded"] = texts(list.records_not_loaded);
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

}  // namespace nfstriage::report
