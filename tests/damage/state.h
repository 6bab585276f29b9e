// The NFS state of a dump in a form that can be compared, and whether one is weaker than another:
// a list has the same objects or fewer and says that it is not complete, a value is the same or not
// known, a trust no higher, and no finding appears.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nfs/state.h"

namespace nfstriage::damage {

struct StateList {
    bool complete = true;
    std::size_t size = 0;
    // By address of the object and, for several at one, their number: member -> value, "" unknown.
    std::map<std::pair<std::uint64_t, unsigned>, std::map<std::string, std::string>> items;
};

using State = std::map<std::string, StateList>;  // by name of the list

// Reads all of it.
State state_of(nfs::State& state);

// What in `after` is not weaker than, or the same as, what `before` says; one sentence each.
std::vector<std::string> not_weaker(const State& before, const State& after);

}  // namespace nfstriage::damage
