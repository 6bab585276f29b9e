// Words that the text and the HTML of a fleet share.
#pragma once

#include <string>
#include <string_view>

#include "fleet/fleet_view.h"

namespace nfstriage::fleet {

// "1 host", "3 hosts".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);
// "known bug", "unknown signature".
std::string words_of(verdict::Status status);
// "117 crashes of 11 hosts with 5 kernels, 2026-11-13 to 2026-11-22"
std::string headline_of(const FleetView& view);
// What the numbers leave out; "" if nothing.
std::string caveats_of(const FleetView& view);
// "10.1.2.3 (12), 10.1.2.4 (3)"
std::string list_of(const std::vector<Named>& list);
// "host1, host2 and 3 more", of `all`.
std::string list_of(const std::vector<std::string>& names, std::uint64_t all);
// "2026-11-15 to 2026-11-22; 12 in the last 7 days, 3 in those before"
std::string when_of(const Group& group);

}  // namespace nfstriage::fleet
