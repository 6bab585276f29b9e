#include "nfs/server_state.h"

#include <set>

namespace nfstriage::nfs {
namespace {

using kernel::Object;

void read_services(const Roots& roots, ServerState& state) {
    auto services = find_svc_services(roots);
    for (const std::string& gap : services.gaps) {
        state.svc_servs.add_gap(gap);
        state.svc_pools.add_gap(gap);
        state.svc_threads.add_gap(gap);
        state.svc_xprts.add_gap(gap);
        state.svc_deferred.add_gap(gap);
    }
    std::vector<Object> all_xprts;
    for (const SvcService& service : services.items) {
        state.svc_servs.items.push_back(read_svc_serv(roots, service));
        auto pools = find_svc_pools(roots, service.serv);
        for (const std::string& gap : pools.gaps) {
            state.svc_pools.add_gap(gap);
            state.svc_threads.add_gap(gap);
        }
        std::set<VAddr> queued;
        bool saw_all_queues = pools.complete;
        for (const Object& pool : pools.items) {
            state.svc_pools.items.push_back(read_svc_pool(roots, pool, service.serv));
            auto threads = svc_pool_threads(roots, pool);
            state.svc_threads.add_gap(threads, "threads of svc_pool " + hex(pool.address()));
            for (const Object& rqst : threads.objects)
                state.svc_threads.items.push_back(read_svc_thread(roots, rqst));
            auto queue = svc_pool_queue(roots, pool);
            saw_all_queues = saw_all_queues && queue.complete;
            for (const Object& xprt : queue.objects) queued.insert(xprt.address());
        }
        auto xprts = find_svc_xprts(roots, service.serv);
        for (const std::string& gap : xprts.gaps) state.svc_xprts.add_gap(gap);
        for (const Object& xprt : xprts.items) {
            bool is_queued = queued.count(xprt.address()) != 0;
            Field<bool> known = is_queued || saw_all_queues ? Field<bool>(is_queued)
                                                            : Field<bool>(Reason::not_dumped);
            state.svc_xprts.items.push_back(read_svc_xprt(roots, xprt, known));
            all_xprts.push_back(xprt);
        }
    }
    state.svc_deferred.append(read_svc_deferred(roots, all_xprts));
}

void read_nfsd(const Roots& roots, const NetNamespace& net, ServerState& state) {
    if (!net.nfsd) {
        if (net.nfsd.error().reason != Reason::null)
            state.nfsd_clients.add_gap(net.nfsd.error(), "nfsd of net " + hex(net.net.address()));
        return;
    }
    auto clients = find_nfsd_clients(roots, *net.nfsd);
    for (const std::string& gap : clients.gaps) state.nfsd_clients.add_gap(gap);
    for (const Object& client : clients.items)
        state.nfsd_clients.items.push_back(read_nfsd_client(roots, client, *net.nfsd));
}

}  // namespace

ServerState read_server_state(const Roots& roots) {
    ServerState state;
    read_services(roots, state);
    for (const NetNamespace& net : roots.nets.items) read_nfsd(roots, net, state);
    return state;
}

}  // namespace nfstriage::nfs
