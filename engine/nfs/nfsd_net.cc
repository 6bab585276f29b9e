#include "nfs/nfsd_net.h"

#include <algorithm>

#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kWorkPending = 1;  // WORK_STRUCT_PENDING_BIT

Field<bool> pending(const Object& object, std::string_view work) {
    auto data = object.get<std::uint64_t>(std::string(work) + ".data");
    if (!data) return {data.why(), data.origin()};
    return {(*data & kWorkPending) != 0, data.origin()};
}

// Whether nfsd4_manager is on the namespace's list of lock managers in grace
// (fs/nfs_common/grace.c); it is never initialised before nfsd starts.
Field<bool> in_grace(const Object& nfsd_net) {
    auto next = nfsd_net.get<VAddr>("nfsd4_manager.list.next");
    auto self = nfsd_net.address_of("nfsd4_manager.list");
    if (!next) return {next.why(), next.origin()};
    if (!self) return {self.error().reason, next.origin()};
    return {!next->is_null() && *next != *self, next.origin()};
}

Field<Duration> seconds(const Field<std::int64_t>& value) {
    if (!value) return {value.why(), value.origin()};
    constexpr std::int64_t kMost = 1'000'000'000;
    if (*value < 0 || *value > kMost) return {Reason::corrupt, value.origin()};
    return {Duration{*value * 1'000'000'000}, value.origin()};
}

// Which of the versions it serves: arrays of bool, in newer kernels in the structure, in older
// behind pointers that are NULL for the defaults.
Field<std::string> versions(const Object& net) {
    auto flags = [&net](std::string_view member, std::size_t count) {
        auto place = net.address_of(member);
        if (place && !net.has(std::string(member) + "[0]")) place = net.pointer(member);
        if (place && place->is_null()) place = unknown(Reason::null, std::string(member));
        return place ? net.reader().memory().bytes(*place, count)
                     : Maybe<std::vector<std::uint8_t>>(tl::unexpected<Unknown>(place.error()));
    };
    auto majors = flags("nfsd_versions", 5);
    auto minors = flags("nfsd4_minorversions", 3);
    if (!majors) return {majors.error().reason, net.origin("nfsd_versions")};
    if (!minors) return {minors.error().reason, net.origin("nfsd4_minorversions")};
    std::string text;
    auto add = [&text](const std::string& version) { text += (text.empty() ? "" : " ") + version; };
    for (std::size_t major = 2; major < 4; ++major)
        if ((*majors)[major] != 0) add(std::to_string(major));
    for (std::size_t minor = 0; minor < 3; ++minor)
        if ((*majors)[4] != 0 && (*minors)[minor] != 0) add("4." + std::to_string(minor));
    return {text, net.origin("nfsd_versions")};
}

void count_clients(NfsdNet& result, const Listing<NfsdClient>& clients) {
    std::uint64_t confirmed = 0, unconfirmed = 0, courtesy = 0;
    bool all = clients.complete, states = clients.complete;
    for (const NfsdClient& client : clients.items) {
        all = all && client.confirmed.known();
        states = states && client.state.known();
        confirmed += client.confirmed.is(true);
        unconfirmed += client.confirmed.is(false);
        courtesy += client.state.is("courtesy");
    }
    if (clients.complete)
        result.clients = static_cast<std::uint64_t>(clients.items.size());
    else
        result.clients = Reason::not_dumped;
    result.confirmed_clients = all ? Field<std::uint64_t>(confirmed) : Reason::not_dumped;
    result.unconfirmed_clients = all ? Field<std::uint64_t>(unconfirmed) : Reason::not_dumped;
    result.courtesy_clients = states ? Field<std::uint64_t>(courtesy) : Reason::no_type;
}

void count_replies(NfsdNet& result, const LongListing<NfsdReply>& replies) {
    std::uint64_t in_progress = 0, done = 0, bytes = 0;
    bool states = replies.complete, sizes = replies.complete, ages = replies.complete;
    Duration oldest{0};
    for (const NfsdReply& reply : replies.items) {
        states = states && reply.state.known();
        sizes = sizes && (reply.reply_bytes.known() || reply.reply_bytes.why() == Reason::null);
        ages = ages && reply.age.known();
        in_progress += reply.state.is("in_progress");
        done += reply.state.is("done");
        if (reply.reply_bytes) bytes += *reply.reply_bytes;
        if (reply.age) oldest = std::max(oldest, *reply.age);
    }
    result.replies_in_progress = states ? Field<std::uint64_t>(in_progress) : Reason::not_dumped;
    result.replies_done = states ? Field<std::uint64_t>(done) : Reason::not_dumped;
    result.replies_bytes = sizes ? Field<std::uint64_t>(bytes) : Reason::not_dumped;
    if (!ages)
        result.oldest_reply_age = Reason::not_dumped;
    else if (replies.items.empty())
        result.oldest_reply_age = Reason::null;
    else
        result.oldest_reply_age = oldest;
}

}  // namespace

void describe(const NfsdNet& net, Visitor& visitor) {
    visitor.object(net.kType, net.address);
    visitor.detail("net", net.net, "struct net");
    visitor.detail("serv", net.serv, "svc_serv of nfsd; 0: it does not run");
    visitor.column("up", net.up, "nfsd runs in this namespace, nfsd_net_up");
    visitor.detail("lockd_up", net.lockd_up, "and has started lockd");
    visitor.column("in_grace", net.in_grace, "clients may reclaim what they had before a restart");
    visitor.detail("grace_ended", net.grace_ended, "grace has ended");
    visitor.detail("grace_period_ns", net.grace_period, "how long grace lasts");
    visitor.detail("lease_period_ns", net.lease_period, "how long a lease lasts");
    visitor.column("uptime_ns", net.uptime, "since nfsd was started, boot_time; null: it is down");
    visitor.detail("somebody_reclaimed", net.somebody_reclaimed, "grace was made longer for it");
    visitor.detail("client_tracking", net.client_tracking,
                   "operations that remember clients over restarts");
    visitor.column("clients", net.clients, "NFSv4 clients");
    visitor.detail("confirmed_clients", net.confirmed_clients, "those that are confirmed");
    visitor.detail("unconfirmed_clients", net.unconfirmed_clients, "those that are not");
    visitor.column("courtesy_clients", net.courtesy_clients,
                   "those kept although their lease ended");
    visitor.detail("recalled_delegations", net.recalled_delegations, "on del_recall_lru");
    visitor.detail("closed_owners", net.closed_owners, "NFSv4.0 open owners on close_lru");
    visitor.detail("blocked_locks", net.blocked_locks, "locks that clients wait for");
    visitor.column("laundromat_pending", net.laundromat_pending, "the laundromat is to run");
    visitor.column("laundromat_next_ns", net.laundromat_next, "until it does");
    visitor.detail("shrinker_pending", net.shrinker_pending,
                   "clients are to be dropped for want of memory");
    visitor.column("reply_cache_entries", net.reply_cache_entries, "entries of the reply cache");
    visitor.detail("reply_cache_limit", net.reply_cache_limit, "its limit");
    visitor.detail("replies_in_progress", net.replies_in_progress, "entries of calls in work");
    visitor.detail("replies_done", net.replies_done, "entries with a reply");
    visitor.detail("replies_bytes", net.replies_bytes, "size of the replies kept", "bytes");
    visitor.detail("oldest_reply_age_ns", net.oldest_reply_age, "age of the oldest entry");
    visitor.detail("async_copies", net.async_copies, "copies under way, pending_async_copies");
    visitor.detail("versions", net.versions, "NFS versions that it serves");
}

NfsdNet read_nfsd_net(const Roots& roots, const Object& nfsd_net, const Object& net,
                      const Listing<NfsdClient>& clients, const LongListing<NfsdReply>& replies) {
    NfsdNet result;
    result.address = nfsd_net.address();
    result.net = net.address();
    result.serv = nfsd_net.get<VAddr>({"nfsd_info.serv", "nfsd_serv"});
    result.up = nfsd_net.get<bool>("nfsd_net_up");
    result.lockd_up = nfsd_net.get<bool>("lockd_up");
    result.in_grace = in_grace(nfsd_net);
    result.grace_ended = nfsd_net.get<bool>("grace_ended");
    result.grace_period = seconds(nfsd_net.get<std::int64_t>("nfsd4_grace"));
    result.lease_period = seconds(nfsd_net.get<std::int64_t>("nfsd4_lease"));
    auto boot = nfsd_net.get<std::int64_t>("boot_time");
    if (boot.is(0) || result.up.is(false))
        result.uptime = {Reason::null, boot.origin()};
    else
        result.uptime = seconds_age(roots, boot);
    result.somebody_reclaimed = nfsd_net.get<bool>("somebody_reclaimed");
    result.client_tracking = nfsd_net.symbol("client_tracking_ops");
    count_clients(result, clients);
    count_replies(result, replies);
    result.recalled_delegations =
        length_field(roots, nfsd_net, "del_recall_lru", "struct nfs4_delegation", "dl_recall_lru");
    result.closed_owners =
        length_field(roots, nfsd_net, "close_lru", "struct nfs4_openowner", "oo_close_lru");
    result.blocked_locks =
        length_field(roots, nfsd_net, "blocked_locks_lru", "struct nfsd4_blocked_lock", "nbl_lru");
    result.laundromat_pending = pending(nfsd_net, "laundromat_work.work");
    auto expires = nfsd_net.get<std::uint64_t>("laundromat_work.timer.expires");
    if (!result.laundromat_pending.is(true)) {
        result.laundromat_next =
            result.laundromat_pending ? Reason::null : result.laundromat_pending.why();
    } else {
        result.laundromat_next = {
            expires ? roots.clock.until_jiffies(*expires) : unknown(expires.why()),
            expires.origin()};
    }
    result.shrinker_pending =
        pending(nfsd_net, nfsd_net.first_of({"nfsd_shrinker_work", "nfsd_shrinker_work.work"}));
    result.reply_cache_entries = nfsd_net.get<std::uint64_t>("num_drc_entries");
    result.reply_cache_limit = nfsd_net.get<std::uint64_t>("max_drc_entries");
    result.async_copies = nfsd_net.get<std::uint64_t>("pending_async_copies");
    result.versions = versions(nfsd_net);
    return result;
}

}  // namespace nfstriage::nfs
