// Invariants of the NFS client's lists, slot tables, open state and delegations. Each is one that a
// lock protects, and is asked only where that lock is free: then nobody was in the middle of a
// change when the kernel stopped.
#include <algorithm>

#include <fmt/format.h>

#include "nfs/check.h"
#include "nfs/check_tools.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr Check kHighestSlot{
    "nfs4_slot_highest", "highest_used_slotid is the last bit set in used_slots, or none",
    "nfs4_slot_tbl_drain_complete() goes by highest_used_slotid: the state manager waits for ever "
    "or starts too early"};
constexpr Check kSlotBit{"nfs4_slot_exists", "a used slot is one of max_slots",
                         "nfs4_free_slot() and the reply to the call work on a slot that is not "
                         "there"};
constexpr Check kSlotChain{"nfs4_slot_chain", "slot N of the chain has slot_nr N and this table",
                           "calls go out with the wrong slot, or on another session"};
constexpr Check kStateMode{
    "nfs4_state_mode",
    "FMODE_READ is set while n_rdonly or n_rdwr, FMODE_WRITE while n_wronly or "
    "n_rdwr",
    "CLOSE and reclaim after a restart of the server ask for the wrong access"};
constexpr Check kDelegationInode{
    "nfs_delegation_inode", "the inode of a delegation on its server's list points to it",
    "the delegation cannot be found when it is recalled, or outlives its inode"};

class ClientChecker {
public:
    ClientChecker(const Roots& roots, const ClientState& state) : roots_(roots), state_(state) {}

    Listing<Finding> run() {
        for (const NetNamespace& net : roots_.nets.items) check_net(net);
        for (const NfsClient& client : state_.nfs_clients.items) check_client(object(client));
        for (const NfsServer& server : state_.nfs_servers.items) check_server(object(server));
        for (const Nfs4SlotTable& table : state_.nfs4_slot_tables.items) check_table(object(table));
        for (const Nfs4State& item : state_.nfs4_states.items) check_state(object(item));
        for (const Delegation& item : state_.delegations.items) check_delegation(item);
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

    // Both lists of an nfs_net change under its nfs_client_lock: those of each client, too.
    void check_net(const NetNamespace& net) {
        if (!net.nfs) return;
        bool quiet = is_lock_free(*net.nfs, "nfs_client_lock");
        Budget budget = roots_.budget();
        auto clients =
            kernel::list(*net.nfs, "nfs_client_list", NfsClient::kType, "cl_share_link", budget);
        check_links(clients, quiet, *net.nfs, "nfs_client_list", findings_);
        if (!quiet) return;
        for (const Object& client : clients.objects) {
            Budget steps = roots_.budget();
            auto servers =
                kernel::list(client, "cl_superblocks", NfsServer::kType, "client_link", steps);
            check_links(servers, quiet, client, "cl_superblocks", findings_);
            for (const Object& server : servers.objects)
                check_allocated(roots_, server, "on nfs_client.cl_superblocks", findings_);
        }
    }

    void check_client(const Object& client) {
        check_allocated(roots_, client, "an nfs_client in use", findings_);
    }

    // The lock of delegations and layouts: the client's, in later kernels (7.3) each server's.
    bool is_quiet(const Object& server) const {
        if (server.has("delegations_lock") && !is_lock_free(server, "delegations_lock"))
            return false;
        auto client = server.follow("nfs_client");
        return client && is_lock_free(*client, "cl_lock");
    }

    void check_server(const Object& server) {
        bool quiet = is_quiet(server);
        Budget budget = roots_.budget(), steps = roots_.budget();
        auto delegations =
            kernel::list(server, "delegations", Delegation::kType, "super_list", budget);
        check_links(delegations, quiet, server, "delegations", findings_);
        auto layouts = kernel::list(server, "layouts", PnfsLayout::kType, "plh_layouts", steps);
        check_links(layouts, quiet, server, "layouts", findings_);
        if (!quiet) return;
        for (const Object& delegation : delegations.objects)
            check_allocated(roots_, delegation, "on nfs_server.delegations", findings_);
        for (const Object& layout : layouts.objects)
            check_allocated(roots_, layout, "on nfs_server.layouts", findings_);
    }

    void check_table(const Object& table) {
        if (!is_lock_free(table, "slot_tbl_lock")) return;
        auto used = used_slots(table);
        auto highest = table.number("highest_used_slotid"), count = table.number("max_slots");
        if (!used || !highest || !count) return;
        constexpr std::uint64_t kNone = 0xffffffff;  // NFS4_NO_SLOT
        std::uint64_t last = used->empty() ? kNone : used->back();
        auto text = [&](std::uint64_t slot) {
            return slot == kNone ? std::string("none") : std::to_string(slot);
        };
        // A table that was never set up holds nothing but zeros.
        bool is_set_up = *count != 0;
        if (is_set_up && *highest != last)
            add(kHighestSlot, table,
                fmt::format("highest_used_slotid {}, last bit set in used_slots {}", text(*highest),
                            text(last)));
        if (is_set_up && last != kNone && last >= *count)
            add(kSlotBit, table, fmt::format("used_slots has {}, max_slots {}", last, *count));
        check_chain(table);
    }

    void check_chain(const Object& table) {
        Budget budget = roots_.budget();
        auto slots = slots_of(table, budget);
        for (std::size_t i = 0; i < slots.objects.size(); ++i) {
            auto number = slots.objects[i].number("slot_nr");
            auto owner = slots.objects[i].pointer("table");
            if (!number || !owner) continue;
            if (*number == i && *owner == table.address()) continue;
            add(kSlotChain, slots.objects[i],
                fmt::format("slot_nr {}, table {} in place {} of the table {}", *number,
                            hex(*owner), i, hex(table.address())));
            return;
        }
    }

    // nfs4_state_set_mode_locked() and the counts change together under the owner's so_lock.
    void check_state(const Object& state) {
        auto owner = state.follow("owner");
        if (!owner || !is_lock_free(*owner, "so_lock")) return;
        auto readers = state.number("n_rdonly"), writers = state.number("n_wronly"),
             both = state.number("n_rdwr"), mode = state.number("state");
        if (!readers || !writers || !both || !mode) return;
        bool reads = (*mode & 1) != 0, writes = (*mode & 2) != 0;
        if (reads == (*readers + *both != 0) && writes == (*writers + *both != 0)) return;
        add(kStateMode, state,
            fmt::format("state {:#x}, n_rdonly {}, n_wronly {}, n_rdwr {}", *mode, *readers,
                        *writers, *both));
    }

    // nfs_inode_set_delegation() and nfs_detach_delegation_locked(): both sides under cl_lock.
    void check_delegation(const Delegation& item) {
        if (!item.server || !item.inode || item.inode->is_null()) return;
        if (!is_quiet(roots_.reader.object(NfsServer::kType, *item.server))) return;
        auto inode = roots_.reader.object("struct inode", *item.inode)
                         .container("struct nfs_inode", "vfs_inode");
        auto its = inode ? inode->pointer("delegation") : tl::unexpected<Unknown>(inode.error());
        if (!its || *its == item.address) return;
        add(kDelegationInode, object(item),
            fmt::format("inode {} has delegation {}", hex(*item.inode), hex(*its)));
    }

    const Roots& roots_;
    const ClientState& state_;
    Listing<Finding> findings_;
};

}  // namespace

Listing<Finding> check(const Roots& roots, const ClientState& state) {
    return ClientChecker(roots, state).run();
}

}  // namespace nfstriage::nfs
