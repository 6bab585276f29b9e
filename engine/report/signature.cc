#include "report/signature.h"

#include "base/text.h"
#include "report/json_parts.h"

namespace nfstriage::report {

std::string signature_to_json(const verdict::Verdict& verdict, const JsonOptions& options) {
    ordered_json json = object();
    json["schema_version"] = kSchemaVersion;
    json["input"] = input_json(verdict.input);
    if (verdict.signature) json["signature"] = signature_json(*verdict.signature);
    return json.dump(options.indent < 0 ? -1 : options.indent) + "\n";
}

std::string signature_to_text(const verdict::Verdict& verdict) {
    const auto& signature = verdict.signature;
    std::string text = signature ? signature->id + " " + escape(signature->text) : "- -";
    text += " " + escape(verdict.input.path) + "\n";
    if (signature)
        for (const std::string& alternate : signature->alternates)
            text += "  or " + escape(alternate) + "\n";
    return text;
}

}  // namespace nfstriage::report
