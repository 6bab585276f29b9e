// What every JSON document of ours is put together from: fields that are left out when unknown, and
// the objects that a verdict and a list of stacks share. Strings are escaped on the way in, so
// whatever a dump held, they are valid UTF-8 and the JSON library has nothing to throw at.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "facts/scene.h"
#include "verdict/verdict.h"

namespace nfstriage::report {

using nlohmann::ordered_json;

inline ordered_json object() { return ordered_json::object(); }

// Each leaves the key out where there is nothing to say.
void put(ordered_json& object, const char* key, std::string_view text);
void put(ordered_json& object, const char* key, const std::optional<std::string>& text);
void put_hex(ordered_json& object, const char* key, const std::optional<std::uint64_t>& number);
void put_object(ordered_json& object, const char* key, ordered_json value);
template <class Number>
void put_number(ordered_json& object, const char* key, const std::optional<Number>& number) {
    if (number) object[key] = *number;
}

ordered_json texts(const std::vector<std::string>& values);

// As verdict.schema.json describes them.
ordered_json input_json(const facts::Input& input);
// `has_layout`: of a dump or kernel files, not of a log.
ordered_json kernel_json(const facts::Kernel& kernel, bool has_layout);
ordered_json task_json(const facts::Task& task);
ordered_json signature_json(const verdict::Signature& signature);
ordered_json stacks_json(const std::vector<facts::Stack>& stacks);

}  // namespace nfstriage::report
