#include "nfs/nfsd_client.h"

#include <array>
#include <set>

#include <fmt/format.h>

#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

// CLIENT_HASH_SIZE of fs/nfsd/state.h or netns.h: 1 << CLIENT_HASH_BITS, always 16.
constexpr std::uint64_t kClientHashSize = 16;

// NFSD4_CB_* of fs/nfsd/state.h: macros, never renumbered.
constexpr std::array<std::string_view, 4> kCallbackStates{"up", "unknown", "down", "fault"};

// Before courtesy (4.19), a client is active until its lease ends.
constexpr EnumName kStates[] = {
    {"NFSD4_ACTIVE", "active"}, {"NFSD4_COURTESY", "courtesy"}, {"NFSD4_EXPIRABLE", "expirable"}};

Field<std::string> client_id_of(const Object& client) {
    auto boot = client.get<std::uint64_t>("cl_clientid.cl_boot");
    auto id = client.get<std::uint64_t>("cl_clientid.cl_id");
    if (!boot) return {boot.why(), boot.origin()};
    if (!id) return {id.why(), id.origin()};
    return {fmt::format("{:08x}:{:08x}", *boot, *id), boot.origin()};
}

}  // namespace

void describe(const NfsdClient& client, Visitor& visitor) {
    visitor.object(client.kType, client.address);
    visitor.detail("nfsd_net", client.nfsd_net, "nfsd_net that it belongs to");
    visitor.column("name", client.name, "how the client names itself, cl_name");
    visitor.column("peer", client.peer, "address of the client, cl_addr");
    visitor.detail("client_id", client.client_id, "clientid: boot time and counter, cl_clientid");
    visitor.column("minor_version", client.minor_version, "NFSv4 minor version");
    visitor.detail("confirmed", client.confirmed, "it is in the table of confirmed clients");
    visitor.column("state", client.state, "active, courtesy or expirable, cl_state");
    visitor.column("lease_age_ns", client.lease_age, "since it renewed its lease, cl_time");
    visitor.detail("lease_expired", client.lease_expired, "the lease is older than it may become");
    visitor.detail("flags", client.flags, "cl_flags");
    visitor.column("callback_state", client.callback_state, "callback channel: cl_cb_state");
    visitor.column("callbacks_in_flight", client.callbacks_in_flight, "cl_cb_inflight");
    visitor.detail("callback_address", client.callback_address, "where callbacks go to");
    visitor.detail("callback_client", client.callback_client, "rpc_clnt of callbacks; 0: none");
    visitor.detail("callback_session", client.callback_session,
                   "nfsd4_session that callbacks use; 0: none");
    visitor.detail("callback_xprt", client.callback_xprt,
                   "svc_xprt whose connection callbacks use; 0: a connection of their own");
    visitor.detail("callback_slot_busy", client.callback_slot_busy,
                   "a callback holds a slot of the back channel, cl_cb_slot_busy");
    visitor.detail("references", client.references, "calls that use it now, cl_rpc_users");
    visitor.detail("principal", client.principal, "Kerberos principal that it was set up with");
    visitor.detail("sessions", client.sessions, "sessions on cl_sessions");
    visitor.column("stateids", client.stateids, "stateids in cl_stateids");
    visitor.detail("opens", client.opens, "stateids of opens");
    visitor.detail("locks", client.locks, "stateids of byte-range locks");
    visitor.detail("delegations", client.delegations, "stateids of delegations");
    visitor.detail("layouts", client.layouts, "stateids of layouts");
    visitor.detail("closed", client.closed, "stateids that are closed and not yet freed");
    visitor.detail("revoked", client.revoked, "stateids that were revoked");
    visitor.detail("open_owners", client.open_owners, "open owners on cl_openowners");
    visitor.detail("delegations_in_recall", client.delegations_in_recall, "cl_delegs_in_recall");
    visitor.detail("async_copies", client.async_copies, "copies that the client started");
    visitor.detail("implementation", client.implementation, "cl_nii_name");
}

Listing<Object> find_nfsd_clients(const Roots& roots, const Object& nfsd_net) {
    Listing<Object> clients;
    std::set<VAddr> seen;
    std::string of = "clients of nfsd_net " + hex(nfsd_net.address());
    auto up = is_nfsd_up(nfsd_net);
    if (!up) clients.add_gap(up.error(), of);
    if (!up || !*up) return clients;
    for (std::string_view table : {"conf_id_hashtbl", "unconf_id_hashtbl"}) {
        auto first = nfsd_net.pointer(table);
        if (!first) {
            clients.add_gap(first.error(), of);
            continue;
        }
        if (first->is_null()) continue;
        auto found =
            walk_table(roots, *first, kClientHashSize, "struct list_head", of,
                       [](const Object& head, Budget& budget) {
                           return kernel::list(head, NfsdClient::kType, "cl_idhash", budget);
                       });
        clients.add_gaps(found);
        for (const Object& client : found.items)
            if (seen.insert(client.address()).second) clients.items.push_back(client);
    }
    return clients;
}

NfsdClient read_nfsd_client(const Roots& roots, const Object& client, const Object& nfsd_net) {
    NfsdClient result;
    result.address = client.address();
    result.nfsd_net = nfsd_net.address();
    result.name = netobj_text(client, "cl_name");
    result.peer = address_field(client, "cl_addr");
    result.client_id = client_id_of(client);
    result.minor_version = client.get<std::uint64_t>("cl_minorversion");
    BitNames names(roots.reader, "nfs4_client.cl_flags");
    auto flags = client.get<std::uint64_t>("cl_flags");
    result.flags = names.flags(flags);
    result.confirmed = names.is_set(flags, "NFSD4_CLIENT_CONFIRMED");
    result.state = enum_text(roots.reader, client.get<std::uint64_t>("cl_state"), kStates);
    // Seconds since boot; in 4.19 since 1970.
    result.lease_age = seconds_age(roots, client.get<std::int64_t>("cl_time"));
    auto lease = nfsd_net.get<std::int64_t>("nfsd4_lease");
    if (result.lease_age && lease)
        result.lease_expired = result.lease_age->ns / 1'000'000'000 > *lease;
    else
        result.lease_expired = result.lease_age ? lease.why() : result.lease_age.why();
    auto callback = client.get<std::uint64_t>("cl_cb_state");
    if (!callback)
        result.callback_state = {callback.why(), callback.origin()};
    else if (*callback < kCallbackStates.size())
        result.callback_state = {std::string(kCallbackStates[*callback]), callback.origin()};
    else
        result.callback_state = {std::to_string(*callback), callback.origin()};
    result.callbacks_in_flight = client.get<std::uint64_t>("cl_cb_inflight");
    result.callback_address = address_field(client, "cl_cb_conn.cb_addr");
    result.callback_client = client.get<VAddr>("cl_cb_client");
    result.callback_session = client.get<VAddr>("cl_cb_session");
    result.callback_xprt = client.get<VAddr>("cl_cb_conn.cb_xprt");
    result.callback_slot_busy = client.get<bool>("cl_cb_slot_busy");
    result.references = client.get<std::uint64_t>({"cl_rpc_users", "cl_refcount"});
    result.principal = client.get<std::string>("cl_cred.cr_principal");
    result.sessions =
        length_field(roots, client, "cl_sessions", "struct nfsd4_session", "se_perclnt");
    result.open_owners =
        length_field(roots, client, "cl_openowners", "struct nfs4_openowner", "oo_perclient");
    result.delegations_in_recall = client.get<std::uint64_t>("cl_delegs_in_recall");
    result.async_copies =
        length_field(roots, client, "async_copies", "struct nfsd4_copy", "copies");
    result.implementation = netobj_text(client, "cl_nii_name");
    return result;
}

}  // namespace nfstriage::nfs
