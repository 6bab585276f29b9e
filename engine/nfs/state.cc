#include "nfs/state.h"

#include <optional>

#include "nfs/check.h"
#include "nfs/sunrpc_walks.h"

namespace nfstriage::nfs {

namespace {

// Lists of objects; the others are made of these.
bool is_checked(const ListKind& kind) {
    return kind.section != "findings" && kind.section != "waits";
}

}  // namespace

struct State::Parts {
    explicit Parts(StateInput given)
        : input(std::move(given)),
          reader(input.dump, input.types, input.symbols),
          objects(input.dump, input.types, input.symbols) {}

    StateInput input;
    kernel::Reader reader;
    kernel::Objects objects;
    std::optional<kernel::Clock> clock;
    std::optional<Listing<kernel::TaskInfo>> tasks;
    std::optional<Listing<NetNamespace>> nets;
    std::optional<Roots> roots;
    std::optional<SunrpcState> sunrpc;
    std::optional<ClientState> client;
    std::optional<WritebackState> writeback;
    std::optional<ServerState> server;
    std::optional<LockdState> lockd;
    std::optional<WaitsState> waits;
    std::optional<Listing<Finding>> findings;
};

State::State(StateInput input) : parts_(std::make_unique<Parts>(std::move(input))) {}
State::~State() = default;

const kernel::Reader& State::reader() const { return parts_->reader; }

const kernel::Clock& State::clock() {
    if (parts_->clock) return *parts_->clock;
    // All tasks or none: part of them would make another CPU's tick the clock.
    std::vector<VAddr> addresses;
    if (tasks().complete)
        for (const kernel::TaskInfo& task : tasks().items) addresses.push_back(task.address);
    kernel::Clock& clock = parts_->clock.emplace(
        kernel::read_clock(parts_->reader, parts_->input.last_record_ns, addresses));
    if (!clock.hz)
        learn_hz(clock, {parts_->reader, parts_->objects, clock, tasks(), nets(),
                         parts_->input.walk_steps});
    return clock;
}

const Listing<kernel::TaskInfo>& State::tasks() {
    if (parts_->tasks) return *parts_->tasks;
    Listing<kernel::TaskInfo> tasks;
    auto list = parts_->input.tasks();
    if (!list) {
        tasks.add_gap(list.error(), "tasks");
    } else {
        tasks.items = std::move(list->tasks);
        if (!list->complete) tasks.add_gap("tasks: " + list->why);
        tasks.limited = list->limited;
    }
    return parts_->tasks.emplace(std::move(tasks));
}

const Listing<NetNamespace>& State::nets() {
    if (!parts_->nets)
        parts_->nets = read_net_namespaces(parts_->reader, tasks(), parts_->input.walk_steps);
    return *parts_->nets;
}

const Roots& State::roots() {
    if (!parts_->roots)
        parts_->roots.emplace(Roots{parts_->reader, parts_->objects, clock(), tasks(), nets(),
                                    parts_->input.walk_steps});
    return *parts_->roots;
}

const SunrpcState& State::sunrpc() {
    if (!parts_->sunrpc) parts_->sunrpc = read_sunrpc_state(roots(), client());
    return *parts_->sunrpc;
}

const ClientState& State::client() {
    if (!parts_->client) parts_->client = read_client_state(roots());
    return *parts_->client;
}

const WritebackState& State::writeback() {
    if (!parts_->writeback) parts_->writeback = read_writeback_state(roots(), client(), sunrpc());
    return *parts_->writeback;
}

const ServerState& State::server() {
    if (!parts_->server) parts_->server = read_server_state(roots());
    return *parts_->server;
}

const LockdState& State::lockd() {
    if (!parts_->lockd) parts_->lockd = read_lockd_state(roots());
    return *parts_->lockd;
}

const WaitsState& State::waits() {
    if (parts_->waits) return *parts_->waits;
    WaitAreas areas{sunrpc(), client(), writeback(), server(), lockd()};
    Listing<Sleeper> sleepers;
    if (parts_->input.sleepers) sleepers = parts_->input.sleepers(tasks());
    return parts_->waits.emplace(read_waits_state(roots(), areas, sleepers));
}

const Listing<Finding>& State::findings() {
    if (parts_->findings) return *parts_->findings;
    Listing<Finding> findings;
    findings.append(check(roots(), sunrpc()));
    findings.append(check(roots(), client()));
    findings.append(check(roots(), writeback()));
    findings.append(check(roots(), server()));
    findings.append(check(roots(), lockd()));
    // What is not there cannot be found illegal, and a lock that cannot be read may be held.
    for (const ListKind& kind : list_kinds())
        if (is_checked(kind) && !kind.read(*this).complete)
            findings.add_gap("checked only as far as " + std::string(kind.name) + " were found");
    if (reader().unread() != 0)
        findings.add_gap(std::to_string(reader().unread()) + " values could not be read");
    return parts_->findings.emplace(std::move(findings));
}

}  // namespace nfstriage::nfs
