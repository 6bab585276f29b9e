// Every dump format that we do not read ourselves (LKCD, SADUMP, s390 and others), through
// libkdumpfile, which is loaded only then. It is also the oracle of our tests: any dump can be read
// both ways (OpenOptions::force_library).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "dump/dump.h"

namespace nfstriage::dump {

// Errors: libkdumpfile is not installed or does not know the format either.
Result<std::unique_ptr<Dump>> open_with_library(const std::vector<std::filesystem::path>& parts,
                                                const OpenOptions& options);

}  // namespace nfstriage::dump
