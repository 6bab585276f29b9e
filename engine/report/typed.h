// Types and objects of the crashed kernel, for `nfstriage struct`: as C people read them, and as
// JSON (engine/report/struct.schema.json).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "facts/typed_look.h"
#include "report/json.h"
#include "report/text.h"

namespace nfstriage::report {

using TakePiece = std::function<void(std::string_view piece)>;

// {schema_version, input, kernel, type, objects}, ending in a newline. Objects are read and written
// one by one.
void typed_to_json(const facts::TypedLook& look, const JsonOptions& options, const TakePiece& put);

// `places`: each line of an object begins with the address that it stands at. Ends in a newline;
// nothing from the input reaches the text unescaped.
void typed_to_text(const facts::TypedLook& look, bool places, const TextOptions& options,
                   const TakePiece& put);

}  // namespace nfstriage::report
