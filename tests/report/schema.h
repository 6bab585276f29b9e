// Our documents against their schemas, by an independent implementation of JSON Schema.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace nfstriage::test {

// Throws where there is no such file, or no JSON in it.
inline nlohmann::json parsed_schema(const std::string& name) {
    std::ifstream stream(NFSTRIAGE_SOURCE_DIR "/engine/report/" + name);
    if (!stream) throw std::runtime_error("no schema " + name);
    return nlohmann::json::parse(stream);
}

// engine/report/NAME. Schemas whose parts stand in verdict.schema.json refer to them there.
class DocumentSchema {
public:
    explicit DocumentSchema(const std::string& name) {
        nlohmann::json text = parsed_schema(name), verdict = parsed_schema("verdict.schema.json");
        for (auto& [key, place] : text["properties"].items()) {
            if (!place.contains("$ref")) continue;
            std::string ref = place["$ref"];
            if (!ref.starts_with("verdict.schema.json#/")) continue;
            place = verdict.at(nlohmann::json::json_pointer(ref.substr(ref.find('#') + 1)));
        }
        for (auto& [key, definition] : verdict["definitions"].items())
            if (!text["definitions"].contains(key)) text["definitions"][key] = definition;
        valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
        parser.populateSchema(Adapter(text), schema_);
    }

    // "" if `document` follows the schema, else the first complaint and its place.
    std::string complaint(const nlohmann::json& document) const {
        valijson::Validator validator;
        valijson::ValidationResults results;
        if (validator.validate(schema_, Adapter(document), &results)) return {};
        valijson::ValidationResults::Error error;
        results.popError(error);
        std::string place;
        for (const std::string& part : error.context) place += part;
        return place + ": " + error.description;
    }

private:
    using Adapter = valijson::adapters::NlohmannJsonAdapter;
    valijson::Schema schema_;
};

}  // namespace nfstriage::test
