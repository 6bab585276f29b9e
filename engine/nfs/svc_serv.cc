#include "nfs/svc_serv.h"

#include <algorithm>
#include <set>

#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;
using kernel::Reader;

// More pools than any machine has: one for each CPU or node.
constexpr std::uint64_t kMostPools = 8192;

// svc_serv of an nfsd_net: a member of its own (6.1), later in nfsd_info (6.12).
Maybe<Object> nfsd_service(const Object& nfsd_net) {
    return nfsd_net.follow(nfsd_net.first_of({"nfsd_info.serv", "nfsd_serv"}));
}

// What a variable of type struct svc_serv * points to. Not every kernel has an
// nlmsvc_serv; without it, lockd's service is found by its thread.
Maybe<Object> service_at(const Reader& reader, VAddr variable) {
    auto address = reader.memory().pointer(variable);
    if (!address) return tl::unexpected<Unknown>(address.error());
    if (address->is_null()) return unknown(Reason::null, "no service");
    return reader.object(SvcServ::kType, *address);
}

// nfs_callback_info[] of fs/nfs/callback.c: one service for each minor version below 2.
void add_callback_services(const Reader& reader, std::set<VAddr>& seen,
                           Listing<SvcService>& services) {
    auto first = reader.variable("nfs_callback_info", "struct nfs_callback_data");
    if (!first) {
        if (!is_absent(reader, "nfs_callback_info"))
            services.add_gap(first.error(), "callback services");
        return;
    }
    auto type = reader.types().type("struct nfs_callback_data");
    if (!type) return services.add_gap(type.error(), "callback services");
    for (std::uint64_t minor = 0; minor < 2; ++minor) {
        Object info = reader.object(first->type(), first->address() + minor * type->size);
        auto serv = info.follow("serv");
        if (!serv && serv.error().reason != Reason::null)
            services.add_gap(serv.error(),
                             "callback service of minor version " + std::to_string(minor));
        if (serv && seen.insert(serv->address()).second)
            services.items.push_back({*serv, unknown(Reason::null, "serves every namespace")});
    }
}

// struct kthread of a task: worker_private since e32cf5dfbe22 (v5.17), set_child_tid before.
Maybe<Object> kthread_of(const Object& task) {
    auto address = task.pointer(task.first_of({"worker_private", "set_child_tid"}));
    if (!address) return tl::unexpected<Unknown>(address.error());
    if (address->is_null()) return unknown(Reason::null, "struct kthread");
    return task.reader().object("struct kthread", *address);
}

// Whether the task is a kernel thread by one of the names that services give theirs.
bool may_serve(const Reader& reader, const kernel::TaskInfo& task) {
    constexpr std::uint64_t kKernelThread = 0x00200000;  // PF_KTHREAD
    const std::string& name = task.comm;
    if (name != "nfsd" && name != "lockd" && !name.starts_with("NFSv4 callback") &&
        !name.starts_with("nfsv4."))
        return false;
    auto flags = reader.object("struct task_struct", task.address).number("flags");
    return !flags || (*flags & kKernelThread) != 0;
}

}  // namespace

void describe(const SvcServ& serv, Visitor& visitor) {
    visitor.object(serv.kType, serv.address);
    visitor.column("name", serv.name, "name of the service, sv_name");
    visitor.column("program", serv.program, "name of its first RPC program");
    visitor.detail("program_number", serv.program_number, "number of its first RPC program");
    visitor.detail("net", serv.net, "struct net that it serves; unknown if it serves all");
    visitor.column("threads", serv.threads, "threads of all pools, sp_nrthreads");
    visitor.column("pools", serv.pools, "pools of threads, sv_nrpools");
    visitor.column("permanent_transports", serv.permanent_transports, "listeners, sv_permsocks");
    visitor.column("temporary_transports", serv.temporary_transports, "connections, sv_tempsocks");
    visitor.detail("max_connections", serv.max_connections,
                   "limit of connections, sv_maxconn; 0: by the number of threads");
    visitor.detail("references", serv.references, "sv_refcnt; sv_nrthreads in older kernels");
    visitor.detail("max_payload_bytes", serv.max_payload_bytes, "largest READ or WRITE");
    visitor.column("calls", serv.calls, "calls received since the counters were reset, rpccnt");
    visitor.detail("bad_calls", serv.bad_calls, "malformed calls, rpcbadfmt");
    visitor.detail("bad_auth_calls", serv.bad_auth_calls, "calls refused, rpcbadauth");
    visitor.detail("connections_made", serv.connections_made, "TCP connections, nettcpconn");
    visitor.detail("thread_function", serv.thread_function, "function that its threads run");
}

void describe(const SvcPool& pool, Visitor& visitor) {
    visitor.object(pool.kType, pool.address);
    visitor.column("serv", pool.serv, "struct svc_serv that it belongs to");
    visitor.column("id", pool.id, "sp_id");
    visitor.column("threads", pool.threads, "sp_nrthreads");
    visitor.detail("listed_threads", pool.listed_threads, "threads on sp_all_threads");
    visitor.column("busy_threads", pool.busy_threads, "threads with a transport in hand");
    visitor.column("idle_threads", pool.idle_threads, "threads without one");
    visitor.column("queued_transports", pool.queued_transports,
                   "transports that wait for a thread: sp_sockets, sp_xprts");
    visitor.column("flags", pool.flags, "sp_flags");
    visitor.detail("packets", pool.packets, "messages that arrived");
    visitor.detail("sockets_queued", pool.sockets_queued, "times a transport had to wait");
    visitor.detail("threads_woken", pool.threads_woken, "times a thread was woken");
}

Maybe<Object> svc_rqst_of_task(const Reader& reader, VAddr address) {
    auto kthread = kthread_of(reader.object("struct task_struct", address));
    if (!kthread) return tl::unexpected<Unknown>(kthread.error());
    auto data = kthread->pointer("data");
    if (!data) return tl::unexpected<Unknown>(data.error());
    Object rqst = reader.object("struct svc_rqst", *data);
    auto task = rqst.pointer("rq_task");
    if (!task) return tl::unexpected<Unknown>(task.error());
    if (*task != address) return unknown(Reason::corrupt, "svc_rqst of another task");
    return rqst;
}

Listing<SvcService> find_svc_services(const Roots& roots) {
    const Reader& reader = roots.reader;
    Listing<SvcService> services;
    std::set<VAddr> seen;
    auto add = [&](const Object& serv, const Maybe<VAddr>& net) {
        if (seen.insert(serv.address()).second) services.items.push_back({serv, net});
    };
    auto every = [] { return unknown(Reason::null, "serves every namespace"); };
    for (const NetNamespace& net : roots.nets.items) {
        if (!net.nfsd) {
            if (net.nfsd.error().reason != Reason::null)
                services.add_gap(net.nfsd.error(), "nfsd of net " + hex(net.net.address()));
            continue;
        }
        auto serv = nfsd_service(*net.nfsd);
        if (serv)
            add(*serv, net.net.address());
        else if (serv.error().reason != Reason::null)
            services.add_gap(serv.error(), "nfsd of net " + hex(net.net.address()));
    }
    if (auto variable = reader.symbols().address("nlmsvc_serv")) {
        auto serv = service_at(reader, *variable);
        if (serv)
            add(*serv, every());
        else if (serv.error().reason != Reason::null)
            services.add_gap(serv.error(), "lockd");
    } else if (!is_absent(reader, "nlmsvc_serv")) {
        services.add_gap(variable.error(), "lockd");
    }
    add_callback_services(reader, seen, services);
    for (const kernel::TaskInfo& task : roots.tasks.items) {
        if (!may_serve(reader, task)) continue;
        auto rqst = svc_rqst_of_task(reader, task.address);
        if (!rqst) {
            services.add_gap(rqst.error(),
                             "service of " + task.comm + "[" + std::to_string(task.pid) + "]");
            continue;
        }
        auto serv = rqst->follow("rq_server");
        if (serv)
            add(*serv, every());
        else if (serv.error().reason != Reason::null)
            services.add_gap(serv.error(), "service of " + task.comm);
    }
    services.add_gaps(roots.nets);
    services.add_gaps(roots.tasks);
    return services;
}

std::vector<Object> svc_rqsts_of_tasks(const Roots& roots) {
    std::vector<Object> rqsts;
    for (const kernel::TaskInfo& task : roots.tasks.items)
        if (may_serve(roots.reader, task))
            if (auto rqst = svc_rqst_of_task(roots.reader, task.address)) rqsts.push_back(*rqst);
    return rqsts;
}

Listing<Object> find_svc_pools(const Roots& roots, const Object& serv) {
    Listing<Object> pools;
    auto count = serv.number("sv_nrpools");
    auto first = serv.pointer("sv_pools");
    auto type = roots.reader.types().type(SvcPool::kType);
    std::string what = "pools of svc_serv " + hex(serv.address());
    if (!count || !first || !type) {
        pools.add_gap(!count ? count.error() : !first ? first.error() : type.error(), what);
        return pools;
    }
    if (*count > kMostPools) {
        pools.add_gap(Unknown{Reason::corrupt, std::to_string(*count) + " pools"}, what);
        return pools;
    }
    for (std::uint64_t index = 0; index < *count; ++index)
        pools.items.push_back(roots.reader.object(SvcPool::kType, *first + index * type->size));
    return pools;
}

kernel::Walk svc_pool_threads(const Roots& roots, const Object& pool) {
    Budget budget = roots.budget();
    return kernel::list(pool, "sp_all_threads", "struct svc_rqst", "rq_all", budget);
}

kernel::Walk svc_pool_queue(const Roots& roots, const Object& pool) {
    Budget budget = roots.budget();
    if (!pool.has("sp_xprts"))
        return kernel::list(pool, "sp_sockets", "struct svc_xprt", "xpt_ready", budget);
    // struct lwq in 6.12: `ready` is in order, `new` has the latest first.
    kernel::Walk walk;
    auto join = [&](const Maybe<Object>& head) {
        if (!head) {
            if (walk.complete) walk.why = head.error();
            walk.complete = false;
            return;
        }
        kernel::Walk part = kernel::llist(*head, "struct svc_xprt", "xpt_ready.node", budget);
        if (!part.complete && walk.complete) walk.why = part.why;
        walk.complete = walk.complete && part.complete;
        walk.objects.insert(walk.objects.end(), part.objects.begin(), part.objects.end());
    };
    // A struct llist_head holds nothing but the pointer that `ready` is.
    auto ready = pool.address_of("sp_xprts.ready");
    join(ready ? Maybe<Object>(roots.reader.object("struct llist_head", *ready))
               : Maybe<Object>(tl::unexpected<Unknown>(ready.error())));
    std::size_t in_order = walk.objects.size();
    join(pool.at("sp_xprts.new"));
    std::reverse(walk.objects.begin() + static_cast<std::ptrdiff_t>(in_order), walk.objects.end());
    return walk;
}

SvcServ read_svc_serv(const Roots& roots, const SvcService& service) {
    const Object& serv = service.serv;
    SvcServ result;
    result.address = serv.address();
    result.net = Field<VAddr>(service.net);
    result.name = serv.get<std::string>("sv_name");
    // An array in 6.12, the head of a chain before (6.1).
    std::string program(serv.first_of({"sv_programs", "sv_program"}));
    result.program = serv.get<std::string>(program + "->pg_name");
    result.program_number = serv.get<std::uint64_t>(program + "->pg_prog");
    auto pools = find_svc_pools(roots, serv);
    result.pools = serv.get<std::uint64_t>("sv_nrpools");
    std::uint64_t threads = 0;
    result.threads =
        pools.complete ? Field<std::uint64_t>(threads) : Field<std::uint64_t>(Reason::corrupt);
    for (const Object& pool : pools.items) {
        auto count = pool.get<std::uint64_t>("sp_nrthreads");
        if (!count) {
            result.threads = count;
            break;
        }
        threads += *count;
        result.threads = Field<std::uint64_t>(threads, count.origin());
    }
    result.permanent_transports =
        length_field(roots, serv, "sv_permsocks", "struct svc_xprt", "xpt_list");
    result.temporary_transports =
        length_field(roots, serv, "sv_tempsocks", "struct svc_xprt", "xpt_list");
    result.max_connections = serv.get<std::uint64_t>("sv_maxconn");
    result.references = serv.get<std::uint64_t>({"sv_refcnt", "sv_nrthreads"});
    result.max_payload_bytes = serv.get<std::uint64_t>("sv_max_payload");
    result.calls = serv.get<std::uint64_t>("sv_stats->rpccnt");
    result.bad_calls = serv.get<std::uint64_t>("sv_stats->rpcbadfmt");
    result.bad_auth_calls = serv.get<std::uint64_t>("sv_stats->rpcbadauth");
    result.connections_made = serv.get<std::uint64_t>("sv_stats->nettcpconn");
    // In sv_ops in older kernels (4.19).
    result.thread_function = serv.symbol(serv.first_of({"sv_threadfn", "sv_ops->svo_function"}));
    return result;
}

SvcPool read_svc_pool(const Roots& roots, const Object& pool, const Object& serv) {
    SvcPool result;
    result.address = pool.address();
    result.serv = serv.address();
    result.id = pool.get<std::uint64_t>("sp_id");
    result.threads = pool.get<std::uint64_t>("sp_nrthreads");
    auto threads = svc_pool_threads(roots, pool);
    result.listed_threads = length_of(threads);
    std::uint64_t busy = 0;
    result.busy_threads = result.listed_threads;
    for (const Object& thread : threads.objects) {
        auto xprt = thread.get<VAddr>("rq_xprt");
        if (!xprt && result.busy_threads) result.busy_threads = Field<std::uint64_t>(xprt.why());
        if (xprt && !xprt->is_null()) ++busy;
    }
    if (result.busy_threads) {
        result.idle_threads = *result.busy_threads - busy;
        result.busy_threads = busy;
    } else {
        result.idle_threads = result.busy_threads;
    }
    result.queued_transports = length_of(svc_pool_queue(roots, pool));
    result.flags =
        BitNames(roots.reader, "svc_pool.sp_flags").flags(pool.get<std::uint64_t>("sp_flags"));
    // Per CPU counters in 6.12, not in 6.1; their sum without what CPUs have not yet added.
    result.packets = pool.get<std::uint64_t>({"sp_stats.packets", "sp_messages_arrived.count"});
    result.sockets_queued =
        pool.get<std::uint64_t>({"sp_stats.sockets_queued", "sp_sockets_queued.count"});
    result.threads_woken =
        pool.get<std::uint64_t>({"sp_stats.threads_woken", "sp_threads_woken.count"});
    return result;
}

}  // namespace nfstriage::nfs
