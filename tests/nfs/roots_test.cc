#include "nfs/roots.h"

#include <array>

#include "catch.h"
#include "nfs/client_world.h"
#include "nfs/macro_bits.h"
#include "nfs/roots_net_ids.h"
#include "nfs/socket_address.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

// What the ring of namespaces has besides them: a list_head in the kernel's data.
void make_ring(ClientWorld& world, const std::vector<VAddr>& nets) {
    std::vector<VAddr> nodes;
    for (VAddr net : nets) nodes.push_back(world.place(net, "struct net", "list"));
    world.link(world.make(64) + 4000, nodes);
}

Maybe<nfs::SocketAddress> decode(std::vector<std::uint8_t> bytes) {
    bytes.resize(128);
    return nfs::decode_socket_address(bytes);
}

}  // namespace

TEST_CASE("network namespaces are found around the ring that a task's is in, without its head") {
    ClientWorld world;
    VAddr other = world.make("struct net");
    auto ops = world.reader().object("struct net", world.net).pointer("ns.ops");
    world.set(other, "struct net", "ns.ops", *ops);
    make_ring(world, {world.net, other});
    auto nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    CHECK(nets.complete);
    REQUIRE(nets.items.size() == 2);
    CHECK(nets.items[1].net.address() == other);
    // One that is not told from the head makes the list incomplete.
    world.set(other, "struct net", "ns.ops", 0);
    nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    CHECK(nets.items.size() == 1);
    CHECK_FALSE(nets.complete);
}

TEST_CASE("a module's data of a namespace is found by its id, or by what it holds") {
    ClientWorld world;
    make_ring(world, {world.net});
    auto nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    REQUIRE(nets.items.size() == 1);
    REQUIRE(nets.items[0].nfs);
    CHECK(nets.items[0].nfs->address() == world.nfs_net);
    CHECK(nets.items[0].sunrpc.error().reason == Reason::no_symbol);

    // A client of another namespace proves nothing.
    world.set(world.client, "struct nfs_client", "cl_net", 0x1234);
    nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    CHECK(nets.items[0].nfs.error().reason == Reason::no_symbol);

    VAddr id = world.make(8);
    world.dump.pages.put<std::uint32_t>(id.value, 2);
    world.symbols.add("nfs_net_id", id.value, 4, 'b');
    nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    REQUIRE(nets.items[0].nfs);
    CHECK(nets.items[0].nfs->address() == world.nfs_net);
}

TEST_CASE("sunrpc's data is told by the name of its cache") {
    ClientWorld world;
    make_ring(world, {world.net});
    VAddr data = world.make("struct sunrpc_net"), cache = world.make("struct cache_detail");
    world.set(data, "struct sunrpc_net", "ip_map_cache", cache);
    world.set(cache, "struct cache_detail", "name", world.text("auth.unix.ip"));
    VAddr gen = *world.reader().object("struct net", world.net).pointer("gen");
    world.set(gen, "struct net_generic", "ptr[3]", data);
    auto nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    REQUIRE(nets.items[0].sunrpc);
    CHECK(nets.items[0].sunrpc->address() == data);
}

TEST_CASE("a module whose file system is not registered is not loaded") {
    ClientWorld world;
    make_ring(world, {world.net});
    world.set(world.client, "struct nfs_client", "cl_net", 0);
    VAddr head = world.make(8), type = world.make("struct file_system_type");
    world.symbols.add("file_systems", head.value, 8, 'b');
    world.dump.pages.put(head.value, type.value);
    world.set(type, "struct file_system_type", "name", world.text("ext4"));
    auto nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    CHECK(nets.items[0].nfs.error().reason == Reason::null);
    world.set(type, "struct file_system_type", "name", world.text("nfs"));
    nets = nfs::read_net_namespaces(world.reader(), world.tasks, 1000);
    CHECK(nets.items[0].nfs.error().reason == Reason::no_symbol);
}

TEST_CASE("socket addresses of all families become text") {
    auto v4 = decode({2, 0, 8, 1, 192, 0, 2, 1});
    REQUIRE(v4);
    CHECK(v4->text() == "192.0.2.1:2049");
    CHECK_FALSE(v4->is_loopback());
    CHECK(decode({2, 0, 0, 111, 127, 0, 0, 1})->is_loopback());

    std::vector<std::uint8_t> six{10, 0, 8, 1, 0, 0, 0, 0, 0xfe, 0x80};
    six.resize(28);
    six[23] = 1;
    six[24] = 2;
    auto v6 = decode(six);
    REQUIRE(v6);
    CHECK(v6->host == "fe80::1%2");
    CHECK(v6->text() == "[fe80::1%2]:2049");
    std::vector<std::uint8_t> mapped(28);
    mapped[0] = 10, mapped[18] = mapped[19] = 0xff, mapped[20] = 127, mapped[23] = 1;
    CHECK(decode(mapped)->is_loopback());

    CHECK(decode({1, 0, '/', 'r', 0})->text() == "/r");
    CHECK(decode({0, 0}).error().reason == Reason::null);
    CHECK(decode({99, 0}).error().reason == Reason::corrupt);
    std::array<std::uint8_t, 4> cut{2, 0, 8, 1};
    CHECK(nfs::decode_socket_address(cut).error().reason == Reason::corrupt);
}

TEST_CASE("bits that are enumerators are named only where the kernel has them") {
    ClientWorld world;
    nfs::BitNames flags(world.reader(), "nfs_delegation.flags");
    CHECK(flags.flags(0x82).names() == std::vector<std::string>{"NFS_DELEGATION_RETURN", "bit 7"});
}

TEST_CASE("a bit whose enum the types have not is not known to be clear") {
    ClientWorld world;
    nfs::BitNames known(world.reader(), "nfs_delegation.flags");
    CHECK(known.is_set(0x2, "NFS_DELEGATION_RETURN") == true);
    CHECK(known.is_set(0x2, "NFS_DELEGATION_NEED_RECLAIM") == false);
    // The enum is there, so this kernel has no such bit.
    CHECK(known.is_set(~std::uint64_t{0}, "NFS_DELEGATION_DELEGTIME") == false);
    CHECK(known.flags(0x80).names_are_complete());

    nfs::BitNames lost(world.reader(), "nfs4_state_owner.so_flags");
    auto set = lost.is_set(0x1, "NFS_OWNER_RECLAIM_REBOOT");
    REQUIRE_FALSE(set);
    CHECK(set.error().reason == Reason::no_type);
    CHECK(lost.flags(0).names_are_complete());
    CHECK_FALSE(lost.flags(1).names_are_complete());
}

TEST_CASE("one of two bits is set if one is, and clear only if both are known to be") {
    ClientWorld world;
    nfs::BitNames flags(world.reader(), "nfs_delegation.flags");
    auto either = [&](std::uint64_t word) {
        return flags.is_either_set(kernel::Field<kernel::Flags>(flags.flags(word)),
                                   "NFS_DELEGATION_NEED_RECLAIM", "NFS_DELEGATION_RETURN");
    };
    CHECK(either(0x1).is(true));
    CHECK(either(0x2).is(true));
    CHECK(either(0x4).is(false));
    CHECK(flags
              .is_either_set(Reason::not_dumped, "NFS_DELEGATION_NEED_RECLAIM",
                             "NFS_DELEGATION_RETURN")
              .why() == Reason::not_dumped);
}

TEST_CASE("mount flags that are enumerators are masks") {
    ClientWorld world(std::string(kClientTypes) +
                      "enum mount_flags { MNT_NOSUID = 1, "
                      "MNT_READONLY = 64, MNT_LOCKED = 128 };");
    nfs::BitNames flags(world.reader(), "vfsmount.mnt_flags");
    CHECK(flags.flags(0x41).names() == std::vector<std::string>{"MNT_NOSUID", "MNT_READONLY"});
    CHECK(flags.number("MNT_LOCKED") == 7u);
}
