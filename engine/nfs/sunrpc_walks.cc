#include "nfs/sunrpc_walks.h"

#include <map>
#include <set>

#include "nfs/mount.h"
#include "nfs/nfs_server.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Walk;

constexpr std::string_view kClnt = "struct rpc_clnt", kRqst = "struct rpc_rqst";

class Finder {
public:
    explicit Finder(const Roots& roots) : roots_(roots) {}

    void by_namespaces() {
        for (const NetNamespace& net : roots_.nets.items) {
            const std::string of = "rpc_clnts of net " + hex(net.net.address());
            if (!net.sunrpc) {
                if (net.sunrpc.error().reason == Reason::null) continue;  // no module, no clients
                unseen_.emplace(net.net.address(), of + ": " + to_string(net.sunrpc.error()));
                continue;
            }
            Budget budget = roots_.budget();
            auto walk = kernel::list(*net.sunrpc, "all_clients", kClnt, "cl_clients", budget);
            if (!walk.complete && walk.why.reason == Reason::no_type)
                unseen_.emplace(net.net.address(), of + ": " + to_string(walk.why));
            else
                clnts_.add_gap(walk, of);
            for (const Object& clnt : walk.objects) add(clnt);
        }
        clnts_.add_gaps(roots_.nets);
    }

    // The ring of `start` has all clients of its network namespace and the head of their list,
    // which is inside of sunrpc_net and no client.
    void by_ring(const Object& start) {
        if (seen_.count(start.address()) != 0) return;
        if (is_rpc_clnt(start) != Tri::yes) return;
        add(start);
        Budget budget = roots_.budget();
        auto walk = kernel::list(start, "cl_clients", kClnt, "cl_clients", budget);
        clnts_.add_gap(walk, "rpc_clnts on one list with " + hex(start.address()));
        unsigned heads = 0;
        bool sure = walk.complete;
        for (const Object& node : walk.objects) {
            const Tri answer = is_rpc_clnt(node);
            if (answer == Tri::yes) add(node);
            if (answer == Tri::no) ++heads;
            if (answer != Tri::unknown) continue;
            sure = false;
            clnts_.add_gap("rpc_clnt " + hex(node.address()) +
                           ": not to be told whether it is one");
        }
        // All clients of a namespace are on one ring: theirs is done.
        auto net = start.pointer("cl_xprt->xprt_net");
        if (sure && heads == 1 && net) unseen_.erase(*net);
    }

    Listing<Object> take() {
        for (const auto& [net, gap] : unseen_) clnts_.add_gap(gap);
        return std::move(clnts_);
    }

private:
    void add(const Object& clnt) {
        if (seen_.insert(clnt.address()).second) clnts_.items.push_back(clnt);
    }

    const Roots& roots_;
    Listing<Object> clnts_;
    std::map<VAddr, std::string> unseen_;  // namespaces whose list has no known head, with why
    std::set<VAddr> seen_;
};

}  // namespace

Tri is_rpc_clnt(const Object& object) {
    auto own = object.address_of("cl_rtt_default");
    auto rtt = object.pointer("cl_rtt");
    if (!own || !rtt) return Tri::unknown;
    return *own == *rtt ? Tri::yes : Tri::no;
}

Listing<Object> find_rpc_clnts(const Roots& roots, const std::vector<VAddr>& known) {
    Finder finder(roots);
    finder.by_namespaces();
    for (VAddr address : known)
        if (!address.is_null()) finder.by_ring(roots.reader.object(kClnt, address));
    return finder.take();
}

void learn_hz(kernel::Clock& clock, const Roots& roots) {
    for (const Object& clnt : find_rpc_clnts(roots, {}).items)
        if (auto xprt = clnt.follow("cl_xprt")) kernel::learn_hz(clock, *xprt);
    if (clock.hz) return;
    for (const Mount& mount : read_mounts(roots).items)
        if (mount.server && !mount.server->is_null()) {
            auto server = roots.reader.object(NfsServer::kType, *mount.server);
            if (auto xprt = server.follow("client->cl_xprt")) kernel::learn_hz(clock, *xprt);
        }
}

Walk awaited_requests(const SunrpcContext& context, const Object& xprt) {
    Budget budget = context.roots.budget();
    if (auto root = xprt.at("recv_queue")) return kernel::rbtree(*root, kRqst, "rq_recv", budget);
    return kernel::list(xprt, "recv", kRqst, "rq_list", budget);
}

Walk requests_to_send(const SunrpcContext& context, const Object& xprt) {
    Budget budget = context.roots.budget();
    Walk first = kernel::list(xprt, "xmit_queue", kRqst, "rq_xmit", budget);
    Walk all = first;
    all.objects.clear();
    for (const Object& rqst : first.objects) {
        all.objects.push_back(rqst);
        Walk behind = kernel::list(rqst, "rq_xmit2", kRqst, "rq_xmit2", budget);
        all.objects.insert(all.objects.end(), behind.objects.begin(), behind.objects.end());
        if (!behind.complete && all.complete) {
            all.complete = false;
            all.why = behind.why;
        }
        if (behind.damage && !all.damage) all.damage = behind.damage;
    }
    return all;
}

}  // namespace nfstriage::nfs
