#include "verdict/signature.h"

#include "catch.h"
#include "facts/owner.h"
#include "verdict/scenes.h"
#include "verdict/sha256.h"

using namespace nfstriage;
using namespace nfstriage::verdict;
using facts::StackRole;
using test::crash_scene;
using test::frame;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4's examples") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256_hex(std::string(1000000, 'a')) ==
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("lengths around a block's end are padded right") {
    CHECK(sha256_hex(std::string(55, 'a')) ==
          "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318");
    CHECK(sha256_hex(std::string(56, 'a')) ==
          "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    CHECK(sha256_hex(std::string(64, 'a')) ==
          "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
}

TEST_CASE("the first three distinct NFS functions from the top, without suffixes") {
    auto scene =
        crash_scene(CrashKind::null_deref, {"memcpy", "nfs_a.isra.0 nfs", "?nfs_guessed nfs",
                                            "nfs_a nfs", "rpc_b.constprop.1 sunrpc",
                                            "process_one_work", "nfs_c.cold nfs", "nfs_d nfs"});
    auto signature = signature_of(scene);
    REQUIRE(signature);
    CHECK(signature->text == "v1:null_deref:nfs_client:nfs_a>rpc_b>nfs_c");
    CHECK(signature->id == sha256_hex(signature->text).substr(0, 16));
    CHECK(signature->version == 1);
    CHECK(signature->alternates.empty());
}

TEST_CASE("a fault whose address is not known meets the NULL dereference in a group") {
    auto lost = crash_scene(CrashKind::paging_request, {"nfs_a nfs", "nfs_b nfs"});
    REQUIRE(signature_of(lost));
    CHECK(signature_of(lost)->alternates ==
          std::vector<std::string>{"v1:null_deref:nfs_client:nfs_a>nfs_b"});
    lost.crash->fault.address = 0xffff888012345678;
    CHECK(signature_of(lost)->alternates.empty());
}

TEST_CASE("inlined and scanned frames are left out, so that dump and log agree") {
    auto log = crash_scene(CrashKind::gpf, {"nfs_a nfs", "nfs_b nfs", "nfs_c nfs"});
    auto dump = crash_scene(CrashKind::gpf, {"nfs_a nfs", "nfs_b nfs", "nfs_c nfs"}, Trust::orc);
    Frame inlined = frame("nfs_inlined nfs", Trust::orc);
    inlined.inlined = true;
    dump.stacks[0].frames.insert(dump.stacks[0].frames.begin() + 1, inlined);
    dump.stacks[0].frames.insert(dump.stacks[0].frames.begin() + 1,
                                 frame("nfs_x nfs", Trust::scan));
    dump.kernel.kaslr_offset = 0x1000000;
    dump.crash->task.pid = 7;
    CHECK(signature_of(log)->text == signature_of(dump)->text);
}

TEST_CASE("a lockup is named by its outermost functions, because the inner ones are a sample") {
    auto one = crash_scene(CrashKind::soft_lockup,
                           {"nfs_commit_end nfs", "__nfs_commit_inode nfs", "nfs_wb_page nfs",
                            "nfs_updatepage nfs", "nfs_write_end nfs", "nfs_file_write nfs"});
    auto two = crash_scene(CrashKind::soft_lockup,
                           {"page_mapping", "clear_page_dirty_for_io", "nfs_wb_page nfs",
                            "nfs_updatepage nfs", "nfs_write_end nfs", "nfs_file_write nfs"});
    auto signature = signature_of(one);
    CHECK(signature->text ==
          "v1:soft_lockup:nfs_client:nfs_file_write>nfs_write_end>nfs_updatepage");
    CHECK(signature->text == signature_of(two)->text);
    CHECK(signature->alternates ==
          std::vector<std::string>{"v1:soft_lockup:nfs_client:nfs_file_write>nfs_write_end",
                                   "v1:soft_lockup:nfs_client:nfs_file_write"});
}

TEST_CASE("without NFS functions the first three that mean something are taken") {
    auto scene = crash_scene(CrashKind::paging_request,
                             {"_raw_spin_lock", "kmem_cache_alloc", "foo_take", "strcmp",
                              "foo_open", "foo_run", "foo_main", "ret_from_fork"});
    CHECK(signature_of(scene)->text == "v1:paging_request:none:foo_take>foo_open>foo_run");
}

TEST_CASE("no function, no signature: what is not known does not form a group") {
    CHECK_FALSE(signature_of(crash_scene(CrashKind::panic, {})));
    CHECK_FALSE(signature_of(crash_scene(CrashKind::panic, {"?nfs_a nfs"})));
    CHECK_FALSE(signature_of(facts::Scene{}));
}

TEST_CASE("the first error's text is an alternate, so that a bare panic joins its group") {
    auto scene = crash_scene(CrashKind::paging_request, {"rcu_process_callbacks"});
    scene.crash->fault.address = 0xffffa628c7d2bb28;
    facts::Crash first = *scene.crash;
    first.kind = CrashKind::warning;
    scene.first_error = first;
    auto frames = test::stack(StackRole::first_error,
                              {"delete_node", "idr_remove", "nfs4_put_stid nfsd", "nfsd4_x nfsd"});
    scene.first_error->top = frames.frames.front();
    scene.stacks.push_back(frames);
    scene.crash->top = frame("foo_function");
    auto signature = signature_of(scene);
    REQUIRE(signature);
    CHECK(signature->alternates ==
          std::vector<std::string>{"v1:warning:nfsd:nfs4_put_stid>nfsd4_x"});
    // An interrupt on an idle CPU names nobody: the first error is all there is to group by.
    scene.crash->top = frame("rcu_process_callbacks");
    signature = signature_of(scene);
    REQUIRE(signature);
    CHECK(signature->text == "v1:warning:nfsd:nfs4_put_stid>nfsd4_x");
    CHECK(signature->alternates.empty());
}

TEST_CASE("owners are told apart by module and by name") {
    CHECK(facts::owner_of(frame("nfs_wb_page nfs")).owner == facts::Owner::nfs);
    CHECK(facts::owner_of(frame("nfs_wb_page")).owner == facts::Owner::nfs);  // built in
    CHECK(facts::owner_of(frame("nfs_unlock_request klp_0001")).owner ==
          facts::Owner::nfs);  // live patch
    CHECK(facts::owner_of(frame("xfs_file_fsync xfs")).owner == facts::Owner::other);
    CHECK(facts::owner_of(frame("ext4_writepages")).name == "ext4");
    CHECK(facts::owner_of(frame("some_function vendor_mod")).name == "vendor_mod");
    CHECK(facts::owner_of(frame("native_queued_spin_lock_slowpath")).owner ==
          facts::Owner::generic);
    CHECK(facts::owner_of(frame("kfree")).owner == facts::Owner::generic);
    CHECK(facts::owner_of(frame("kfree_skb")).owner != facts::Owner::nfs);
    CHECK(facts::owner_of(frame("tcp_sendmsg")).owner == facts::Owner::shared);
    CHECK(facts::owner_of(frame("never_heard_of_it")).owner == facts::Owner::unknown);
}
