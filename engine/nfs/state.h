// The NFS and SUNRPC state of one dump. Nothing is read until somebody asks; each area is read once
// and as a whole, so that its counts are complete or say that they are not.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "nfs/client_state.h"
#include "nfs/finding.h"
#include "nfs/lockd_state.h"
#include "nfs/server_state.h"
#include "nfs/sunrpc_state.h"
#include "nfs/waits.h"
#include "nfs/writeback_state.h"

namespace nfstriage::nfs {

struct StateInput {
    const dump::Dump& dump;
    const layout::Types& types;
    const layout::Symbols& symbols;
    std::function<Maybe<kernel::TaskList>()> tasks;  // how to list the tasks
    // The stacks of tasks that sleep in, or because of, NFS and SUNRPC.
    std::function<Listing<Sleeper>(const Listing<kernel::TaskInfo>& tasks)> sleepers;
    std::int64_t last_record_ns = 0;       // of the printk ring
    std::uint64_t walk_steps = 1'000'000;  // budget of each walk
};

class State {
public:
    // What `input` refers to must outlive it. Not for several threads.
    explicit State(StateInput input);
    ~State();

    const kernel::Reader& reader() const;
    const kernel::Clock& clock();
    const Listing<kernel::TaskInfo>& tasks();
    const Listing<NetNamespace>& nets();
    const SunrpcState& sunrpc();
    const ClientState& client();
    const WritebackState& writeback();
    const ServerState& server();
    const LockdState& lockd();
    const WaitsState& waits();
    const Listing<Finding>& findings();

private:
    struct Parts;
    const Roots& roots();
    std::unique_ptr<Parts> parts_;
};

// One list of the state: how `nfstriage show`, JSON and rules ("nfs.rpc_tasks") name it.
struct ListKind {
    std::string_view name;     // "rpc_tasks"
    std::string_view section;  // of `nfstriage show`: "tasks"
    std::string_view schema;   // of its objects: "rpc_task"
    std::string_view doc;      // one line
    AnyListing (*read)(State& state);
    // The members of such an object, without values.
    void (*members)(Visitor& visitor);
};

// All of them, in the order in which they are shown.
std::span<const ListKind> list_kinds();
const ListKind* find_list(std::string_view name);

}  // namespace nfstriage::nfs
