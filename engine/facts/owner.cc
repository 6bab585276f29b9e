// Tables of function names. A trailing * stands for any continuation. Names are as in the kernel's
// kallsyms, without compiler suffixes; they come from include/, kernel/, mm/, lib/, net/ and arch/
// of Linux 4.18 to 6.17, and from console reports of these kernels.
#include "facts/owner.h"

#include <algorithm>
#include <array>
#include <span>

#include "nfs/family.h"

namespace nfstriage::facts {
namespace {

using Names = std::span<const std::string_view>;

// The tables are laid out by hand: a name to a line would hide them.
// clang-format off
constexpr std::string_view kLocks[] = {
    "_raw_spin_*", "_raw_read_*", "_raw_write_*", "__raw_spin_*", "__raw_callee_save_*",
    "raw_spin_*", "native_queued_spin_lock*", "queued_spin_lock*", "queued_read_lock*",
    "queued_write_lock*", "pv_queued_*", "__pv_queued_*", "do_raw_*", "mutex_*", "__mutex_*",
    "rwsem_*", "__rwsem_*", "call_rwsem_*", "down", "down_*", "up", "up_read*", "up_write*",
    "__down*", "__up*", "lock_acquire*", "__lock_acquire*", "lock_release*", "lockdep_*",
    "rt_mutex*", "rt_spin_*", "rt_write_*", "rt_read_*", "percpu_down_*", "percpu_up_*", "osq_*",
    "ww_mutex*", "__ww_mutex*", "seqcount_*", "spin_bug", "spin_dump", "rwlock_bug", "arch_spin_*"};

constexpr std::string_view kScheduler[] = {
    "schedule", "schedule_*", "__schedule*", "io_schedule*", "preempt_*", "__cond_resched*",
    "_cond_resched", "cond_resched*", "__might_*", "___might_*", "might_*", "wake_up*",
    "__wake_up*", "try_to_wake_up", "default_wake_function", "autoremove_wake_function",
    "prepare_to_wait*", "finish_wait", "wait_for_completion*", "wait_for_common", "do_wait_for_*",
    "__wait_for_common", "complete", "complete_all", "bit_wait*", "__wait_on_bit*", "wait_on_bit*",
    "out_of_line_wait_on_bit*", "__switch_to*", "context_switch", "finish_task_switch*",
    "folio_wait_*", "__folio_lock*", "__lock_page*", "wait_on_page_*", "usleep_range*", "msleep*",
    "native_safe_halt", "default_idle*", "cpu_idle*", "cpuidle_*", "do_idle", "arch_cpu_idle*",
    "cpu_startup_entry", "acpi_idle_*", "intel_idle*", "call_cpuidle", "poll_idle", "kthread*",
    "worker_thread", "process_one_work", "process_scheduled_works", "rescuer_thread",
    "ret_from_fork*", "kernel_thread*", "start_secondary", "secondary_startup*", "rest_init",
    "start_kernel", "put_task_struct*", "__put_task_struct"};

constexpr std::string_view kMemory[] = {
    "kmem_cache_*", "__kmem_cache_*", "kmalloc*", "__kmalloc*", "kfree", "kfree_*", "kvfree*",
    "kvmalloc*", "vmalloc*", "__vmalloc*", "vfree*", "__vfree*", "krealloc*", "ksize",
    "slab_*", "__slab_*", "___slab_*", "new_slab*", "allocate_slab", "free_to_partial_list",
    "free_debug_processing", "object_err", "print_trailer", "cache_alloc_*", "cache_free_*",
    "get_page_from_freelist", "__alloc_pages*", "alloc_pages*", "__free_pages*", "free_pages*",
    "free_unref_*", "put_page", "__put_page", "folio_put*", "__folio_put*", "bad_page*",
    "check_heap_object", "__check_object_size", "usercopy_abort", "memcg_*", "mem_cgroup_*",
    "qlist_*", "quarantine_*", "rmqueue*", "clear_page*", "copy_page*", "deactivate_slab",
    "do_slab_free", "should_failslab", "prefetch_freepointer", "get_freepointer*"};

constexpr std::string_view kStrings[] = {
    "memcpy*", "__memcpy*", "memset*", "__memset*", "memmove*", "__memmove*", "memcmp*", "memchr*",
    "__pi_mem*", "__pi_str*", "__pi_clear_page", "strlen*", "strcmp*", "strncmp*", "strcasecmp*",
    "strncasecmp*", "strcpy*", "strncpy*", "strlcpy*", "strscpy*", "sized_strscpy*", "strnlen*",
    "strstr*", "strchr*", "strrchr*", "strsep", "mmiocpy", "mmioset", "copy_user*", "_copy_to_*",
    "_copy_from_iter*", "_copy_from_user", "__arch_copy_*", "copyout", "copyin", "rep_movs*",
    "rep_stos*", "csum_partial*", "fortify_panic", "__fortify_*", "vsnprintf", "snprintf",
    "vsprintf", "sprintf", "string_nocheck", "pointer", "number", "seq_printf", "seq_puts",
    "printk", "_printk", "vprintk*"};

constexpr std::string_view kContainers[] = {
    "__list_add_valid*", "__list_del_entry_valid*", "list_del_entry_valid*", "list_add_valid*",
    "__list_*", "list_del*", "list_add*", "list_lru_*", "__list_lru_*", "rb_*", "__rb_*",
    "radix_tree_*", "__radix_tree_*", "delete_node", "idr_*", "__idr_*", "ida_*", "xas_*",
    "__xas_*", "xa_*", "__xa_*", "rhashtable_*", "__rhashtable_*", "rht_*", "llist_*", "hlist_*",
    "plist_*", "klist_*", "refcount_*", "__refcount_*", "kref_*", "percpu_ref_*", "lockref_*",
    "find_next_bit", "find_first_bit", "_find_*_bit", "test_and_*", "set_bit*", "clear_bit*",
    "change_bit*", "atomic_*", "raw_atomic_*", "arch_atomic_*", "__ll_sc_*", "__lse_*",
    "percpu_counter_*", "mas_*", "mt_*", "mtree_*"};

constexpr std::string_view kReporting[] = {
    "kasan_*", "__kasan_*", "__asan_*", "check_memory_region*", "kmsan_*", "__msan_*", "kcsan_*",
    "__tsan_*", "ubsan_*", "__ubsan_*", "print_report", "print_address_description*", "dump_stack*",
    "__dump_stack", "dump_backtrace*", "show_stack*", "show_regs*", "stack_trace_*", "save_stack*",
    "stack_depot_*", "kfence_*", "__kfence_*", "debug_object_*", "debug_check_no_*",
    "debug_print_object", "__warn*", "warn_slowpath_*", "report_bug", "handle_bug", "arch_stack_walk",
    "trace_event_*", "trace_*", "__traceiter_*", "perf_trace_*", "perf_*", "ftrace_*", "bpf_trace_*",
    "unwind_*", "print_circular_bug*", "print_usage_bug*", "check_noncircular", "check_prev_add*",
    "end_report", "start_report", "complete_report_info", "lookup_object"};

constexpr std::string_view kEntry[] = {
    "panic", "vpanic", "nmi_panic*", "oops_*", "__die*", "die", "die_*", "no_context",
    "page_fault*", "bad_area*", "__bad_area*", "do_user_addr_fault", "do_kern_addr_fault",
    "__do_kernel_fault*", "__do_user_fault*", "do_bad_area", "do_page_fault*", "__do_page_fault",
    "do_translation_fault", "do_mem_abort", "do_sea", "do_debug_exception", "do_undefinstr",
    "do_el0_*", "bug_handler", "brk_handler", "exc_*", "asm_*", "el0_*", "el0t_*", "el1_*",
    "el1h_*", "el1t_*", "do_error_trap", "do_trap*", "do_invalid_op", "invalid_op",
    "do_general_protection", "general_protection", "async_page_fault", "error_entry", "bus_error*",
    "entry_SYSCALL*", "entry_INT80*", "entry_SYSENTER*", "do_syscall_*", "x64_sys_call",
    "syscall_*", "__do_fast_syscall*", "do_fast_syscall*", "invoke_syscall*", "__invoke_syscall",
    "el0_svc*", "ret_fast_syscall", "ret_to_user*", "system_call*", "sysret*", "crash_kexec",
    "__crash_kexec", "machine_kexec*", "machine_crash_*", "crash_*", "rcu_*", "__rcu_*", "tick_*",
    "__tick_*", "update_process_times", "scheduler_tick", "sched_tick", "hrtimer_*", "__hrtimer_*",
    "arch_timer_*", "apic_timer_*", "smp_apic_*", "sysvec_*", "__sysvec_*", "local_apic_*",
    "watchdog*", "lockup_detector_*", "softlockup_*", "nmi_*", "default_do_nmi", "do_nmi",
    "end_repeat_nmi", "repeat_nmi", "first_nmi", "irq_*", "__irq_*", "handle_irq*", "handle_*_irq",
    "do_IRQ", "common_interrupt*", "common_spurious*", "gic_handle_irq", "gic_*", "do_softirq*",
    "__do_softirq*", "handle_softirqs*", "run_timer_softirq", "__run_timers*", "run_ksoftirqd",
    "smpboot_thread_fn", "call_on_irq_stack", "call_on_stack", "do_interrupt_handler",
    "__handle_domain_irq", "generic_handle_*", "handle_percpu_*", "ret_from_intr", "retint_*",
    "__x86_indirect_*", "__x86_return_*", "__x86_retpoline*", "srso_*", "0x0", "__irqentry_*",
    "__softirqentry_*", "__entry_text_*", "secondary_start_kernel", "rcu", "smp_call_function*",
    "generic_smp_call_*", "flush_smp_call_*", "__flush_smp_call_*", "on_each_cpu*"};

constexpr Names kGeneric[] = {kLocks,      kScheduler, kMemory, kStrings,
                              kContainers, kReporting, kEntry};

struct Group {
    std::string_view name;
    Owner owner;
    Names functions;  // built in
    Names modules;
};

constexpr std::string_view kNetwork[] = {
    "tcp_*", "__tcp_*", "udp_*", "__udp_*", "udpv6_*", "ip_*", "__ip_*", "ip6_*", "ipv6_*", "icmp*",
    "inet_*", "__inet_*", "inet6_*", "__inet6_*", "sock_*", "__sock_*", "sk_*", "__sk_*", "skb_*",
    "__skb_*", "___skb_*", "kfree_skb*", "__kfree_skb", "consume_skb", "dev_*", "__dev_*", "net_*",
    "netif_*", "__netif_*", "napi_*", "__napi_*", "neigh_*", "__neigh_*", "fib_*", "fib6_*",
    "rt6_*", "rt_*", "xfrm_*", "nf_*", "unix_*", "netlink_*", "rtnl_*", "kernel_sendmsg",
    "kernel_recvmsg", "kernel_connect", "kernel_sendpage", "kernel_sock_*", "lock_sock*",
    "release_sock", "__release_sock", "cgroup_sk_*", "do_tcp_*", "alloc_skb*", "__alloc_skb",
    "__netdev_*", "qdisc_*", "__qdisc_*", "dst_*", "security_socket_*"};
constexpr std::string_view kNetworkModules[] = {"tls", "nf_conntrack", "nf_nat", "nf_tables",
                                                "ip_tables", "x_tables", "af_packet", "bonding"};
constexpr std::string_view kRdma[] = {"ib_*", "rdma_*", "__ib_*", "__rdma_*"};
constexpr std::string_view kRdmaModules[] = {"ib_core", "rdma_cm", "iw_cm", "ib_cm", "ib_uverbs"};
constexpr std::string_view kCache[] = {"fscache_*", "__fscache_*", "cachefiles_*", "netfs_*"};
constexpr std::string_view kCacheModules[] = {"fscache", "cachefiles", "netfs"};
constexpr std::string_view kVfs[] = {
    "vfs_*", "do_sys_*", "__do_sys_*", "__se_sys_*", "__x64_sys_*", "__arm64_sys_*", "ksys_*",
    "path_*", "link_path_walk*", "lookup_*", "__lookup_*", "walk_component", "do_last",
    "do_filp_open", "filename_*", "user_path_*", "d_*", "__d_*", "dput", "dentry_*", "__dentry_*",
    "iput", "inode_*", "__inode_*", "evict*", "generic_*", "filp_*", "fput*", "__fput*",
    "filemap_*", "__filemap_*", "pagecache_*", "truncate_*", "invalidate_*", "write_cache_pages",
    "do_writepages", "writeback_*", "__writeback_*", "wb_*", "sync_*", "iterate_*", "notify_change",
    "deactivate_*", "cleanup_mnt", "task_work_run", "exit_to_user_mode*", "seq_read*", "new_sync_*",
    "do_iter_*", "security_*", "selinux_*"};
constexpr std::string_view kMm[] = {
    "shrink_*", "do_shrink_*", "kswapd", "balance_pgdat", "try_to_free_*", "do_try_to_free_*",
    "handle_mm_fault", "__handle_mm_fault", "do_anonymous_page", "do_fault*", "unmap_*", "zap_*",
    "exit_mmap", "page_*", "out_of_memory", "oom_*", "free_pgtables"};

constexpr std::string_view kXfs[] = {"xfs_*", "xlog_*", "iomap_*"};
constexpr std::string_view kExt4[] = {"ext4_*", "__ext4_*", "ext3_*", "ext2_*", "jbd2_*",
                                      "__jbd2_*", "mb_*"};
constexpr std::string_view kExt4Modules[] = {"ext4", "jbd2", "ext3", "ext2"};
constexpr std::string_view kBtrfs[] = {"btrfs_*", "__btrfs_*"};
constexpr std::string_view kOtherFs[] = {
    "f2fs_*", "ocfs2_*", "gfs2_*", "cifs_*", "smb2_*", "SMB2_*", "ceph_*", "v9fs_*", "p9_*",
    "fuse_*", "udf_*", "ovl_*", "reiserfs_*", "jfs_*", "nilfs_*", "hfs_*", "hfsplus_*", "ntfs_*",
    "squashfs_*", "erofs_*", "zfs_*", "overlay_*", "autofs_*", "isofs_*", "fat_*", "vfat_*",
    "exfat_*", "minix_*", "ufs_*", "affs_*", "shmem_*", "hugetlbfs_*"};
constexpr std::string_view kBlock[] = {
    "blk_*", "__blk_*", "blkdev_*", "bdev_*", "bio_*", "submit_bio*", "__submit_bio*", "scsi_*",
    "__scsi_*", "sd_*", "ata_*", "nvme_*", "dm_*", "__dm_*", "md_*", "raid0_*", "raid1_*",
    "raid10_*", "raid5_*", "loop_*", "brd_*", "sg_*"};
constexpr std::string_view kDrivers[] = {
    "mlx4_*", "mlx5_*", "i40e_*", "ixgbe_*", "ice_*", "bnxt_*", "e1000_*", "e1000e_*", "igb_*",
    "virtio_*", "virtnet_*", "vring_*", "virtqueue_*", "drm_*", "amdgpu_*", "i915_*", "usb_*",
    "xhci_*", "snd_*", "acpi_*", "pci_*", "tg3_*", "hns3_*", "hclge_*", "kvm_*", "vmx_*", "svm_*"};
constexpr std::string_view kSysrq[] = {"sysrq_*", "__handle_sysrq", "handle_sysrq",
                                       "write_sysrq_trigger"};

constexpr Group kGroups[] = {
    {"xfs", Owner::other, kXfs, {}},
    {"ext4", Owner::other, kExt4, kExt4Modules},
    {"btrfs", Owner::other, kBtrfs, {}},
    {"another filesystem", Owner::other, kOtherFs, {}},
    {"the block layer", Owner::other, kBlock, {}},
    {"a driver", Owner::other, kDrivers, {}},
    {"sysrq", Owner::other, kSysrq, {}},
    {"the network stack", Owner::shared, kNetwork, kNetworkModules},
    {"RDMA", Owner::shared, kRdma, kRdmaModules},
    {"FS-Cache", Owner::shared, kCache, kCacheModules},
    {"the VFS", Owner::shared, kVfs, {}},
    {"memory management", Owner::shared, kMm, {}},
};

// clang-format on

bool matches(std::string_view function, std::string_view pattern) {
    std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return function == pattern;
    std::string_view tail = pattern.substr(star + 1);
    return function.size() >= star + tail.size() && function.starts_with(pattern.substr(0, star)) &&
           function.ends_with(tail);
}

bool any_matches(std::string_view function, Names patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](std::string_view pattern) { return matches(function, pattern); });
}

}  // namespace

bool is_generic_function(std::string_view function) {
    function = without_suffix(function);
    if (function.empty()) return true;
    return std::any_of(std::begin(kGeneric), std::end(kGeneric),
                       [&](Names names) { return any_matches(function, names); });
}

bool is_lock_function(std::string_view function) {
    return any_matches(without_suffix(function), kLocks);
}

Owned owner_of(const Frame& frame) {
    // Live patches carry replaced functions of NFS in modules of their own: the name decides too.
    if (auto component = nfs::component_of(frame))
        return {Owner::nfs, std::string(nfs::to_string(*component))};
    std::string_view function = without_suffix(frame.function);
    if (!frame.module.empty()) {
        for (const Group& group : kGroups)
            if (std::find(group.modules.begin(), group.modules.end(), frame.module) !=
                group.modules.end())
                return {group.owner, frame.module};
        if (auto component = nfs::component_of(function, ""))
            return {Owner::nfs, std::string(nfs::to_string(*component))};
        return {Owner::other, frame.module};
    }
    for (const Group& group : kGroups)
        if (group.owner == Owner::other && any_matches(function, group.functions))
            return {group.owner, std::string(group.name)};
    if (is_generic_function(function)) return {Owner::generic, ""};
    for (const Group& group : kGroups)
        if (any_matches(function, group.functions)) return {group.owner, std::string(group.name)};
    return {Owner::unknown, ""};
}

}  // namespace nfstriage::facts
