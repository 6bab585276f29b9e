// Who waits for whom: from a sleeping task through locks, bits and queues to an rpc_task, its slot,
// transport and server, or to the task that holds what it needs.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "arguments/recover.h"
#include "nfs/client_state.h"
#include "nfs/lockd_state.h"
#include "nfs/server_state.h"
#include "nfs/sunrpc_state.h"
#include "nfs/wait_graph.h"
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

// One task that waits. Objects of the kernel's own: what it waits on, and where the chain of waits
// from there leads.
struct Wait {
    VAddr address;  // struct task_struct
    Field<std::int64_t> pid;
    Field<std::string> comm, state;  // "D", as ps shows it
    Field<Duration> since;           // how long it has not run
    Field<Duration> at_least;        // what the detector of hung tasks saw of that
    Field<std::string> function;     // that sleeps: "rpc_wait_bit_killable"
    Field<std::string> caller;       // innermost function of the NFS family
    Field<std::string> kind;         // to_string(WaitKind)
    Field<std::string> object_type;  // "struct rpc_task"
    Field<VAddr> object;
    Field<std::string> object_name;  // a file, a server, a bit
    Field<std::int64_t> holder_pid;  // the task that holds it
    Field<std::string> holder;       // "nfsio-write[166]"
    Field<VAddr> rpc_task;           // the first one on the chain
    Field<std::string> chain;        // in words, from the object to the head
    Field<std::string> head;         // WaitChain::head; unknown: the chain leads nowhere
    Field<std::string> trust;        // of the object: how it was found
    Field<std::string> how;          // the ways that gave it
    Field<std::string> doubt;        // what contradicts it, or why there is none
    std::size_t node = 0;            // the task in WaitsState::graph
};
void describe(const Wait& wait, Visitor& visitor);

// What ends chains of waits, and whom it blocks.
struct WaitChain {
    Field<std::string> head;      // "server 10.9.9.1"; what Wait::head has
    Field<std::string> kind;      // "server", "task", "lock", "disk", ...
    VAddr address;                // of its object; null: none
    Field<std::string> type;      // of its object
    Field<std::string> what;      // "does not answer: 31 requests pending, oldest 33 s, ..."
    Field<std::uint64_t> tasks;   // that its chains block in all
    Field<std::uint64_t> direct;  // of these, those that wait for it or its RPCs themselves
    Field<std::uint64_t> uninterruptible;  // of these, in state D
    Field<Duration> oldest;                // longest wait of a task
    Field<std::int64_t> oldest_pid;
    Field<std::string> by_kind;  // "9 rpc_task, 3 folio_writeback, 2 rwsem_write"
};
void describe(const WaitChain& chain, Visitor& visitor);

// Tasks that wait for each other in a ring: none of them will ever run again.
struct WaitCycle {
    VAddr address;  // struct task_struct of the first
    Field<std::uint64_t> tasks;
    Field<std::string> ring;  // "a[1] waits for mutex 0x... held by b[2], which waits for ..."
    Field<Duration> since;    // when the ring closed: the shortest wait of its tasks
    Field<std::string> trust;
};
void describe(const WaitCycle& cycle, Visitor& visitor);

struct WaitsState {
    Listing<Wait> waits;        // by how long, longest first
    Listing<WaitChain> chains;  // by how many tasks
    Listing<WaitCycle> cycles;

    // Of tasks that were looked at and are not in `waits`: those that sleep uninterruptibly, but
    // not in or because of NFS; and those of which could not be told whether they do.
    std::vector<Wait> elsewhere;
    std::vector<VAddr> untold;  // struct task_struct, sorted
    std::shared_ptr<const WaitGraph> graph;
    // The scheduler's clock, in whose time printk stamps its records.
    Maybe<std::int64_t> now_ns = unknown(Reason::no_type);
};

// Reads what each of `sleepers` waits for and follows it to its head.
WaitsState read_waits_state(const Roots& roots, const WaitAreas& areas,
                            const Listing<Sleeper>& sleepers);

// One sentence on the most blocking head: "14 tasks wait for server 127.0.0.1 (oldest 43 s): 9 for
// RPCs, 3 for folio writeback, 2 for an i_rwsem held by nfsio-write[166]". Empty: nobody waits.
std::string summary_of(const WaitsState& waits);
// The wait of that task (struct task_struct), in NFS or elsewhere; null: none was found.
const Wait* find_wait(const WaitsState& waits, VAddr task);

// One step from a task towards the head of its chain.
struct WaitLink {
    std::string relation;  // to the one before: "waits for", "held by"
    std::string kind;      // "object", "rpc_task", "transport", "server", "task", ...
    std::string type;      // C type; "" if it has none
    VAddr address;         // null: not an object of this kernel
    std::string name;      // "" if it has none
};
std::vector<WaitLink> links_of(const WaitsState& waits, const Wait& wait);
// How many other tasks wait for what this task (struct task_struct) does.
std::size_t tasks_behind(const WaitsState& waits, VAddr task);
// The row of that wait's head; null: its chain leads nowhere.
const WaitChain* find_chain(const WaitsState& waits, const Wait& wait);

}  // namespace nfstriage::nfs
