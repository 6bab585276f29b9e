// Stacks without a verdict as JSON (engine/report/frames.schema.json); the parts are json_parts.h.
#include "report/frames.h"
#include "report/json_parts.h"

namespace nfstriage::report {

std::string frames_to_json(const facts::StackList& list, const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = input_json(list.input);
    json["kernel"] = kernel_json(list.kernel, list.input.is_dump);
    json["stacks"] = stacks_json(list.stacks);
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

}  // namespace nfstriage::report
