// Records as bytes (base/packed.h): how the program carries its own.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "knowledge/load.h"

namespace nfstriage::knowledge {

// The records; errors are not packed.
std::string pack(const Library& library);

// The records that pack() made the bytes of. Errors: other bytes. They must come from this very
// program: their meaning is not checked again.
Result<Library> unpack(std::string_view bytes);

}  // namespace nfstriage::knowledge
