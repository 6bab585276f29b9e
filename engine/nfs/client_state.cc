#include "nfs/client_state.h"

#include <algorithm>
#include <map>
#include <set>

#include "nfs/client_rings.h"
#include "nfs/sunrpc_walks.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// The nfs_clients and nfs_servers of the kernel, each found once, by whatever leads to it.
class Finder {
public:
    Finder(const Roots& roots, ClientState& state) : roots_(roots), state_(state) {}

    void run() {
        for (const Mount& mount : state_.mounts.items)
            if (mount.server && !mount.server->is_null())
                servers_.emplace(*mount.server,
                                 roots_.reader.object(NfsServer::kType, *mount.server));
        add_clients_of_nets();
        // A client leads to its servers, a server to its client, and each ring to the others in it.
        for (const auto& [address, server] : servers_)
            if (auto client = server.follow("nfs_client")) add_ring(*client);
        for (const auto& [net, gap] : unseen_) state_.nfs_clients.add_gap(gap);
        for (const auto& [address, client] : clients_) add_servers_of(client);
        for (const auto& [address, server] : servers_)
            state_.nfs_servers.items.push_back(read_nfs_server(roots_, server));
        OwnAddresses own = clients_.empty() ? OwnAddresses{} : read_own_addresses(roots_);
        for (const auto& [address, client] : clients_)
            state_.nfs_clients.items.push_back(read_nfs_client(roots_, own, client));
    }

    std::vector<Object> super_blocks() const {
        std::map<VAddr, Object> supers;
        for (const auto& [address, server] : servers_)
            if (auto super = server.follow("super")) supers.emplace(super->address(), *super);
        for (const Mount& mount : state_.mounts.items)
            if (mount.super_block)
                supers.emplace(*mount.super_block,
                               roots_.reader.object("struct super_block", *mount.super_block));
        std::vector<Object> all;
        for (const auto& [address, super] : supers) all.push_back(super);
        return all;
    }

    void read_sessions() {
        std::vector<VAddr> clnts;
        std::vector<SlotTableAt> tables;
        for (const auto& [address, client] : clients_) {
            if (auto clnt = client.pointer("cl_rpcclient"); clnt && !clnt->is_null())
                clnts.push_back(*clnt);
            auto its = slot_tables_of(client);
            const std::string what = "slot tables of nfs_client " + hex(address);
            if (!its) {
                // A kernel without NFSv4 has neither sessions nor slots.
                if (its.error().reason == Reason::no_type && !client.has("cl_session")) continue;
                state_.nfs4_slot_tables.add_gap(its.error(), what);
                state_.nfs4_slots.add_gap(its.error(), what);
                state_.nfs4_sessions.add_gap(its.error(), what);
                continue;
            }
            tables.insert(tables.end(), its->begin(), its->end());
            if (auto session = client.follow("cl_session"))
                state_.nfs4_sessions.items.push_back(read_nfs4_session(roots_, *session));
        }
        state_.nfs4_sessions.add_gaps(state_.nfs_clients);
        state_.nfs4_slot_tables.add_gaps(state_.nfs_clients);
        state_.nfs4_slots.add_gaps(state_.nfs_clients);
        if (tables.empty()) return;
        read_slot_tables(roots_, tables, find_rpc_clnts(roots_, clnts), state_.nfs4_slot_tables,
                         state_.nfs4_slots);
    }

    void read_files() {
        FilePaths paths(state_.mounts);
        OpenState open;
        for (const auto& [address, server] : servers_) {
            read_open_state(roots_, paths, server, open);
            state_.delegations.append(read_delegations(roots_, paths, server));
            read_layouts(roots_, paths, server, state_.pnfs_layouts, state_.pnfs_segments);
        }
        state_.nfs4_state_owners = std::move(open.owners);
        state_.nfs4_states = std::move(open.states);
        state_.nfs4_lock_states = std::move(open.locks);
        state_.open_contexts = read_open_contexts(roots_, paths, super_blocks());
        state_.pnfs_devices = read_pnfs_devices(roots_, uses_no_pnfs());
        pass_on_gaps();
    }

private:
    // What hangs on objects that were not seen was not seen either.
    void pass_on_gaps() {
        state_.nfs4_state_owners.add_gaps(state_.nfs_servers);
        state_.nfs4_states.add_gaps(state_.nfs4_state_owners);
        state_.nfs4_lock_states.add_gaps(state_.nfs4_states);
        state_.open_contexts.add_gaps(state_.nfs_servers);
        state_.delegations.add_gaps(state_.nfs_servers);
        state_.pnfs_layouts.add_gaps(state_.nfs_servers);
        state_.pnfs_segments.add_gaps(state_.pnfs_layouts);
    }

    // Devices are dropped with the last file system of a server that uses them: cl_mds_count.
    bool uses_no_pnfs() const {
        const auto& clients = state_.nfs_clients;
        return clients.complete &&
               std::all_of(clients.items.begin(), clients.items.end(),
                           [](const NfsClient& c) { return c.data_server_references.is(0); });
    }

    void add_clients_of_nets() {
        for (const NetNamespace& net : roots_.nets.items) {
            const std::string what = "nfs_clients of net " + hex(net.net.address());
            if (!net.nfs) {
                // Without the module in memory there are none; nothing can hold one.
                if (net.nfs.error().reason != Reason::null)
                    unseen_.emplace(net.net.address(), what + ": " + to_string(net.nfs.error()));
                continue;
            }
            Budget budget = roots_.budget();
            auto walk = kernel::list(*net.nfs, "nfs_client_list", NfsClient::kType, "cl_share_link",
                                     budget);
            if (!walk.complete && walk.objects.empty())
                unseen_.emplace(net.net.address(), what + ": " + to_string(walk.why));
            else
                state_.nfs_clients.add_gap(walk, what);
            for (const Object& client : walk.objects) clients_.emplace(client.address(), client);
        }
        state_.nfs_clients.add_gaps(roots_.nets);
    }

    void add_ring(const Object& client) {
        if (clients_.contains(client.address())) return;
        clients_.emplace(client.address(), client);
        Budget budget = roots_.budget();
        auto ring = clients_beside(client, budget);
        state_.nfs_clients.add_gap(ring, "nfs_clients beside " + hex(client.address()));
        // The whole ring is what the list of its namespace would have shown.
        if (auto net = client.pointer("cl_net"); net && ring.complete) unseen_.erase(*net);
        for (const Object& other : ring.objects) clients_.emplace(other.address(), other);
    }

    void add_servers_of(const Object& client) {
        Budget budget = roots_.budget();
        auto walk = kernel::list(client, "cl_superblocks", NfsServer::kType, "client_link", budget);
        state_.nfs_servers.add_gap(walk, "nfs_servers of nfs_client " + hex(client.address()));
        for (const Object& server : walk.objects) servers_.emplace(server.address(), server);
    }

    const Roots& roots_;
    ClientState& state_;
    std::map<VAddr, Object> clients_, servers_;
    std::map<VAddr, std::string> unseen_;  // network namespaces whose list has no way to it
};

}  // namespace

ClientState read_client_state(const Roots& roots) {
    ClientState state;
    state.mounts = read_mounts(roots);
    Finder finder(roots, state);
    finder.run();
    add_mounts_of(roots, finder.super_blocks(), state.mounts);
    std::map<VAddr, const Mount*> mounted;
    for (const Mount& mount : state.mounts.items)
        if (mount.server && mount.is_first) mounted.emplace(*mount.server, &mount);
    for (NfsServer& server : state.nfs_servers.items) {
        auto mount = mounted.find(server.address);
        if (mount != mounted.end())
            server.path = mount->second->path;
        else if (!state.mounts.complete)
            server.path = Reason::not_dumped;
    }
    state.nfs_servers.add_gaps(state.nfs_clients);
    finder.read_sessions();
    finder.read_files();
    return state;
}

}  // namespace nfstriage::nfs
