// RPCs on their way (net/sunrpc/sched.c, xprt.c, clnt.c; fs/nfs/nfs4session.c): which queue one
// sleeps on, and what that waits for.
#include <algorithm>
#include <array>

#include "nfs/macro_bits.h"
#include "nfs/wait_follow.h"
#include "nfs/wait_words.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::string_view kXprt = "struct rpc_xprt";

struct XprtQueue {
    std::string_view member, relation;
};
constexpr std::array kXprtQueues{
    XprtQueue{"pending", "waits for a reply over"},
    XprtQueue{"sending", "waits to send over"},
    XprtQueue{"backlog", "waits for a free slot of"},
    XprtQueue{"binding", "waits for the port of the server of"},
    XprtQueue{"resend", "waits to send again over"},
};

constexpr std::uint64_t kNfsProgram = 100003;

// States of a call before it is sent, to which a delay of the transport's returns (clnt.c).
constexpr std::array<std::string_view, 9> kSettingUp{
    "call_bind",           "call_bind_status",     "call_connect",
    "call_connect_status", "call_reserve",         "call_transmit",
    "call_encode",         "call_transmit_status", "call_status"};

// Queues that are members of other objects, by the names that the kernel gives them.
bool is_slot_table_queue(std::string_view name) {
    return name.find("Slot table") != std::string_view::npos ||
           name.find("slot table") != std::string_view::npos;
}

Maybe<Object> xprt_of(const Object& task) {
    auto xprt = task.follow("tk_xprt");  // not before a transport was chosen
    if (xprt) return xprt;
    auto by_request = task.follow("tk_rqstp->rq_xprt");
    return by_request ? by_request : task.follow("tk_client->cl_xprt");
}

std::int64_t age_of(const RpcTask* task) {
    return task != nullptr && task->age ? task->age->ns : 0;
}

// Whether a thread that has a call of this number has this one: another machine's call with the
// same number is not likely, of the same procedure less.
Tri is_same_procedure(const RpcTask& call, const SvcThread& thread) {
    if (!call.version || !thread.version) return Tri::unknown;
    if (*call.version != *thread.version) return Tri::no;
    if (*call.version == 4) return Tri::yes;  // every call is a COMPOUND
    if (!call.procedure_number || !thread.procedure) return Tri::unknown;
    return tri(*call.procedure_number == *thread.procedure);
}

}  // namespace

std::string WaitFollower::server_of(const Object& task) {
    auto xprt = xprt_of(task);
    if (!xprt) return "";
    auto name = xprt->get<std::string>("servername");
    return name ? *name : "";
}

std::size_t WaitFollower::add_rpc_task(VAddr address) {
    const RpcTask* known = index_.rpc_task(address);
    std::string name;
    if (known != nullptr && known->procedure) name = *known->procedure + " ";
    name += "rpc_task " + hex(address);
    return graph_.add({NodeKind::rpc_task, "struct rpc_task", address, std::move(name), ""});
}

std::size_t WaitFollower::add_xprt(VAddr address) {
    return graph_.add(
        {NodeKind::transport, std::string(kXprt), address, "transport " + hex(address), ""});
}

void WaitFollower::expand_rpc_task(std::size_t node) {
    Object task = roots_.reader.object("struct rpc_task", graph_.node(node).address);
    const RpcTask* known = index_.rpc_task(task.address());
    auto queue = task.follow("tk_waitqueue");
    bool is_queued = known == nullptr || !known->queued || *known->queued;
    if (queue && is_queued) {
        expand_queued(node, task, *queue);
    } else if (!queue && queue.error().reason != Reason::null) {
        break_off(node, "its queue cannot be read: " + to_string(queue.error()));
    } else {
        expand_running(node, task);
    }
}

void WaitFollower::expand_queued(std::size_t node, const Object& task, const Object& queue) {
    if (expand_on_xprt(node, task, queue) || expand_on_client(node, queue)) return;
    std::string name = queue.get<std::string>("name").optional().value_or("");
    std::string server = server_of(task);
    auto delay_queue = roots_.reader.symbols().address("delay_queue");
    auto xprt = xprt_of(task);
    if (xprt && (name == "delayq" || (delay_queue && *delay_queue == queue.address()))) {
        // rpc_delay(): the transport had to be set up again, or the server said to come later.
        std::string action = task.symbol("tk_action").optional().value_or("");
        bool by_transport =
            std::find(kSettingUp.begin(), kSettingUp.end(), action) != kSettingUp.end();
        graph_.connect(node, {add_xprt(xprt->address()),
                              by_transport ? "sleeps before it tries again over"
                                           : "was told to try again later over",
                              Trust::registers});
    } else if (name.find("gss") != std::string::npos || name.find("GSS") != std::string::npos) {
        graph_.connect(node, {add_outside("rpc.gssd (an upcall for a credential)", ""), "waits for",
                              Trust::registers});
    } else {
        bool for_slot = is_slot_table_queue(name);
        Maybe<Object> table = unknown(Reason::no_type);
        if (for_slot) table = queue.container("struct nfs4_slot_table", "slot_tbl_waitq");
        std::string text = name.empty() ? "queue " + hex(queue.address()) : name;
        if (!server.empty()) text += " of server " + server;
        std::size_t to = graph_.add({NodeKind::object,
                                     table ? "struct nfs4_slot_table" : "struct rpc_wait_queue",
                                     table ? table->address() : queue.address(), text, ""});
        graph_.connect(node,
                       {to, for_slot ? "waits for a slot of" : "sleeps on", Trust::registers});
    }
}

bool WaitFollower::expand_on_xprt(std::size_t node, const Object& task, const Object& queue) {
    auto xprt = xprt_of(task);
    if (!xprt) return false;
    for (const XprtQueue& known : kXprtQueues) {
        auto address = xprt->address_of(known.member);
        if (!address || *address != queue.address()) continue;
        if (known.member == "pending") expand_call(node, task);
        if (known.member == "sending") expand_sending(node, task, *xprt);
        if (graph_.node(node).broken) return true;
        graph_.connect(node,
                       {add_xprt(xprt->address()), std::string(known.relation), Trust::registers});
        return true;
    }
    return false;
}

// Whether the server is this machine.
Tri WaitFollower::is_here(const RpcXprt& xprt) const {
    if (xprt.loopback.is(true)) return Tri::yes;
    for (const NfsClient& client : index_.areas().client.nfs_clients.items) {
        if (!xprt.host || !client.server_address) continue;
        bool is_its = client.server_address->starts_with(*xprt.host + ":") ||
                      client.server_address->starts_with("[" + *xprt.host + "]:");
        if (is_its && client.is_this_host) return tri(*client.is_this_host);
    }
    return Tri::unknown;
}

// Whether there may be threads of services beyond those of which it was read what they work on:
// none if no task is inside of any.
bool WaitFollower::may_miss_threads() const {
    const ServerState& server = index_.areas().server;
    if (!index_.all_calls_known()) return true;
    if (server.svc_servs.complete && server.svc_threads.complete && server.svc_deferred.complete)
        return false;
    const Listing<Sleeper>& sleepers = index_.sleepers();
    if (!sleepers.complete || !index_.inside("nfsd").empty() || !index_.inside("lockd").empty())
        return true;
    return std::any_of(sleepers.items.begin(), sleepers.items.end(),
                       [](const Sleeper& sleeper) { return !sleeper.complete; });
}

// A worker that connects holds the lock with a cookie, the transport, in place of a task.
void WaitFollower::expand_sending(std::size_t node, const Object& task, const Object& xprt) {
    auto sender = xprt.pointer("snd_task");
    if (!sender) return break_off(node, "who sends cannot be read: " + to_string(sender.error()));
    if (sender->is_null() || *sender == task.address() || *sender == xprt.address()) return;
    if (index_.rpc_task(*sender) != nullptr)
        graph_.connect(node, {add_rpc_task(*sender), "waits to send behind", Trust::registers});
    else if (!index_.rpc_tasks().complete)
        break_off(node, "waits to send behind a task that was not found");
}

// A call to a server in this kernel: the thread that works on it, or where the service put it off.
bool WaitFollower::expand_call(std::size_t node, const Object& task) {
    const RpcTask* call = index_.rpc_task(task.address());
    const RpcXprt* xprt = call != nullptr && call->xprt ? index_.xprt(*call->xprt) : nullptr;
    const Tri here = xprt != nullptr ? this->is_here(*xprt) : Tri::unknown;
    if (call == nullptr || !call->xid) {
        if (here != Tri::no && !index_.areas().server.svc_threads.items.empty())
            break_off(node, "its server may be this machine, and its number cannot be read");
        return false;
    }
    const SvcThread* thread = index_.thread_of_call(*call->xid);
    const Tri is_its = thread == nullptr  ? Tri::no
                       : here == Tri::yes ? Tri::yes
                                          : is_same_procedure(*call, *thread);
    if (is_its == Tri::yes && thread->task) {
        to_task(node, *thread->task, "its server is this machine, whose thread is",
                Trust::registers);
        return true;
    }
    if (here != Tri::no && (is_its != Tri::no || may_miss_threads()))
        break_off(node, "its server may be this machine, not all of whose threads could be read");
    if (here != Tri::yes || deferred_.find(*call->xid) == deferred_.end()) return false;
    graph_.connect(node, {add_outside("rpc.mountd (an upcall for an export or client)", ""),
                          "its server is this machine, which put the call off until it hears from",
                          Trust::registers});
    return true;
}

bool WaitFollower::expand_on_client(std::size_t node, const Object& queue) {
    for (const NfsClient& client : index_.areas().client.nfs_clients.items) {
        Object object = roots_.reader.object(client.kType, client.address);
        auto recovery = object.address_of("cl_rpcwaitq");
        if (recovery && *recovery == queue.address()) {
            std::size_t to = graph_.add(
                {NodeKind::state_manager, std::string(client.kType), client.address, "", ""});
            graph_.connect(node, {to, "waits for recovery by", Trust::registers});
            return true;
        }
    }
    return false;
}

// On no queue: some thread of rpciod, or the task that asked, is executing it.
void WaitFollower::expand_running(std::size_t node, const Object& task) {
    for (const WaitIndex::Found& found :
         index_.tasks_inside({"__rpc_execute"}, "struct rpc_task", task.address())) {
        // Who waits for it to end has it on the stack, too.
        const WaitPlace& place = index_.place(*found.sleeper);
        if (place.object == task.address() && place.kind == WaitKind::rpc_task) continue;
        to_task(node, found.sleeper->task.address, "executed by", found.trust);
    }
    if (!graph_.edges(node).empty() || expand_pending_work(node, task)) return;
    graph_.node(node).what = "is on no queue: some thread executes it or is about to";
}

// All slots are in use, or the table is closed while the state manager recovers.
void WaitFollower::expand_slot_table(std::size_t node, const Object& table) {
    for (const NfsClient& client : index_.areas().client.nfs_clients.items) {
        Object object = roots_.reader.object(client.kType, client.address);
        auto fore = object.address_of("cl_session->fc_slot_table");
        auto plain = object.pointer("cl_slot_tbl");
        bool is_its = (fore && *fore == table.address()) || (plain && *plain == table.address());
        if (!is_its) continue;
        const BitNames names(roots_.reader, "nfs4_slot_table.slot_tbl_state");
        auto draining =
            names.is_set(table.get<std::uint64_t>("slot_tbl_state"), "NFS4_SLOT_TBL_DRAINING");
        if (draining.is(true)) {
            std::size_t to = graph_.add(
                {NodeKind::state_manager, std::string(client.kType), client.address, "", ""});
            graph_.connect(node, {to, "closed for", Trust::registers});
            return;
        }
        if (!draining)
            return break_off(node, "may be closed by the state manager: its state cannot be read");
        break;
    }
    if (auto queue = table.address_of("slot_tbl_waitq")) expand_queue(node, *queue);
}

// Slots are held by calls of the same clients that do not wait for one.
void WaitFollower::expand_queue(std::size_t node, VAddr queue) {
    if (!is_slot_table_queue(graph_.node(node).name)) return;
    if (!index_.rpc_tasks().complete)
        return break_off(node, "is used by calls not all of which could be read");
    std::set<VAddr> clnts;
    for (const RpcTask* waiter : index_.tasks_of_queue(queue))
        if (waiter->clnt) clnts.insert(*waiter->clnt);
    std::vector<VAddr> holders;
    for (const RpcTask& task : index_.rpc_tasks().items)
        if (task.clnt && clnts.count(*task.clnt) != 0 && !task.waitqueue.is(queue))
            holders.push_back(task.address);
    to_rpc_tasks(node, holders, "whose slots are held by calls like");
}

void WaitFollower::expand_xprt(std::size_t node) {
    Object xprt = roots_.reader.object(kXprt, graph_.node(node).address);
    const RpcXprt* known = index_.xprt(xprt.address());
    auto name = xprt.get<std::string>("servername");
    std::string server = name ? *name : known != nullptr && known->host ? *known->host : "";
    if (server.empty()) {
        break_off(node, "its server cannot be read");
        return;
    }
    graph_.connect(
        node, {add_server(server, xprt.get<VAddr>("xprt_net").optional()), "to", Trust::registers});
}

// A server in this kernel all of whose threads are busy cannot take further calls.
void WaitFollower::expand_server(std::size_t node) {
    auto net = nets_.find(node);
    if (net == nets_.end()) return;
    const std::string name = graph_.node(node).name;
    Tri here = Tri::no;
    for (const RpcXprt& xprt : index_.areas().sunrpc.rpc_xprts.items)
        if (xprt.server && xprt.net.is(net->second) &&
            server_words(roots_, *xprt.server, net->second) == name)
            here = std::max(here, is_here(xprt));
    const auto& threads = index_.areas().server.svc_threads.items;
    if (here == Tri::no || threads.empty()) return;
    if (here == Tri::unknown) return break_off(node, "may be this machine");
    const SvcThread* oldest = nullptr;
    std::uint64_t busy = 0;
    bool all_known = !may_miss_threads();
    for (const SvcServ& serv : index_.areas().server.svc_servs.items) {
        if (!serv.program_number.is(kNfsProgram) || !serv.net.is(net->second)) continue;
        for (const SvcThread& thread : threads) {
            all_known = all_known && thread.serv;
            if (!thread.serv.is(serv.address)) continue;
            if (thread.busy.is(false)) return;
            ++busy;
            all_known = all_known && thread.age;
            if (oldest == nullptr || (oldest->age && thread.age && *oldest->age < *thread.age))
                oldest = &thread;
        }
    }
    if (!all_known)
        return break_off(node, "is this machine, not all of whose threads could be read");
    if (oldest == nullptr || !oldest->task) return;
    to_task(node, *oldest->task,
            "which is this machine and has all its " + std::to_string(busy) +
                " nfsd threads busy, the longest of them",
            Trust::registers);
}

void WaitFollower::to_rpc_tasks(std::size_t from, const std::vector<VAddr>& tasks,
                                const std::string& how) {
    constexpr std::size_t kMost = 8;
    std::vector<VAddr> sorted = tasks;
    std::sort(sorted.begin(), sorted.end(), [&](VAddr a, VAddr b) {
        std::int64_t age_a = age_of(index_.rpc_task(a)), age_b = age_of(index_.rpc_task(b));
        return age_a != age_b ? age_a > age_b : a < b;
    });
    sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
    if (sorted.size() > kMost) sorted.resize(kMost);
    for (VAddr task : sorted) graph_.connect(from, {add_rpc_task(task), how, Trust::registers});
}

}  // namespace nfstriage::nfs
