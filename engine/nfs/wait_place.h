// Where one task sleeps, and on what object: its stack read with the table of wait_function.h, and
// the object told by every way there is: arguments of several functions, the word that the wait
// queue entry on its stack names, the slab object in which that word lies.
// We promise: ways that agree are named together; where they contradict each other the object is
// the better founded one, with a doubt.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nfs/roots.h"
#include "nfs/wait_function.h"
#include "nfs/waits.h"

namespace nfstriage::nfs {

struct WaitPlace {
    WaitKind kind = WaitKind::unknown;
    std::string function;                   // innermost one that is not the scheduler's
    std::string caller;                     // innermost one of the NFS family; "" if there is none
    Trust caller_trust = Trust::registers;  // of its frame: others may lie before a scanned one
    std::string purpose;                    // the one that gave the wait its meaning
    std::string type;                       // of the object, "struct rpc_task"; "" if not known
    std::optional<VAddr> object;
    std::optional<std::uint64_t> bit;  // of a word or folio, where it is known
    Trust trust = Trust::guess;        // of the object
    std::vector<std::string> how;      // ways that gave the object
    std::string doubt;                 // what contradicts it, or why there is none
};

WaitPlace find_wait_place(const Roots& roots, const Sleeper& sleeper);

// Whether a function that the task is in has no name: what it waits for may be any other thing.
bool has_nameless_function(const Sleeper& sleeper);
// Whether a task that was not seen to wait does not: its stack is there to the end, with all names.
bool is_known_whole(const Sleeper& sleeper);

// The value of pointer argument `index` of the innermost frame of `function`, not asked for where
// the stack has no such frame.
std::optional<Argument> argument_of(const Sleeper& sleeper, std::string_view function,
                                    unsigned index, std::string_view type);

}  // namespace nfstriage::nfs
