// What the engine, its rules and a person who checks an answer by hand ask of a kernel: the names
// of types, by subsystem. A table; grows with the questions. Names that a kernel does not have cost
// little: they are not looked for where the string is not in the debug information.
#include <string_view>

#include "debuginfo/dwarf_types.h"

namespace nfstriage::debuginfo {
namespace {

// clang-format off
constexpr std::string_view kStructures[] = {
    // tasks and what hangs off them
    "task_struct", "thread_info", "thread_struct", "signal_struct", "sighand_struct", "mm_struct",
    "vm_area_struct", "cred", "group_info", "user_struct", "user_namespace", "nsproxy", "pid",
    "upid", "pid_namespace", "fs_struct", "files_struct", "fdtable", "key", "kernel_siginfo",
    "sched_entity", "rq", "cfs_rq", "pcpu_hot", "taskstats", "io_context", "kthread",
    // registers and stacks
    "pt_regs", "inactive_task_frame", "fork_frame", "orc_entry", "stack_frame", "stack_info",
    "unwind_state", "irq_stack", "exception_stacks", "cea_exception_stacks", "cpu_entry_area",
    "tss_struct", "cpu_context", "frame_record", "frame_record_meta", "stackframe",
    "ftrace_ops", "ftrace_ret_stack", "fgraph_ops", "ftrace_hash", "kprobe", "kretprobe",
    "kretprobe_instance", "kretprobe_holder", "rethook", "rethook_node", "bug_entry",
    "exception_table_entry",
    // modules, symbols, the log
    "module", "module_layout", "module_memory", "mod_kallsyms", "mod_arch_specific",
    "mod_tree_node", "module_kobject", "module_notes_attrs", "module_sect_attrs", "module_sect_attr",
    "bin_attribute", "attribute_group", "btf", "btf_module", "btf_header", "new_utsname",
    "uts_namespace", "printk_ringbuffer", "printk_info", "dev_printk_info", "prb_desc",
    "prb_desc_ring", "prb_data_blk_lpos", "prb_data_ring", "prb_data_block", "printk_log",
    "klp_patch", "klp_object", "klp_func", "kernel_param", "static_key", "tracepoint",
    // memory
    "page", "folio", "slab", "kmem_cache", "kmem_cache_cpu", "kmem_cache_node",
    "kmem_cache_order_objects", "array_cache", "zone", "pglist_data", "mem_section", "vm_struct",
    "vmap_area", "mem_cgroup", "shrinker", "shrink_control", "list_lru", "list_lru_node",
    "list_lru_one", "bdi_writeback", "backing_dev_info", "writeback_control", "wb_writeback_work",
    "page_pool", "dev_pagemap", "stack_record",
    // files
    "file", "file_operations", "file_lock", "file_lock_core", "file_lease", "file_lock_context",
    "file_lock_operations", "lock_manager_operations", "inode", "inode_operations", "dentry",
    "dentry_operations", "super_block", "super_operations", "file_system_type", "address_space",
    "address_space_operations", "mount", "mountpoint", "vfsmount", "mnt_namespace", "path", "qstr",
    "kiocb", "iov_iter", "bio_vec", "kvec", "pipe_inode_info", "pipe_buffer", "splice_pipe_desc",
    "readahead_control", "file_ra_state", "iattr", "kstat", "posix_acl", "export_operations",
    "fs_context", "nameidata", "fscache_cookie", "fscache_volume", "netfs_inode",
    "netfs_io_request", "netfs_io_subrequest", "proc_dir_entry", "kernfs_node", "kobject", "kset",
    // locks, waiting, counting
    "spinlock", "raw_spinlock", "qspinlock", "qrwlock", "mcs_spinlock", "qnode", "mutex",
    "mutex_waiter", "rw_semaphore", "rwsem_waiter", "percpu_rw_semaphore", "semaphore",
    "rt_mutex", "rt_mutex_base", "rt_mutex_waiter", "lockref", "completion", "swait_queue_head",
    "swait_queue", "wait_queue_head", "wait_queue_entry", "wait_bit_queue_entry", "wait_bit_key",
    "wait_page_queue", "kref", "refcount_struct", "percpu_ref", "percpu_ref_data",
    "percpu_counter", "callback_head", "srcu_struct", "rcu_node", "rcu_data", "rcu_state",
    "lockdep_map", "held_lock", "seqcount", "rcuwait", "rcu_sync", "semaphore_waiter",
    "optimistic_spin_node", "optimistic_spin_queue",
    // containers
    "list_head", "hlist_head", "hlist_node", "hlist_nulls_head", "hlist_nulls_node",
    "hlist_bl_head", "hlist_bl_node", "llist_head", "llist_node", "rb_node", "rb_root",
    "rb_root_cached", "xarray", "xa_node", "xa_state", "radix_tree_root", "radix_tree_node",
    "idr", "ida", "ida_bitmap", "rhashtable", "rhltable", "rhash_head", "rhlist_head",
    "rhash_lock_head", "bucket_table", "maple_tree", "maple_node", "interval_tree_node",
    "sbitmap_queue",
    // timers and work
    "timer_list", "timer_base", "hrtimer", "hrtimer_cpu_base", "hrtimer_clock_base",
    "timekeeper", "tk_read_base", "tk_data", "tick_sched", "clocksource",
    "work_struct", "delayed_work", "rcu_work", "worker", "worker_pool", "pool_workqueue",
    "workqueue_struct", "workqueue_attrs", "kthread_work", "kthread_worker", "irq_work",
    // network
    "net", "net_device", "net_generic", "sk_buff", "sk_buff_head", "skb_shared_info", "sock",
    "sock_common", "socket", "socket_wq", "socket_alloc", "proto", "proto_ops", "inet_sock",
    "inet_connection_sock", "inet_connection_sock_af_ops", "request_sock", "tcp_sock", "tcp6_sock",
    "tcp_skb_cb", "udp_sock", "unix_sock", "sockaddr_in", "sockaddr_in6", "sockaddr_storage",
    "netns_ipv4", "tls_context", "in_device", "in_ifaddr", "inet6_dev", "inet6_ifaddr",
    // of the families below, what kernels of some age do not have and readers ask for: only of a
    // name that was looked for by itself does a profile tell that the kernel lacks it
    "nfsd_cacherep", "svc_cacherep",
};

constexpr std::string_view kFamilies[] = {  // in the modules
    "nfs*", "nlm*", "nsm*", "lockd*", "rpc*", "svc*", "xprt*", "sunrpc*", "sock_xprt*", "xdr*",
    "cache_*", "auth_domain*", "auth_ops*", "unix_gid*", "unix_domain*", "ip_map*", "rsc*", "rsi*",
    "gss*", "krb5*", "pnfs*", "layout*", "bl_*", "ff_*", "filelayout*", "cb_*", "cld_*", "clnt_*",
    "client_*", "callback_*", "compound_hdr*", "idmap*", "session_*", "state_*", "stateid*",
    "deferred*", "rdma_*", "ib_cq*", "ib_qp*", "ib_wc*", "ib_send_wr*", "ib_recv_wr*", "ib_pd*",
    "enfs*", "pm_*", "readdir_*", "raparm*", "knfsd*", "host*", "rpcrdma*", "fid*",
};

constexpr std::string_view kUnions[] = {"thread_union", "irq_stack_union"};

constexpr std::string_view kEnumerations[] = {
    "pageflags", "zone_type", "module_state", "mod_mem_type", "stack_type", "desc_state",
    "log_flags", "pid_type", "rwsem_waiter_type", "sock_flags", "sk_pacing", "wb_state",
    "exception_stack_ordering", "zone_stat_item", "node_stat_item",
};

constexpr std::string_view kEnumerationFamilies[] = {
    "nfs*", "nlm*", "rpc*", "svc*", "xprt*", "pnfs*", "layout*", "open*", "limit*", "lock_type4*",
    "data_content4*", "state_protect*", "filelayout*", "enfs*", "stable*",
};

constexpr std::string_view kEnumerators[] = {
    "NFS*", "OP_*", "PG_*", "RPC*", "SVC*", "RQ_*", "SP_*", "XPT_*", "XPRT*", "TCP_*", "SOCK*",
    "SS_*", "MODULE_*", "MOD_*", "NLM*", "LK_*", "LAYOUT*", "ZONE_*", "WORK*", "POOL_*", "PWQ*",
    "AS_*", "STACK_TYPE_*", "ESTACK_*", "desc_*", "LOG_*", "PIDTYPE_*", "RWSEM_*", "WB_*",
    "GSS*", "PNFS*", "FF_*", "ENFS*", "DELEG*",
};

constexpr std::string_view kTypedefs[] = {"atomic_t", "atomic64_t", "atomic_long_t", "rwlock_t"};
// clang-format on

}  // namespace

TypeOptions kernel_type_options() {
    TypeOptions options;
    auto add = [&](std::string_view kind, const auto& names) {
        for (std::string_view name : names)
            options.roots.push_back(std::string(kind) + std::string(name));
    };
    add("struct ", kStructures);
    add("struct ", kFamilies);
    add("union ", kUnions);
    add("union ", kFamilies);
    add("enum ", kEnumerations);
    add("enum ", kEnumerationFamilies);
    add("typedef ", kTypedefs);
    options.enumerators.assign(std::begin(kEnumerators), std::end(kEnumerators));
    return options;
}

}  // namespace nfstriage::debuginfo
