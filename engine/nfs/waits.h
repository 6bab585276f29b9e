// Who waits for whom: from a sleeping task through locks, bits and queues to an rpc_task, its slot,
// transport and server, or to the task that holds what it needs.
#pragma once

#include <functional>
#include <vector>

#include "arguments/recover.h"
#include "nfs/client_state.h"
#include "nfs/lockd_state.h"
#include "nfs/server_state.h"
#include "nfs/sunrpc_state.h"
#include "nfs/writeback_state.h"

namespace nfstriage::nfs {

// A task with its stack and what its functions were called with: one that sleeps, or one that runs
// and may hold what others wait for.
struct Sleeper {
    kernel::TaskInfo task;
    bool running = false;
    std::vector<Frame> frames;                      // innermost first
    bool complete = false;                          // the stack was unwound to its end
    Unknown why_no_frames{Reason::not_dumped, {}};  // when there are none
    // Parameter `index` of the function of frame `frame`; `type` as Recovery::argument() has it.
    std::function<Maybe<Argument>(std::size_t frame, unsigned index, std::string_view type)>
        argument;
};

// The other areas, as far as they are needed to follow a wait.
struct WaitAreas {
    const SunrpcState& sunrpc;
    const ClientState& client;
    const WritebackState& writeback;
    const ServerState& server;
    const LockdState& lockd;
};

struct WaitsState {};

WaitsState read_waits_state(const Roots& roots, const WaitAreas& areas,
                            const Listing<Sleeper>& sleepers);

}  // namespace nfstriage::nfs
