// Reads a whole profile, for `nfstriage profile verify`.
#pragma once

#include <string>
#include <vector>

#include "layout/profile.h"

namespace nfstriage::layout {

// Everything that is wrong with it, one sentence each; empty when it is sound: check sums, BTF,
// every block of symbols, source lines, call frames and ORC.
std::vector<std::string> verify_profile(const Profile& profile);

}  // namespace nfstriage::layout
