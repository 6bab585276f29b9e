// SPDX-License-Identifier: GPL-2.0
/*
 * nfsfault: brings a running kernel into the state of a known NFS crash, once, at a kprobe. What then
 * fails is the kernel's own code, but for functions named stand-in below: the shape that a function
 * had in the kernels with the bug, put in place of today's.
 *
 *   insmod nfsfault.ko mode=wb-page
 *   echo 1 > /sys/module/nfsfault/parameters/armed
 *
 * wb-page         nfs_wb_page() meets a clean page that still has its request: every turn of its loop
 *                 finds nothing to do. (fs/nfs/write.c, 4.19 with a fatal write error left attached)
 * rpc-execute     a TCP send of an async task is refused for ever, and a stand-in of xs_nospace() of
 *                 before v5.18 lets it try again at once.
 * redirty         a submission fails half way: the error cleanup redirties the request, then the
 *                 caller does so again. The check of nfs_unlock_request() that is gone since is a
 *                 stand-in.
 * stid            nfs4_put_stid() frees the radix tree node of a client's stateid that another side has
 *                 freed already: a warning, for private_list is not empty. Then, between idr_remove()
 *                 and the end of the grace period, the callback of that other side re-initialises
 *                 private_list, which is where RCU keeps the function that it will call.
 *
 * The looping task of the first two never reschedules of its own will, as in kernels without a
 * rescheduling point in these loops.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/nfs.h>
#include <linux/nfs_fs.h>
#include <linux/nfs_page.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/sunrpc/clnt.h>
#include <linux/sunrpc/xprt.h>
#include <linux/sunrpc/xprtsock.h>
#include <linux/version.h>
#include <linux/xarray.h>
#include <net/sock.h>

static char *mode = "";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "wb-page, rpc-execute, redirty or stid");

static bool armed;
module_param(armed, bool, 0644);
MODULE_PARM_DESC(armed, "the next fitting call makes the fault");

static ulong node_rcu_free;
module_param(node_rcu_free, ulong, 0444);
MODULE_PARM_DESC(node_rcu_free, "stid: address of radix_tree_node_rcu_free, from /proc/kallsyms");

static atomic_t fired = ATOMIC_INIT(0);
static struct task_struct *victim;

/* True for the one call that makes the fault. */
static bool fire(const char *what, const void *object)
{
	if (!READ_ONCE(armed) || atomic_cmpxchg(&fired, 0, 1))
		return false;
	pr_info("nfsfault: %s, %s %px, in %s[%d]\n", mode, what, object, current->comm,
		current->pid);
	WRITE_ONCE(victim, current);
	return true;
}

/* For a pre-handler to return: the probed function is not run, this one is. */
static int run_instead(struct pt_regs *regs, void *function)
{
	instruction_pointer_set(regs, (unsigned long)function);
	return 1;
}

static int no_reschedule(void)
{
	return 0;
}

static int on_cond_resched(struct kprobe *probe, struct pt_regs *regs)
{
	return current == READ_ONCE(victim) ? run_instead(regs, no_reschedule) : 0;
}

/* wb-page: nfs_wb_page(inode, page) or nfs_wb_folio(inode, folio); a folio begins as a page. */
static int on_wb_page(struct kprobe *probe, struct pt_regs *regs)
{
	struct page *page = (void *)regs_get_kernel_argument(regs, 1);

	if (!PagePrivate(page) || PageWriteback(page) || !fire("page", page))
		return 0;
	ClearPageDirty(page);
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)	/* which has no such flag */
	SetPageError(page);
#endif
	return 0;
}

/* rpc-execute: int xs_tcp_send_request(struct rpc_rqst *req) */
static int on_send_request(struct kprobe *probe, struct pt_regs *regs)
{
	struct rpc_rqst *request = (void *)regs_get_kernel_argument(regs, 0);

	if ((current->flags & PF_WQ_WORKER) && request->rq_task && !request->rq_xprt->bc_serv &&
	    strncmp(request->rq_task->tk_client->cl_program->name, "nfs", 3) == 0)
		fire("task", request->rq_task);
	return 0;
}

static int send_is_refused(struct socket *socket, struct msghdr *message, struct xdr_buf *xdr,
			   unsigned int base, __be32 marker, unsigned int *sent)
{
	*sent = 0;
	return -EAGAIN;
}

static int on_sendmsg(struct kprobe *probe, struct pt_regs *regs)
{
	return current == READ_ONCE(victim) ? run_instead(regs, send_is_refused) : 0;
}

/*
 * Stand-in of xs_nospace(): it takes the refusal for a full buffer, and sk_write_space() finds the
 * socket writeable, so that the task goes on at once. That is called often enough for most samples of
 * the loop to fall in here: the watchdog's reports have to show what is peculiar to this loop.
 */
static noinline int xs_nospace(struct rpc_rqst *request)
{
	struct rpc_xprt *xprt = request->rq_xprt;
	struct sock *sk = container_of(xprt, struct sock_xprt, xprt)->inet;
	int i;

	spin_lock(&xprt->transport_lock);
	if (xprt_connected(xprt))
		set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	spin_unlock(&xprt->transport_lock);
	for (i = 0; i < 1000; i++)
		sk->sk_write_space(sk);
	return -EAGAIN;
}

static int on_stream_nospace(struct kprobe *probe, struct pt_regs *regs)
{
	return current == READ_ONCE(victim) ? run_instead(regs, xs_nospace) : 0;
}

/*
 * redirty: instead of int nfs_pageio_add_request(struct nfs_pageio_descriptor *, struct nfs_page *).
 * What is called is nfs_async_write_error(); -EBADF is an error that redirties.
 */
static int submission_fails(struct nfs_pageio_descriptor *submission, struct nfs_page *request)
{
	LIST_HEAD(failed);

	list_add_tail(&request->wb_list, &failed);
	submission->pg_error = -EBADF;
	submission->pg_completion_ops->error_cleanup(&failed, -EBADF);
	return 0;
}

static int on_add_request(struct kprobe *probe, struct pt_regs *regs)
{
	struct nfs_page *request = (void *)regs_get_kernel_argument(regs, 1);

	/* Only requests of page cache writes are mapped. */
	if (!test_bit(PG_MAPPED, &request->wb_flags) || !test_bit(PG_BUSY, &request->wb_flags) ||
	    !list_empty(&request->wb_list) || !fire("request", request))
		return 0;
	return run_instead(regs, submission_fails);
}

/* Stand-in of the check that nfs_unlock_request() has in fs/nfs/pagelist.c up to v5.x. */
#line 379 "fs/nfs/pagelist.c"
static noinline void nfs_unlock_request_checked(struct nfs_page *request)
{
	pr_err("NFS: Invalid unlock attempted\n");
	BUG();
}
#line 178 "nfsfault.c"

static int on_unlock_request(struct kprobe *probe, struct pt_regs *regs)
{
	struct nfs_page *request = (void *)regs_get_kernel_argument(regs, 0);

	if (current != READ_ONCE(victim) || test_bit(PG_BUSY, &request->wb_flags))
		return 0;
	return run_instead(regs, nfs_unlock_request_checked);
}

/* stid: the task that is inside nfs4_put_stid(), which holds a spin lock in its last part. */
static struct task_struct *putting;
static struct xa_node *freed_node;

static int on_put_stid(struct kprobe *probe, struct pt_regs *regs)
{
	WRITE_ONCE(putting, current);
	return 0;
}

/*
 * bool delete_node(struct radix_tree_root *root, struct radix_tree_node *node): the node looks as it
 * does once another side has freed it, and is about to be freed. It is not really queued for RCU: two
 * times the same head in one of its lists would lose what lies between.
 */
static int on_delete_node(struct kprobe *probe, struct pt_regs *regs)
{
	struct xa_node *node = (void *)regs_get_kernel_argument(regs, 1);

	if (current != READ_ONCE(putting) || !node || node->count || !node_rcu_free ||
	    !fire("node", node))
		return 0;
	node->rcu_head.next = NULL;
	node->rcu_head.func = (rcu_callback_t)node_rcu_free;
	WRITE_ONCE(freed_node, node);
	return 0;
}

/*
 * Every sc_free of a stateid, which nfs4_put_stid() calls when the node is queued: now the callback of
 * that other side runs. This is what radix_tree_node_rcu_free() does to the list.
 */
static int on_free_stid(struct kprobe *probe, struct pt_regs *regs)
{
	struct xa_node *node = READ_ONCE(freed_node);

	if (current != READ_ONCE(victim) || !node)
		return 0;
	INIT_LIST_HEAD(&node->private_list);
	WRITE_ONCE(freed_node, NULL);
	return 0;
}

struct trap {
	const char *mode;
	const char *symbol;
	kprobe_pre_handler_t handler;
	bool optional;	/* another symbol of the mode stands for it on other kernels */
};

static const struct trap traps[] = {
	{ "wb-page", "nfs_wb_page", on_wb_page, true },
	{ "wb-page", "nfs_wb_folio", on_wb_page, true },
#ifndef CONFIG_PREEMPT_DYNAMIC	/* there preempt=none does it, and no sample falls in a probe */
	{ "wb-page", "__cond_resched", on_cond_resched },
#endif
	{ "rpc-execute", "xs_tcp_send_request", on_send_request },
	{ "rpc-execute", "xprt_sock_sendmsg", on_sendmsg },
	{ "rpc-execute", "xs_stream_nospace", on_stream_nospace },
	{ "rpc-execute", "__cond_resched", on_cond_resched },
	{ "redirty", "nfs_pageio_add_request", on_add_request },
	{ "redirty", "nfs_unlock_request", on_unlock_request },
	{ "stid", "nfs4_put_stid", on_put_stid },
	{ "stid", "delete_node", on_delete_node },
	{ "stid", "nfs4_free_ol_stateid", on_free_stid },
	{ "stid", "nfs4_free_lock_stateid", on_free_stid },
	{ "stid", "nfs4_free_deleg", on_free_stid },
};

static struct kprobe probes[ARRAY_SIZE(traps)];

/* Having a post-handler is what lets a probe on an ftrace site change the instruction pointer. */
static void after(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static void remove_probes(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].pre_handler)
			unregister_kprobe(&probes[i]);
}

static int __init nfsfault_init(void)
{
	int set = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(traps); i++) {
		struct kprobe probe = { .symbol_name = traps[i].symbol,
					.pre_handler = traps[i].handler,
					.post_handler = after };
		int status;

		if (strcmp(mode, traps[i].mode))
			continue;
		probes[i] = probe;
		status = register_kprobe(&probes[i]);
		if (status) {
			probes[i].pre_handler = NULL;
			if (traps[i].optional)
				continue;
			pr_err("nfsfault: %s: no probe: %d\n", traps[i].symbol, status);
			remove_probes();
			return status;
		}
		set++;
	}
	return set ? 0 : -EINVAL;
}
module_init(nfsfault_init);

static void __exit nfsfault_exit(void)
{
	remove_probes();
}
module_exit(nfsfault_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("bring a kernel into the state of a known NFS crash, for tests of crash triage");
