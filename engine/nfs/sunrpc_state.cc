// The state is put together from the clients outwards: their tasks, their transports, the queues
// that tasks sleep on, the requests that tasks and transports hold, the sockets below.
#include "nfs/sunrpc_state.h"

#include <array>
#include <map>
#include <set>

#include "nfs/sunrpc_walks.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Walk;

class Assembly {
public:
    Assembly(const Roots& roots, const ClientState& client)
        : roots_(roots), client_(client), context_(roots) {}

    SunrpcState run() {
        std::vector<VAddr> known;
        for (const NfsServer& server : client_.nfs_servers.items)
            if (server.rpc_clnt) known.push_back(*server.rpc_clnt);
        for (const NfsClient& client : client_.nfs_clients.items)
            if (client.rpc_clnt) known.push_back(*client.rpc_clnt);
        auto clnts = find_rpc_clnts(roots_, known);
        state_.rpc_clnts.add_gaps(clnts);
        state_.rpc_tasks.add_gaps(clnts);
        state_.rpc_xprts.add_gaps(clnts);
        state_.rpc_xprt_switches.add_gaps(clnts);
        for (const Object& clnt : clnts.items) add_clnt(clnt);
        name_owners();
        for (const Object& clnt : clnts.items) add_transports(clnt);
        for (const Object& task : tasks_)
            if (auto xprt = task.follow("tk_xprt")) add_xprt(*xprt, {});
        for (std::size_t i = 0; i < xprts_.size(); ++i)
            add_queues(xprts_[i], state_.rpc_xprts.items[i]);
        add_queues_of_nfs();
        for (const RpcTask& task : state_.rpc_tasks.items) add_queue_of(task);
        adopt_tasks();
        settle_queues();
        for (const Object& task : tasks_)
            if (auto rqst = task.follow("tk_rqstp")) add_rqst(*rqst);
        for (std::size_t i = 0; i < xprts_.size(); ++i)
            add_requests(xprts_[i], state_.rpc_xprts.items[i]);
        add_sockets();
        for (const Object& clnt : clnts.items) add_gss(clnt);
        pass_on_gaps();
        return std::move(state_);
    }

private:
    void add_clnt(const Object& clnt) {
        RpcClnt result = read_rpc_clnt(roots_, clnt);
        Budget budget = roots_.budget();
        Walk walk = kernel::list(clnt, "cl_tasks", RpcTask::kType, "tk_task", budget);
        state_.rpc_tasks.add_gap(walk, "rpc_tasks of rpc_clnt " + hex(clnt.address()));
        for (const Object& task : walk.objects) {
            tasks_.push_back(task);
            state_.rpc_tasks.items.push_back(read_rpc_task(context_, task));
        }
        if (walk.complete)
            result.tasks = {std::uint64_t{walk.objects.size()}, clnt.origin("cl_tasks")};
        else
            result.tasks = {walk.why.reason, clnt.origin("cl_tasks")};
        state_.rpc_clnts.items.push_back(std::move(result));
    }

    // Which nfs_server and nfs_client have a client as their own.
    void name_owners() {
        std::map<VAddr, RpcClnt*> by_address;
        for (RpcClnt& clnt : state_.rpc_clnts.items) by_address[clnt.address] = &clnt;
        auto find = [&](const Field<VAddr>& address) -> RpcClnt* {
            if (!address) return nullptr;
            auto found = by_address.find(*address);
            return found == by_address.end() ? nullptr : found->second;
        };
        for (const NfsServer& server : client_.nfs_servers.items)
            if (RpcClnt* clnt = find(server.rpc_clnt))
                clnt->nfs_server = {server.address, server.rpc_clnt.origin()};
        for (const NfsClient& client : client_.nfs_clients.items)
            if (RpcClnt* clnt = find(client.rpc_clnt))
                clnt->nfs_client = {client.address, client.rpc_clnt.origin()};
    }

    void add_transports(const Object& clnt) {
        if (auto xprt_switch = clnt.follow("cl_xpi.xpi_xpswitch"))
            add_switch(*xprt_switch);
        else if (xprt_switch.error().reason != Reason::null)
            state_.rpc_xprt_switches.add_gap(xprt_switch.error(),
                                             "rpc_xprt_switch of rpc_clnt " + hex(clnt.address()));
        if (auto xprt = clnt.follow("cl_xprt"))
            add_xprt(*xprt, {});
        else
            state_.rpc_xprts.add_gap(xprt.error(), "rpc_xprt of rpc_clnt " + hex(clnt.address()));
    }

    void add_switch(const Object& xprt_switch) {
        if (!switches_.insert(xprt_switch.address()).second) return;
        state_.rpc_xprt_switches.items.push_back(read_rpc_xprt_switch(xprt_switch));
        Budget budget = roots_.budget();
        Walk walk =
            kernel::list(xprt_switch, "xps_xprt_list", RpcXprt::kType, "xprt_switch", budget);
        state_.rpc_xprts.add_gap(walk,
                                 "rpc_xprts of rpc_xprt_switch " + hex(xprt_switch.address()));
        for (const Object& xprt : walk.objects)
            add_xprt(xprt, {xprt_switch.address(), xprt_switch.origin("xps_xprt_list")});
    }

    void add_xprt(const Object& xprt, Field<VAddr> xprt_switch) {
        if (!known_xprts_.insert(xprt.address()).second) return;
        RpcXprt result = read_rpc_xprt(context_, xprt);
        result.xprt_switch = xprt_switch ? xprt_switch : Field<VAddr>(Reason::null);
        xprts_.push_back(xprt);
        state_.rpc_xprts.items.push_back(std::move(result));
    }

    void add_queues(const Object& xprt, RpcXprt& result) {
        const std::array<std::pair<std::string_view, Field<std::uint64_t>*>, 4> queues{
            {{"binding", &result.binding},
             {"sending", &result.sending},
             {"pending", &result.pending},
             {"backlog", &result.backlog}}};
        for (const auto& [name, length] : queues) {
            auto queue = xprt.at(name);
            if (!queue) continue;  // its length is unknown for the same reason
            add_queue(*queue, xprt.address());
            const auto& counted = state_.rpc_wait_queues.items[queues_.at(queue->address())].length;
            *length = counted ? Field<std::uint64_t>(*counted, xprt.origin(name))
                              : Field<std::uint64_t>(counted.why(), xprt.origin(name));
        }
    }

    // Those for the slots of sessions and for the state manager.
    void add_queues_of_nfs() {
        const auto& reader = roots_.reader;
        state_.rpc_wait_queues.add_gaps(client_.nfs_clients);
        state_.rpc_wait_queues.add_gaps(client_.nfs4_slot_tables);
        for (const Nfs4SlotTable& table : client_.nfs4_slot_tables.items)
            if (auto queue = reader.object(table.kType, table.address).at("slot_tbl_waitq"))
                add_queue(*queue, std::nullopt);
        for (const NfsClient& client : client_.nfs_clients.items)
            if (auto queue = reader.object(client.kType, client.address).at("cl_rpcwaitq"))
                add_queue(*queue, std::nullopt);
    }

    // Newer kernels put a task on its client's list only once it has a request of a transport:
    // those that wait for a slot, of a session or of a transport, are found on its queue.
    void adopt_tasks() {
        std::set<VAddr> known;
        for (const Object& task : tasks_) known.insert(task.address());
        for (const RpcWaitQueue& queue : state_.rpc_wait_queues.items) {
            for (VAddr address : queue.tasks) {
                const Object task = roots_.reader.object(RpcTask::kType, address);
                auto waits_on = task.pointer("tk_waitqueue");
                if (!waits_on || *waits_on != queue.address || !known.insert(address).second)
                    continue;
                tasks_.push_back(task);
                state_.rpc_tasks.items.push_back(read_rpc_task(context_, task));
            }
        }
        std::map<VAddr, std::uint64_t> seen;
        for (const RpcTask& task : state_.rpc_tasks.items)
            if (task.clnt) ++seen[*task.clnt];
        for (const RpcClnt& clnt : state_.rpc_clnts.items)
            if (clnt.counted_tasks && *clnt.counted_tasks > seen[clnt.address])
                state_.rpc_tasks.add_gap("rpc_tasks of rpc_clnt " + hex(clnt.address) + ": " +
                                         std::to_string(seen[clnt.address]) + " seen, " +
                                         std::to_string(*clnt.counted_tasks) +
                                         " counted; those without a request are on no list");
    }

    // A queue that no transport has: delays, slots of sessions. A task that does not sleep may
    // point to one that is gone.
    void add_queue_of(const RpcTask& task) {
        if (!task.queued.is(true) || !task.waitqueue || task.waitqueue->is_null()) return;
        add_queue(roots_.reader.object(RpcWaitQueue::kType, *task.waitqueue), std::nullopt);
    }

    void add_queue(const Object& object, std::optional<VAddr> xprt) {
        if (queues_.count(object.address()) != 0) return;
        RpcWaitQueue queue = read_rpc_wait_queue(context_, object);
        if (xprt) queue.xprt = *xprt;
        queues_.emplace(object.address(), state_.rpc_wait_queues.items.size());
        state_.rpc_wait_queues.items.push_back(std::move(queue));
    }

    // What the queues' lists say of tasks and transports.
    void settle_queues() {
        std::set<std::pair<VAddr, VAddr>> members;
        for (const RpcWaitQueue& queue : state_.rpc_wait_queues.items)
            for (VAddr task : queue.tasks) members.insert({queue.address, task});
        for (RpcTask& task : state_.rpc_tasks.items) {
            if (!task.waitqueue) {
                task.on_queue = task.waitqueue.why();
                continue;
            }
            auto found = queues_.find(*task.waitqueue);
            if (found == queues_.end()) continue;
            const RpcWaitQueue& queue = state_.rpc_wait_queues.items[found->second];
            if (members.count({queue.address, task.address}) != 0)
                task.on_queue = true;
            else if (queue.complete)
                task.on_queue = false;
            else
                task.on_queue = queue.length.known() ? Reason::corrupt : queue.length.why();
        }
    }

    void add_rqst(const Object& rqst) {
        if (!rqsts_.emplace(rqst.address(), state_.rpc_rqsts.items.size()).second) return;
        state_.rpc_rqsts.items.push_back(read_rpc_rqst(context_, rqst));
    }

    // Requests on the transport's queues, and for those of its tasks whether they are.
    void add_requests(const Object& xprt, RpcXprt& result) {
        const std::string of = " of rpc_xprt " + hex(xprt.address());
        const Walk awaited = awaited_requests(context_, xprt);
        const Walk to_send = requests_to_send(context_, xprt);
        result.receiving = length(awaited, xprt, "recv_queue");
        result.transmitting = length(to_send, xprt, "xmit_queue");
        state_.rpc_rqsts.add_gap(awaited, "awaited rpc_rqsts" + of);
        if (to_send.complete || to_send.why.reason != Reason::no_type)
            state_.rpc_rqsts.add_gap(to_send, "rpc_rqsts to send" + of);
        mark(awaited, xprt, &RpcRqst::on_receive_queue);
        mark(to_send, xprt, &RpcRqst::on_transmit_queue);
    }

    static Field<std::uint64_t> length(const Walk& walk, const Object& xprt,
                                       std::string_view member) {
        if (!walk.complete) return {walk.why.reason, xprt.origin(member)};
        return {std::uint64_t{walk.objects.size()}, xprt.origin(member)};
    }

    void mark(const Walk& walk, const Object& xprt, Field<bool> RpcRqst::*mark) {
        std::set<VAddr> members;
        for (const Object& rqst : walk.objects) {
            add_rqst(rqst);
            members.insert(rqst.address());
        }
        for (RpcRqst& rqst : state_.rpc_rqsts.items) {
            if (!rqst.xprt.is(xprt.address())) continue;
            if (members.count(rqst.address) != 0)
                rqst.*mark = true;
            else if (walk.complete)
                rqst.*mark = false;
            else
                rqst.*mark = walk.why.reason;
        }
    }

    void add_sockets() {
        std::vector<Object> socks;
        std::map<std::string, std::size_t> unseen;  // transports by why their kind is not known
        for (const Object& xprt : xprts_) {
            auto transport = transport_of(xprt);
            if (!transport) {
                ++unseen[to_string(transport.error())];
                continue;
            }
            if (transport->type() != SockXprt::kType) continue;
            state_.rpc_sockets.items.push_back(read_sock_xprt(context_, *transport));
            if (auto sock = transport->follow("inet")) socks.push_back(*sock);
        }
        for (const auto& [why, count] : unseen)
            state_.rpc_sockets.add_gap("sockets of " + std::to_string(count) +
                                       " rpc_xprts: " + why);
        state_.tcp_memory = read_tcp_memory(roots_, socks);
    }

    void add_gss(const Object& clnt) {
        auto auth = clnt.follow("cl_auth");
        if (!auth) {
            if (auth.error().reason == Reason::null) return;
            const std::string of = " of rpc_clnt " + hex(clnt.address());
            state_.gss_upcalls.add_gap(auth.error(), "GSS upcalls" + of);
            state_.gss_creds.add_gap(auth.error(), "GSS credentials" + of);
            return;
        }
        if (!auths_.insert(auth->address()).second) return;
        GssState gss = read_gss(context_, *auth);
        state_.gss_upcalls.append(std::move(gss.upcalls));
        state_.gss_creds.append(std::move(gss.creds));
    }

    // What hangs on objects that were not seen was not seen either.
    void pass_on_gaps() {
        state_.rpc_xprts.add_gaps(state_.rpc_xprt_switches);
        state_.rpc_wait_queues.add_gaps(state_.rpc_xprts);
        state_.rpc_sockets.add_gaps(state_.rpc_xprts);
        state_.rpc_rqsts.add_gaps(state_.rpc_tasks);
        state_.rpc_rqsts.add_gaps(state_.rpc_xprts);
        state_.gss_upcalls.add_gaps(state_.rpc_clnts);
        state_.gss_creds.add_gaps(state_.rpc_clnts);
        for (const RpcWaitQueue& queue : state_.rpc_wait_queues.items)
            if (!queue.complete)
                state_.rpc_wait_queues.gaps.push_back("rpc_tasks on rpc_wait_queue " +
                                                      hex(queue.address) + ": " + queue.gap);
    }

    const Roots& roots_;
    const ClientState& client_;
    SunrpcContext context_;
    SunrpcState state_;
    std::vector<Object> tasks_;  // of state_.rpc_tasks, in the same order
    std::vector<Object> xprts_;  // of state_.rpc_xprts
    std::set<VAddr> switches_, known_xprts_, auths_;
    std::map<VAddr, std::size_t> queues_, rqsts_;  // by address: the index in its list
};

}  // namespace

SunrpcState read_sunrpc_state(const Roots& roots, const ClientState& client) {
    return Assembly(roots, client).run();
}

}  // namespace nfstriage::nfs
