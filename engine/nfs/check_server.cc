// Invariants of RPC services, nfsd's clients and stateids, and the caches. Each is kept by a lock
// that was free when the kernel stopped, or by the order in which the kernel changes things, named
// at the check.
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "nfs/cache_detail.h"
#include "nfs/check.h"
#include "nfs/check_tools.h"
#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr Check kReferences{
    "server_references", "a count of references is above 0 and below 2^31 while it can be found",
    "a reference was dropped once too often or the count was overwritten: the object is freed "
    "while others use it"};
constexpr Check kStidCount{
    "nfsd_stateid_count", "sc_count is above 0 while the stateid is in its client's idr",
    "a put too many: nfs4_put_stid() takes a stateid out of the idr when it drops the last"};
constexpr Check kStidType{
    "nfsd_stateid_type", "sc_type is 0 or one bit of those that the kernel has",
    "nfsd looks a stateid up by these bits: it takes an open for a lock, or for nothing"};
constexpr Check kStidPlace{
    "nfsd_stateid_idr", "a stateid in use has its place in the idr as so_id, and this client",
    "nfs4_put_stid() removes another stateid from the idr, or from another client's"};
constexpr Check kStidClosed{
    "nfsd_stateid_closed", "a closed open stateid is on no list of its file",
    "nfsd finds the closed state again, and frees it while it is on the list"};
constexpr Check kQueued{
    "svc_xprt_queued", "a transport in a pool's queue has XPT_BUSY and not XPT_DEAD",
    "two threads work on one connection, or a thread works on one that is being freed"};
constexpr Check kThreads{"svc_pool_threads",
                         "sp_nrthreads is not below the number of threads on sp_all_threads",
                         "the service stops while threads run: they go on with freed memory"};
constexpr Check kConfirmed{
    "nfsd_client_confirmed", "a client in conf_id_hashtbl has NFSD4_CLIENT_CONFIRMED",
    "nfsd refuses the client's calls and expires it as one that never came back"};
constexpr Check kSessionClient{"nfsd_session_client",
                               "a session on cl_sessions has this client as se_client",
                               "a call on the session renews and uses another client's state"};
constexpr Check kCacheCount{
    "cache_entries", "entries is the number of entries in the hash table",
    "entries were lost, or counted twice: cache_clean() never finds an empty cache"};

constexpr std::uint64_t kSaturated = 0x8000'0000;  // of an int: it went below 0

class ServerChecker {
public:
    ServerChecker(const Roots& roots, const ServerState& state) : roots_(roots), state_(state) {}

    Listing<Finding> run() {
        for (const SvcServ& serv : state_.svc_servs.items) check_serv(object(serv));
        for (const SvcPool& pool : state_.svc_pools.items) check_pool(object(pool));
        for (const SvcXprt& xprt : state_.svc_xprts.items) check_xprt(object(xprt));
        for (const NfsdNet& net : state_.nfsd_nets.items) check_net(object(net));
        for (const NfsdClient& client : state_.nfsd_clients.items) check_client(client);
        if (is_some_settled())
            for (const NfsdFile& file : state_.nfsd_files.items)
                check_references(object(file), "nf_ref", "in the hash of nfsd_files");
        for (const CacheDetail& cache : state_.caches.items) check_cache(object(cache));
        return std::move(findings_);
    }

private:
    template <class T>
    Object object(const T& item) const {
        return roots_.reader.object(T::kType, item.address);
    }

    void add(const Check& check, const Object& at, std::string found) {
        findings_.items.push_back(make_finding(check, at, std::move(found)));
    }

    // For objects whose place in a list or table counts as a reference of its own, or that leave it
    // before the last one goes: a count of 0 is then told apart by `zero_is_legal`.
    void check_references(const Object& object, std::string_view member, const std::string& by,
                          bool zero_is_legal = true) {
        auto count = object.number(member);
        if (count && (*count >= kSaturated || (*count == 0 && !zero_is_legal)))
            add(kReferences, object, fmt::format("{} {:#x}, {}", member, *count, by));
        check_allocated(roots_, object, by, findings_);
    }

    void check_serv(const Object& serv) {
        bool quiet = is_lock_free(serv, "sv_lock");
        for (std::string_view head : {"sv_permsocks", "sv_tempsocks"}) {
            Budget budget = roots_.budget();
            auto walk = kernel::list(serv, head, SvcXprt::kType, "xpt_list", budget);
            check_links(walk, quiet, serv, head, findings_);
        }
    }

    // Threads are counted before they are put on the list, and leave it before they are no longer
    // counted; under sp_lock where a pool has one.
    void check_pool(const Object& pool) {
        if (pool.has("sp_lock") && !is_lock_free(pool, "sp_lock")) return;
        auto threads = svc_pool_threads(roots_, pool);
        auto count = pool.number("sp_nrthreads");
        if (count && *count < threads.objects.size())
            add(kThreads, pool,
                fmt::format("sp_nrthreads {}, {} threads on sp_all_threads", *count,
                            threads.objects.size()));
        // svc_xprt_enqueue() sets XPT_BUSY before it queues, and svc_delete_xprt() sets XPT_DEAD
        // only of a transport that it has taken from the queue.
        for (const Object& xprt : svc_pool_queue(roots_, pool).objects) {
            auto flags = xprt.get<std::uint64_t>("xpt_flags");
            auto busy = xprt_flags_.is_set(flags, "XPT_BUSY"),
                 dead = xprt_flags_.is_set(flags, "XPT_DEAD");
            if (!busy || !dead || (*busy && !*dead)) continue;
            add(kQueued, xprt,
                fmt::format("xpt_flags {:#x}: XPT_BUSY {}, XPT_DEAD {}", *flags,
                            *busy ? "set" : "clear", *dead ? "set" : "clear"));
        }
    }

    // The list has a reference, which svc_delete_xprt() drops after it took the transport off.
    void check_xprt(const Object& xprt) {
        check_references(xprt, "xpt_ref", "on the list of its service", false);
    }

    // Whether nfsd is up and nobody is starting or stopping it: that is done under nfsd_mutex, and
    // frees tables whose pointers stay.
    bool is_settled(const Object& nfsd_net) const {
        auto mutex = roots_.reader.variable("nfsd_mutex", "struct mutex");
        if (!mutex) return false;
        auto owner = mutex->number("owner");
        return owner && *owner == 0 && is_nfsd_up(nfsd_net).value_or(false);
    }

    bool is_some_settled() const {
        return std::any_of(state_.nfsd_nets.items.begin(), state_.nfsd_nets.items.end(),
                           [this](const NfsdNet& net) { return is_settled(object(net)); });
    }

    // The tables and lists of clients change under client_lock.
    void check_net(const Object& nfsd_net) {
        if (!is_settled(nfsd_net) || !is_lock_free(nfsd_net, "client_lock")) return;
        Budget budget = roots_.budget();
        auto lru = kernel::list(nfsd_net, "client_lru", NfsdClient::kType, "cl_lru", budget);
        check_links(lru, true, nfsd_net, "client_lru", findings_);
        for (const Object& client : lru.objects)
            check_allocated(roots_, client, "on nfsd_net.client_lru", findings_);
        auto first = nfsd_net.pointer("conf_id_hashtbl");
        auto type = roots_.reader.types().type("struct list_head");
        if (!first || !type || first->is_null()) return;
        BitNames names(roots_.reader, "nfs4_client.cl_flags");
        for (std::uint64_t index = 0; index < kClientHashSize; ++index) {
            Object head = roots_.reader.object("struct list_head", *first + index * type->size);
            auto walk = kernel::list(head, NfsdClient::kType, "cl_idhash", budget);
            check_links(walk, true, nfsd_net, "conf_id_hashtbl", findings_);
            for (const Object& client : walk.objects) {
                auto flags = client.get<std::uint64_t>("cl_flags");
                if (names.is_set(flags, "NFSD4_CLIENT_CONFIRMED").is(false))
                    add(kConfirmed, client, fmt::format("cl_flags {:#x}", *flags));
            }
        }
    }

    void check_client(const NfsdClient& item) {
        if (!item.nfsd_net) return;
        Object nfsd_net = roots_.reader.object(NfsdNet::kType, *item.nfsd_net);
        if (!is_settled(nfsd_net)) return;
        Object client = object(item);
        check_references(client, "cl_rpc_users", "in a hash table of nfsd");
        if (is_lock_free(nfsd_net, "client_lock")) check_sessions(client);
        // The idr, and sc_count when it falls to 0, change under cl_lock.
        if (is_lock_free(client, "cl_lock")) check_stateids(client);
    }

    void check_sessions(const Object& client) {
        Budget budget = roots_.budget();
        auto walk = kernel::list(client, "cl_sessions", NfsdSession::kType, "se_perclnt", budget);
        check_links(walk, true, client, "cl_sessions", findings_);
        for (const Object& session : walk.objects) {
            check_references(session, "se_ref", "on nfs4_client.cl_sessions");
            auto owner = session.pointer("se_client");
            if (owner && *owner != client.address())
                add(kSessionClient, session,
                    fmt::format("se_client {}, on cl_sessions of {}", hex(*owner),
                                hex(client.address())));
        }
    }

    void check_stateids(const Object& client) {
        auto idr = client.at("cl_stateids");
        if (!idr) return;
        Budget budget = roots_.budget();
        for (const kernel::Entry& entry : kernel::xarray(*idr, budget).entries)
            check_stateid(roots_.reader.object(NfsdStateid::kType, entry.pointer), entry.index,
                          client.address());
    }

    void check_stateid(const Object& stid, std::uint64_t index, VAddr client) {
        check_allocated(roots_, stid, "in nfs4_client.cl_stateids", findings_);
        auto type = stid.number("sc_type"), count = stid.number("sc_count"),
             id = stid.number("sc_stateid.si_opaque.so_id");
        auto owner = stid.pointer("sc_client");
        if (count && *count >= kSaturated)
            add(kReferences, stid, fmt::format("sc_count {:#x}, in the client's idr", *count));
        if (!type) return;
        // The last bit before sc_status came is NFS4_LAYOUT_STID; later kernels may get more.
        std::uint64_t last = stid.has("sc_status") ? 0x80 : 0x40;
        if (std::popcount(*type) > 1 || *type > last)
            add(kStidType, stid, fmt::format("sc_type {:#x}", *type));
        // nfs4_alloc_stid() puts it into the idr before it fills it in; its type comes later still.
        if (*type == 0) return;
        if (count && *count == 0)
            add(kStidCount, stid, fmt::format("sc_count 0, sc_type {:#x}", *type));
        if ((id && *id != index) || (owner && *owner != client))
            add(kStidPlace, stid,
                fmt::format("so_id {}, sc_client {}; at {} of the idr of {}",
                            id ? std::to_string(*id) : "unknown", owner ? hex(*owner) : "unknown",
                            index, hex(client)));
        check_closed(stid, *type);
    }

    // A CLOSE holds st_mutex from where it marks the stateid to where it takes it off the lists.
    void check_closed(const Object& stid, std::uint64_t type) {
        bool closed = stid_types_.is_set(type, "NFS4_CLOSED_STID").value_or(false);
        if (stid_types_.is_set(type, "SC_TYPE_OPEN").value_or(false))
            closed = stid_status_.is_set(stid.get<std::uint64_t>("sc_status"), "SC_STATUS_CLOSED")
                         .is(true);
        auto state = stid.container("struct nfs4_ol_stateid", "st_stid");
        if (!closed || !state) return;
        auto mutex = state->number("st_mutex.owner");
        auto next = state->pointer("st_perfile.next");
        auto self = state->address_of("st_perfile");
        if (!mutex || *mutex != 0 || !next || !self || next->is_null() || *next == *self) return;
        add(kStidClosed, stid, fmt::format("closed, st_perfile.next {}", hex(*next)));
    }

    // Entries come and go under hash_lock; each in the table holds a reference of the table's.
    void check_cache(const Object& cache) {
        if (!is_lock_free(cache, "hash_lock")) return;
        auto entries = find_cache_entries(roots_, cache);
        for (const Object& entry : entries.items)
            check_references(entry, "ref", "in the hash table of its cache", false);
        auto count = cache.number("entries");
        if (count && entries.complete && *count != entries.items.size())
            add(kCacheCount, cache,
                fmt::format("entries {}, {} in the hash table", *count, entries.items.size()));
    }

    static constexpr std::uint64_t kClientHashSize = 16;  // CLIENT_HASH_SIZE

    const Roots& roots_;
    const ServerState& state_;
    const BitNames xprt_flags_{roots_.reader, "svc_xprt.xpt_flags"};
    const BitNames stid_types_{roots_.reader, "nfs4_stid.sc_type"};
    const BitNames stid_status_{roots_.reader, "nfs4_stid.sc_status"};
    Listing<Finding> findings_;
};

}  // namespace

Listing<Finding> check(const Roots& roots, const ServerState& state) {
    return ServerChecker(roots, state).run();
}

}  // namespace nfstriage::nfs
