// What the subcommands around a store share.
#pragma once

namespace nfstriage::command {

inline constexpr const char* kDefaultStore = "triage.sqlite";

}  // namespace nfstriage::command
