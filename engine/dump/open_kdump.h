// From the opened files of a kdump-compressed dump to what a Dump needs.
#pragma once

#include <vector>

#include "base/result.h"
#include "dump/file_bytes.h"
#include "dump/native_dump.h"

namespace nfstriage::dump {

// Errors: a damaged header, or files that are not parts of one dump. An architecture that we do not
// read ourselves is Error with an empty `expected` only in `unsupported`, which then names it.
Result<Contents> open_kdump(const std::vector<std::shared_ptr<const FileBytes>>& files);

}  // namespace nfstriage::dump
