// Tasks that wait, made up: types cut down to what waits are followed by, stacks given by the names
// of functions and the arguments that recovery would have found.
#pragma once

#include <map>

#include "nfs/fake_kernel.h"
#include "nfs/waits.h"

namespace nfstriage::test {

class WaitsWorld : public FakeKernel {
public:
    WaitsWorld() {
        dump.translation = Reason::not_dumped;
        declare(
            "struct atomic { s64 counter; };"
            "struct task_struct { u64 state; u64 blocker; };"
            "struct swait_queue { struct task_struct *task; struct list_head task_list; };"
            "struct swait_queue_head { u64 lock; struct list_head task_list; };"
            "struct completion { u32 done; struct swait_queue_head wait; };"
            "struct mutex_waiter { struct list_head list; struct task_struct *task; };"
            "struct mutex { struct atomic owner; struct list_head wait_list; };"
            "struct rpc_wait_queue { u64 lock; char name[16]; };"
            "struct rpc_xprt { char *servername; struct rpc_wait_queue pending;"
            " struct rpc_wait_queue sending; struct rpc_wait_queue backlog;"
            " struct rpc_wait_queue binding; void *snd_task; };"
            "struct work_data { s64 counter; };"
            "struct work_struct { struct work_data data; };"
            "struct workqueue_struct { char name[16]; };"
            "struct pool_workqueue { struct workqueue_struct *wq; };"
            "struct rpc_task { u64 tk_runstate at 16; struct rpc_wait_queue *tk_waitqueue;"
            " struct rpc_xprt *tk_xprt; };"
            "struct nfs_client { u64 cl_state; };"
            "struct nfs_server { struct nfs_client *nfs_client; };"
            "struct page { u64 flags; };"
            "struct folio { u64 flags; };"
            "struct percpu_rw_semaphore { struct atomic block; };"
            "struct sb_writers { s32 frozen; struct percpu_rw_semaphore rw_sem[3]; };"
            "struct dentry { struct super_block *d_sb; };"
            "struct file_system_type { char *name; };"
            "struct super_block { struct file_system_type *s_type; struct dentry *s_root;"
            " struct sb_writers s_writers; char s_id[32]; };"
            "enum pageflags { PG_locked, PG_writeback = 15 };");
    }

    // A task, at the address that it gets.
    VAddr task(std::int64_t pid, std::string comm, std::uint64_t state = 2) {
        kernel::TaskInfo info;
        info.address = make("struct task_struct");
        info.pid = info.tgid = pid;
        info.comm = std::move(comm);
        info.state = state;
        info.on_cpu = false;
        tasks.items.push_back(info);
        return info.address;
    }

    struct Call {
        std::string function;
        std::map<unsigned, std::uint64_t> arguments = {};
        Trust trust = Trust::orc;  // of the frame and what it was called with
    };
    // The stack of that task, innermost first.
    nfs::Sleeper& stack(VAddr address, std::vector<Call> calls) {
        nfs::Sleeper sleeper;
        for (const kernel::TaskInfo& info : tasks.items)
            if (info.address == address) sleeper.task = info;
        for (const Call& call : calls) {
            Frame frame;
            frame.function = call.function;
            frame.trust = call.trust;
            sleeper.frames.push_back(frame);
        }
        sleeper.complete = true;
        sleeper.argument = [calls](std::size_t frame, unsigned index,
                                   std::string_view) -> Maybe<Argument> {
            auto found = calls[frame].arguments.find(index);
            if (found == calls[frame].arguments.end()) return unknown(Reason::no_decoder);
            Argument argument;
            argument.value = found->second;
            argument.trust = calls[frame].trust;
            argument.how = {"stack word"};
            return argument;
        };
        sleepers.items.push_back(std::move(sleeper));
        return sleepers.items.back();
    }
    // Asleep in a synchronous call.
    void stack_in_rpc(VAddr address, VAddr rpc_task) {
        stack(address, {{"__schedule"},
                        {"schedule"},
                        {"rpc_wait_bit_killable"},
                        {"__wait_on_bit"},
                        {"out_of_line_wait_on_bit", {{0, rpc_task.value + 16}, {1, 1}}},
                        {"__rpc_execute", {{0, rpc_task.value}}},
                        {"nfs_getattr"}});
    }
    void stack_in_mutex(VAddr address, VAddr mutex) {
        stack(address, {{"__schedule"},
                        {"schedule_preempt_disabled"},
                        {"__mutex_lock.constprop.0", {{0, mutex.value}}},
                        {"nfs_commit_inode"}});
    }

    VAddr xprt(const std::string& server) {
        VAddr address = make("struct rpc_xprt"), name = make(64);
        dump.pages.put_string(name.value, server);
        set(address, "struct rpc_xprt", "servername", name);
        nfs::RpcXprt xprt;
        xprt.address = address;
        xprt.server = server;
        xprt.connected = true;
        sunrpc_.rpc_xprts.items.push_back(xprt);
        return address;
    }
    // A call on one of the transport's queues; "": on none.
    VAddr rpc_task(VAddr xprt, std::string_view queue, std::int64_t age_s) {
        VAddr address = make("struct rpc_task");
        set(address, "struct rpc_task", "tk_xprt", xprt);
        if (!queue.empty())
            set(address, "struct rpc_task", "tk_waitqueue", place(xprt, "struct rpc_xprt", queue));
        nfs::RpcTask task;
        task.address = address;
        task.procedure = std::string("GETATTR");
        task.xprt = xprt;
        task.age = kernel::Duration{age_s * 1'000'000'000};
        sunrpc_.rpc_tasks.items.push_back(task);
        return address;
    }
    // Held by `holder`, waited for by others.
    VAddr mutex(VAddr holder, const std::vector<VAddr>& waiters) {
        VAddr address = make("struct mutex");
        set(address, "struct mutex", "owner.counter", holder);
        std::vector<VAddr> nodes;
        for (VAddr task : waiters) {
            VAddr waiter = make("struct mutex_waiter");
            set(waiter, "struct mutex_waiter", "task", task);
            nodes.push_back(waiter);
        }
        link(place(address, "struct mutex", "wait_list"), nodes);
        return address;
    }

    nfs::WaitsState read() {
        nfs::WaitAreas areas{sunrpc_, client_, writeback_, server_, lockd_};
        return nfs::read_waits_state(roots(), areas, sleepers);
    }

    nfs::Listing<nfs::Sleeper> sleepers;
    nfs::SunrpcState sunrpc_;
    nfs::ClientState client_;
    nfs::WritebackState writeback_;
    nfs::ServerState server_;
    nfs::LockdState lockd_;
};

}  // namespace nfstriage::test
