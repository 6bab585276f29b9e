#include "catch.h"
#include "nfs/writeback_world.h"

using namespace nfstriage;
using nfs::NfsInode;
using nfs::NfsPage;
using nfs::WritebackState;
using test::WritebackWorld;

namespace {

const NfsPage& at(const WritebackState& state, VAddr request) {
    for (const NfsPage& page : state.nfs_pages.items)
        if (page.address == request) return page;
    throw std::runtime_error("no such request");
}

}  // namespace

TEST_CASE("requests of the page cache are found and their bytes told apart") {
    WritebackWorld world;
    VAddr dirty = world.dirty();
    VAddr writing = world.under_writeback();
    VAddr unstable = world.unstable();
    world.set(dirty, world.kRequest, "wb_offset", 100);
    world.set(dirty, world.kRequest, "wb_bytes", 200);
    VAddr task = world.carry({writing}, 2);

    WritebackState state = world.read();
    CHECK(state.nfs_pages.complete);
    REQUIRE(state.nfs_pages.items.size() == 3);
    CHECK(at(state, dirty).state.is("dirty"));
    CHECK(at(state, dirty).position.is(100));
    CHECK(at(state, dirty).flags->names() == std::vector<std::string>{"PG_MAPPED", "PG_INODE_REF"});
    CHECK(at(state, dirty).folio_flags->bits ==
          (test::kPagePrivate | test::kPageUptodate | test::kPageDirty));
    CHECK(at(state, dirty).on_folio.is(true));
    CHECK(at(state, dirty).task.is(VAddr{}));
    CHECK(at(state, writing).state.is("writeback"));
    CHECK(at(state, writing).in_write.is(true));
    CHECK(at(state, writing).task.is(task));
    CHECK(at(state, unstable).state.is("unstable"));
    CHECK(at(state, unstable).on_commit_list.is(true));
    CHECK(at(state, unstable).in_write.is(false));

    REQUIRE(state.nfs_inodes.items.size() == 1);
    const NfsInode& inode = state.nfs_inodes.items.front();
    CHECK(inode.fileid.is(77));
    CHECK(inode.kind.is("regular"));
    CHECK(inode.requests.is(3));
    CHECK(inode.found_requests.is(3));
    CHECK(inode.uncommitted.is(1));
    CHECK(inode.dirty.is(200));
    CHECK(inode.under_writeback.is(4096));
    CHECK(inode.unstable.is(4096));
    CHECK(inode.at_risk.is(200 + 2 * 4096));
    CHECK(inode.oldest_write.is(kernel::Duration{5'000'000'000}));

    REQUIRE(state.totals.items.size() == 2);
    for (const nfs::WritebackTotals& totals : state.totals.items) {
        CHECK(totals.inodes.is(1));
        CHECK(totals.files.is(1));
        CHECK(totals.requests.is(3));
        CHECK(totals.at_risk.is(200 + 2 * 4096));
    }
    CHECK(state.totals.items.front().address.is_null());
    CHECK(state.totals.items.back().address == world.server);
}

TEST_CASE("requests in a COMMIT are unstable bytes") {
    WritebackWorld world;
    VAddr request = world.add(test::kBusy | test::kMapped | test::kInodeRef, test::kPagePrivate, 2);
    VAddr task = world.commit({request});
    WritebackState state = world.read();
    CHECK(at(state, request).state.is("committing"));
    CHECK(at(state, request).in_commit.is(true));
    CHECK(at(state, request).task.is(task));
    CHECK(state.nfs_inodes.items.front().unstable.is(4096));
    CHECK(state.nfs_inodes.items.front().dirty.is(0));
}

TEST_CASE("a group's members are found around its ring and their bytes counted once") {
    WritebackWorld world;
    VAddr head = world.under_writeback();
    VAddr member = world.make(world.kRequest), mirror = world.make(world.kRequest);
    world.set(head, world.kRequest, "wb_bytes", 1024);
    for (VAddr request : {member, mirror}) {
        world.set(request, world.kRequest, "wb_page", world.page_of(head));
        world.set(request, world.kRequest, "wb_offset", 1024);
        world.set(request, world.kRequest, "wb_bytes", 3072);
        world.set(request, world.kRequest, "wb_flags", test::kBusy | test::kInodeRef);
        world.set(request, world.kRequest, "wb_kref", 2);
        world.set(request, world.kRequest, "wb_head", head);
        world.link(request, {});
    }
    world.set(head, world.kRequest, "wb_this_page", member);
    world.set(member, world.kRequest, "wb_this_page", mirror);
    world.set(mirror, world.kRequest, "wb_this_page", head);
    world.set(world.inode, world.kInode, "nrequests", 3);

    WritebackState state = world.read();
    REQUIRE(state.nfs_pages.items.size() == 3);
    CHECK(at(state, member).group_size.is(3));
    CHECK(at(state, member).on_folio.is(false));
    CHECK(at(state, member).state.is("writeback"));
    CHECK(state.nfs_inodes.items.front().at_risk.is(4096));
    CHECK(world.broken().empty());
}

TEST_CASE("bytes of a group whose members were not dumped are not known") {
    WritebackWorld world;
    VAddr head = world.under_writeback();
    world.set(head, world.kRequest, "wb_bytes", 1024);
    world.set(head, world.kRequest, "wb_this_page", VAddr{0xffff888fffff0000});

    WritebackState state = world.read();
    REQUIRE(state.nfs_pages.items.size() == 1);
    CHECK_FALSE(state.nfs_pages.complete);
    const nfs::NfsInode& inode = state.nfs_inodes.items.front();
    CHECK_FALSE(inode.at_risk);
    CHECK_FALSE(inode.found_requests);
    CHECK_FALSE(state.totals.items.front().at_risk);
}

TEST_CASE("a file that only a task leads to is searched for all its requests") {
    WritebackWorld world;
    VAddr written = world.under_writeback(), dirty = world.dirty();
    world.carry({written}, 2);
    CHECK(world.read().nfs_inodes.items.front().found_requests.is(2));
    // The list of inodes breaks off on both sides.
    for (const char* side : {"s_inodes.next", "s_inodes.prev"})
        world.set(world.super_block, "struct super_block", side, VAddr{0xffff888fffff0000});
    WritebackState state = world.read();
    CHECK_FALSE(state.nfs_inodes.complete);
    REQUIRE(state.nfs_inodes.items.size() == 1);
    CHECK(state.nfs_inodes.items.front().found_requests.is(2));
    CHECK(at(state, dirty).state.is("dirty"));
}

TEST_CASE("what a task carries that cannot be read may be more requests, not more at risk") {
    WritebackWorld world;
    world.lose(world.carry({world.under_writeback()}, 2));
    WritebackState state = world.read();
    CHECK(state.nfs_inodes.items.front().at_risk.known());
    CHECK_FALSE(state.nfs_inodes.items.front().found_requests.known());
    CHECK_FALSE(state.nfs_pages.complete);
}

TEST_CASE("an inode whose kind was not dumped may be a file with something to lose") {
    WritebackWorld world;
    world.dirty();
    world.set(world.inode, world.kInode, "vfs_inode.i_rwsem.count", 1);  // in use, of any kind
    world.lose(world.place(world.inode, world.kInode, "vfs_inode.i_mode"));
    WritebackState state = world.read();
    REQUIRE(state.nfs_inodes.items.size() == 1);
    CHECK_FALSE(state.nfs_inodes.items.front().at_risk.known());
    CHECK_FALSE(state.nfs_pages.complete);
    CHECK_FALSE(state.totals.items.front().at_risk.known());
}

TEST_CASE("reads are listed and put nothing at risk") {
    WritebackWorld world;
    VAddr request = world.add(0, test::kPageLocked, 1);
    world.set(world.inode, world.kInode, "nrequests", 0);
    world.carry({request}, 1);
    WritebackState state = world.read();
    REQUIRE(state.nfs_pages.items.size() == 1);
    CHECK(at(state, request).state.is("read"));
    // The file is listed because of its request only.
    REQUIRE(state.nfs_inodes.items.size() == 1);
    CHECK(state.nfs_inodes.items.front().at_risk.is(0));
    CHECK(state.totals.items.front().files.is(0));
}

TEST_CASE("inodes with nothing but cached attributes are counted and not listed") {
    WritebackWorld world;
    VAddr other = world.make(world.kInode);
    world.set(other, world.kInode, "vfs_inode.i_mode", 0040755);
    world.set(other, world.kInode, "nrequests", 6);  // a directory keeps other things there
    world.link(world.place(other, world.kInode, "open_files"), {});
    world.link(world.place(world.super_block, "struct super_block", "s_inodes"),
               {world.place(world.inode, world.kInode, "vfs_inode.i_sb_list"),
                world.place(other, world.kInode, "vfs_inode.i_sb_list")});
    WritebackState state = world.read();
    CHECK(state.nfs_inodes.items.empty());
    CHECK(state.totals.items.front().inodes.is(2));
    CHECK(state.totals.items.front().active_inodes.is(0));

    world.set(other, world.kInode, "vfs_inode.i_rwsem.count", 1);
    state = world.read();
    REQUIRE(state.nfs_inodes.items.size() == 1);
    CHECK(state.nfs_inodes.items.front().kind.is("directory"));
    CHECK(state.nfs_inodes.items.front().rwsem.known());
    CHECK_FALSE(state.nfs_inodes.items.front().requests.known());
}

TEST_CASE("a write error is told with whether somebody heard of it") {
    WritebackWorld world;
    world.set(world.inode, world.kInode, "vfs_inode.i_data.wb_err", 0x2000 | 28);
    WritebackState state = world.read();
    REQUIRE(state.nfs_inodes.items.size() == 1);
    CHECK(state.nfs_inodes.items.front().write_error.is(-28));
    CHECK(state.nfs_inodes.items.front().write_error_reported.is(false));
    world.set(world.inode, world.kInode, "vfs_inode.i_data.wb_err", 0x3000 | 5);
    state = world.read();
    CHECK(state.nfs_inodes.items.front().write_error.is(-5));
    CHECK(state.nfs_inodes.items.front().write_error_reported.is(true));
}

TEST_CASE("a kernel whose requests are of folios is read the same") {
    WritebackWorld world("struct page *wb_folio;");
    VAddr dirty = world.dirty();
    WritebackState state = world.read();
    REQUIRE(state.nfs_pages.items.size() == 1);
    CHECK(at(state, dirty).folio.is(world.page_of(dirty)));
    CHECK(at(state, dirty).state.is("dirty"));
}

TEST_CASE("files are listed by what they put at risk") {
    WritebackWorld world;
    world.dirty();
    VAddr open = world.make(world.kInode);
    world.set(open, world.kInode, "vfs_inode.i_mode", 0100644);
    world.set(open, world.kInode, "vfs_inode.i_data.wb_err", 5);
    for (std::string_view list : {"open_files", "commit_info.list"})
        world.link(world.place(open, world.kInode, list), {});
    world.link(world.place(world.super_block, "struct super_block", "s_inodes"),
               {world.place(open, world.kInode, "vfs_inode.i_sb_list"),
                world.place(world.inode, world.kInode, "vfs_inode.i_sb_list")});
    WritebackState state = world.read();
    REQUIRE(state.nfs_inodes.items.size() == 2);
    CHECK(state.nfs_inodes.items[0].address == world.inode);
    CHECK(state.nfs_inodes.items[1].at_risk.is(0));
    CHECK(state.totals.items.front().hostname.is("all"));
    CHECK(state.totals.items.front().files.is(1));
}

TEST_CASE("bits of i_state are named by its width") {
    WritebackWorld world;
    world.dirty();
    world.set(world.inode, world.kInode, "vfs_inode.i_state", 4);
    WritebackState state = world.read();
    CHECK(state.nfs_inodes.items.front().inode_state->names() ==
          std::vector<std::string>{"I_DIRTY_PAGES"});
}

TEST_CASE("what was not dumped makes sums unknown and lists incomplete, never smaller") {
    WritebackWorld world;
    VAddr lost = world.dirty(), kept = world.dirty();
    SECTION("a page of the page cache") { world.lose(world.page_of(lost)); }
    SECTION("a request") { world.lose(lost); }
    WritebackState state = world.read();
    CHECK_FALSE(state.nfs_pages.complete);
    CHECK(at(state, kept).state.is("dirty"));
    REQUIRE(state.nfs_inodes.items.size() == 1);
    CHECK_FALSE(state.nfs_inodes.items.front().at_risk.known());
    CHECK_FALSE(state.nfs_inodes.items.front().found_requests.known());
    CHECK(state.nfs_inodes.items.front().requests.is(2));
    CHECK_FALSE(state.totals.items.front().at_risk.known());
    CHECK_FALSE(state.totals.items.back().files.known());
    CHECK(state.totals.items.back().inodes.is(1));
    CHECK(nfs::check(world.roots(), state).items.empty());
}

TEST_CASE("an inode that was not dumped leaves what it had to write unknown") {
    WritebackWorld world;
    world.dirty();
    world.lose(world.inode);
    WritebackState state = world.read();
    CHECK_FALSE(state.nfs_inodes.complete);
    CHECK_FALSE(state.totals.items.front().at_risk.known());
    CHECK_FALSE(state.totals.items.front().inodes.known());
}

TEST_CASE("tasks that were not all read leave open what carries a request") {
    WritebackWorld world;
    VAddr request = world.under_writeback();
    world.sunrpc.rpc_tasks.add_gap("rpc_tasks: 0 seen");
    WritebackState state = world.read();
    CHECK(at(state, request).state.is("writeback"));
    CHECK_FALSE(at(state, request).in_write.known());
    CHECK_FALSE(at(state, request).task.known());
    CHECK(state.nfs_inodes.items.front().at_risk.is(4096));
    CHECK_FALSE(state.nfs_inodes.items.front().oldest_write.known());
    // A READ that nothing else leads to may be among those that were not seen.
    CHECK_FALSE(state.nfs_pages.complete);
    CHECK(state.totals.complete);
}

TEST_CASE("a page cache that is no tree and a list that loops end the search") {
    WritebackWorld world;
    VAddr first = world.unstable(), second = world.unstable();
    world.set(world.inode, world.kInode, "nrequests", 5);
    world.dump.pages.put(second.value, first.value);  // back to the first
    world.set(world.tree, "struct xa_node", "shift", 5);
    WritebackState state = world.read();
    CHECK_FALSE(state.nfs_pages.complete);
    CHECK(state.nfs_pages.items.size() == 2);
    CHECK_FALSE(state.nfs_inodes.items.front().at_risk.known());
}

TEST_CASE("a kernel that does not describe NFS gives gaps, once each") {
    test::FakeKernel kernel;
    kernel.declare(
        "struct super_block { struct list_head s_inodes; };"
        "struct inode { struct list_head i_sb_list; };");
    nfs::ClientState client;
    for (unsigned i = 0; i < 2; ++i) {
        VAddr super_block = kernel.make("struct super_block"), inode = kernel.make("struct inode");
        kernel.link(super_block, {inode});
        nfs::NfsServer server;
        server.address = super_block;
        server.super_block = super_block;
        client.nfs_servers.items.push_back(server);
    }
    WritebackState state = nfs::read_writeback_state(kernel.roots(), client, {});
    CHECK(state.nfs_inodes.gaps.size() == 1);
    CHECK_FALSE(state.totals.items.front().at_risk.known());
}
