#include "nfs/nlm_host.h"

#include <set>

#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// NLM_HOST_NRHASH of fs/lockd/host.c, always 32
constexpr std::uint64_t kHashSize = 32;

}  // namespace

void describe(const NlmHost& host, Visitor& visitor) {
    visitor.object(host.kType, host.address);
    visitor.column("name", host.name, "name of the peer, h_name");
    visitor.column("peer", host.peer, "its address");
    visitor.detail("source", host.source, "address of this host that is used");
    visitor.column("is_server", host.is_server,
                   "this host serves it: the peer is a client, h_server");
    visitor.column("version", host.version, "version of NLM: 1, 3 or 4");
    visitor.detail("protocol", host.protocol, "6 TCP, 17 UDP");
    visitor.column("references", host.references, "h_count");
    visitor.column("reclaiming", host.reclaiming, "locks are being reclaimed");
    visitor.detail("in_use", host.in_use, "it holds locks here, found when hosts are collected");
    visitor.detail("monitored", host.monitored, "statd watches it, sm_monitored");
    visitor.detail("state", host.state, "h_state");
    visitor.detail("nsm_state", host.nsm_state, "state number of its statd");
    visitor.detail("expires_in_ns", host.expires_in, "until it may be dropped; negative: past");
    visitor.detail("rpc_clnt", host.rpc_clnt, "rpc_clnt to its lockd; 0: none yet");
    visitor.detail("net", host.net, "struct net");
    visitor.detail("nsm_handle", host.nsm_handle, "nsm_handle of the peer; 0: none");
    visitor.detail("mutex_owner", host.mutex_owner, "task that holds h_mutex; 0: nobody");
    visitor.column("granted", host.granted, "locks of this host that it has granted");
    visitor.detail("reclaims", host.reclaims, "locks to be reclaimed");
    visitor.detail("lock_owners", host.lock_owners, "lock owners on h_lockowners");
}

Listing<Object> find_nlm_hosts(const Roots& roots) {
    Listing<Object> hosts;
    std::set<VAddr> seen;
    for (std::string_view name : {"nlm_server_hosts", "nlm_client_hosts"}) {
        auto table = roots.reader.symbols().address(name);
        if (!table) {
            if (!is_absent(roots.reader, name)) hosts.add_gap(table.error(), std::string(name));
            continue;
        }
        auto found = walk_table(roots, *table, kHashSize, "struct hlist_head", std::string(name),
                                [](const Object& head, Budget& budget) {
                                    return kernel::hlist(head, NlmHost::kType, "h_hash", budget);
                                });
        hosts.add_gaps(found);
        for (const Object& host : found.items)
            if (seen.insert(host.address()).second) hosts.items.push_back(host);
    }
    for (const NetNamespace& net : roots.nets.items) {
        if (!net.nfs) continue;
        Budget budget = roots.budget();
        auto servers =
            kernel::list(*net.nfs, "nfs_volume_list", "struct nfs_server", "master_link", budget);
        for (const Object& server : servers.objects)
            if (auto host = server.follow("nlm_host"); host && seen.insert(host->address()).second)
                hosts.items.push_back(*host);
    }
    return hosts;
}

NlmHost read_nlm_host(const Roots& roots, const Object& host) {
    NlmHost result;
    result.address = host.address();
    result.name = host.get<std::string>("h_name");
    result.peer = address_field(host, "h_addr");
    result.source = address_field(host, "h_srcaddr");
    result.is_server = host.get<bool>("h_server");
    result.version = host.get<std::uint64_t>("h_version");
    result.protocol = host.get<std::uint64_t>("h_proto");
    result.references = host.get<std::uint64_t>("h_count");
    result.reclaiming = host.get<bool>("h_reclaiming");
    result.in_use = host.get<bool>("h_inuse");
    result.monitored = host.get<bool>("h_nsmhandle->sm_monitored");
    result.state = host.get<std::uint64_t>("h_state");
    result.nsm_state = host.get<std::uint64_t>("h_nsmstate");
    auto expires = host.get<std::uint64_t>("h_expires");
    result.expires_in = {expires ? roots.clock.until_jiffies(*expires) : unknown(expires.why()),
                         expires.origin()};
    result.rpc_clnt = host.get<VAddr>("h_rpcclnt");
    result.net = host.get<VAddr>("net");
    result.nsm_handle = host.get<VAddr>("h_nsmhandle");
    result.mutex_owner = mutex_owner(host, "h_mutex");
    // The lists of file_lock: nlm_granted's link is fl_u.nfs_fl.list.
    result.granted = length_field(roots, host, "h_granted", "struct file_lock", "fl_u.nfs_fl.list");
    result.reclaims =
        length_field(roots, host, "h_reclaim", "struct file_lock", "fl_u.nfs_fl.list");
    result.lock_owners = length_field(roots, host, "h_lockowners", "struct nlm_lockowner", "list");
    return result;
}

}  // namespace nfstriage::nfs
