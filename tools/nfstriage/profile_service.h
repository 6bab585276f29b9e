// Making a profile for a process that may neither read debug files nor write the cache.
#pragma once

#include <filesystem>
#include <functional>

#include "base/result.h"
#include "layout/kernel_layout.h"
#include "process/outside.h"

namespace nfstriage::command {

using MakesProfile = std::function<Result<std::filesystem::path>(const layout::KernelSeen&)>;

// `make`, called outside wherever the result is called. Errors: those of `make`; no answer.
MakesProfile offered(Outside& outside, MakesProfile make);

}  // namespace nfstriage::command
