#include "nfs/wait_follow.h"

#include "nfs/wait_words.h"

namespace nfstriage::nfs {

namespace {

using kernel::Object;

std::string words_of(const kernel::TaskInfo& task) {
    return task.comm + "[" + std::to_string(task.pid) + "]";
}

// Of a wait on a struct nfs_client.
std::optional<VAddr> net_of(const Object& client) {
    auto net = client.pointer("cl_net");
    return net ? std::optional(*net) : std::nullopt;
}

bool is_page(std::string_view type) { return type == "struct folio" || type == "struct page"; }

}  // namespace

WaitFollower::WaitFollower(WaitIndex& index, WaitGraph& graph)
    : index_(index), graph_(graph), roots_(index.roots()), paths_(index.areas().client.mounts) {
    // A call that a service put off is kept as it came, from its XID on (svc_defer()).
    for (const SvcDeferred& deferred : index.areas().server.svc_deferred.items) {
        Object object = roots_.reader.object(deferred.kType, deferred.address);
        auto args = object.address_of("args");
        auto header = object.number("xprt_hlen");
        if (!args) continue;
        auto xid = roots_.reader.memory().u32(*args + (header ? *header : 0));
        if (xid) deferred_.emplace(__builtin_bswap32(*xid), deferred.address);
    }
}

// What waits of these kinds wait for lies outside of this kernel, or of what is read of it.
std::string WaitFollower::outside_of(const WaitPlace& place) {
    std::string of = place.object ? name_of(place.type, *place.object) : "";
    if (!of.empty()) of.insert(0, place.type == "struct nlm_host" ? " of " : " on ");
    switch (place.kind) {
        case WaitKind::upcall:
            return "rpc.gssd (an upcall for a credential)";
        case WaitKind::cache_upcall:
            return "rpc.mountd (an upcall for an export or client)";
        case WaitKind::key:
            return "request-key (an upcall for a key)";
        case WaitKind::automount:
            return "the automount daemon";
        case WaitKind::lock_grant:
            return "a lock" + of + " that another client holds";
        case WaitKind::lock_grace:
            return "the grace period of the lock manager" + of;
        case WaitKind::lock_conflict:
            return "a conflicting lock, lease or delegation" + of;
        case WaitKind::dirty_limit:
            return "the limit of dirty memory";
        case WaitKind::memory:
            return "memory reclaim";
        case WaitKind::journal:
            return "the journal of a local file system";
        case WaitKind::disk:
            return "a disk";
        case WaitKind::rcu:
            return "an RCU grace period";
        default:
            return "";
    }
}

std::size_t WaitFollower::add_server(const std::string& name, std::optional<VAddr> net) {
    std::size_t node =
        graph_.add({NodeKind::server, "", VAddr{}, server_words(roots_, name, net), ""});
    if (net) nets_.emplace(node, *net);
    return node;
}

std::size_t WaitFollower::add_task(VAddr task) {
    WaitNode node{NodeKind::task, "struct task_struct", task, {}, {}};
    const kernel::TaskInfo* info = index_.task(task);
    const Sleeper* sleeper = index_.sleeper(task);
    if (info == nullptr && sleeper != nullptr) info = &sleeper->task;
    node.name = info != nullptr ? words_of(*info) : "task " + hex(task);
    return graph_.add(std::move(node));
}

std::size_t WaitFollower::add_outside(std::string name, std::string what) {
    return graph_.add({NodeKind::outside, "", VAddr{}, std::move(name), std::move(what)});
}

void WaitFollower::break_off(std::size_t node, std::string what) {
    graph_.node(node).broken = true;
    graph_.node(node).what = std::move(what);
}

void WaitFollower::to_task(std::size_t from, VAddr task, std::string relation, Trust trust) {
    graph_.connect(from, {add_task(task), std::move(relation), trust});
}

void WaitFollower::to_tasks_inside(std::size_t from,
                                   std::initializer_list<std::string_view> functions,
                                   std::string_view type, VAddr object,
                                   const std::string& relation) {
    for (const WaitIndex::Found& found : index_.tasks_inside(functions, type, object))
        to_task(from, found.sleeper->task.address, relation, found.trust);
}

void WaitFollower::expand(std::size_t node) {
    switch (graph_.node(node).kind) {
        case NodeKind::task:
            return expand_task(node);
        case NodeKind::rpc_task:
            return expand_rpc_task(node);
        case NodeKind::transport:
            return expand_xprt(node);
        case NodeKind::state_manager:
            return expand_state_manager(node);
        case NodeKind::object:
            return expand_object(node);
        case NodeKind::server:
            return expand_server(node);
        case NodeKind::outside:
            return;
    }
}

void WaitFollower::expand_task(std::size_t node) {
    VAddr address = graph_.node(node).address;
    const Sleeper* sleeper = index_.sleeper(address);
    if (sleeper == nullptr) {
        const kernel::TaskInfo* task = index_.task(address);
        if (task == nullptr) {
            break_off(node, "is no task of the list");
        } else {
            graph_.node(node).what =
                task->state == 0 ? "is runnable" : "sleeps, not in NFS and not uninterruptibly";
        }
        return;
    }
    const WaitPlace& place = index_.place(*sleeper);
    if (sleeper->running || place.kind == WaitKind::running) {
        if (!is_known_whole(*sleeper) && place.kind != WaitKind::spinlock)
            return break_off(node,
                             "may wait: its stack breaks off, or has functions without names");
        graph_.node(node).what = sleeper->running ? "runs" : "is runnable, but does not run,";
        if (sleeper->running && sleeper->task.cpu)
            graph_.node(node).what += " on CPU " + std::to_string(*sleeper->task.cpu);
        if (!place.function.empty()) graph_.node(node).what += " in " + place.function + "()";
        if (place.kind != WaitKind::spinlock) return;
    }
    if (place.kind == WaitKind::idle) {
        graph_.node(node).what = "has nothing to do";
        return;
    }
    // A lock that lists it may still tell.
    if (sleeper->frames.empty()) return break_off(node, "its stack cannot be read");
    std::size_t target = add_place(place, *sleeper);
    if (target == node) return;
    graph_.connect(node, {target, "waits for", place.trust});
}

// A function that sleeps because a server said so would tell which, had its argument been found.
std::size_t WaitFollower::add_delay(const WaitPlace& place) {
    const WaitFunction* function = find_wait_function(place.purpose);
    if (function == nullptr || function->type.empty())
        return add_outside("a delay, to try again", "");
    std::size_t delay = add_outside("a delay, to ask a server again", "");
    break_off(delay, "which one is not known");
    return delay;
}

std::size_t WaitFollower::add_place(const WaitPlace& place, const Sleeper& sleeper) {
    std::string outside = outside_of(place);
    if (!outside.empty()) return add_outside(outside, "");
    if (place.kind == WaitKind::delay) {
        std::string name = place.object ? name_of(place.type, *place.object) : "";
        if (name.empty()) return add_delay(place);
        std::size_t delay =
            graph_.add({NodeKind::object, "", VAddr{}, "a delay, to ask " + name + " again", ""});
        if (name.starts_with("server "))
            graph_.connect(delay, {add_server(name.substr(7), net_of(roots_.reader.object(
                                                                  place.type, *place.object))),
                                   "as told by", place.trust});
        return delay;
    }
    if (!place.object) {
        if (place.kind == WaitKind::folio_writeback || place.kind == WaitKind::folio_lock)
            return graph_.add({NodeKind::object, "", VAddr{}, "a folio that is not known", ""});
        std::string where = place.purpose.empty() ? place.function : place.purpose;
        if (where.empty()) where = "task " + std::to_string(sleeper.task.pid);
        return graph_.add({NodeKind::object, "", VAddr{},
                           std::string(to_string(place.kind)) + " in " + where + "()", ""});
    }
    VAddr object = *place.object;
    if (place.type == "struct rpc_task") return add_rpc_task(object);
    if (place.kind == WaitKind::state_manager)
        return graph_.add({NodeKind::state_manager, "struct nfs_client", object, "", ""});
    std::string name = name_of(place.type, object);
    return graph_.add({NodeKind::object, place.type, object, std::move(name), ""});
}

void WaitFollower::expand_state_manager(std::size_t node) {
    VAddr client = graph_.node(node).address;
    const NfsClient* known = index_.client(client);
    std::string host = known != nullptr && known->hostname ? *known->hostname : hex(client);
    graph_.node(node).name = "state manager of server " + host;
    if (known != nullptr && known->manager_task && !known->manager_task->is_null())
        to_task(node, *known->manager_task, "run by", Trust::registers);
    to_tasks_inside(node, {"nfs4_run_state_manager", "nfs4_state_manager"}, "struct nfs_client",
                    client, "run by");
    if (graph_.edges(node).empty()) graph_.node(node).what = "is not run by any task";
}

void WaitFollower::expand_client_init(std::size_t node, const Object& client) {
    to_tasks_inside(node,
                    {"nfs4_init_client", "nfs_init_client", "nfs4_discover_server_trunking",
                     "nfs40_discover_server_trunking", "nfs41_discover_server_trunking"},
                    "struct nfs_client", client.address(), "initialised by");
}

void WaitFollower::expand_object(std::size_t node) {
    std::string type = graph_.node(node).type;
    VAddr address = graph_.node(node).address;
    if (address.is_null() || type.empty()) return;
    Object object = roots_.reader.object(type, address);
    if (type == "struct mutex" || type == "struct rw_semaphore" || type == "struct semaphore")
        return expand_lock(node, object);
    if (type == "struct percpu_rw_semaphore") return expand_percpu_rwsem(node, object);
    if (type == "struct qspinlock" || type == "struct qrwlock")
        return expand_spinlock(node, address);
    if (type == "struct rpc_wait_queue") return expand_queue(node, address);
    if (type == "struct work_struct") return expand_work(node, object);
    if (type == "struct completion") return expand_completion(node, object);
    if (is_page(type)) return expand_folio(node, address);
    if (type == "struct nfs_page") return expand_request(node, address);
    if (type == "struct nfs_client") return expand_client_init(node, object);
    if (type == "struct nfs_direct_req") return expand_direct(node, object);
    if (type == "struct super_block") return expand_super_block(node, object);
    if (type == "struct nfs_lock_context") return expand_io_counter(node, address);
    if (type == "struct rpc_clnt") return expand_rpc_client(node, address);
    if (type == "struct nfs4_slot_table") return expand_slot_table(node, object);
    if (type == "struct nfs_mds_commit_info") {
        if (auto inode = object.container("struct nfs_inode", "commit_info"))
            expand_commit(node, inode->address());
    } else if (type == "struct inode") {
        if (auto inode = object.container("struct nfs_inode", "vfs_inode"))
            expand_commit(node, inode->address());
    }
}

std::string WaitFollower::name_of(std::string_view type, VAddr address) {
    if (address.is_null() || type.empty()) return "";
    Object object = roots_.reader.object(type, address);
    auto path_of = [&](const Maybe<Object>& inode) -> std::string {
        if (!inode) return "";
        auto path = paths_.of_inode(*inode);
        return path ? *path : "";
    };
    if (is_page(type)) return name_of_folio(address);
    if (type == "struct inode") return path_of(object);
    if (type == "struct nfs_inode") return path_of(object.at("vfs_inode"));
    if (type == "struct nfs_mds_commit_info") {
        auto inode = object.container("struct nfs_inode", "commit_info");
        return inode ? path_of(inode->at("vfs_inode")) : "";
    }
    if (type == "struct nfs_direct_req") return path_of(object.follow("inode"));
    if (type == "struct nfs_page") {
        const NfsPage* page = index_.page(address);
        return page != nullptr && page->folio ? name_of_folio(*page->folio) : "";
    }
    if (type == "struct super_block") {
        std::string fs = object.get<std::string>("s_type->name").optional().value_or(""),
                    id = object.get<std::string>("s_id").optional().value_or("");
        return fs + (fs.empty() || id.empty() ? "" : " ") + id;
    }
    if (type == "struct nfs_client") {
        auto host = object.get<std::string>("cl_hostname");
        return host ? "server " + *host : "";
    }
    if (type == "struct rpc_clnt") {
        auto host = object.get<std::string>("cl_xprt->servername");
        return host ? "server " + *host : "";
    }
    if (type == "struct nlm_host") return object.get<std::string>("h_name").optional().value_or("");
    return name_of_lock(type, address);
}

}  // namespace nfstriage::nfs
