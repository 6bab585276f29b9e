#include "catch.h"
#include "nfs/wait_place.h"
#include "nfs/waits_world.h"

using namespace nfstriage;
using nfs::Wait;
using nfs::WaitKind;
using nfs::WaitPlace;
using nfs::WaitsState;
using test::WaitsWorld;

namespace {

const Wait& of(const WaitsState& state, std::int64_t pid) {
    const Wait* wait = nullptr;
    for (const Wait& candidate : state.waits.items)
        if (candidate.pid.is(pid)) wait = &candidate;
    if (wait == nullptr) throw std::runtime_error("no wait of " + std::to_string(pid));
    return *wait;
}

WaitPlace place(WaitsWorld& world, std::vector<WaitsWorld::Call> calls, std::uint64_t state = 2) {
    VAddr task = world.task(1, "a", state);
    return nfs::find_wait_place(world.roots(), world.stack(task, std::move(calls)));
}

}  // namespace

TEST_CASE("a task that waits for an RPC leads over its transport to the server") {
    WaitsWorld world;
    VAddr xprt = world.xprt("files.example");
    VAddr rpc = world.rpc_task(xprt, "pending", 33);
    VAddr task = world.task(7, "cat");
    world.stack_in_rpc(task, rpc);

    WaitsState state = world.read();
    REQUIRE(state.waits.items.size() == 1);
    const Wait& wait = of(state, 7);
    CHECK(wait.kind.is("rpc_task"));
    CHECK(wait.state.is("D"));
    CHECK(wait.function.is("rpc_wait_bit_killable"));
    CHECK(wait.object.is(rpc));
    CHECK(wait.rpc_task.is(rpc));
    CHECK(wait.trust.is("orc"));
    CHECK_FALSE(wait.doubt.known());
    CHECK(wait.head.is("server files.example"));
    REQUIRE(state.chains.items.size() == 1);
    CHECK(state.chains.items[0].tasks.is(1));
    CHECK(state.chains.items[0].kind.is("server"));
    CHECK_THAT(
        *state.chains.items[0].what,
        Catch::Matchers::StartsWith("does not answer: 1 call in flight, the oldest for 33 s"));
    CHECK(nfs::summary_of(state) == "1 task waits for server files.example: 1 for RPCs");
}

TEST_CASE("what is said of waits that are not all known is a lower bound, and says so") {
    WaitsWorld world;
    world.stack_in_rpc(world.task(7, "cat"), world.rpc_task(world.xprt("s"), "pending", 33));
    world.sleepers.add_gap("stacks: more than 1 tasks sleep in NFS");
    CHECK(nfs::summary_of(world.read()) ==
          "at least 1 task waits for server s: 1 for RPCs; not all are known: stacks: more than 1 "
          "tasks sleep in NFS");
}

TEST_CASE("tasks behind a lock count for the head that its holder waits for") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder"), first = world.task(2, "first"),
          second = world.task(3, "second");
    VAddr mutex = world.mutex(holder, {first, second});
    world.stack_in_rpc(holder, world.rpc_task(world.xprt("s"), "pending", 2));
    world.stack_in_mutex(first, mutex);
    world.stack_in_mutex(second, mutex);

    WaitsState state = world.read();
    CHECK(of(state, 2).holder.is("holder[1]"));
    CHECK(of(state, 2).holder_pid.is(1));
    CHECK(of(state, 2).head.is("server s"));
    CHECK_THAT(*of(state, 2).how, ContainsSubstring("the lock lists it as waiting"));
    REQUIRE(state.chains.items.size() == 1);
    CHECK(state.chains.items[0].tasks.is(3));
    CHECK(state.chains.items[0].direct.is(1));
    CHECK(nfs::summary_of(state) ==
          "3 tasks wait for server s: 2 for locks held by holder[1], 1 for RPCs");
}

TEST_CASE("a task that the lock does not list is doubted") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder"), other = world.task(2, "other");
    world.stack_in_mutex(other, world.mutex(holder, {}));
    CHECK(of(world.read(), 2).doubt.is("the lock does not list it as waiting"));
}

TEST_CASE("a task without a stack is found by the lock that lists it") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder"), seen = world.task(2, "seen"),
          hidden = world.task(3, "hidden");
    VAddr mutex = world.mutex(holder, {seen, hidden});
    world.stack_in_rpc(holder, world.rpc_task(world.xprt("s"), "pending", 2));
    world.stack_in_mutex(seen, mutex);
    nfs::Sleeper& sleeper = world.stack(hidden, {});
    sleeper.why_no_frames = Unknown{Reason::filtered, "page of its stack"};

    WaitsState state = world.read();
    CHECK(of(state, 3).head.is("server s"));
    CHECK(of(state, 3).object.why() == Reason::filtered);
    CHECK_FALSE(state.waits.complete);
}

TEST_CASE("waits are not all known where the stack of one that holds a lock breaks off") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder"), other = world.task(2, "other");
    VAddr mutex = world.mutex(holder, {other});
    world.stack(other, {{"__schedule"},
                        {"schedule_preempt_disabled"},
                        {"__mutex_lock.constprop.0", {{0, mutex.value}}},
                        {"vfs_fsync_range"}});
    nfs::Sleeper& sleeper = world.stack(holder, {{"__schedule"}, {"vfs_write"}});
    CHECK(world.read().waits.complete);
    sleeper.complete = false;  // a function of NFS may have called it
    WaitsState state = world.read();
    CHECK(nfs::find_wait(state, other) == nullptr);
    CHECK_FALSE(state.waits.complete);
}

TEST_CASE("who waits for a writeback that is not known may wait for NFS") {
    WaitsWorld world;
    const std::uint64_t of_nfs = world.make("struct super_block").value, other = of_nfs + 4096;
    VAddr sync = world.task(1, "sync"), worker = world.task(2, "kworker/u4:5");
    auto waits = [&](std::map<unsigned, std::uint64_t> waited_for,
                     std::map<unsigned, std::uint64_t> written) {
        world.sleepers.items.clear();
        world.stack(sync,
                    {{"__schedule"}, {"wb_wait_for_completion"}, {"sync_inodes_sb", waited_for}});
        world.stack(worker, {{"__schedule"},
                             {"rpc_wait_bit_killable"},
                             {"nfs_commit_inode"},
                             {"writeback_sb_inodes", written}});
        return world.read();
    };
    CHECK(waits({{0, of_nfs}}, {{0, of_nfs}}).waits.items.size() == 2);
    WaitsState elsewhere = waits({{0, other}}, {{0, of_nfs}});
    CHECK(elsewhere.waits.items.size() == 1);
    CHECK(elsewhere.waits.complete);
    CHECK_FALSE(waits({{0, other}}, {}).waits.complete);
    CHECK_FALSE(waits({}, {{0, of_nfs}}).waits.complete);
}

TEST_CASE("tasks that hold what the other one needs are a ring") {
    WaitsWorld world;
    VAddr a = world.task(1, "a"), b = world.task(2, "b"), outside = world.task(3, "c");
    VAddr of_a = world.mutex(a, {b, outside}), of_b = world.mutex(b, {a});
    world.stack_in_mutex(a, of_b);
    world.stack_in_mutex(b, of_a);
    world.stack_in_mutex(outside, of_a);

    WaitsState state = world.read();
    REQUIRE(state.cycles.items.size() == 1);
    CHECK(state.cycles.items[0].tasks.is(2));
    CHECK_THAT(*state.cycles.items[0].ring, Catch::Matchers::StartsWith("a[1] waits for "));
    REQUIRE(state.chains.items.size() == 1);
    CHECK(state.chains.items[0].kind.is("ring"));
    CHECK(state.chains.items[0].tasks.is(3));
}

TEST_CASE("without the page of a lock or RPC a chain breaks off and names no head") {
    WaitsWorld world;
    VAddr task = world.task(1, "a"), rpc = world.rpc_task(world.xprt("s"), "pending", 2);
    world.stack_in_rpc(task, rpc);
    CHECK(of(world.read(), 1).head.is("server s"));
    world.lose(rpc);
    WaitsState state = world.read();
    CHECK(of(state, 1).object.is(rpc));
    CHECK_FALSE(of(state, 1).head.known());
    CHECK(state.chains.items.empty());

    VAddr other = world.task(2, "b"), mutex = world.mutex(task, {other});
    world.stack_in_mutex(other, mutex);
    world.lose(mutex);
    CHECK_FALSE(of(world.read(), 2).holder.known());
    CHECK_FALSE(of(world.read(), 2).doubt.known());
}

TEST_CASE("an RPC waits to send behind the one that has its transport, not behind a cookie") {
    WaitsWorld world;
    VAddr xprt = world.xprt("s");
    VAddr sender = world.rpc_task(xprt, "pending", 2), behind = world.rpc_task(xprt, "sending", 1);
    VAddr task = world.task(1, "a");
    world.stack_in_rpc(task, behind);
    world.set(xprt, "struct rpc_xprt", "snd_task", sender);
    CHECK_THAT(*of(world.read(), 1).chain, ContainsSubstring("waits to send behind GETATTR"));
    world.set(xprt, "struct rpc_xprt", "snd_task", xprt);
    CHECK_THAT(*of(world.read(), 1).chain, ContainsSubstring("waits to send over"));
    CHECK(of(world.read(), 1).head.is("server s"));
}

TEST_CASE("tasks that wait for work, or for nothing, do not wait") {
    WaitsWorld world;
    world.stack(world.task(1, "nfsd", 1),
                {{"__schedule"}, {"schedule"}, {"schedule_timeout"}, {"svc_recv"}, {"nfsd"}});
    world.stack(world.task(2, "ls", 0), {{"__schedule"}, {"__cond_resched"}, {"nfs_readdir"}});
    world.stack(world.task(3, "jbd2"),
                {{"__schedule"}, {"io_schedule"}, {"bit_wait_io"}, {"__wait_on_buffer"}});
    CHECK(world.read().waits.items.empty());
}

TEST_CASE("a lock that is held by a task that could run ends at that task") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder", 0), other = world.task(2, "other");
    world.stack(holder, {{"__schedule"}, {"__cond_resched"}, {"nfs_readdir"}});
    world.stack_in_mutex(other, world.mutex(holder, {other}));
    CHECK(of(world.read(), 2).head.is("holder[1]"));
    CHECK_THAT(*of(world.read(), 2).chain, ContainsSubstring("is runnable"));
}

TEST_CASE("who writes to a frozen file system waits until it is thawed") {
    WaitsWorld world;
    const char* type = "struct super_block";
    VAddr super_block = world.make(type), root = world.make("struct dentry"),
          kind = world.make("struct file_system_type"), name = world.make(64);
    world.dump.pages.put_string(name.value, "ext4");
    world.dump.pages.put_string(world.place(super_block, type, "s_id").value, "vda");
    world.set(kind, "struct file_system_type", "name", name);
    world.set(root, "struct dentry", "d_sb", super_block);
    world.set(super_block, type, "s_root", root);
    world.set(super_block, type, "s_type", kind);
    world.set(super_block, type, "s_writers.frozen", 4);
    VAddr writers = world.place(super_block, type, "s_writers.rw_sem[1]");
    world.stack(world.task(7, "nfsd"),
                {{"__schedule"}, {"percpu_rwsem_wait", {{0, writers.value}}}, {"nfsd_vfs_write"}});
    CHECK(of(world.read(), 7).head.is("frozen file system ext4 vda"));
    world.set(super_block, type, "s_type", 0);
    CHECK(of(world.read(), 7).head.is("frozen file system vda"));
    world.dump.pages.put_string(world.place(super_block, type, "s_id").value, "");
    CHECK(of(world.read(), 7).head.is("frozen file system " + hex(super_block)));
}

TEST_CASE("a spinlock's holder is guessed only where all stacks were read") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder", 0), other = world.task(2, "other", 0);
    world.stack(holder, {{"__cond_resched"}, {"nfs_readdir"}});
    world.stack(other, {{"native_queued_spin_lock_slowpath", {{0, world.make(8).value}}},
                        {"_raw_spin_lock"},
                        {"nfs_commit_inode"}});
    CHECK(of(world.read(), 2).head.is("holder[1]"));
    VAddr third = world.task(3, "third", 0);
    world.stack(third, {}).complete = false;
    CHECK_FALSE(of(world.read(), 2).head.known());
    CHECK_FALSE(of(world.read(), 2).holder.known());
}

TEST_CASE("a task in a function without a name is not known to be at no wait") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder", 0), other = world.task(2, "other");
    world.stack(holder, {{""}, {"nfs_readdir"}});
    world.stack_in_mutex(other, world.mutex(holder, {other}));
    CHECK_FALSE(of(world.read(), 2).head.known());
    CHECK_THAT(*of(world.read(), 2).chain, ContainsSubstring("without names"));
}

TEST_CASE("what a bit belongs to is told by the function that waits for it") {
    WaitsWorld world;
    VAddr rpc = world.make("struct rpc_task");
    WaitPlace found = place(world, {{"__schedule"},
                                    {"schedule"},
                                    {"rpc_wait_bit_killable"},
                                    {"__wait_on_bit"},
                                    {"out_of_line_wait_on_bit", {{0, rpc.value + 16}, {1, 2}}},
                                    {"_nfs4_do_setlk"}});
    CHECK(found.kind == WaitKind::rpc_task);
    CHECK(found.object == rpc);
    CHECK(found.bit == 2);
    CHECK(found.type == "struct rpc_task");
}

TEST_CASE("the kernel's own word on what a task is blocked on is another way to the lock") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder"), other = world.task(2, "other");
    VAddr mutex = world.mutex(holder, {other});
    world.set(other, "struct task_struct", "blocker", mutex);
    world.stack(other, {{"__schedule"}, {"__mutex_lock.constprop.0"}, {"nfs_commit_inode"}});
    const nfs::WaitsState state = world.read();
    CHECK(of(state, 2).object.is(mutex));
    CHECK(of(state, 2).holder.is("holder[1]"));
    CHECK_THAT(*of(state, 2).how, ContainsSubstring("blocker of the task_struct"));
    // The same number of a reader of a rw_semaphore says nothing of a mutex.
    world.set(other, "struct task_struct", "blocker", VAddr{mutex.value | 2});
    CHECK_FALSE(of(world.read(), 2).object.known());
}

TEST_CASE("a completion lists who waits for it, and says if it is done") {
    WaitsWorld world;
    VAddr task = world.task(1, "waiter"), other = world.task(2, "other");
    VAddr completion = world.make("struct completion"), entry = world.make("struct swait_queue");
    world.set(entry, "struct swait_queue", "task", task);
    world.link(world.place(completion, "struct completion", "wait.task_list"),
               {world.place(entry, "struct swait_queue", "task_list")});
    for (VAddr who : {task, other})
        world.stack(who, {{"__schedule"},
                          {"schedule_timeout"},
                          {"wait_for_completion", {{0, completion.value}}},
                          {"nfs_made_up"}});
    nfs::WaitsState state = world.read();
    REQUIRE(state.waits.items.size() + state.elsewhere.size() == 2);
    const Wait* listed = nfs::find_wait(state, task);
    REQUIRE(listed != nullptr);
    CHECK(listed->object.is(completion));
    CHECK_THAT(*listed->how, ContainsSubstring("the completion lists it as waiting"));
    CHECK(nfs::find_wait(state, other)->doubt.is("the completion does not list it as waiting"));
    world.set(completion, "struct completion", "done", 1);
    state = world.read();
    CHECK_THAT(*nfs::find_wait(state, task)->chain, ContainsSubstring("is completed already"));
}

TEST_CASE("a work that no thread has taken up names its workqueue") {
    WaitsWorld world;
    VAddr task = world.task(1, "flusher"), work = world.make("struct work_struct");
    VAddr pwq = world.make("struct pool_workqueue"), queue = world.make("struct workqueue_struct");
    world.set_text(queue, "struct workqueue_struct", "name", "nfsiod");
    world.set(pwq, "struct pool_workqueue", "wq", queue);
    world.set(work, "struct work_struct", "data.counter", VAddr{pwq.value | 4});
    world.stack(task, {{"__schedule"}, {"__flush_work", {{0, work.value}}}, {"nfs_made_up"}});
    const nfs::WaitsState state = world.read();
    const Wait* wait = nfs::find_wait(state, task);
    REQUIRE(wait != nullptr);
    CHECK_THAT(*wait->chain, ContainsSubstring("is queued on workqueue nfsiod"));
}

TEST_CASE("which bit of a folio is waited for is told by its number") {
    WaitsWorld world;
    VAddr folio = world.make("struct folio");
    auto wait = [&](std::uint64_t bit) {
        return place(world, {{"__schedule"},
                             {"io_schedule"},
                             {"folio_wait_bit_common", {{0, folio.value}, {1, bit}}},
                             {"filemap_update_page"}});
    };
    CHECK(wait(0).kind == WaitKind::folio_lock);
    CHECK(wait(15).kind == WaitKind::folio_writeback);
    CHECK(wait(3).kind == WaitKind::folio_bit);
    CHECK(wait(0).object == folio);
}

TEST_CASE("the state manager is waited for on its bit, and slept for without one") {
    WaitsWorld world;
    VAddr server = world.make("struct nfs_server"), client = world.make("struct nfs_client");
    world.set(server, "struct nfs_server", "nfs_client", client);
    WaitPlace waits = place(world, {{"__schedule"},
                                    {"schedule"},
                                    {"nfs_wait_bit_killable"},
                                    {"__wait_on_bit"},
                                    {"out_of_line_wait_on_bit"},
                                    {"nfs4_wait_clnt_recover", {{0, client.value}}}});
    CHECK(waits.kind == WaitKind::state_manager);
    CHECK(waits.object == client);
    WaitPlace sleeps = place(world, {{"__schedule"},
                                     {"schedule"},
                                     {"schedule_timeout"},
                                     {"nfs4_handle_exception", {{0, server.value}}}});
    CHECK(sleeps.kind == WaitKind::delay);
    CHECK(sleeps.object == client);
}

TEST_CASE("a delay that a server asked for does not end at itself where the server is not known") {
    WaitsWorld world;
    world.stack(world.task(7, "ls"), {{"__schedule"}, {"schedule_timeout"}, {"nfs4_delay"}});
    world.stack(world.task(8, "cat"),
                {{"__schedule"}, {"schedule_timeout"}, {"nfs4_handle_exception"}});
    WaitsState state = world.read();
    CHECK(of(state, 7).head.is("a delay, to try again"));
    CHECK_FALSE(of(state, 8).head.known());
}

TEST_CASE("words that contradict each other leave the better founded object, with a doubt") {
    WaitsWorld world;
    VAddr a = world.mutex(VAddr{}, {}), b = world.mutex(VAddr{}, {});
    WaitPlace found = place(world, {{"__schedule"},
                                    {"__mutex_lock.isra.0", {{0, a.value}}, Trust::scan},
                                    {"mutex_lock", {{0, b.value}}, Trust::orc},
                                    {"nfs_lookup"}});
    CHECK(found.object == b);
    CHECK(found.trust == Trust::orc);
    CHECK_THAT(found.doubt, ContainsSubstring(hex(a)));
}

TEST_CASE("an object that was found by scanning stays so") {
    WaitsWorld world;
    VAddr a = world.make("struct mutex");
    WaitPlace found =
        place(world, {{"__schedule"}, {"mutex_lock", {{0, a.value}}, Trust::scan}, {"nfs_lookup"}});
    CHECK(found.object == a);
    CHECK(found.trust == Trust::scan);
    WaitPlace none = place(world, {{"__schedule"}, {"mutex_lock"}, {"nfs_lookup"}});
    CHECK_FALSE(none.object.has_value());
    CHECK_FALSE(none.doubt.empty());
}

TEST_CASE("the innermost NFS function is not known where the stack had to be scanned for one") {
    WaitsWorld world;
    VAddr task = world.task(7, "nfsd");
    world.stack(task, {{"__schedule"},
                       {"rwsem_down_write_slowpath"},
                       {"generic_file_write_iter"},
                       {"nfsd_dispatch", {}, Trust::scan}});
    CHECK_FALSE(of(world.read(), 7).caller.known());
}

TEST_CASE("a call without its number may be one to this machine") {
    WaitsWorld world;
    VAddr rpc = world.rpc_task(world.xprt("files.example"), "pending", 33);
    world.stack_in_rpc(world.task(7, "cat"), rpc);
    world.server_.svc_threads.items.emplace_back().busy = false;
    nfs::RpcTask& call = world.sunrpc_.rpc_tasks.items.front();
    call.xid = std::uint64_t{4711};
    CHECK(of(world.read(), 7).head.is("server files.example"));
    call.xid = Reason::not_dumped;
    CHECK_FALSE(of(world.read(), 7).head.known());
}

TEST_CASE("a task that runs and whose stack breaks off may wait for a spinlock") {
    WaitsWorld world;
    VAddr holder = world.task(1, "holder", 0), other = world.task(2, "other");
    nfs::Sleeper& running = world.stack(holder, {{"sysvec_reboot"}});
    running.running = true;
    world.stack_in_mutex(other, world.mutex(holder, {other}));
    CHECK(of(world.read(), 2).head.is("holder[1]"));
    CHECK(world.read().waits.complete);
    for (nfs::Sleeper& sleeper : world.sleepers.items)
        if (sleeper.running) sleeper.complete = false;
    CHECK_FALSE(of(world.read(), 2).head.known());
    CHECK_FALSE(world.read().waits.complete);
}
