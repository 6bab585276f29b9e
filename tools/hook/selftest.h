// nfstriage hook --selftest: whether the hook would work on this host, tried out as far as that is
// possible without a crash.
#pragma once

#include <filesystem>

namespace nfstriage::hook {

// Prints a line for each check to standard output. False: one of them failed.
bool selftest(const std::filesystem::path& root);

}  // namespace nfstriage::hook
