#include "nfs/client_state.h"

#include <algorithm>

#include "catch.h"
#include "nfs/client_world.h"
#include "nfs/file_path.h"
#include "nfs/sunrpc_walks.h"

using namespace nfstriage;
using namespace nfstriage::test;

namespace {

std::string replaced(std::string_view from, std::string_view to) {
    std::string types(kClientTypes);
    auto at = types.find(from);
    REQUIRE(at != std::string::npos);
    return types.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("an NFS mount is listed with its path, namespace and server; others are not") {
    ClientWorld world;
    auto state = world.read();
    REQUIRE(state.mounts.items.size() == 1);
    CHECK(state.mounts.complete);
    const nfs::Mount& mount = state.mounts.items[0];
    CHECK(mount.path.is("/mnt/nfs"));
    CHECK(mount.source.is("srv:/export"));
    CHECK(mount.fstype.is("nfs4"));
    CHECK(mount.server.is(world.server));
    CHECK(mount.namespace_number.is(4026531841));
    CHECK(mount.namespace_pid.is(42));
    CHECK(mount.flags->names() == std::vector<std::string>{"MNT_RELATIME"});
    CHECK(mount.super_active.is(2));
}

TEST_CASE("mounts of a namespace that is a tree are found") {
    std::string types = replaced("struct mount *root; struct list_head list; };",
                                 "struct mount *root; struct rb_root mounts; };");
    auto at = types.find("struct list_head mnt_list;");
    types.replace(at, 26, "struct rb_node mnt_node;");
    // The world links a list; here the tree is written over it.
    struct Tree : FakeKernel {};
    Tree kernel;
    kernel.declare(types);
    VAddr space = kernel.make("struct mnt_namespace"), mount = kernel.make("struct mount"),
          super = kernel.make("struct super_block"), kind = kernel.make("struct file_system_type"),
          name = kernel.make(8), task = kernel.make("struct task_struct"),
          proxy = kernel.make("struct nsproxy");
    kernel.dump.pages.put_string(name.value, "nfs");
    kernel.set(kind, "struct file_system_type", "name", name);
    kernel.set(super, "struct super_block", "s_type", kind);
    kernel.set(mount, "struct mount", "mnt.mnt_sb", super);
    kernel.set(space, "struct mnt_namespace", "mounts.rb_node",
               kernel.place(mount, "struct mount", "mnt_node"));
    kernel.set(task, "struct task_struct", "nsproxy", proxy);
    kernel.set(proxy, "struct nsproxy", "mnt_ns", space);
    kernel::TaskInfo info;
    info.address = task;
    kernel.tasks.items.push_back(info);
    auto mounts = nfs::read_mounts(kernel.roots());
    REQUIRE(mounts.items.size() == 1);
    CHECK(mounts.items[0].address == mount);
    CHECK(mounts.complete);
}

TEST_CASE("a namespace is known by its task of the lowest pid, wherever the list begins") {
    ClientWorld world;
    kernel::TaskInfo other = world.tasks.items[0];
    other.pid = world.tasks.items[0].pid + 1;
    world.tasks.items.insert(world.tasks.items.begin(), other);
    CHECK(world.read().mounts.items[0].namespace_pid.is(other.pid - 1));

    // One that is not readable may be in it too.
    other.pid = 1;
    other.nsproxy = VAddr{0xffff888000666000};
    world.tasks.items.push_back(other);
    auto state = world.read();
    REQUIRE(state.mounts.items.size() == 1);
    CHECK(state.mounts.items[0].namespace_pid.why() == Reason::not_dumped);
    CHECK_FALSE(state.mounts.complete);
}

TEST_CASE("a mount that umount -l took out of its namespace is found by its super block") {
    ClientWorld world;
    world.link(world.place(world.space, "struct mnt_namespace", "list"),
               {world.place(world.root_mount, "struct mount", "mnt_list")});
    world.set(world.mount, "struct mount", "mnt_ns", 0);
    world.set(world.mount, "struct mount", "mnt_parent", world.mount);
    // Nothing in a namespace leads there now; the client's list does.
    auto state = world.read();
    REQUIRE(state.mounts.items.size() == 1);
    CHECK(state.mounts.items[0].path.is("(unreachable)/"));
    CHECK(state.mounts.items[0].namespace_pid.why() == Reason::null);
}

TEST_CASE("a mark in the list of mounts that is no mount is passed over") {
    ClientWorld world;
    world.set(world.root_mount, "struct mount", "mnt.mnt_sb", 0);
    auto state = world.read();
    CHECK(state.mounts.complete);
    CHECK(state.mounts.items.size() == 1);
}

TEST_CASE("dentries that form a loop end the path and leave it unknown") {
    ClientWorld world;
    VAddr first = world.make_dentry(world.mount_root, "a", world.super);
    VAddr second = world.make_dentry(first, "b", world.super);
    world.set(first, "struct dentry", "d_parent", second);
    auto path = nfs::dentry_path(world.reader().object("struct dentry", second));
    REQUIRE_FALSE(path);
    CHECK(path.error().reason == Reason::corrupt);
}

TEST_CASE("a name that was not dumped leaves a path unknown instead of shorter") {
    ClientWorld world;
    auto dentry = world.reader().object("struct dentry", world.file_dentry);
    VAddr name = *dentry.pointer("d_name.name");
    world.lose(name);
    auto state = world.read();
    REQUIRE(state.open_contexts.items.size() == 1);
    CHECK(state.open_contexts.items[0].path.why() == Reason::filtered);
    CHECK(state.mounts.items[0].path.is("/mnt/nfs"));
}

TEST_CASE("control characters in names are escaped, deleted files said to be so") {
    ClientWorld world;
    VAddr dentry = world.make_dentry(world.mount_root, "a\nb", world.super);
    world.set(dentry, "struct dentry", "d_hash.pprev", 0);
    auto path = nfs::dentry_path(world.reader().object("struct dentry", dentry));
    REQUIRE(path);
    CHECK(*path == "/a\\x0ab (deleted)");
}

TEST_CASE("files on no mount are named by what NFS mounted") {
    ClientWorld world;
    world.set(world.mount_root, "struct dentry", "d_fsdata", world.text("srv:/export"));
    nfs::FilePaths paths(nfs::Listing<nfs::Mount>{});
    auto dentry = world.reader().object("struct dentry", world.file_dentry);
    CHECK(paths.of_dentry(dentry).value() == "srv:/export/file");
    world.set(world.mount_root, "struct dentry", "d_fsdata", 0);
    CHECK(paths.of_dentry(dentry).error().reason == Reason::null);
}

TEST_CASE("the list of a directory's open contexts is not taken for one of files") {
    ClientWorld world;
    world.set(world.inode, "struct inode", "i_mode", 0040755);
    auto state = world.read();
    CHECK(state.open_contexts.items.empty());
    CHECK(state.open_contexts.complete);
}

TEST_CASE("a mount that cannot be read makes paths on its super block unknown, not others") {
    ClientWorld world;
    VAddr second = world.make("struct mount");
    world.set(second, "struct mount", "mnt_parent", world.root_mount);
    world.set(second, "struct mount", "mnt_mountpoint",
              world.make_dentry(world.root_dentry, "other", {}));
    world.set(second, "struct mount", "mnt.mnt_root", world.mount_root);
    world.set(second, "struct mount", "mnt.mnt_sb", world.super);
    world.set(second, "struct mount", "mnt_ns", world.space);
    world.link(world.place(world.super, "struct super_block", "s_mounts"),
               {world.place(second, "struct mount", "mnt_instance"),
                world.place(world.mount, "struct mount", "mnt_instance")});
    auto state = world.read();
    CHECK(state.nfs_servers.items[0].path.is("/other"));
    CHECK(state.nfs4_states.items[0].path.is("/other/file"));
    world.lose(second);
    state = world.read();
    CHECK_FALSE(state.mounts.complete);
    CHECK_FALSE(state.nfs_servers.items[0].path.known());
    CHECK_FALSE(state.nfs4_states.items[0].path.known());
}

TEST_CASE("servers and clients are read, members that a kernel lacks are no_type") {
    ClientWorld world;
    world.clock.hz = 250;
    world.clock.jiffies = 100'000;
    world.set(world.server, "struct nfs_server", "mount_time", 100'000 - 500);
    world.set(world.server, "struct nfs_server", "acregmin", 750);
    world.set(world.server, "struct nfs_server", "caps", 1 << 6 | 1 << 0);
    world.set(world.client, "struct nfs_client", "cl_lease_time", 90 * 250);
    world.set(world.client, "struct nfs_client", "cl_last_renewal", 100'000 - 91 * 250);
    world.set(world.client, "struct nfs_client", "cl_state", 5);
    auto state = world.read();
    REQUIRE(state.nfs_servers.items.size() == 1);
    const nfs::NfsServer& server = state.nfs_servers.items[0];
    CHECK(server.path.is("/mnt/nfs"));
    CHECK(server.rsize.is(65536));
    CHECK(server.acregmin.is(kernel::Duration{3'000'000'000}));
    CHECK(server.mounted.is(kernel::Duration{2'000'000'000}));
    CHECK(server.delegations.is(1));
    CHECK(server.write_congested.why() == Reason::no_type);
    // Without fattr_valid bit 6 still says that the server has file ids.
    CHECK(server.caps->names() ==
          std::vector<std::string>{"NFS_CAP_READDIRPLUS", "NFS_CAP_FILEID"});
    REQUIRE(state.nfs_clients.items.size() == 1);
    const nfs::NfsClient& client = state.nfs_clients.items[0];
    CHECK(client.server_address.is("192.0.2.7:2049"));
    CHECK(client.version.is("4.1"));
    CHECK(client.protocol.is("tcp"));
    CHECK(client.cons_state_name.is("ready"));
    CHECK(client.state->names() ==
          std::vector<std::string>{"NFS4CLNT_MANAGER_RUNNING", "NFS4CLNT_LEASE_EXPIRED"});
    CHECK(client.lease_expired.is(true));
    CHECK(client.manager_running.is(true));
    CHECK(client.manager_works_on.is("NFS4CLNT_LEASE_EXPIRED"));
    CHECK(client.manager_task.why() == Reason::null);
    CHECK(client.is_this_host.is(false));
}

TEST_CASE("a client that could not be made shows its error; NFSv3 has no lease") {
    ClientWorld world;
    world.set(world.client, "struct nfs_client", "cl_cons_state", 0xffffff92);  // -110
    VAddr ops = *world.reader().object("struct nfs_client", world.client).pointer("rpc_ops");
    world.set(ops, "struct nfs_rpc_ops", "version", 3);
    auto state = world.read();
    const nfs::NfsClient& client = state.nfs_clients.items[0];
    CHECK(client.cons_state_name.is("ETIMEDOUT"));
    CHECK(client.version.is("3"));
    CHECK(client.lease_expired.why() == Reason::null);
}

TEST_CASE("the state manager is the thread that was given the client, not another of that name") {
    ClientWorld world;
    for (auto [pid, data] : {std::pair(7, VAddr{0x1000}), std::pair(8, world.client)}) {
        VAddr task = world.make("struct task_struct"), kthread = world.make("struct kthread");
        world.set(task, "struct task_struct", "worker_private", kthread);
        world.set(kthread, "struct kthread", "data", data);
        kernel::TaskInfo info;
        info.address = task;
        info.pid = pid;
        info.comm = "192.0.2.7-manag";
        world.tasks.items.push_back(info);
    }
    auto state = world.read();
    CHECK(state.nfs_clients.items[0].manager_pid.is(8));
}

TEST_CASE("a server at one of this host's addresses is this host") {
    ClientWorld world;
    VAddr device = world.make("struct net_device"), own = world.make("struct in_device"),
          address = world.make("struct in_ifaddr");
    world.link(world.place(world.net, "struct net", "dev_base_head"),
               {world.place(device, "struct net_device", "dev_list")});
    world.set(device, "struct net_device", "ip_ptr", own);
    world.set(own, "struct in_device", "ifa_list", address);
    world.set(address, "struct in_ifaddr", "ifa_local", 0x070200c0);  // 192.0.2.7, big endian
    CHECK(world.read().nfs_clients.items[0].is_this_host.is(true));
    world.lose(own);
    // It may have had that address or another.
    CHECK_FALSE(world.read().nfs_clients.items[0].is_this_host.known());
}

TEST_CASE("a slot's holder is the task whose result points to it") {
    ClientWorld world;
    auto state = world.read();
    REQUIRE(state.nfs4_sessions.items.size() == 1);
    REQUIRE(state.nfs4_slot_tables.items.size() == 2);
    const nfs::Nfs4SlotTable& table = state.nfs4_slot_tables.items[0];
    CHECK(table.channel.is("fore"));
    CHECK(table.used.is(1));
    CHECK(table.used_slots.is("1"));
    CHECK(table.highest_used.is(1));
    CHECK(table.draining.is(false));
    REQUIRE(state.nfs4_slots.items.size() == 2);
    CHECK(state.nfs4_slots.items[0].used.is(false));
    CHECK(state.nfs4_slots.items[0].holder.why() == Reason::null);
    CHECK(state.nfs4_slots.items[1].used.is(true));
    CHECK(state.nfs4_slots.items[1].holder.is(world.rpc_task));
    CHECK(state.nfs4_slots.items[1].holder_procedure.is("WRITE"));
    CHECK(state.nfs4_slots.items[1].holder_pid.is(42));
}

TEST_CASE("no slot is called free of a holder where a task's result was not dumped") {
    ClientWorld world;
    world.lose(world.result);
    auto state = world.read();
    CHECK(state.nfs4_slots.items[1].holder.why() == Reason::not_dumped);
}

TEST_CASE("a chain of slots that loops ends and is reported") {
    ClientWorld world;
    world.set(world.slots[1], "struct nfs4_slot", "next", world.slots[0]);
    auto state = world.read();
    CHECK_FALSE(state.nfs4_slots.complete);
    CHECK(state.nfs4_slots.items.size() <= 1024);
}

TEST_CASE("open state, contexts and delegations are read with path, user and stateid") {
    ClientWorld world;
    auto state = world.read();
    REQUIRE(state.nfs4_states.items.size() == 1);
    const nfs::Nfs4State& open = state.nfs4_states.items[0];
    CHECK(open.path.is("/mnt/nfs/file"));
    CHECK(open.flags->names() == std::vector<std::string>{"NFS_OPEN_STATE", "NFS_O_RDONLY_STATE"});
    CHECK(open.stateid.type.is("OPEN"));
    CHECK(open.stateid.sequence.is(0x102));
    CHECK(open.stateid.other.is("4142434445464748494a4b4c"));
    REQUIRE(state.nfs4_state_owners.items.size() == 1);
    CHECK(state.nfs4_state_owners.items[0].uid.is(1000));
    CHECK(state.nfs4_state_owners.items[0].states.is(1));
    REQUIRE(state.open_contexts.items.size() == 1);
    const nfs::OpenContext& context = state.open_contexts.items[0];
    CHECK(context.path.is("/mnt/nfs/file"));
    CHECK(context.pid.is(42));
    CHECK(context.error.is(-5));
    CHECK(context.mode->names() == std::vector<std::string>{"FMODE_READ"});
    REQUIRE(state.delegations.items.size() == 1);
    const nfs::Delegation& delegation = state.delegations.items[0];
    CHECK(delegation.kind.is("write"));
    CHECK(delegation.returning.is(true));
    CHECK(delegation.path.is("/mnt/nfs/file"));
    CHECK(delegation.uid.is(1000));
}

TEST_CASE("where a namespace's list has no name, clients are found around their ring") {
    ClientWorld world;
    VAddr other = world.make("struct nfs_client");
    world.set(other, "struct nfs_client", "cl_net", world.net);
    world.link(world.place(world.nfs_net, "struct nfs_net", "nfs_client_list"),
               {world.place(world.client, "struct nfs_client", "cl_share_link"),
                world.place(other, "struct nfs_client", "cl_share_link")});
    world.nets.items[0].nfs = unknown(Reason::no_symbol, "nfs_net_id");
    auto state = world.read();
    // The ring's head, which is in the nfs_net, is not taken for a client.
    REQUIRE(state.nfs_clients.items.size() == 2);
    CHECK(state.nfs_clients.complete);
}

TEST_CASE("a namespace whose clients cannot be reached makes the lists incomplete") {
    ClientWorld world;
    world.nets.items[0].nfs = unknown(Reason::no_symbol, "nfs_net_id");
    world.set(world.super, "struct super_block", "s_fs_info", 0);
    auto state = world.read();
    CHECK(state.nfs_clients.items.empty());
    CHECK_FALSE(state.nfs_clients.complete);
    CHECK_FALSE(state.nfs_servers.complete);
    CHECK_FALSE(state.nfs4_slots.complete);
    CHECK_FALSE(state.delegations.complete);
}

TEST_CASE("poison in a list of servers is a gap, and what mounts lead to is still there") {
    ClientWorld world;
    world.set(world.client, "struct nfs_client", "cl_superblocks.next", 0xdead000000000100);
    world.set(world.client, "struct nfs_client", "cl_superblocks.prev", 0xdead000000000122);
    auto state = world.read();
    CHECK(state.nfs_servers.items.size() == 1);
    CHECK_FALSE(state.nfs_servers.complete);
}

TEST_CASE("what hangs on objects that were not seen is in no list that is called complete") {
    constexpr VAddr kNowhere{0xdead000000000100};
    ClientWorld no_tree;
    no_tree.set(no_tree.server, "struct nfs_server", "state_owners.rb_node", kNowhere);
    auto no_owners = no_tree.read();
    CHECK_FALSE(no_owners.nfs4_state_owners.complete);
    CHECK_FALSE(no_owners.nfs4_states.complete);
    CHECK_FALSE(no_owners.nfs4_lock_states.complete);

    ClientWorld no_list;
    no_list.set(no_list.owner, "struct nfs4_state_owner", "so_states.next", kNowhere);
    no_list.set(no_list.owner, "struct nfs4_state_owner", "so_states.prev", kNowhere);
    auto no_states = no_list.read();
    CHECK(no_states.nfs4_state_owners.complete);
    CHECK_FALSE(no_states.nfs4_states.complete);
    CHECK_FALSE(no_states.nfs4_lock_states.complete);
    CHECK(no_states.pnfs_segments.complete);
}

TEST_CASE("members of objects are told once, with names of their own") {
    struct Names : nfs::Visitor {
        std::vector<std::string> names;
        void object(std::string_view, VAddr) override {}
        void member(const nfs::MemberInfo& info) override {
            CHECK_FALSE(info.doc.empty());
            names.emplace_back(info.name);
        }
    };
    auto unique = [](const auto& object) {
        Names names;
        describe(object, names);
        std::sort(names.names.begin(), names.names.end());
        return std::adjacent_find(names.names.begin(), names.names.end()) == names.names.end();
    };
    CHECK(unique(nfs::Mount{}));
    CHECK(unique(nfs::NfsServer{}));
    CHECK(unique(nfs::NfsClient{}));
    CHECK(unique(nfs::Nfs4SlotTable{}));
    CHECK(unique(nfs::Nfs4Slot{}));
    CHECK(unique(nfs::Nfs4State{}));
    CHECK(unique(nfs::OpenContext{}));
    CHECK(unique(nfs::Delegation{}));
    CHECK(unique(nfs::PnfsLayout{}));
    CHECK(unique(nfs::PnfsDevice{}));
}

TEST_CASE("a mount leads to the transport that says what HZ is") {
    ClientWorld world;
    world.clock.hz = unknown(Reason::no_symbol, "HZ");
    VAddr xprt = world.make("struct rpc_xprt"), clnt = world.make("struct rpc_clnt");
    world.set(xprt, "struct rpc_xprt", "bind_timeout", 6000);
    world.set(xprt, "struct rpc_xprt", "idle_timeout", 30000);
    world.set(clnt, "struct rpc_clnt", "cl_xprt", xprt);
    world.set(world.server, "struct nfs_server", "client", clnt);
    nfs::learn_hz(world.clock, world.roots());
    CHECK(world.clock.hz == 100);
}
