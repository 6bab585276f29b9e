#include "nfs/server_state.h"

#include <set>
#include <utility>

#include "nfs/nfsd_text.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// Counts of a client's stateids; unknown where one could not be read.
void count_stateids(NfsdClient& client, const Listing<NfsdStateid>& stateids) {
    std::uint64_t opens = 0, locks = 0, delegations = 0, layouts = 0, closed = 0, revoked = 0;
    bool all = stateids.complete;
    for (const NfsdStateid& stateid : stateids.items) {
        all = all && stateid.type.known() && stateid.status.known();
        if (!stateid.type || !stateid.status) continue;
        opens += *stateid.type == "open";
        locks += *stateid.type == "lock";
        delegations += *stateid.type == "delegation";
        layouts += *stateid.type == "layout";
        closed += stateid.status->find("closed") != std::string::npos;
        revoked += stateid.status->find("revoked") != std::string::npos;
    }
    auto counted = [all](std::uint64_t count) {
        return all ? Field<std::uint64_t>(count) : Field<std::uint64_t>(Reason::not_dumped);
    };
    if (stateids.complete)
        client.stateids = static_cast<std::uint64_t>(stateids.items.size());
    else
        client.stateids = Reason::not_dumped;
    client.opens = counted(opens);
    client.locks = counted(locks);
    client.delegations = counted(delegations);
    client.layouts = counted(layouts);
    client.closed = counted(closed);
    client.revoked = counted(revoked);
}

void read_services(const Roots& roots, ServerState& state) {
    auto services = find_svc_services(roots);
    state.svc_servs.add_gaps(services);
    state.svc_pools.add_gaps(services);
    state.svc_threads.add_gaps(services);
    state.svc_xprts.add_gaps(services);
    state.svc_deferred.add_gaps(services);
    const BitNames rqst_flags(roots.reader, "svc_rqst.rq_flags");
    const BitNames xprt_flags(roots.reader, "svc_xprt.xpt_flags");
    std::vector<Object> all_xprts;
    std::set<VAddr> listed;
    for (const SvcService& service : services.items) {
        state.svc_servs.items.push_back(read_svc_serv(roots, service));
        auto pools = find_svc_pools(roots, service.serv);
        state.svc_pools.add_gaps(pools);
        state.svc_threads.add_gaps(pools);
        std::set<VAddr> queued;
        bool saw_all_queues = pools.complete;
        for (const Object& pool : pools.items) {
            state.svc_pools.items.push_back(read_svc_pool(roots, pool, service.serv));
            auto threads = svc_pool_threads(roots, pool);
            state.svc_threads.add_gap(threads, "threads of svc_pool " + hex(pool.address()));
            for (const Object& rqst : threads.objects) {
                listed.insert(rqst.address());
                state.svc_threads.items.push_back(read_svc_thread(roots, rqst_flags, rqst));
            }
            auto queue = svc_pool_queue(roots, pool);
            saw_all_queues = saw_all_queues && queue.complete;
            for (const Object& xprt : queue.objects) queued.insert(xprt.address());
        }
        auto xprts = find_svc_xprts(roots, service.serv);
        state.svc_xprts.add_gaps(xprts);
        state.svc_deferred.add_gaps(xprts);
        for (const Object& xprt : xprts.items) {
            bool is_queued = queued.count(xprt.address()) != 0;
            Field<bool> known = is_queued || saw_all_queues ? Field<bool>(is_queued)
                                                            : Field<bool>(Reason::not_dumped);
            state.svc_xprts.items.push_back(read_svc_xprt(roots, xprt_flags, xprt, known));
            all_xprts.push_back(xprt);
        }
    }
    // Threads that a pool has let go, or whose pool's list is cut short.
    for (const Object& rqst : svc_rqsts_of_tasks(roots))
        if (listed.insert(rqst.address()).second)
            state.svc_threads.items.push_back(read_svc_thread(roots, rqst_flags, rqst));
    state.svc_deferred.append(read_svc_deferred(roots, all_xprts));
}

void read_client(const Roots& roots, const Object& client, const Object& nfsd_net,
                 ServerState& state) {
    auto read = read_nfsd_client(roots, client, nfsd_net);
    auto stateids = read_nfsd_stateids(roots, client);
    count_stateids(read, stateids);
    state.nfsd_clients.items.push_back(std::move(read));
    state.nfsd_callbacks.append(read_nfsd_callbacks(roots, client, stateids));
    state.nfsd_stateids.append(std::move(stateids));
    auto sessions = find_nfsd_sessions(roots, client);
    state.nfsd_sessions.add_gaps(sessions);
    state.nfsd_slots.add_gaps(sessions);
    for (const Object& session : sessions.items) {
        auto slots = read_nfsd_slots(roots, session);
        state.nfsd_sessions.items.push_back(read_nfsd_session(roots, session, slots));
        state.nfsd_slots.append(std::move(slots));
    }
}

// What cannot be reached of one namespace is missing from all of these.
template <class... List>
void add_gap_to_all(const std::string& gap, List&... lists) {
    (lists.add_gap(gap), ...);
}

template <class From, class... List>
void add_gaps_to_all(const From& from, List&... lists) {
    (lists.add_gaps(from), ...);
}

// Whether something of the namespace may be there and cannot be reached. `id`: the variable that
// holds its number.
bool is_missing(const Roots& roots, const Maybe<Object>& part, std::string_view id) {
    return !part && part.error().reason != Reason::null && !is_absent(roots.reader, id);
}

void read_nfsd(const Roots& roots, const NetNamespace& net, ServerState& state) {
    if (!net.nfsd) {
        if (is_missing(roots, net.nfsd, "nfsd_net_id"))
            add_gap_to_all(
                "nfsd of net " + hex(net.net.address()) + ": " + to_string(net.nfsd.error()),
                state.nfsd_nets, state.nfsd_clients, state.nfsd_stateids, state.nfsd_sessions,
                state.nfsd_slots, state.nfsd_callbacks, state.nfsd_replies);
        return;
    }
    Listing<NfsdClient> clients;
    auto found = find_nfsd_clients(roots, *net.nfsd);
    add_gaps_to_all(found, state.nfsd_clients, state.nfsd_stateids, state.nfsd_sessions,
                    state.nfsd_slots, state.nfsd_callbacks);
    std::size_t first = state.nfsd_clients.items.size();
    for (const Object& client : found.items) read_client(roots, client, *net.nfsd, state);
    clients.complete = found.complete;
    clients.items.assign(state.nfsd_clients.items.begin() + static_cast<std::ptrdiff_t>(first),
                         state.nfsd_clients.items.end());
    auto replies = read_nfsd_replies(roots, *net.nfsd);
    state.nfsd_nets.items.push_back(read_nfsd_net(roots, *net.nfsd, net.net, clients, replies));
    state.nfsd_replies.append(std::move(replies));
}

void read_caches(const Roots& roots, ServerState& state) {
    auto caches = find_caches(roots);
    add_gaps_to_all(caches, state.caches, state.exports, state.export_keys, state.client_addresses,
                    state.client_groups);
    for (const NetNamespace& net : roots.nets.items)
        for (const auto& [part, id] :
             {std::pair{&net.nfsd, "nfsd_net_id"}, std::pair{&net.sunrpc, "sunrpc_net_id"}})
            if (is_missing(roots, *part, id))
                add_gap_to_all(
                    "caches of net " + hex(net.net.address()) + ": " + to_string(part->error()),
                    state.exports, state.export_keys, state.client_addresses, state.client_groups);
    const CacheNames names(roots.reader);
    for (const Object& cache : caches.items) {
        auto entries = find_cache_entries(roots, cache);
        auto read = read_cache_detail(roots, cache, entries);
        if (!read.name)  // it may be any of these
            add_gap_to_all("entries of cache " + hex(cache.address()) + ", whose name is " +
                               std::string(to_string(read.name.why())),
                           state.exports, state.export_keys, state.client_addresses,
                           state.client_groups);
        auto take = [&](auto& listing, auto reader) {
            listing.add_gaps(entries);
            for (const Object& entry : entries.items)
                listing.items.push_back(reader(roots, names, entry, cache.address()));
        };
        if (read.name.is("nfsd.export"))
            take(state.exports, read_export);
        else if (read.name.is("nfsd.fh"))
            take(state.export_keys, read_export_key);
        else if (read.name.is("auth.unix.ip"))
            take(state.client_addresses, read_client_address);
        else if (read.name.is("auth.unix.gid"))
            take(state.client_groups, read_client_groups);
        state.caches.items.push_back(std::move(read));
    }
}

}  // namespace

ServerState read_server_state(const Roots& roots) {
    ServerState state;
    add_gaps_to_all(roots.nets, state.nfsd_nets, state.nfsd_clients, state.nfsd_stateids,
                    state.nfsd_sessions, state.nfsd_slots, state.nfsd_callbacks, state.nfsd_replies,
                    state.caches, state.exports, state.export_keys, state.client_addresses,
                    state.client_groups);
    read_services(roots, state);
    for (const NetNamespace& net : roots.nets.items) read_nfsd(roots, net, state);
    state.nfsd_files = read_nfsd_files(roots);
    read_caches(roots, state);
    return state;
}

}  // namespace nfstriage::nfs
