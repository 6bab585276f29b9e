// Type information for recipes, from a kernel profile or from BTF as a kernel keeps it in /sys.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "layout/profile.h"
#include "layout/types.h"

namespace nfstriage::mkdump {

struct TypesFile {
    std::unique_ptr<layout::Profile> profile;  // null when the file is BTF
    std::unique_ptr<layout::Types> types;
};

// Errors: unreadable, neither a profile nor BTF.
Result<TypesFile> load_types(const std::string& path);

}  // namespace nfstriage::mkdump
