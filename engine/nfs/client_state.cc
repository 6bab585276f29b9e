#include "nfs/client_state.h"

#include <map>
#include <set>

#include "nfs/client_rings.h"

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
        for (const auto& [address, client] : clients_) add_servers_of(client);
        for (const auto& [address, server] : servers_)
            state_.nfs_servers.items.push_back(read_nfs_server(roots_, server));
        for (const auto& [address, client] : clients_)
            state_.nfs_clients.items.push_back(read_nfs_client(roots_, client));
    }

    std::vector<Object> super_blocks() const {
        std::vector<Object> supers;
        for (const auto& [address, server] : servers_)
            if (auto super = server.follow("super")) supers.push_back(*super);
        return supers;
    }

private:
    void add_clients_of_nets() {
        for (const NetNamespace& net : roots_.nets.items) {
            const std::string what = "nfs_clients of net " + hex(net.net.address());
            if (!net.nfs) {
                // Without the module in memory there are none; nothing can hold one.
                if (net.nfs.error().reason != Reason::null)
                    state_.nfs_clients.add_gap(net.nfs.error(), what);
                continue;
            }
            Budget budget = roots_.budget();
            auto walk = kernel::list(*net.nfs, "nfs_client_list", NfsClient::kType, "cl_share_link",
                                     budget);
            state_.nfs_clients.add_gap(walk, what);
            for (const Object& client : walk.objects) clients_.emplace(client.address(), client);
        }
        for (const std::string& gap : roots_.nets.gaps) state_.nfs_clients.add_gap(gap);
    }

    void add_ring(const Object& client) {
        if (clients_.contains(client.address())) return;
        clients_.emplace(client.address(), client);
        Budget budget = roots_.budget();
        auto ring = clients_beside(client, budget);
        state_.nfs_clients.add_gap(ring, "nfs_clients beside " + hex(client.address()));
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
        if (mount.server) mounted.emplace(*mount.server, &mount);
    for (NfsServer& server : state.nfs_servers.items)
        if (auto mount = mounted.find(server.address); mount != mounted.end())
            server.path = mount->second->path;
    for (const std::string& gap : state.nfs_clients.gaps) state.nfs_servers.add_gap(gap);
    return state;
}

}  // namespace nfstriage::nfs
