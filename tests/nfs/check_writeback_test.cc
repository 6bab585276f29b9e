#include "catch.h"
#include "nfs/writeback_world.h"

using namespace nfstriage;
using test::WritebackWorld;
using Names = std::vector<std::string>;

TEST_CASE("legal states of requests give no finding") {
    WritebackWorld world;
    world.dirty();
    VAddr writing = world.under_writeback();
    world.unstable();
    world.carry({writing}, 2);
    VAddr committing =
        world.add(test::kBusy | test::kMapped | test::kInodeRef, test::kPagePrivate, 2);
    world.commit({committing});
    // Between folio_clear_dirty_for_io() and nfs_lock_request().
    world.add(test::kMapped | test::kInodeRef, test::kPagePrivate | test::kPageLocked, 1);
    CHECK(world.broken().empty());
}

TEST_CASE("a request that was released too often is found") {
    WritebackWorld world;
    VAddr request = world.dirty();
    SECTION("to zero") { world.set(request, world.kRequest, "wb_kref", 0); }
    SECTION("to saturation") { world.set(request, world.kRequest, "wb_kref", 0xc0000000); }
    auto findings = world.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].check.is("nfs_page_references"));
    CHECK(findings[0].type.is("struct nfs_page"));
    CHECK(findings[0].address == request);
    CHECK(findings[0].found->find("wb_flags 0x12 (PG_MAPPED|PG_INODE_REF), wb_kref") == 0);
}

TEST_CASE("PG_MAPPED and the folio's private word must agree unless their lock is held") {
    WritebackWorld world;
    VAddr request = world.dirty();
    SECTION("not mapped") { world.set(request, world.kRequest, "wb_flags", test::kInodeRef); }
    SECTION("not attached") {
        // Found by the commit list.
        world.commits = {request};
        world.link(world.place(world.inode, world.kInode, "commit_info.list"), world.commits);
        world.set(request, world.kRequest, "wb_flags",
                  test::kMapped | test::kClean | test::kInodeRef);
        world.set(world.page_of(request), world.kPage, "private", 0);
    }
    CHECK(world.broken() == Names{"nfs_page_mapped"});
    world.set(world.inode, world.kInode, "vfs_inode.i_data.private_lock", 1);
    CHECK(world.broken().empty());
}

TEST_CASE("a folio that lost its file while it has a request is found") {
    WritebackWorld world;
    VAddr request = world.unstable();
    world.set(world.page_of(request), world.kPage, "mapping", 0);
    CHECK(world.broken() == Names{"nfs_page_folio_mapping"});
}

TEST_CASE("a request without the reference that its folio stands for is found") {
    WritebackWorld world;
    VAddr request = world.dirty();
    world.set(request, world.kRequest, "wb_flags", test::kMapped);
    CHECK(world.broken() == Names{"nfs_page_inode_ref"});
    // nfs_inode_add_request() sets it on a locked request.
    world.set(request, world.kRequest, "wb_flags", test::kMapped | test::kBusy);
    CHECK(world.broken().empty());
}

TEST_CASE("a request in flight that is not locked is found") {
    WritebackWorld world;
    VAddr request = world.under_writeback();
    world.set(request, world.kRequest, "wb_flags", test::kMapped | test::kInodeRef);
    SECTION("in a WRITE") { world.carry({request}, 2); }
    SECTION("in a COMMIT") { world.commit({request}); }
    auto broken = world.broken();
    REQUIRE_FALSE(broken.empty());
    CHECK(broken.front() == "nfs_page_in_flight");
}

TEST_CASE("PG_CLEAN and the commit list must agree unless commit_mutex is held") {
    WritebackWorld world;
    VAddr request = world.unstable();
    SECTION("on the list without the flag") {
        world.set(request, world.kRequest, "wb_flags", test::kMapped | test::kInodeRef);
        world.set(world.page_of(request), world.kPage, "flags",
                  test::kPagePrivate | test::kPageDirty);
    }
    SECTION("the flag without the list") {
        world.link(world.place(world.inode, world.kInode, "commit_info.list"), {});
    }
    CHECK(world.broken() == Names{"nfs_page_commit_list"});
    world.set(world.inode, world.kInode, "commit_mutex.owner", 0xffff888000001000);
    CHECK(world.broken().empty());
}

TEST_CASE("a request that nobody will write is found once its folio is unlocked") {
    WritebackWorld world;
    world.add(test::kMapped | test::kInodeRef, test::kPagePrivate | test::kPageLocked, 1);
    CHECK(world.broken().empty());
    world.add(test::kMapped | test::kInodeRef, test::kPagePrivate, 1);
    CHECK(world.broken() == Names{"nfs_page_stranded"});
    CHECK(world.read().nfs_pages.items.back().state.is("idle"));
}

TEST_CASE("a head that is no address is found") {
    WritebackWorld world;
    VAddr request = world.dirty();
    world.set(request, world.kRequest, "wb_head", 0xdead000000000122);
    auto findings = world.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].check.is("nfs_page_group"));
    CHECK(findings[0].found->find("wb_head 0xdead000000000122") == 0);
}

TEST_CASE("a ring that does not close is found unless it is being changed") {
    WritebackWorld world;
    VAddr head = world.dirty(), member = world.make(world.kRequest);
    world.set(member, world.kRequest, "wb_page", world.page_of(head));
    world.set(member, world.kRequest, "wb_flags", test::kInodeRef);
    world.set(member, world.kRequest, "wb_kref", 1);
    world.set(member, world.kRequest, "wb_head", head);
    world.set(member, world.kRequest, "wb_this_page", member);
    world.set(head, world.kRequest, "wb_this_page", member);
    world.set(world.inode, world.kInode, "nrequests", 2);
    CHECK(world.broken() == Names{"nfs_page_group"});
    world.set(head, world.kRequest, "wb_flags", test::kMapped | test::kInodeRef | test::kHeadLock);
    CHECK(world.broken().empty());
    world.set(head, world.kRequest, "wb_flags", test::kMapped | test::kInodeRef);
    world.lose(member);
    CHECK(world.broken().empty());
}

TEST_CASE("a commit list whose links disagree is found unless commit_mutex is held") {
    WritebackWorld world;
    VAddr first = world.unstable();
    VAddr second = world.unstable();
    world.dump.pages.put(second.value + 8, second.value);  // its prev
    auto findings = world.findings();
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].check.is("nfs_page_list"));
    CHECK(findings[0].address == world.inode);
    CHECK(findings[0].expected->find(hex(first)) == 0);
    world.set(world.inode, world.kInode, "commit_mutex.owner", 0xffff888000001000);
    CHECK(world.broken().empty());
}

TEST_CASE("a folio that leads to another folio's request is found") {
    WritebackWorld world;
    VAddr request = world.dirty(), other = world.dirty();
    world.set(world.page_of(request), world.kPage, "private", other);
    CHECK(world.broken() == Names{"nfs_page_folio"});
    world.set(world.inode, world.kInode, "vfs_inode.i_data.private_lock", 1);
    CHECK(world.broken().empty());
}

TEST_CASE("a private word that is no address of an object is found, a small number is not") {
    WritebackWorld world;
    VAddr request = world.dirty();
    world.dirty();
    world.set(world.page_of(request), world.kPage, "private", 0xdead000000000122);
    CHECK(world.broken() == Names{"nfs_page_folio"});
    world.set(world.page_of(request), world.kPage, "private", 1);
    world.set(world.inode, world.kInode, "nrequests", 2);
    CHECK(world.broken().empty());
    CHECK(world.read().nfs_pages.complete);
}

TEST_CASE("a request unlocked during writeback is found unless a running task has it") {
    WritebackWorld world;
    VAddr request = world.under_writeback();
    world.set(request, world.kRequest, "wb_flags", test::kMapped | test::kInodeRef);
    CHECK(world.broken() == Names{"nfs_page_unlocked_in_writeback"});

    kernel::TaskInfo task;
    task.address = world.make(64);
    task.stack = world.make(16384);
    task.on_cpu = true;
    world.tasks.items.push_back(task);
    CHECK(world.broken().empty());  // its registers are not known
    world.dump.notes.emplace_back();
    CHECK(world.broken().size() == 1);
    world.dump.notes[0].registers.set("rbx", request.value);
    CHECK(world.broken().empty());
    world.dump.notes[0].registers.set("rbx", 0);
    world.dump.pages.put(task.stack->value + 8000, request.value);
    CHECK(world.broken().empty());
    // One that sleeps went to sleep elsewhere.
    world.tasks.items[0].on_cpu = false;
    world.tasks.items[0].state = 2;
    CHECK(world.broken().size() == 1);
    // Nothing is said where tasks are missing.
    world.tasks.add_gap("tasks");
    CHECK(world.broken().empty());
}
