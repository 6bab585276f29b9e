// Which objects belong to a task or to a server. An object says so itself (members "pid",
// "..._pid", "server", "hostname", ...) or names a parent that belongs: a request its call, a slot
// its table, a file's request its file and that its mount's server. Findings belong where their
// object does. We promise: what is not tied to the task or server by what was read is left out;
// counts of lists do not depend on filters.
#pragma once

#include <set>
#include <vector>

#include "report/state_view.h"

namespace nfstriage::report {

class StateFilter {
public:
    // Reads the lists that lead from parents to what belongs to them; none without a filter.
    StateFilter(nfs::State& state, const StateView& view);

    // Whether the objects of that list can be told apart.
    bool applies(const nfs::ListKind& kind) const;
    // Which of the list's objects pass, by index.
    std::vector<bool> passing(const nfs::ListKind& kind, const nfs::AnyListing& listing) const;

private:
    const StateView& view_;
    std::set<VAddr> of_pid_, of_server_;  // objects that belong
};

}  // namespace nfstriage::report
