// From the opened files of a kdump-compressed dump to what a Dump needs.
#pragma once

#include <vector>

#include "base/result.h"
#include "dump/file_bytes.h"
#include "dump/native_dump.h"

namespace nfstriage::dump {

Result<Contents> open_kdump(const std::vector<std::shared_ptr<const FileBytes>>& files);

}  // namespace nfstriage::dump
