// Validation of our documents by an independent implementation of JSON Schema. Schemas whose parts
// stand in verdict.schema.json refer to them there.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

namespace nfstriage::test {

inline nlohmann::json parsed_schema(const std::string& name) {
    std::ifstream stream(NFSTRIAGE_SOURCE_DIR "/engine/report/" + name);
    if (!stream) throw std::runtime_error("no schema " + name);
    return nlohmann::json::parse(stream);
}

// engine/report/`name`, read once for any number of documents.
class Schema {
public:
    explicit Schema(const std::string& name) {
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
    bool accepts(const nlohmann::json& document) const {
        valijson::Validator validator;
        return validator.validate(schema_, Adapter(document), nullptr);
    }

private:
    using Adapter = valijson::adapters::NlohmannJsonAdapter;
    valijson::Schema schema_;
};

// Whether `document` follows engine/report/`name`.
inline bool follows_schema(const nlohmann::json& document, const std::string& name) {
    return Schema(name).accepts(document);
}

}  // namespace nfstriage::test
