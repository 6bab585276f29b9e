#include "catch.h"
#include "nfs/client_world.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

std::vector<std::string> names(ClientWorld& world) {
    std::vector<std::string> result;
    for (const nfs::Finding& finding : world.findings().items) result.push_back(*finding.check);
    return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a healthy client has no findings") {
    ClientWorld world;
    CHECK(names(world).empty());
}

TEST_CASE("highest_used_slotid that is not the last used slot is found while no lock is held") {
    ClientWorld world;
    world.set(world.session, "struct nfs4_session", "fc_slot_table.highest_used_slotid", 0);
    CHECK(names(world) == Names{"nfs4_slot_highest"});
    world.set(world.session, "struct nfs4_session",
              "fc_slot_table.slot_tbl_lock.rlock.raw_lock.val.counter", 1);
    CHECK(names(world).empty());
}

TEST_CASE("no slot used is said by NFS4_NO_SLOT") {
    ClientWorld world;
    world.set(world.session, "struct nfs4_session", "fc_slot_table.used_slots[0]", 0);
    CHECK(names(world) == Names{"nfs4_slot_highest"});
    world.set(world.session, "struct nfs4_session", "fc_slot_table.highest_used_slotid",
              0xffffffff);
    CHECK(names(world).empty());
}

TEST_CASE("a used slot beyond the table is found") {
    ClientWorld world;
    world.set(world.session, "struct nfs4_session", "fc_slot_table.used_slots[0]", 4);
    world.set(world.session, "struct nfs4_session", "fc_slot_table.highest_used_slotid", 2);
    CHECK(names(world) == Names{"nfs4_slot_exists"});
}

TEST_CASE("a slot of another number or table in the chain is found") {
    ClientWorld world;
    world.set(world.slots[1], "struct nfs4_slot", "slot_nr", 7);
    CHECK(names(world) == Names{"nfs4_slot_chain"});
    world.lose(world.slots[1]);
    CHECK(names(world).empty());
}

TEST_CASE("counts of an open file that contradict its mode are found while its lock is free") {
    ClientWorld world;
    world.set(world.state, "struct nfs4_state", "n_wronly", 1);
    CHECK(names(world) == Names{"nfs4_state_mode"});
    world.set(world.owner, "struct nfs4_state_owner", "so_lock.rlock.raw_lock.val.counter", 0x101);
    CHECK(names(world).empty());
    world.set(world.owner, "struct nfs4_state_owner", "so_lock.rlock.raw_lock.val.counter", 0);
    world.set(world.state, "struct nfs4_state", "state", 3);
    CHECK(names(world).empty());
}

TEST_CASE("a delegation that its inode does not know is found, a detached one is not") {
    ClientWorld world;
    world.set(world.nfs_inode, "struct nfs_inode", "delegation", 0);
    CHECK(names(world) == Names{"nfs_delegation_inode"});
    world.set(world.client, "struct nfs_client", "cl_lock.rlock.raw_lock.val.counter", 1);
    CHECK(names(world).empty());
    world.set(world.client, "struct nfs_client", "cl_lock.rlock.raw_lock.val.counter", 0);
    world.set(world.delegation, "struct nfs_delegation", "inode", 0);
    CHECK(names(world).empty());
}

TEST_CASE("a link that does not lead back is found, unless the list's lock is held or lost") {
    ClientWorld world;
    world.set(world.delegation, "struct nfs_delegation", "super_list.prev", world.task);
    auto found = names(world);
    REQUIRE(found == Names{"list_links"});
    CHECK(world.findings().items[0].found->find("delegations") != std::string::npos);
    world.set(world.client, "struct nfs_client", "cl_lock.rlock.raw_lock.val.counter", 1);
    CHECK(names(world).empty());
}

TEST_CASE("a finding says what was found, what is expected and what follows") {
    ClientWorld world;
    world.set(world.session, "struct nfs4_session", "fc_slot_table.highest_used_slotid", 0);
    auto findings = world.findings();
    REQUIRE(findings.items.size() == 1);
    const nfs::Finding& finding = findings.items[0];
    CHECK(finding.found.is("highest_used_slotid 0, last bit set in used_slots 1"));
    CHECK(finding.type.is("struct nfs4_slot_table"));
    CHECK(finding.address == world.place(world.session, "struct nfs4_session", "fc_slot_table"));
    CHECK(finding.meaning.known());
}

TEST_CASE("losing any page of the client adds no finding") {
    for (int lost = 0; lost < 14; ++lost) {
        ClientWorld world;
        VAddr pages[] = {world.mount,   world.super,      world.server, world.client,
                         world.nfs_net, world.session,    world.space,  world.slots[0],
                         world.inode,   world.delegation, world.owner,  world.state,
                         world.context, world.rpc_task};
        world.roots();
        world.lose(pages[lost]);
        INFO(lost);
        CHECK(names(world).empty());
    }
}
