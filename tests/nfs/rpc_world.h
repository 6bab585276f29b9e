// A small RPC client made by a test: one network namespace, one client with a transport in a
// switch, tasks that the test adds and puts to sleep. Shapes as of v4.20 and later, or before.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nfs/check.h"
#include "nfs/fake_kernel.h"
#include "nfs/sunrpc_state.h"

namespace nfstriage::test {

enum class RpcShape { modern, v4_19 };

class RpcWorld {
public:
    static constexpr std::uint64_t kJiffies = 0x1'0000'5000;

    explicit RpcWorld(RpcShape given = RpcShape::modern, bool with_sunrpc_net = true)
        : shape(given) {
        declare(with_sunrpc_net);
        kernel.clock.hz = 250;
        kernel.clock.jiffies = kJiffies;
        kernel.clock.monotonic_ns = 100'000'000'000;
        net = kernel.make("struct net");
        kernel.link(place(net, "struct net", "dev_base_head"), {});
        sunrpc = kernel.make(512);
        xprt_switch = kernel.make("struct rpc_xprt_switch");
        program = text_object("struct rpc_program", "name", "nfs");
        xprt = add_xprt("server.example");
        kernel.link(place(xprt_switch, "struct rpc_xprt_switch", "xps_xprt_list"),
                    {place(xprt, kXprt, "xprt_switch")});
        clnt = add_clnt();
        link_clients({clnt});
        kernel.nets.items.push_back({kernel.reader().object("struct net", net)});
        kernel.nets.items.back().sunrpc = kernel.reader().object("struct sunrpc_net", sunrpc);
    }

    static constexpr std::string_view kTask = "struct rpc_task", kXprt = "struct rpc_xprt",
                                      kClnt = "struct rpc_clnt", kRqst = "struct rpc_rqst",
                                      kQueue = "struct rpc_wait_queue";

    VAddr place(VAddr object, std::string_view type, std::string_view path) {
        return kernel.place(object, type, path);
    }
    void set(VAddr object, std::string_view type, std::string_view path, std::uint64_t value) {
        kernel.set(object, type, path, value);
    }
    void set(VAddr object, std::string_view type, std::string_view path, VAddr value) {
        kernel.set(object, type, path, value);
    }

    VAddr add_clnt() {
        VAddr made = kernel.make(kClnt);
        set(made, kClnt, "cl_count", 100);
        set(made, kClnt, "cl_xprt", xprt);
        set(made, kClnt, "cl_vers", 4);
        set(made, kClnt, "cl_program", program);
        set(made, kClnt, "cl_rtt", place(made, kClnt, "cl_rtt_default"));
        set(made, kClnt, "cl_xpi.xpi_xpswitch", xprt_switch);
        kernel.link(place(made, kClnt, "cl_tasks"), {});
        return made;
    }
    // The head of the list lies 64 bytes into struct sunrpc_net.
    void link_clients(const std::vector<VAddr>& clnts) {
        std::vector<VAddr> nodes;
        for (VAddr at : clnts) nodes.push_back(place(at, kClnt, "cl_clients"));
        kernel.link(sunrpc + 64, nodes);
    }
    VAddr add_xprt(std::string_view server) {
        VAddr made = kernel.make(kXprt);
        set(made, kXprt, "kref", 2);
        set(made, kXprt, "servername", string(server));
        set(made, kXprt, "xprt_net", net);
        set(made, kXprt, "state", 0x12);  // CONNECTED|BOUND
        for (std::string queue : {"binding", "sending", "pending", "backlog"}) {
            set(made, kXprt, queue + ".name", string("xprt_" + queue));
            init_queue(place(made, kXprt, queue));
        }
        set(made, kXprt, "sending.maxpriority", 3);
        if (shape == RpcShape::modern)
            kernel.link(place(made, kXprt, "xmit_queue"), {});
        else
            kernel.link(place(made, kXprt, "recv"), {});
        kernel.link(place(made, kXprt, "free"), {});
        return made;
    }
    void init_queue(VAddr queue) {
        for (std::string index : {"0", "1", "2", "3"})
            kernel.link(place(queue, kQueue, "tasks[" + index + "]"), {});
        kernel.link(place(queue, kQueue, "timer_list.list"), {});
    }
    // Awake, on its client's list if link_tasks() says so.
    VAddr add_task(std::string_view procedure, std::uint64_t owner = 1) {
        VAddr made = kernel.make(kTask);
        set(made, kTask, "tk_count", 1);
        set(made, kTask, "tk_client", clnt);
        set(made, kTask, "tk_xprt", xprt);
        set(made, kTask, "tk_owner", owner);
        set(made, kTask, "tk_start", 97'500'000'000);
        set(made, kTask, "tk_runstate", 0x4);  // ACTIVE
        VAddr info = kernel.make("struct rpc_procinfo");
        if (!procedure.empty()) set(info, "struct rpc_procinfo", "p_name", string(procedure));
        set(info, "struct rpc_procinfo", "p_proc", 7);
        set(made, kTask, "tk_msg.rpc_proc", info);
        return made;
    }
    void link_tasks(const std::vector<VAddr>& tasks) {
        std::vector<VAddr> nodes;
        for (VAddr task : tasks) nodes.push_back(place(task, kTask, "tk_task"));
        kernel.link(place(clnt, kClnt, "cl_tasks"), nodes);
    }
    // Puts tasks to sleep on one list of a queue and counts them there.
    void sleep(VAddr queue, const std::vector<VAddr>& tasks, unsigned priority = 0) {
        std::vector<VAddr> nodes;
        for (VAddr task : tasks) {
            nodes.push_back(place(task, kTask, "u.tk_wait.list"));
            kernel.link(place(task, kTask, "u.tk_wait.links"), {});
            asleep(queue, task);
        }
        kernel.link(place(queue, kQueue, "tasks[" + std::to_string(priority) + "]"), nodes);
    }
    // Behind another of its owner, as the kernel of this shape chains them.
    void sleep_behind(VAddr queue, VAddr first, const std::vector<VAddr>& tasks,
                      unsigned priority) {
        std::vector<VAddr> nodes;
        for (VAddr task : tasks) {
            const bool modern = shape == RpcShape::modern;
            nodes.push_back(place(task, kTask, modern ? "u.tk_wait.links" : "u.tk_wait.list"));
            if (modern)
                set(task, kTask, "u.tk_wait.list.next",
                    place(queue, kQueue, "tasks[" + std::to_string(priority) + "]"));
            else
                kernel.link(place(task, kTask, "u.tk_wait.links"), {});
            asleep(queue, task);
        }
        kernel.link(place(first, kTask, "u.tk_wait.links"), nodes);
    }
    VAddr queue(std::string_view name) { return place(xprt, kXprt, name); }
    void hold(VAddr object, std::string_view type, std::string_view lock) {
        set(object, type, std::string(lock) + ".rlock.raw_lock.val.counter", 1);
    }
    // A request for a task that has been sent or waits to be.
    VAddr add_rqst(VAddr task) {
        VAddr made = kernel.make(kRqst);
        set(made, kRqst, "rq_task", task);
        set(made, kRqst, "rq_xprt", xprt);
        set(made, kRqst, "rq_xid", 0xe63f28e8);
        set(task, kTask, "tk_rqstp", made);
        return made;
    }
    // The only request in recv_queue.
    void await(VAddr rqst) {
        set(xprt, kXprt, "recv_queue.rb_node", place(rqst, kRqst, "rq_recv"));
    }
    VAddr string(std::string_view text) {
        VAddr made = kernel.make(text.size() + 1);
        kernel.dump.pages.put_string(made.value, text);
        return made;
    }
    VAddr text_object(std::string_view type, std::string_view member, std::string_view text) {
        VAddr made = kernel.make(type);
        set(made, type, member, string(text));
        return made;
    }

    nfs::SunrpcState state() { return nfs::read_sunrpc_state(kernel.roots(), client); }
    nfs::Listing<nfs::Finding> findings() { return nfs::check(kernel.roots(), state()); }
    std::vector<std::string> found() {
        std::vector<std::string> names;
        for (const nfs::Finding& finding : findings().items) names.push_back(*finding.check);
        return names;
    }

    RpcShape shape;
    FakeKernel kernel;
    nfs::ClientState client;
    VAddr net, sunrpc, xprt_switch, program, xprt, clnt;

private:
    void asleep(VAddr queue, VAddr task) {
        auto state = kernel.reader().object(kTask, task).number("tk_runstate").value();
        set(task, kTask, "tk_runstate", state | 2);
        set(task, kTask, "tk_waitqueue", queue);
        auto length = kernel.reader().object(kQueue, queue).number("qlen").value();
        set(queue, kQueue, "qlen", length + 1);
    }

    void declare(bool with_sunrpc_net) {
        const bool modern = shape == RpcShape::modern;
        kernel.declare(
            "struct in_ifaddr { struct in_ifaddr *ifa_next; u32 ifa_local; };"
            "struct in_device { struct in_ifaddr *ifa_list; };"
            "struct inet6_dev { struct list_head addr_list; };"
            "struct net_device { struct list_head dev_list; struct in_device *ip_ptr;"
            "    struct inet6_dev *ip6_ptr; };"
            "struct net { u64 id; struct list_head dev_base_head; };"
            "struct atomic { u32 counter; };"
            "struct arch_spinlock { struct atomic val; };"
            "struct raw_spinlock { struct arch_spinlock raw_lock; };"
            "struct spinlock { struct raw_spinlock rlock; };"
            "struct rb_node { u64 __rb_parent_color; struct rb_node *rb_right; "
            "struct rb_node *rb_left; };"
            "struct rb_root { struct rb_node *rb_node; };"
            "struct rpc_timer { struct list_head list; u64 expires; };"
            "struct rpc_procinfo { u32 p_proc; char *p_name; };"
            "struct rpc_program { char *name; };"
            "struct cred { u32 fsuid; };"
            "struct rpc_cred { struct cred *cr_cred; u32 cr_uid; };"
            "struct rpc_rtt { u64 timeo; };"
            "struct rpc_xprt_switch { struct spinlock xps_lock; u32 xps_nxprts; "
            "struct list_head xps_xprt_list; };"
            "struct rpc_xprt_iter { struct rpc_xprt_switch *xpi_xpswitch; };");
        if (with_sunrpc_net)
            kernel.declare("struct sunrpc_net { struct list_head all_clients at 64; };");
        kernel.declare(modern ? "struct rpc_wait { struct list_head list; struct list_head links; "
                                "struct list_head timer_list; };"
                                "struct rpc_message { struct rpc_procinfo *rpc_proc; "
                                "struct cred *rpc_cred; };"
                              : "struct rpc_wait { struct list_head list; struct list_head links; "
                                "struct list_head timer_list; u64 expires; };"
                                "struct rpc_message { struct rpc_procinfo *rpc_proc; "
                                "struct rpc_cred *rpc_cred; };");
        kernel.declare("union rpc_task_u { struct rpc_wait tk_wait; };");
        kernel.declare(std::string("struct rpc_wait_queue { struct spinlock lock; "
                                   "struct list_head tasks[4]; ") +
                       (modern ? "" : "s32 owner; ") + "u8 maxpriority; u8 priority; u8 nr; " +
                       (modern ? "u32" : "u16") +
                       " qlen; struct rpc_timer timer_list; char *name; };");
        kernel.declare(
            std::string("struct rpc_task { u32 tk_count; s32 tk_status; "
                        "struct list_head tk_task; void *tk_callback; void *tk_action; "
                        "u64 tk_timeout; u64 tk_runstate; struct rpc_wait_queue *tk_waitqueue; "
                        "union rpc_task_u u; struct rpc_message tk_msg; struct rpc_clnt "
                        "*tk_client; struct rpc_xprt *tk_xprt; struct rpc_rqst *tk_rqstp; "
                        "s64 tk_start; s32 tk_owner; u16 tk_flags; ") +
            (modern ? "s32 tk_rpc_status; };" : "};"));
        kernel.declare(
            std::string("struct rpc_rqst { struct rpc_xprt *rq_xprt; struct rpc_task *rq_task; "
                        "u32 rq_xid; u32 rq_retries; struct rpc_cred *rq_cred; "
                        "u64 rq_majortimeo; u32 rq_connect_cookie; ") +
            (modern ? "u32 rq_pin; struct rb_node rq_recv; struct list_head rq_xmit; "
                      "struct list_head rq_xmit2; struct list_head rq_list; };"
                    : "struct list_head rq_list; };"));
        kernel.declare(
            std::string("struct rpc_xprt { u32 kref; void *ops; u8 addr[128]; u64 state; "
                        "u64 cong; u64 cwnd; u32 connect_cookie; u64 last_used; "
                        "u64 bind_timeout; u64 idle_timeout; "
                        "struct list_head xprt_switch; struct list_head free; "
                        "struct rpc_wait_queue binding; struct rpc_wait_queue sending; "
                        "struct rpc_wait_queue pending; struct rpc_wait_queue backlog; "
                        "struct rpc_task *snd_task; struct spinlock transport_lock; "
                        "char *servername; char *address_strings[6]; struct net *xprt_net; ") +
            (modern ? "struct spinlock queue_lock; struct list_head xmit_queue; "
                      "struct rb_root recv_queue; };"
                    : "struct spinlock recv_lock; struct list_head recv; };"));
        kernel.declare(
            "struct rpc_clnt { u32 cl_count; struct list_head cl_clients; "
            "struct list_head cl_tasks; struct spinlock cl_lock; "
            "struct rpc_xprt *cl_xprt; u32 cl_vers; struct rpc_rtt *cl_rtt; "
            "struct rpc_rtt cl_rtt_default; struct rpc_program *cl_program; "
            "struct rpc_xprt_iter cl_xpi; u32 cl_task_count; };");
    }
};

}  // namespace nfstriage::test
