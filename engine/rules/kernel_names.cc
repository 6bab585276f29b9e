// Collected from the types of a 4.19 and a 6.1 kernel, and from the commits that renamed members
// since: wb_folio (v6.3), cl_cb_inflight (v5.5), cl_callback_wq (v6.10). Grows with the kernels
// seen.
#include "rules/kernel_names.h"

#include <algorithm>
#include <vector>

#include "facts/vocabulary.h"

namespace nfstriage::rules {
namespace {

struct Structure {
    std::string_view name;
    std::string_view members;  // "member=C type;" for each
};

// clang-format off
constexpr Structure kStructures[] = {
    {"struct address_space",
     "a_ops=struct address_space_operations *;flags=unsigned long;gfp_mask=unsigned int;"
     "host=struct inode *;i_mmap=struct rb_root_cached;i_mmap_rwsem=struct rw_semaphore;"
     "i_mmap_writable=struct ;i_pages=struct xarray;invalidate_lock=struct rw_semaphore;"
     "nrexceptional=unsigned long;nrpages=unsigned long;private_data=void *;"
     "private_list=struct list_head;private_lock=struct spinlock;wb_err=unsigned int;"
     "writeback_index=unsigned long;"},
    {"struct cache_detail",
     "alloc=void *;cache_parse=void *;cache_put=void *;cache_request=void *;cache_show=void *;"
     "cache_upcall=void *;entries=int;flush=void *;flush_time=long long;"
     "hash_lock=struct spinlock;hash_size=int;hash_table=struct hlist_head *;init=void *;"
     "last_close=long long;last_warn=long long;match=void *;name=char *;net=struct net *;"
     "nextcheck=long long;others=struct list_head;owner=struct module *;"
     "pipefs=struct dentry *;procfs=struct proc_dir_entry *;queue=struct list_head;"
     "readers=atomic_t;update=void *;warn_no_listener=void *;writers=struct ;"},
    {"struct cache_head",
     "cache_list=struct hlist_node;expiry_time=long long;flags=unsigned long;"
     "last_refresh=long long;ref=struct kref;"},
    {"struct callback_head",
     "func=void *;next=struct callback_head *;"},
    {"struct completion",
     "done=unsigned int;wait=struct swait_queue_head;"},
    {"struct cred",
     "cap_ambient=struct kernel_cap_struct;cap_bset=struct kernel_cap_struct;"
     "cap_effective=struct kernel_cap_struct;cap_inheritable=struct kernel_cap_struct;"
     "cap_permitted=struct kernel_cap_struct;egid=struct ;euid=struct ;fsgid=struct ;"
     "fsuid=struct ;gid=struct ;group_info=struct group_info *;jit_keyring=unsigned char;"
     "non_rcu=int;process_keyring=struct key *;rcu=struct callback_head;"
     "request_key_auth=struct key *;securebits=unsigned int;security=void *;"
     "session_keyring=struct key *;sgid=struct ;suid=struct ;thread_keyring=struct key *;"
     "ucounts=struct ucounts *;uid=struct ;usage=struct ;user=struct user_struct *;"
     "user_ns=struct user_namespace *;"},
    {"struct delayed_work",
     "cpu=int;timer=struct timer_list;work=struct work_struct;wq=struct workqueue_struct *;"},
    {"struct dentry",
     "d_child=struct list_head;d_flags=unsigned int;d_fsdata=void *;"
     "d_hash=struct hlist_bl_node;d_iname=unsigned char[32];d_inode=struct inode *;"
     "d_lockref=struct lockref;d_lru=struct list_head;d_name=struct qstr;"
     "d_op=struct dentry_operations *;d_parent=struct dentry *;d_sb=struct super_block *;"
     "d_seq=struct seqcount_spinlock;d_subdirs=struct list_head;d_time=unsigned long;"
     "d_u=union ;d_wait=wait_queue_head_t *;"},
    {"struct file",
     "f_count=struct ;f_cred=struct cred *;f_ep=struct hlist_head *;"
     "f_ep_links=struct list_head;f_flags=unsigned int;f_inode=struct inode *;"
     "f_iocb_flags=unsigned int;f_llist=struct llist_node;f_lock=struct spinlock;"
     "f_mapping=struct address_space *;f_mode=unsigned int;f_op=struct file_operations *;"
     "f_owner=struct fown_struct;f_path=struct path;f_pos=long long;f_pos_lock=struct mutex;"
     "f_ra=struct file_ra_state;f_rcuhead=struct callback_head;f_sb_err=unsigned int;"
     "f_security=void *;f_tfile_llink=struct list_head;f_u=union <anonymous>;"
     "f_version=long unsigned long;f_wb_err=unsigned int;f_write_hint=enum rw_hint;"
     "private_data=void *;"},
    {"struct file_lock",
     "fl_blocked_member=struct list_head;fl_blocked_requests=struct list_head;"
     "fl_blocker=struct file_lock *;fl_break_time=unsigned long;"
     "fl_downgrade_time=unsigned long;fl_end=long long;fl_fasync=struct fasync_struct *;"
     "fl_file=struct file *;fl_flags=unsigned int;fl_link=struct hlist_node;fl_link_cpu=int;"
     "fl_list=struct list_head;fl_lmops=struct lock_manager_operations *;"
     "fl_ops=struct file_lock_operations *;fl_owner=void *;fl_pid=unsigned int;"
     "fl_start=long long;fl_type=unsigned char;fl_u=union ;fl_wait=struct wait_queue_head;"},
    {"struct file_lock_context",
     "flc_flock=struct list_head;flc_lease=struct list_head;flc_lock=struct spinlock;"
     "flc_posix=struct list_head;"},
    {"struct folio",
     "__filler=void *;__head=unsigned long;_flags_1=unsigned long;_folio_dtor=unsigned char;"
     "_folio_nr_pages=unsigned int;_folio_order=unsigned char;_mapcount=struct ;"
     "_pincount=struct ;_private_1=unsigned long;_refcount=struct ;_total_mapcount=struct ;"
     "flags=unsigned long;index=unsigned long;lru=struct list_head;"
     "mapping=struct address_space *;memcg_data=unsigned long;mlock_count=unsigned int;"
     "page=struct page;private=void *;"},
    {"struct fs_struct",
     "in_exec=int;lock=struct spinlock;pwd=struct path;root=struct path;"
     "seq=struct seqcount_spinlock;umask=int;users=int;"},
    {"struct gss_auth",
     "client=struct rpc_clnt *;gss_pipe=struct gss_pipe *[2];hash=struct hlist_node;"
     "kref=struct kref;mech=struct gss_api_mech *;net=struct net *;ns_tracker=struct ;"
     "rpc_auth=struct rpc_auth;service=int;target_name=char *;"},
    {"struct gss_cl_ctx",
     "count=struct refcount_struct;gc_acceptor=struct xdr_netobj;gc_expiry=unsigned long;"
     "gc_gss_ctx=struct gss_ctx *;gc_proc=int;gc_rcu=struct callback_head;gc_seq=unsigned int;"
     "gc_seq_lock=struct spinlock;gc_seq_xmit=unsigned int;gc_win=unsigned int;"
     "gc_wire_ctx=struct xdr_netobj;"},
    {"struct gss_cred",
     "gc_base=struct rpc_cred;gc_ctx=struct gss_cl_ctx *;gc_principal=char *;gc_service=int;"
     "gc_upcall=struct gss_upcall_msg *;gc_upcall_timestamp=unsigned long;"},
    {"struct gss_upcall_msg",
     "auth=struct gss_auth *;count=struct refcount_struct;ctx=struct gss_cl_ctx *;"
     "databuf=char[256];list=struct list_head;msg=struct rpc_pipe_msg;pipe=struct rpc_pipe *;"
     "rpc_waitqueue=struct rpc_wait_queue;service_name=char *;uid=struct ;"
     "waitqueue=struct wait_queue_head;"},
    {"struct hlist_head",
     "first=struct hlist_node *;"},
    {"struct idr",
     "idr_base=unsigned int;idr_next=unsigned int;idr_rt=struct xarray;"},
    {"struct inactive_task_frame",
     "bp=unsigned long;bx=unsigned long;flags=unsigned long;r12=unsigned long;"
     "r13=unsigned long;r14=unsigned long;r15=unsigned long;ret_addr=unsigned long;"},
    {"struct inet_connection_sock",
     "icsk_accept_queue=struct request_sock_queue;icsk_ack=struct ;"
     "icsk_af_ops=struct inet_connection_sock_af_ops *;icsk_backoff=unsigned char;"
     "icsk_bind2_hash=struct inet_bind2_bucket *;icsk_bind_hash=struct inet_bind_bucket *;"
     "icsk_ca_dst_locked=unsigned char;icsk_ca_initialized=unsigned char;"
     "icsk_ca_ops=struct tcp_congestion_ops *;icsk_ca_priv=u64[13];"
     "icsk_ca_setsockopt=unsigned char;icsk_ca_state=unsigned char;icsk_clean_acked=void *;"
     "icsk_delack_max=unsigned int;icsk_delack_timer=struct timer_list;"
     "icsk_ext_hdr_len=unsigned short;icsk_inet=struct inet_sock;"
     "icsk_keepalive_timer=struct timer_list;icsk_listen_portaddr_node=struct hlist_node;"
     "icsk_mtup=struct ;icsk_pending=unsigned char;icsk_pmtu_cookie=unsigned int;"
     "icsk_probes_out=unsigned char;icsk_probes_tstamp=unsigned int;"
     "icsk_retransmit_timer=struct timer_list;icsk_retransmits=unsigned char;"
     "icsk_rto=unsigned int;icsk_rto_min=unsigned int;icsk_syn_retries=unsigned char;"
     "icsk_sync_mss=void *;icsk_timeout=unsigned long;icsk_ulp_data=void *;"
     "icsk_ulp_ops=struct tcp_ulp_ops *;icsk_user_timeout=unsigned int;"
     "mptcp_tout_timer=struct timer_list;"},
    {"struct inode",
     "__i_nlink=unsigned int;dirtied_time_when=unsigned long;dirtied_when=unsigned long;"
     "free_inode=void *;i_acl=struct posix_acl *;i_atime=struct timespec64;"
     "i_bdev=struct block_device *;i_blkbits=unsigned char;i_blocks=long unsigned long;"
     "i_bytes=unsigned short;i_cdev=struct cdev *;i_count=struct ;"
     "i_crypt_info=struct fscrypt_info *;i_ctime=struct timespec64;"
     "i_data=struct address_space;i_default_acl=struct posix_acl *;i_dentry=struct hlist_head;"
     "i_devices=struct list_head;i_dio_count=struct ;i_dir_seq=unsigned int;"
     "i_flags=unsigned int;i_flctx=struct file_lock_context *;i_fop=struct file_operations *;"
     "i_fsnotify_marks=struct fsnotify_mark_connector *;i_fsnotify_mask=unsigned int;"
     "i_generation=unsigned int;i_gid=struct ;i_hash=struct hlist_node;i_ino=unsigned long;"
     "i_io_list=struct list_head;i_link=char *;i_lock=struct spinlock;i_lru=struct list_head;"
     "i_mapping=struct address_space *;i_mode=unsigned short;i_mtime=struct timespec64;"
     "i_nlink=unsigned int;i_op=struct inode_operations *;i_opflags=unsigned short;"
     "i_pipe=struct pipe_inode_info *;i_private=void *;i_rcu=struct callback_head;"
     "i_rdev=unsigned int;i_readcount=struct ;i_rwsem=struct rw_semaphore;"
     "i_sb=struct super_block *;i_sb_list=struct list_head;i_security=void *;"
     "i_sequence=struct ;i_size=long long;i_state=unsigned long;i_uid=struct ;"
     "i_verity_info=struct fsverity_info *;i_version=struct ;i_wb=struct bdi_writeback *;"
     "i_wb_frn_avg_time=unsigned short;i_wb_frn_history=unsigned short;i_wb_frn_winner=int;"
     "i_wb_list=struct list_head;i_write_hint=unsigned char;i_writecount=struct ;"},
    {"struct kiocb",
     "ki_complete=void *;ki_filp=struct file *;ki_flags=int;ki_ioprio=unsigned short;"
     "ki_pos=long long;ki_waitq=struct wait_page_queue *;private=void *;"},
    {"struct kmem_cache",
     "align=unsigned int;allocflags=unsigned int;cpu_partial=unsigned int;"
     "cpu_partial_slabs=unsigned int;cpu_slab=struct kmem_cache_cpu *;ctor=void *;"
     "flags=unsigned int;inuse=unsigned int;kobj=struct kobject;"
     "kobj_remove_work=struct work_struct;list=struct list_head;"
     "max=struct kmem_cache_order_objects;min=struct kmem_cache_order_objects;"
     "min_partial=unsigned long;name=char *;node=struct kmem_cache_node *[1024];"
     "object_size=unsigned int;offset=unsigned int;oo=struct kmem_cache_order_objects;"
     "random=unsigned long;random_seq=unsigned int *;reciprocal_size=struct reciprocal_value;"
     "red_left_pad=unsigned int;refcount=int;remote_node_defrag_ratio=unsigned int;"
     "size=unsigned int;useroffset=unsigned int;usersize=unsigned int;"},
    {"struct kmem_cache_cpu",
     "freelist=void * *;lock=struct ;page=struct page *;partial=struct slab *;"
     "slab=struct slab *;tid=unsigned long;"},
    {"struct kref",
     "refcount=struct refcount_struct;"},
    {"struct list_head",
     "next=struct list_head *;prev=struct list_head *;"},
    {"struct list_lru",
     "list=struct list_head;memcg_aware=_Bool;node=struct list_lru_node *;shrinker_id=int;"
     "xa=struct xarray;"},
    {"struct module",
     "arch=struct mod_arch_specific;args=char *;async_probe_requested=_Bool;"
     "bpf_raw_events=struct bpf_raw_event_map *;btf_data=void *;btf_data_size=unsigned int;"
     "bug_list=struct list_head;bug_table=struct bug_entry *;"
     "core_kallsyms=struct mod_kallsyms;core_layout=struct module_layout;crcs=s32 *;"
     "exit=void *;extable=struct exception_table_entry *;ftrace_callsites=unsigned long *;"
     "gpl_crcs=s32 *;gpl_future_crcs=const s32 *;gpl_future_syms=const struct kernel_symbol *;"
     "gpl_syms=struct kernel_symbol *;holders_dir=struct kobject *;init=void *;"
     "init_layout=struct module_layout;its_num_pages=int;its_page_array=void * *;"
     "jump_entries=struct jump_entry *;kallsyms=struct mod_kallsyms *;klp=_Bool;"
     "klp_alive=_Bool;klp_info=struct klp_modinfo *;kp=struct kernel_param *;"
     "kprobe_blacklist=unsigned long *;kprobes_text_size=unsigned int;"
     "kprobes_text_start=void *;list=struct list_head;mkobj=struct module_kobject;"
     "modinfo_attrs=struct module_attribute *;name=char[56];noinstr_text_size=unsigned int;"
     "noinstr_text_start=void *;notes_attrs=struct module_notes_attrs *;"
     "num_bpf_raw_events=unsigned int;num_bugs=unsigned int;num_exentries=unsigned int;"
     "num_ftrace_callsites=unsigned int;num_gpl_future_syms=unsigned int;"
     "num_gpl_syms=unsigned int;num_jump_entries=unsigned int;num_kp=unsigned int;"
     "num_kprobe_blacklist=unsigned int;num_srcu_structs=unsigned int;"
     "num_static_call_sites=int;num_syms=unsigned int;num_trace_bprintk_fmt=unsigned int;"
     "num_trace_evals=unsigned int;num_trace_events=unsigned int;num_tracepoints=unsigned int;"
     "param_lock=struct mutex;percpu=void *;percpu_size=unsigned int;refcnt=struct ;"
     "sect_attrs=struct module_sect_attrs *;sig_ok=_Bool;source_list=struct list_head;"
     "srcu_struct_ptrs=struct srcu_struct * *;srcversion=char *;state=int;"
     "static_call_sites=struct static_call_site *;syms=struct kernel_symbol *;"
     "taints=unsigned long;target_list=struct list_head;trace_bprintk_fmt_start=char * *;"
     "trace_evals=struct trace_eval_map * *;trace_events=struct trace_event_call * *;"
     "tracepoints_ptrs=tracepoint_ptr_t *;using_gplonly_symbols=_Bool;version=char *;"},
    {"struct module_layout",
     "base=void *;mtn=struct mod_tree_node;ro_after_init_size=unsigned int;"
     "ro_size=unsigned int;size=unsigned int;text_size=unsigned int;"},
    {"struct mount",
     "mnt=struct vfsmount;mnt_child=struct list_head;mnt_devname=char *;"
     "mnt_ex_mountpoint=struct dentry *;mnt_expire=struct list_head;mnt_expiry_mark=int;"
     "mnt_fsnotify_marks=struct fsnotify_mark_connector *;mnt_fsnotify_mask=unsigned int;"
     "mnt_group_id=int;mnt_hash=struct hlist_node;mnt_id=int;mnt_instance=struct list_head;"
     "mnt_list=struct list_head;mnt_llist=struct llist_node;mnt_master=struct mount *;"
     "mnt_mountpoint=struct dentry *;mnt_mounts=struct list_head;mnt_mp=struct mountpoint *;"
     "mnt_mp_list=struct hlist_node;mnt_ns=struct mnt_namespace *;mnt_parent=struct mount *;"
     "mnt_pcp=struct mnt_pcp *;mnt_pins=struct hlist_head;mnt_rcu=struct callback_head;"
     "mnt_share=struct list_head;mnt_slave=struct list_head;mnt_slave_list=struct list_head;"
     "mnt_stuck_children=struct hlist_head;mnt_umount=struct hlist_node;"
     "mnt_umounting=struct list_head;"},
    {"struct mutex",
     "osq=struct optimistic_spin_queue;owner=struct ;wait_list=struct list_head;"
     "wait_lock=struct raw_spinlock;"},
    {"struct mutex_waiter",
     "list=struct list_head;task=struct task_struct *;ww_ctx=struct ww_acquire_ctx *;"},
    {"struct nfs4_cb_conn",
     "cb_addr=struct __kernel_sockaddr_storage;cb_addrlen=unsigned long;cb_ident=unsigned int;"
     "cb_prog=unsigned int;cb_saddr=struct __kernel_sockaddr_storage;"
     "cb_xprt=struct svc_xprt *;"},
    {"struct nfs4_client",
     "async_copies=struct list_head;async_lock=struct spinlock;"
     "cl_addr=struct __kernel_sockaddr_storage;cl_callback_wq=struct workqueue_struct *;"
     "cl_cb_client=struct rpc_clnt *;cl_cb_conn=struct nfs4_cb_conn;cl_cb_cred=struct cred *;"
     "cl_cb_ident=unsigned int;cl_cb_inflight=struct ;cl_cb_null=struct nfsd4_callback;"
     "cl_cb_session=struct nfsd4_session *;cl_cb_slot_busy=unsigned long;cl_cb_state=int;"
     "cl_cb_waitq=struct rpc_wait_queue;cl_clientid=struct ;cl_confirm=struct ;"
     "cl_cred=struct svc_cred;cl_cs_slot=struct nfsd4_clid_slot;"
     "cl_delegations=struct list_head;cl_delegs_in_recall=struct ;"
     "cl_exchange_flags=unsigned int;cl_flags=unsigned long;cl_idhash=struct list_head;"
     "cl_lo_states=struct list_head;cl_lock=struct spinlock;cl_lru=struct list_head;"
     "cl_mach_cred=_Bool;cl_minorversion=unsigned int;cl_name=struct xdr_netobj;"
     "cl_namenode=struct rb_node;cl_nfsd_dentry=struct dentry *;"
     "cl_nfsd_info_dentry=struct dentry *;cl_nfsdfs=struct nfsdfs_client;"
     "cl_nii_domain=struct xdr_netobj;cl_nii_name=struct xdr_netobj;"
     "cl_nii_time=struct timespec64;cl_openowners=struct list_head;"
     "cl_ownerstr_hashtbl=struct list_head *;cl_ra=struct nfsd4_cb_recall_any *;"
     "cl_ra_cblist=struct list_head;cl_ra_time=long long;cl_refcount=atomic_t;"
     "cl_revoked=struct list_head;cl_rpc_users=struct ;cl_sessions=struct list_head;"
     "cl_spo_must_allow=struct nfs4_op_map;cl_state=unsigned int;cl_stateids=struct idr;"
     "cl_time=long long;cl_verifier=struct ;net=struct net *;"},
    {"struct nfs4_clnt_odstate",
     "co_client=struct nfs4_client *;co_file=struct nfs4_file *;"
     "co_odcount=struct refcount_struct;co_perfile=struct list_head;"},
    {"struct nfs4_closedata",
     "arg=struct nfs_closeargs;fattr=struct nfs_fattr;inode=struct inode *;lr=struct ;"
     "res=struct nfs_closeres;state=struct nfs4_state *;timestamp=unsigned long;"},
    {"struct nfs4_cpntf_state",
     "cp_list=struct list_head;cp_p_clid=struct ;cp_p_stateid=struct ;cp_stateid=struct ;"
     "cpntf_time=long long;"},
    {"struct nfs4_delegation",
     "dl_clnt_odstate=struct nfs4_clnt_odstate *;dl_perclnt=struct list_head;"
     "dl_perfile=struct list_head;dl_recall=struct nfsd4_callback;"
     "dl_recall_lru=struct list_head;dl_recalled=_Bool;dl_retries=int;"
     "dl_stid=struct nfs4_stid;dl_time=long long;dl_type=unsigned int;"},
    {"struct nfs4_delegreturndata",
     "args=struct nfs4_delegreturnargs;fattr=struct nfs_fattr;fh=struct nfs_fh;"
     "inode=struct inode *;lr=struct ;res=struct nfs4_delegreturnres;rpc_status=int;"
     "stateid=struct nfs4_stateid_struct;timestamp=unsigned long;"},
    {"struct nfs4_exception",
     "delay=unsigned char;inode=struct inode *;interruptible=_Bool;recovering=unsigned char;"
     "retry=unsigned char;state=struct nfs4_state *;stateid=nfs4_stateid *;"
     "task_is_privileged=unsigned char;timeout=long;"},
    {"struct nfs4_file",
     "fi_access=atomic_t[2];fi_aliased=_Bool;fi_clnt_odstate=struct list_head;"
     "fi_deleg_file=struct nfsd_file *;fi_delegations=struct list_head;fi_delegees=int;"
     "fi_fds=struct nfsd_file *[3];fi_fhandle=struct knfsd_fh;fi_had_conflict=_Bool;"
     "fi_hash=struct hlist_node;fi_inode=struct inode *;fi_lo_recalls=struct ;"
     "fi_lo_states=struct list_head;fi_lock=struct spinlock;fi_rcu=struct callback_head;"
     "fi_ref=struct refcount_struct;fi_rlist=struct rhlist_head;fi_share_deny=unsigned int;"
     "fi_stateids=struct list_head;"},
    {"struct nfs4_layout_stateid",
     "ls_file=struct nfsd_file *;ls_layout_type=unsigned int;ls_layouts=struct list_head;"
     "ls_lock=struct spinlock;ls_mutex=struct mutex;ls_perclnt=struct list_head;"
     "ls_perfile=struct list_head;ls_recall=struct nfsd4_callback;ls_recall_sid=struct ;"
     "ls_recalled=_Bool;ls_stid=struct nfs4_stid;"},
    {"struct nfs4_lock_state",
     "ls_count=struct refcount_struct;ls_flags=unsigned long;ls_locks=struct list_head;"
     "ls_owner=void *;ls_seqid=struct nfs_seqid_counter;ls_state=struct nfs4_state *;"
     "ls_stateid=struct nfs4_stateid_struct;"},
    {"struct nfs4_lockdata",
     "arg=struct nfs_lock_args;cancelled=int;ctx=struct nfs_open_context *;"
     "fl=struct file_lock;lsp=struct nfs4_lock_state *;res=struct nfs_lock_res;rpc_status=int;"
     "server=struct nfs_server *;timestamp=unsigned long;"},
    {"struct nfs4_lockowner",
     "lo_blocked=struct list_head;lo_owner=struct nfs4_stateowner;"},
    {"struct nfs4_ol_stateid",
     "st_access_bmap=unsigned char;st_clnt_odstate=struct nfs4_clnt_odstate *;"
     "st_deny_bmap=unsigned char;st_locks=struct list_head;st_mutex=struct mutex;"
     "st_openstp=struct nfs4_ol_stateid *;st_perfile=struct list_head;"
     "st_perstateowner=struct list_head;st_stateowner=struct nfs4_stateowner *;"
     "st_stid=struct nfs4_stid;"},
    {"struct nfs4_opendata",
     "a_label=struct nfs4_label *;attrs=struct iattr;c_arg=struct nfs_open_confirmargs;"
     "c_res=struct nfs_open_confirmres;cancelled=_Bool;dentry=struct dentry *;"
     "dir=struct dentry *;f_attr=struct nfs_fattr;f_label=struct nfs4_label *;"
     "file_created=_Bool;group_name=struct nfs4_string;is_recover=_Bool;kref=struct kref;"
     "lgp=struct nfs4_layoutget *;o_arg=struct nfs_openargs;o_res=struct nfs_openres;"
     "owner=struct nfs4_state_owner *;owner_name=struct nfs4_string;rpc_done=_Bool;"
     "rpc_status=int;state=struct nfs4_state *;timestamp=unsigned long;"},
    {"struct nfs4_openowner",
     "oo_close_lru=struct list_head;oo_flags=unsigned char;"
     "oo_last_closed_stid=struct nfs4_ol_stateid *;oo_owner=struct nfs4_stateowner;"
     "oo_perclient=struct list_head;oo_time=long long;"},
    {"struct nfs4_pnfs_ds",
     "ds_addrs=struct list_head;ds_clp=struct nfs_client *;ds_count=struct refcount_struct;"
     "ds_net=struct net *;ds_node=struct list_head;ds_remotestr=char *;ds_state=unsigned long;"
     "ds_version=unsigned int;"},
    {"struct nfs4_session",
     "bc_attrs=struct nfs4_channel_attrs;bc_slot_table=struct nfs4_slot_table;"
     "clp=struct nfs_client *;fc_attrs=struct nfs4_channel_attrs;"
     "fc_slot_table=struct nfs4_slot_table;flags=unsigned int;hash_alg=unsigned int;"
     "sess_id=struct nfs4_sessionid;session_state=unsigned long;ssv_len=unsigned int;"},
    {"struct nfs4_slot",
     "generation=unsigned long;interrupted=unsigned int;next=struct nfs4_slot *;"
     "privileged=unsigned int;seq_done=unsigned int;seq_nr=unsigned int;"
     "seq_nr_highest_sent=unsigned int;seq_nr_last_acked=unsigned int;slot_nr=unsigned int;"
     "table=struct nfs4_slot_table *;"},
    {"struct nfs4_slot_table",
     "complete=struct completion;d2_target_highest_slotid=int;d_target_highest_slotid=int;"
     "generation=unsigned long;highest_used_slotid=unsigned int;max_slotid=unsigned int;"
     "max_slots=unsigned int;server_highest_slotid=unsigned int;session=struct nfs4_session *;"
     "slot_tbl_lock=struct spinlock;slot_tbl_state=unsigned long;"
     "slot_tbl_waitq=struct rpc_wait_queue;slot_waitq=struct wait_queue_head;"
     "slots=struct nfs4_slot *;target_highest_slotid=unsigned int;"
     "used_slots=unsigned long[16];"},
    {"struct nfs4_state",
     "callback_head=struct callback_head;count=struct refcount_struct;flags=unsigned long;"
     "inode=struct inode *;inode_states=struct list_head;lock_states=struct list_head;"
     "n_rdonly=unsigned int;n_rdwr=unsigned int;n_wronly=unsigned int;"
     "open_stateid=struct nfs4_stateid_struct;open_states=struct list_head;"
     "owner=struct nfs4_state_owner *;seqlock=struct ;state=unsigned int;"
     "state_lock=struct spinlock;stateid=struct nfs4_stateid_struct;"
     "waitq=struct wait_queue_head;"},
    {"struct nfs4_state_owner",
     "so_count=struct ;so_cred=struct cred *;so_delegreturn_mutex=struct mutex;"
     "so_expires=unsigned long;so_flags=unsigned long;so_lock=struct spinlock;"
     "so_lru=struct list_head;so_reclaim_seqcount=struct seqcount_spinlock;"
     "so_seqid=struct nfs_seqid_counter;so_server=struct nfs_server *;"
     "so_server_node=struct rb_node;so_states=struct list_head;"},
    {"struct nfs4_stateid_struct",
     "data=char[16];other=char[12];seqid=unsigned int;type=int;"},
    {"struct nfs4_stid",
     "sc_client=struct nfs4_client *;sc_count=struct refcount_struct;"
     "sc_cp_list=struct list_head;sc_file=struct nfs4_file *;sc_free=void *;"
     "sc_lock=struct spinlock;sc_stateid=struct ;sc_type=unsigned char;"},
    {"struct nfs_access_entry",
     "callback_head=struct callback_head;fsgid=struct ;fsuid=struct ;"
     "group_info=struct group_info *;lru=struct list_head;mask=unsigned int;"
     "rb_node=struct rb_node;"},
    {"struct nfs_cache_array",
     "array=struct nfs_cache_array_entry[0];change_attr=long unsigned long;"
     "cookies_are_ordered=unsigned char;last_cookie=long unsigned long;"
     "page_full=unsigned char;page_is_eof=unsigned char;size=unsigned int;"},
    {"struct nfs_client",
     "cl_acceptor=char *;cl_addr=struct __kernel_sockaddr_storage;cl_addrlen=unsigned long;"
     "cl_cb_ident=unsigned int;cl_clientid=long unsigned long;cl_confirm=struct ;"
     "cl_cons_state=int;cl_count=struct refcount_struct;cl_ds_clients=struct list_head;"
     "cl_exchange_flags=unsigned int;cl_flags=unsigned long;cl_hostname=char *;"
     "cl_idmap=struct idmap *;cl_implid=struct nfs41_impl_id *;cl_ipaddr=char[48];"
     "cl_last_renewal=unsigned long;cl_lease_time=unsigned long;cl_lock=struct spinlock;"
     "cl_lock_waitq=struct wait_queue_head;cl_machine_cred=struct rpc_cred *;"
     "cl_max_connect=unsigned int;cl_mds_count=struct ;cl_mig_gen=unsigned long;"
     "cl_minorversion=unsigned int;cl_mvops=struct nfs4_minor_version_ops *;"
     "cl_nconnect=unsigned int;cl_net=struct net *;cl_nfs_mod=struct nfs_subversion *;"
     "cl_owner_id=char *;cl_preserve_clid=_Bool;cl_principal=char *;cl_proto=int;"
     "cl_renewd=struct delayed_work;cl_res_state=unsigned long;cl_rpcclient=struct rpc_clnt *;"
     "cl_rpcwaitq=struct rpc_wait_queue;cl_seqid=unsigned int;"
     "cl_serverowner=struct nfs41_server_owner *;cl_serverscope=struct nfs41_server_scope *;"
     "cl_session=struct nfs4_session *;cl_share_link=struct list_head;"
     "cl_slot_tbl=struct nfs4_slot_table *;cl_sp4_flags=unsigned long;cl_state=unsigned long;"
     "cl_superblocks=struct list_head;pending_cb_stateids=struct list_head;"
     "rpc_ops=struct nfs_rpc_ops *;"},
    {"struct nfs_commit_data",
     "args=struct nfs_commitargs;commit_done_cb=void *;"
     "completion_ops=struct nfs_commit_completion_ops *;context=struct nfs_open_context *;"
     "cred=struct cred *;dreq=struct nfs_direct_req *;ds_clp=struct nfs_client *;"
     "ds_commit_index=int;fattr=struct nfs_fattr;flags=unsigned long;inode=struct inode *;"
     "list=struct list_head;lseg=struct pnfs_layout_segment *;lwb=long long;"
     "mds_ops=struct rpc_call_ops *;pages=struct list_head;res=struct nfs_commitres;"
     "task=struct rpc_task;verf=struct nfs_writeverf;"},
    {"struct nfs_commit_info",
     "completion_ops=struct nfs_commit_completion_ops *;dreq=struct nfs_direct_req *;"
     "ds=struct pnfs_ds_commit_info *;inode=struct inode *;mds=struct nfs_mds_commit_info *;"},
    {"struct nfs_delegation",
     "change_attr=long unsigned long;cred=struct cred *;flags=unsigned long;"
     "inode=struct inode *;lock=struct spinlock;pagemod_limit=unsigned long;"
     "rcu=struct callback_head;refcount=struct refcount_struct;"
     "stateid=struct nfs4_stateid_struct;super_list=struct list_head;type=unsigned int;"},
    {"struct nfs_direct_req",
     "bytes_left=long;completion=struct completion;count=long;ctx=struct nfs_open_context *;"
     "ds_cinfo=struct pnfs_ds_commit_info;error=long;flags=int;inode=struct inode *;"
     "io_count=struct ;io_start=long long;iocb=struct kiocb *;kref=struct kref;"
     "l_ctx=struct nfs_lock_context *;lock=struct spinlock;max_count=long;"
     "mds_cinfo=struct nfs_mds_commit_info;work=struct work_struct;"},
    {"struct nfs_fattr",
     "atime=struct timespec64;change_attr=long unsigned long;ctime=struct timespec64;"
     "du=union ;fileid=long unsigned long;fsid=struct nfs_fsid;gencount=unsigned long;"
     "gid=struct ;group_name=struct nfs4_string *;label=struct nfs4_label *;"
     "mdsthreshold=struct nfs4_threshold *;mode=unsigned short;"
     "mounted_on_fileid=long unsigned long;mtime=struct timespec64;nlink=unsigned int;"
     "owner_name=struct nfs4_string *;pre_change_attr=long unsigned long;"
     "pre_ctime=struct timespec64;pre_mtime=struct timespec64;pre_size=long unsigned long;"
     "rdev=unsigned int;size=long unsigned long;time_start=unsigned long;uid=struct ;"
     "valid=long unsigned long;"},
    {"struct nfs_fh",
     "data=unsigned char[128];size=unsigned short;"},
    {"struct nfs_fsinfo",
     "blksize=unsigned int;change_attr_type=int;clone_blksize=unsigned int;"
     "dtpref=unsigned int;fattr=struct nfs_fattr *;layouttype=__u32[8];"
     "lease_time=unsigned int;maxfilesize=long unsigned long;nlayouttypes=unsigned int;"
     "rtmax=unsigned int;rtmult=unsigned int;rtpref=unsigned int;time_delta=struct timespec64;"
     "wtmax=unsigned int;wtmult=unsigned int;wtpref=unsigned int;xattr_support=unsigned int;"},
    {"struct nfs_inode",
     "access_cache=struct rb_root;access_cache_entry_lru=struct list_head;"
     "access_cache_inode_lru=struct list_head;attr_gencount=unsigned long;"
     "attrtimeo=unsigned long;attrtimeo_timestamp=unsigned long;"
     "cache_change_attribute=unsigned long;cache_validity=unsigned long;"
     "commit_info=struct nfs_mds_commit_info;commit_mutex=struct mutex;cookieverf=__be32[2];"
     "delegation=struct nfs_delegation *;fh=struct nfs_fh;fileid=long unsigned long;"
     "flags=unsigned long;fscache=struct fscache_cookie *;layout=struct pnfs_layout_hdr *;"
     "nfs4_acl=struct nfs4_cached_acl *;nrequests=struct ;ooo=struct {...} *;"
     "open_files=struct list_head;open_states=struct list_head;"
     "read_cache_jiffies=unsigned long;read_io=long unsigned long;redirtied_pages=struct ;"
     "rmdir_sem=struct rw_semaphore;rwsem=struct rw_semaphore;vfs_inode=struct inode;"
     "write_io=long unsigned long;xattr_cache=struct nfs4_xattr_cache *;"},
    {"struct nfs_iostats",
     "bytes=long unsigned long[8];events=unsigned long[27];fscache=long unsigned long[5];"},
    {"struct nfs_lock_context",
     "callback_head=struct callback_head;count=struct refcount_struct;io_count=struct ;"
     "list=struct list_head;lockowner=void *;open_context=struct nfs_open_context *;"},
    {"struct nfs_mds_commit_info",
     "list=struct list_head;ncommit=struct ;rpcs_out=struct ;"},
    {"struct nfs_net",
     "bl_device_pipe=struct rpc_pipe *;bl_mount_reply=struct bl_dev_msg;bl_mutex=struct mutex;"
     "bl_wq=struct wait_queue_head;boot_time=long long;cb_ident_idr=struct idr;"
     "cb_users=int[3];nfs4_data_server_cache=struct list_head;"
     "nfs4_data_server_lock=struct spinlock;nfs_callback_tcpport=unsigned short;"
     "nfs_callback_tcpport6=unsigned short;nfs_client=struct nfs_netns_client *;"
     "nfs_client_list=struct list_head;nfs_client_lock=struct spinlock;"
     "nfs_dns_resolve=struct cache_detail *;nfs_volume_list=struct list_head;"
     "proc_nfsfs=struct proc_dir_entry *;rpcstats=struct rpc_stat;"},
    {"struct nfs_open_context",
     "callback_head=struct callback_head;cred=struct cred *;dentry=struct dentry *;error=int;"
     "flags=unsigned long;flock_owner=void *;list=struct list_head;ll_cred=struct rpc_cred *;"
     "lock_context=struct nfs_lock_context;mdsthreshold=struct nfs4_threshold *;"
     "mode=unsigned int;state=struct nfs4_state *;"},
    {"struct nfs_open_dir_context",
     "attr_gencount=unsigned long;cache_hits=struct ;cache_misses=struct ;"
     "callback_head=struct callback_head;cred=struct rpc_cred *;dir_cookie=long unsigned long;"
     "dtsize=unsigned int;dup_cookie=__u64;duped=signed char;eof=_Bool;force_clear=_Bool;"
     "last_cookie=long unsigned long;list=struct list_head;page_index=unsigned long;"
     "verf=__be32[2];"},
    {"struct nfs_page",
     "wb_bytes=unsigned int;wb_context=struct nfs_open_context *;wb_flags=unsigned long;"
     "wb_folio=struct folio *;wb_head=struct nfs_page *;wb_index=unsigned long;"
     "wb_kref=struct kref;wb_list=struct list_head;wb_lock_context=struct nfs_lock_context *;"
     "wb_nio=unsigned short;wb_offset=unsigned int;wb_page=struct page *;"
     "wb_pgbase=unsigned int;wb_this_page=struct nfs_page *;wb_verf=struct nfs_write_verifier;"},
    {"struct nfs_pageio_descriptor",
     "pg_bsize=unsigned int;pg_completion_ops=struct nfs_pgio_completion_ops *;"
     "pg_dreq=struct nfs_direct_req *;pg_error=int;pg_inode=struct inode *;"
     "pg_io_completion=struct nfs_io_completion *;pg_ioflags=int;"
     "pg_lseg=struct pnfs_layout_segment *;pg_maxretrans=unsigned short;"
     "pg_mirror_count=unsigned int;pg_mirror_idx=unsigned int;"
     "pg_mirrors=struct nfs_pgio_mirror *;pg_mirrors_dynamic=struct nfs_pgio_mirror *;"
     "pg_mirrors_static=struct nfs_pgio_mirror[1];pg_moreio=unsigned char;"
     "pg_ops=struct nfs_pageio_ops *;pg_rpc_callops=struct rpc_call_ops *;"
     "pg_rw_ops=struct nfs_rw_ops *;"},
    {"struct nfs_pgio_completion_ops",
     "completion=void *;error_cleanup=void *;init_hdr=void *;reschedule_io=void *;"},
    {"struct nfs_pgio_header",
     "args=struct nfs_pgio_args;completion_ops=struct nfs_pgio_completion_ops *;"
     "cred=struct cred *;dreq=struct nfs_direct_req *;ds_clp=struct nfs_client *;"
     "ds_commit_idx=unsigned int;error=int;fattr=struct nfs_fattr;flags=unsigned long;"
     "good_bytes=unsigned int;inode=struct inode *;io_completion=struct nfs_io_completion *;"
     "io_start=long long;lock=spinlock_t;lseg=struct pnfs_layout_segment *;"
     "mds_offset=long unsigned long;mds_ops=struct rpc_call_ops *;"
     "page_array=struct nfs_page_array;pages=struct list_head;pgio_done_cb=void *;"
     "pgio_mirror_idx=unsigned int;pnfs_error=int;release=void *;req=struct nfs_page *;"
     "res=struct nfs_pgio_res;rw_mode=unsigned int;rw_ops=struct nfs_rw_ops *;"
     "task=struct rpc_task;timestamp=unsigned long;verf=struct nfs_writeverf;"},
    {"struct nfs_pgio_mirror",
     "pg_base=unsigned int;pg_bsize=unsigned long;pg_bytes_written=unsigned long;"
     "pg_count=unsigned long;pg_list=struct list_head;pg_recoalesce=unsigned char;"},
    {"struct nfs_renamedata",
     "args=struct nfs_renameargs;cancelled=_Bool;complete=void *;cred=struct cred *;"
     "new_dentry=struct dentry *;new_dir=struct inode *;new_fattr=struct nfs_fattr;"
     "old_dentry=struct dentry *;old_dir=struct inode *;old_fattr=struct nfs_fattr;"
     "res=struct nfs_renameres;task=struct rpc_task;timeout=long;"},
    {"struct nfs_server",
     "acdirmax=unsigned int;acdirmin=unsigned int;acl_bitmask=unsigned int;"
     "acregmax=unsigned int;acregmin=unsigned int;active=struct ;attr_bitmask=u32[3];"
     "attr_bitmask_nl=u32[3];auth_info=struct nfs_auth_info;automount_inherit=unsigned int;"
     "bsize=unsigned int;cache_consistency_bitmask=u32[3];caps=unsigned int;"
     "change_attr_type=int;client=struct rpc_clnt *;client_acl=struct rpc_clnt *;"
     "client_link=struct list_head;clone_blksize=unsigned int;cred=struct cred *;"
     "delegations=struct list_head;destroy=void *;dtsize=unsigned int;"
     "exclcreat_bitmask=u32[3];fattr_valid=long unsigned long;fh_expire_type=unsigned int;"
     "flags=unsigned int;fscache=struct fscache_volume *;fscache_uniq=char *;"
     "fsid=struct nfs_fsid;gxasize=unsigned int;has_sec_mnt_opts=_Bool;"
     "io_stats=struct nfs_iostats *;layouts=struct list_head;lockowner_id=struct ida;"
     "lxasize=unsigned int;master_link=struct list_head;maxfilesize=long unsigned long;"
     "mig_gen=unsigned long;mig_status=unsigned long;mount_time=unsigned long;"
     "mountd_address=struct __kernel_sockaddr_storage;mountd_addrlen=unsigned long;"
     "mountd_port=unsigned short;mountd_protocol=unsigned short;mountd_version=unsigned int;"
     "namelen=unsigned int;nfs_client=struct nfs_client *;nlm_host=struct nlm_host *;"
     "openowner_id=struct ida;options=unsigned int;pnfs_blksize=unsigned int;"
     "pnfs_curr_ld=struct pnfs_layoutdriver_type *;pnfs_ld_data=void *;port=unsigned short;"
     "read_hdrsize=unsigned int;roc_rpcwaitq=struct rpc_wait_queue;rpages=unsigned int;"
     "rsize=unsigned int;s_dev=unsigned int;ss_copies=struct list_head;"
     "ss_src_copies=struct list_head;state_owners=struct rb_root;"
     "state_owners_lru=struct list_head;super=struct super_block *;sxasize=unsigned int;"
     "time_delta=struct timespec64;uoc_rpcwaitq=struct rpc_wait_queue;wpages=unsigned int;"
     "write_congested=unsigned int;writeback=struct ;wsize=unsigned int;wtmult=unsigned int;"},
    {"struct nfs_unlinkdata",
     "args=struct nfs_removeargs;cred=struct cred *;dentry=struct dentry *;"
     "dir_attr=struct nfs_fattr;res=struct nfs_removeres;timeout=long;"
     "wq=struct wait_queue_head;"},
    {"struct nfs_writeverf",
     "committed=int;verifier=struct nfs_write_verifier;"},
    {"struct nfsd4_callback",
     "cb_clp=struct nfs4_client *;cb_holds_slot=_Bool;cb_msg=struct rpc_message;"
     "cb_need_restart=_Bool;cb_ops=struct nfsd4_callback_ops *;cb_seq_status=int;"
     "cb_status=int;cb_work=struct work_struct;"},
    {"struct nfsd4_compoundargs",
     "client_opcnt=unsigned int;iops=struct nfsd4_op[8];minorversion=unsigned int;"
     "opcnt=unsigned int;ops=struct nfsd4_op *;rqstp=struct svc_rqst *;tag=char *;"
     "taglen=unsigned int;to_free=struct svcxdr_tmpbuf *;xdr=struct xdr_stream *;"},
    {"struct nfsd4_compoundres",
     "cstate=struct nfsd4_compound_state;opcnt=unsigned int;rqstp=struct svc_rqst *;"
     "statusp=__be32 *;tag=char *;taglen=unsigned int;xdr=struct xdr_stream *;"},
    {"struct nfsd4_conn",
     "cn_flags=unsigned char;cn_persession=struct list_head;cn_session=struct nfsd4_session *;"
     "cn_xprt=struct svc_xprt *;cn_xpt_user=struct svc_xpt_user;"},
    {"struct nfsd4_copy",
     "c_fh=struct nfs_fh;copies=struct list_head;copy_task=struct task_struct *;"
     "cp_clp=struct nfs4_client *;cp_count=long unsigned long;cp_dst_pos=long unsigned long;"
     "cp_dst_stateid=struct ;cp_flags=unsigned long;cp_nn=struct nfsd_net *;"
     "cp_res=struct nfsd42_write_res;cp_src=struct nl4_server *;cp_src_pos=long unsigned long;"
     "cp_src_stateid=struct ;cp_stateid=struct ;fh=struct knfsd_fh;nf_dst=struct nfsd_file *;"
     "nf_src=struct nfsd_file *;refcount=struct refcount_struct;"
     "ss_nsui=struct nfsd4_ssc_umount_item *;stateid=struct nfs4_stateid_struct;"},
    {"struct nfsd4_op",
     "opdesc=struct nfsd4_operation *;opnum=unsigned int;replay=struct nfs4_replay *;"
     "status=unsigned int;u=union nfsd4_op_u;"},
    {"struct nfsd4_session",
     "se_bchannel=struct nfsd4_channel_attrs;se_cb_prog=unsigned int;"
     "se_cb_sec=struct nfsd4_cb_sec;se_cb_seq_nr=unsigned int;se_client=struct nfs4_client *;"
     "se_conns=struct list_head;se_fchannel=struct nfsd4_channel_attrs;se_flags=unsigned int;"
     "se_hash=struct list_head;se_perclnt=struct list_head;se_ref=struct ;"
     "se_sessionid=struct nfs4_sessionid;se_slots=struct nfsd4_slot *[0];"},
    {"struct nfsd4_slot",
     "sl_cred=struct svc_cred;sl_data=char[0];sl_datalen=unsigned int;sl_flags=unsigned char;"
     "sl_opcnt=unsigned short;sl_seqid=unsigned int;sl_status=unsigned int;"},
    {"struct nfsd_drc_bucket",
     "cache_lock=struct spinlock;lru_head=struct list_head;rb_head=struct rb_root;"},
    {"struct nfsd_file",
     "nf_birthtime=long long;nf_cred=struct cred *;nf_file=struct file *;"
     "nf_flags=unsigned long;nf_gc=struct list_head;nf_inode=void *;nf_lru=struct list_head;"
     "nf_mark=struct nfsd_file_mark *;nf_may=unsigned char;nf_net=struct net *;"
     "nf_rcu=struct callback_head;nf_ref=struct refcount_struct;nf_rlist=struct rhlist_head;"},
    {"struct nfsd_net",
     "blocked_locks_lock=struct spinlock;blocked_locks_lru=struct list_head;"
     "boot_time=long long;boot_time_bt=long long;cld_net=struct cld_net *;"
     "client_lock=struct spinlock;client_lru=struct list_head;client_tracking_active=_Bool;"
     "client_tracking_ops=struct nfsd4_client_tracking_ops *;clientid_base=unsigned int;"
     "clientid_counter=unsigned int;close_lru=struct list_head;"
     "clverifier_counter=unsigned int;conf_id_hashtbl=struct list_head *;"
     "conf_name_tree=struct rb_root;counter=struct percpu_counter[85];"
     "del_recall_lru=struct list_head;drc_hashsize=unsigned int;"
     "drc_hashtbl=struct nfsd_drc_bucket *;fcache_dispose_list=struct list_head;"
     "fcache_dispose_lock=struct spinlock;fcache_dispose_work=struct work_struct;"
     "grace_end_forced=_Bool;grace_ended=_Bool;idtoname_cache=struct cache_detail *;"
     "in_grace=_Bool;keep_active=int;laundromat_work=struct delayed_work;lockd_up=_Bool;"
     "longest_chain=unsigned int;longest_chain_cachesize=unsigned int;maskbits=unsigned int;"
     "max_connections=unsigned int;max_drc_entries=unsigned int;"
     "nametoid_cache=struct cache_detail *;nfs4_client_count=struct ;nfs4_max_clients=int;"
     "nfsd4_grace=long long;nfsd4_lease=long long;nfsd4_manager=struct lock_manager;"
     "nfsd4_minorversions=bool *;nfsd_client_dir=struct dentry *;"
     "nfsd_client_shrinker=struct shrinker;nfsd_courtesy_clients=struct ;nfsd_name=char[65];"
     "nfsd_net_up=_Bool;nfsd_reply_cache_shrinker=struct shrinker;nfsd_serv=struct svc_serv *;"
     "nfsd_shrinker_work=struct work_struct;nfsd_ssc_lock=struct spinlock;"
     "nfsd_ssc_mount_list=struct list_head;nfsd_ssc_waitq=struct wait_queue_head;"
     "nfsd_svcstats=struct svc_stat;nfsd_versions=bool *;nfssvc_boot=struct timespec64;"
     "nr_reclaim_complete=struct ;ntf_refcnt=atomic_t;ntf_wq=wait_queue_head_t;"
     "num_drc_entries=struct ;pending_async_copies=struct ;rec_file=struct file *;"
     "reclaim_str_hashtbl=struct list_head *;reclaim_str_hashtbl_size=int;"
     "s2s_cp_cl_id=unsigned int;s2s_cp_lock=struct spinlock;s2s_cp_stateids=struct idr;"
     "sessionid_hashtbl=struct list_head *;siphash_key=struct ;somebody_reclaimed=_Bool;"
     "svc_expkey_cache=struct cache_detail *;svc_export_cache=struct cache_detail *;"
     "track_reclaim_completes=_Bool;unconf_id_hashtbl=struct list_head *;"
     "unconf_name_tree=struct rb_root;writeverf=unsigned char[8];writeverf_lock=struct ;"},
    {"struct nlm_args",
     "block=unsigned int;cookie=struct nlm_cookie;fsm_access=unsigned int;"
     "fsm_mode=unsigned int;lock=struct nlm_lock;monitor=unsigned int;reclaim=unsigned int;"
     "state=unsigned int;"},
    {"struct nlm_block",
     "b_cache_req=struct cache_req *;b_call=struct nlm_rqst *;b_count=struct kref;"
     "b_daemon=struct svc_serv *;b_deferred_req=struct cache_deferred_req *;"
     "b_file=struct nlm_file *;b_flags=unsigned int;b_flist=struct list_head;"
     "b_granted=unsigned char;b_host=struct nlm_host *;b_id=unsigned int;"
     "b_list=struct list_head;b_when=unsigned long;"},
    {"struct nlm_file",
     "f_blocks=struct list_head;f_count=unsigned int;f_file=struct file *[2];"
     "f_handle=struct nfs_fh;f_list=struct hlist_node;f_locks=unsigned int;"
     "f_mutex=struct mutex;f_shares=struct nlm_share *;"},
    {"struct nlm_host",
     "h_addr=struct __kernel_sockaddr_storage;h_addrbuf=char *;h_addrlen=unsigned long;"
     "h_count=struct refcount_struct;h_cred=struct cred *;h_expires=unsigned long;"
     "h_gracewait=struct wait_queue_head;h_granted=struct list_head;h_hash=struct hlist_node;"
     "h_inuse=unsigned short;h_lock=struct spinlock;h_lockowners=struct list_head;"
     "h_mutex=struct mutex;h_name=char *;h_nextrebind=unsigned long;"
     "h_nlmclnt_ops=struct nlmclnt_operations *;h_noresvport=unsigned short;"
     "h_nsmhandle=struct nsm_handle *;h_nsmstate=unsigned int;h_pidcount=unsigned int;"
     "h_proto=unsigned short;h_reclaim=struct list_head;h_reclaiming=unsigned short;"
     "h_rpcclnt=struct rpc_clnt *;h_rwsem=struct rw_semaphore;h_server=unsigned short;"
     "h_srcaddr=struct __kernel_sockaddr_storage;h_srcaddrlen=unsigned long;"
     "h_state=unsigned int;h_version=unsigned int;net=struct net *;nodename=char[65];"},
    {"struct nlm_lock",
     "caller=char *;fh=struct nfs_fh;fl=struct file_lock;len=unsigned int;"
     "lock_len=long unsigned long;lock_start=long unsigned long;oh=struct xdr_netobj;"
     "svid=unsigned int;"},
    {"struct nlm_lockowner",
     "count=struct refcount_struct;host=struct nlm_host *;list=struct list_head;owner=void *;"
     "pid=unsigned int;"},
    {"struct nlm_rqst",
     "a_args=struct nlm_args;a_block=struct nlm_block *;a_callback_data=void *;"
     "a_count=struct refcount_struct;a_flags=unsigned int;a_host=struct nlm_host *;"
     "a_owner=u8[74];a_res=struct nlm_res;a_retries=unsigned int;"},
    {"struct nlm_wait",
     "b_host=struct nlm_host *;b_list=struct list_head;b_lock=struct file_lock *;"
     "b_reclaim=unsigned short;b_status=unsigned int;b_wait=struct wait_queue_head;"},
    {"struct nsproxy",
     "cgroup_ns=struct cgroup_namespace *;count=struct ;ipc_ns=struct ipc_namespace *;"
     "mnt_ns=struct mnt_namespace *;net_ns=struct net *;"
     "pid_ns_for_children=struct pid_namespace *;time_ns=struct time_namespace *;"
     "time_ns_for_children=struct time_namespace *;uts_ns=struct uts_namespace *;"},
    {"struct page",
     "__filler=void *;_compound_pad_1=unsigned long;_compound_pad_2=unsigned long;"
     "_mapcount=struct ;_pp_mapping_pad=unsigned long;_private_1=unsigned long;"
     "_pt_pad_1=unsigned long;_pt_pad_2=unsigned long;_refcount=struct ;"
     "_zd_pad_1=unsigned long;active=unsigned int;buddy_list=struct list_head;"
     "callback_head=struct callback_head;compound_dtor=unsigned char;"
     "compound_head=unsigned long;compound_mapcount=struct ;compound_nr=unsigned int;"
     "compound_order=unsigned char;compound_pincount=struct ;counters=unsigned long;"
     "deferred_list=struct list_head;dma_addr=unsigned long;dma_addr_upper=unsigned long;"
     "flags=unsigned long;freelist=void *;frozen=unsigned int;hmm_data=unsigned long;"
     "index=unsigned long;inuse=unsigned int;lru=struct list_head;"
     "mapping=struct address_space *;memcg_data=unsigned long;mlock_count=unsigned int;"
     "next=struct page *;objects=unsigned int;page_type=unsigned int;pages=int;"
     "pcp_list=struct list_head;pgmap=struct dev_pagemap *;pmd_huge_pte=struct page *;"
     "pobjects=int;pp=struct page_pool *;pp_frag_count=struct ;pp_magic=unsigned long;"
     "private=unsigned long;pt_frag_refcount=struct ;pt_mm=struct mm_struct *;"
     "pt_share_count=struct ;ptl=struct spinlock;s_mem=void *;slab_cache=struct kmem_cache *;"
     "slab_list=struct list_head;units=int;zone_device_data=void *;"},
    {"struct path",
     "dentry=struct dentry *;mnt=struct vfsmount *;"},
    {"struct percpu_ref",
     "data=struct percpu_ref_data *;percpu_count_ptr=unsigned long;"},
    {"struct pipe_inode_info",
     "bufs=struct pipe_buffer *;fasync_readers=struct fasync_struct *;"
     "fasync_writers=struct fasync_struct *;files=unsigned int;head=unsigned int;"
     "max_usage=unsigned int;mutex=struct mutex;nr_accounted=unsigned int;poll_usage=_Bool;"
     "r_counter=unsigned int;rd_wait=struct wait_queue_head;readers=unsigned int;"
     "ring_size=unsigned int;tail=unsigned int;tmp_page=struct page *;"
     "user=struct user_struct *;w_counter=unsigned int;wr_wait=struct wait_queue_head;"
     "writers=unsigned int;"},
    {"struct pnfs_layout_hdr",
     "plh_barrier=unsigned int;plh_block_lgets=unsigned long;"
     "plh_bulk_destroy=struct list_head;plh_flags=unsigned long;plh_inode=struct inode *;"
     "plh_layouts=struct list_head;plh_lc_cred=struct cred *;plh_lwb=long long;"
     "plh_outstanding=struct ;plh_rcu=struct callback_head;"
     "plh_refcount=struct refcount_struct;plh_retry_timestamp=unsigned long;"
     "plh_return_iomode=int;plh_return_segs=struct list_head;plh_return_seq=unsigned int;"
     "plh_segs=struct list_head;plh_stateid=struct nfs4_stateid_struct;"},
    {"struct pnfs_layout_segment",
     "pls_commits=struct list_head;pls_flags=unsigned long;"
     "pls_layout=struct pnfs_layout_hdr *;pls_lc_list=struct list_head;"
     "pls_list=struct list_head;pls_range=struct pnfs_layout_range;"
     "pls_refcount=struct refcount_struct;pls_seq=unsigned int;"},
    {"struct proto",
     "accept=void *;backlog_rcv=void *;bind=void *;bind_add=void *;"
     "bpf_bypass_getsockopt=void *;close=void *;compat_ioctl=void *;connect=void *;"
     "destroy=void *;diag_destroy=void *;disconnect=void *;enter_memory_pressure=void *;"
     "forward_alloc_get=void *;get_port=void *;getsockopt=void *;h=union ;hash=void *;"
     "init=void *;inuse_idx=unsigned int;ioctl=void *;keepalive=void *;"
     "leave_memory_pressure=void *;max_header=int;memory_allocated=atomic_long_t *;"
     "memory_pressure=unsigned long *;name=char[32];no_autobind=_Bool;node=struct list_head;"
     "obj_size=unsigned int;orphan_count=unsigned int *;owner=struct module *;"
     "per_cpu_fw_alloc=int *;pre_connect=void *;psock_update_sk_prot=void *;put_port=void *;"
     "recvmsg=void *;rehash=void *;release_cb=void *;rsk_prot=struct request_sock_ops *;"
     "sendmsg=void *;sendpage=void *;setsockopt=void *;shutdown=void *;"
     "slab=struct kmem_cache *;slab_flags=unsigned int;sock_is_readable=void *;"
     "sockets_allocated=struct percpu_counter *;splice_eof=void *;stream_memory_free=void *;"
     "stream_memory_read=void *;sysctl_mem=long *;sysctl_rmem=int *;"
     "sysctl_rmem_offset=unsigned int;sysctl_wmem=int *;sysctl_wmem_offset=unsigned int;"
     "twsk_prot=struct timewait_sock_ops *;unhash=void *;useroffset=unsigned int;"
     "usersize=unsigned int;"},
    {"struct pt_regs",
     "ax=unsigned long;bp=unsigned long;bx=unsigned long;cs=unsigned long;cx=unsigned long;"
     "di=unsigned long;dx=unsigned long;flags=unsigned long;ip=unsigned long;"
     "orig_ax=unsigned long;r10=unsigned long;r11=unsigned long;r12=unsigned long;"
     "r13=unsigned long;r14=unsigned long;r15=unsigned long;r8=unsigned long;r9=unsigned long;"
     "si=unsigned long;sp=unsigned long;ss=unsigned long;"},
    {"struct qspinlock",
     "locked=unsigned char;locked_pending=unsigned short;pending=unsigned char;"
     "tail=unsigned short;val=struct ;"},
    {"struct radix_tree_node",
     "callback_head=struct callback_head;count=unsigned char;exceptional=unsigned char;"
     "offset=unsigned char;parent=struct radix_tree_node *;private_list=struct list_head;"
     "root=struct radix_tree_root *;shift=unsigned char;slots=void *[64];"
     "tags=unsigned long [3][1];"},
    {"struct radix_tree_root",
     "gfp_mask=gfp_t;rnode=struct radix_tree_node *;xa_lock=spinlock_t;"},
    {"struct raw_spinlock",
     "raw_lock=struct qspinlock;"},
    {"struct rb_node",
     "__rb_parent_color=unsigned long;rb_left=struct rb_node *;rb_right=struct rb_node *;"},
    {"struct rb_root",
     "rb_node=struct rb_node *;"},
    {"struct refcount_struct",
     "refs=struct ;"},
    {"struct rhash_head",
     "next=struct rhash_head *;"},
    {"struct rhashtable",
     "key_len=unsigned int;lock=struct spinlock;max_elems=unsigned int;mutex=struct mutex;"
     "nelems=struct ;p=struct rhashtable_params;rhlist=_Bool;run_work=struct work_struct;"
     "tbl=struct bucket_table *;"},
    {"struct rpc_auth",
     "au_count=struct refcount_struct;au_credcache=struct rpc_cred_cache *;"
     "au_cslack=unsigned int;au_flags=unsigned long;au_flavor=unsigned int;"
     "au_ops=struct rpc_authops *;au_ralign=unsigned int;au_rslack=unsigned int;"
     "au_verfsize=unsigned int;"},
    {"struct rpc_clnt",
     "cl_auth=struct rpc_auth *;cl_autobind=unsigned int;cl_chatty=unsigned int;"
     "cl_clid=unsigned int;cl_clients=struct list_head;cl_count=struct refcount_struct;"
     "cl_cred=struct cred *;cl_debugfs=struct dentry *;cl_discrtry=unsigned int;"
     "cl_lock=struct spinlock;cl_max_connect=unsigned int;cl_maxproc=unsigned int;"
     "cl_metrics=struct rpc_iostats *;cl_nodelen=int;cl_nodename=char[65];"
     "cl_noretranstimeo=unsigned int;cl_parent=struct rpc_clnt *;cl_pid=struct ;"
     "cl_pipedir_objects=struct rpc_pipe_dir_head;cl_principal=char *;"
     "cl_procinfo=struct rpc_procinfo *;cl_prog=unsigned int;cl_program=struct rpc_program *;"
     "cl_rtt=struct rpc_rtt *;cl_rtt_default=struct rpc_rtt;cl_softerr=unsigned int;"
     "cl_softrtry=unsigned int;cl_stats=struct rpc_stat *;cl_swapper=struct ;"
     "cl_sysfs=struct rpc_sysfs_client *;cl_tasks=struct list_head;"
     "cl_timeout=struct rpc_timeout *;cl_timeout_default=struct rpc_timeout;"
     "cl_vers=unsigned int;cl_work=struct work_struct;cl_xpi=struct rpc_xprt_iter;"
     "cl_xprt=struct rpc_xprt *;pipefs_sb=struct super_block *;"},
    {"struct rpc_cred",
     "cr_auth=struct rpc_auth *;cr_count=struct refcount_struct;cr_cred=struct cred *;"
     "cr_expire=unsigned long;cr_flags=unsigned long;cr_hash=struct hlist_node;"
     "cr_lru=struct list_head;cr_ops=struct rpc_credops *;cr_rcu=struct callback_head;"
     "cr_uid=kuid_t;"},
    {"struct rpc_cred_cache",
     "hashbits=unsigned int;hashtable=struct hlist_head *;lock=struct spinlock;"},
    {"struct rpc_message",
     "rpc_argp=void *;rpc_cred=struct cred *;rpc_proc=struct rpc_procinfo *;rpc_resp=void *;"},
    {"struct rpc_procinfo",
     "p_arglen=unsigned int;p_decode=void *;p_encode=void *;p_name=char *;p_proc=unsigned int;"
     "p_replen=unsigned int;p_statidx=unsigned int;p_timer=unsigned int;"},
    {"struct rpc_program",
     "name=char *;nrvers=unsigned int;number=unsigned int;pipe_dir_name=char *;"
     "stats=struct rpc_stat *;version=struct rpc_version * *;"},
    {"struct rpc_rqst",
     "rq_bc_list=struct list_head;rq_bc_pa_list=struct list_head;rq_bc_pa_state=unsigned long;"
     "rq_buffer=void *;rq_bytes_sent=unsigned int;rq_callsize=unsigned long;rq_cong=int;"
     "rq_connect_cookie=unsigned int;rq_cred=struct rpc_cred *;rq_enc_pages=struct page * *;"
     "rq_enc_pages_num=int;rq_list=struct list_head;rq_majortimeo=unsigned long;"
     "rq_minortimeo=unsigned long;rq_ntrans=int;rq_pin=struct ;rq_private_buf=struct xdr_buf;"
     "rq_rbuffer=void *;rq_rcv_buf=struct xdr_buf;rq_rcvsize=unsigned long;"
     "rq_recv=struct rb_node;rq_release_snd_buf=void *;rq_reply_bytes_recvd=unsigned long;"
     "rq_retries=unsigned int;rq_rtt=long long;rq_seqno=unsigned int;"
     "rq_snd_buf=struct xdr_buf;rq_task=struct rpc_task *;rq_timeout=unsigned long;"
     "rq_xid=unsigned int;rq_xmit=struct list_head;rq_xmit2=struct list_head;"
     "rq_xmit_bytes_sent=unsigned long;rq_xprt=struct rpc_xprt *;rq_xtime=long long;"},
    {"struct rpc_sysfs_xprt",
     "kobject=struct kobject;xprt=struct rpc_xprt *;xprt_switch=struct rpc_xprt_switch *;"},
    {"struct rpc_task",
     "tk_action=void *;tk_callback=void *;tk_calldata=void *;tk_client=struct rpc_clnt *;"
     "tk_count=struct ;tk_cred_retry=unsigned char;tk_flags=unsigned short;"
     "tk_garb_retry=unsigned char;tk_msg=struct rpc_message;tk_op_cred=struct rpc_cred *;"
     "tk_ops=struct rpc_call_ops *;tk_owner=int;tk_pid=unsigned short;"
     "tk_priority=unsigned char;tk_rebind_retry=unsigned char;tk_rpc_status=int;"
     "tk_rqstp=struct rpc_rqst *;tk_runstate=unsigned long;tk_start=long long;tk_status=int;"
     "tk_task=struct list_head;tk_timeout=unsigned long;tk_timeouts=unsigned short;"
     "tk_waitqueue=struct rpc_wait_queue *;tk_workqueue=struct workqueue_struct *;"
     "tk_xprt=struct rpc_xprt *;u=union ;"},
    {"struct rpc_timeout",
     "to_exponential=unsigned char;to_increment=unsigned long;to_initval=unsigned long;"
     "to_maxval=unsigned long;to_retries=unsigned int;"},
    {"struct rpc_version",
     "counts=unsigned int *;nrprocs=unsigned int;number=unsigned int;"
     "procs=struct rpc_procinfo *;"},
    {"struct rpc_wait",
     "expires=unsigned long;links=struct list_head;list=struct list_head;"
     "timer_list=struct list_head;"},
    {"struct rpc_wait_queue",
     "lock=struct spinlock;maxpriority=unsigned char;name=char *;nr=unsigned char;owner=pid_t;"
     "priority=unsigned char;qlen=unsigned int;tasks=struct list_head[4];"
     "timer_list=struct rpc_timer;"},
    {"struct rpc_xprt",
     "addr=struct __kernel_sockaddr_storage;address_strings=char *[6];addrlen=unsigned long;"
     "backlog=struct rpc_wait_queue;bc_alloc_count=unsigned int;bc_alloc_max=unsigned int;"
     "bc_free_slots=atomic_t;bc_pa_list=struct list_head;bc_pa_lock=struct spinlock;"
     "bc_serv=struct svc_serv *;bc_slot_count=struct ;bc_xprt=struct svc_xprt *;"
     "bind_index=unsigned int;bind_timeout=unsigned long;binding=struct rpc_wait_queue;"
     "cong=unsigned long;connect_cookie=unsigned int;connect_timeout=unsigned long;"
     "cwnd=unsigned long;debugfs=struct dentry *;free=struct list_head;id=unsigned int;"
     "idle_timeout=unsigned long;inject_disconnect=atomic_t;kref=struct kref;"
     "last_used=unsigned long;main=_Bool;max_payload=unsigned long;"
     "max_reconnect_timeout=unsigned long;max_reqs=unsigned int;min_reqs=unsigned int;"
     "ns_tracker=struct ;num_reqs=unsigned int;ops=struct rpc_xprt_ops *;"
     "pending=struct rpc_wait_queue;prot=int;queue_lock=struct spinlock;queuelen=struct ;"
     "rcu=struct callback_head;recv=struct list_head;recv_lock=spinlock_t;"
     "recv_queue=struct rb_root;reestablish_timeout=unsigned long;"
     "reserve_lock=struct spinlock;resvport=unsigned char;reuseport=unsigned char;"
     "sending=struct rpc_wait_queue;servername=char *;snd_task=struct rpc_task *;stat=struct ;"
     "state=unsigned long;swapper=struct ;task_cleanup=struct work_struct;"
     "timeout=struct rpc_timeout *;timer=struct timer_list;transport_lock=struct spinlock;"
     "tsh_size=unsigned int;xid=unsigned int;xmit_queue=struct list_head;"
     "xmit_queuelen=struct ;xprt_class=struct xprt_class *;xprt_net=struct net *;"
     "xprt_switch=struct list_head;xprt_sysfs=struct rpc_sysfs_xprt *;"},
    {"struct rpc_xprt_iter",
     "xpi_cursor=struct rpc_xprt *;xpi_ops=struct rpc_xprt_iter_ops *;"
     "xpi_xpswitch=struct rpc_xprt_switch *;"},
    {"struct rpc_xprt_ops",
     "alloc_slot=void *;bc_destroy=void *;bc_free_rqst=void *;bc_maxpayload=void *;"
     "bc_num_slots=void *;bc_setup=void *;bc_up=void *;buf_alloc=void *;buf_free=void *;"
     "close=void *;connect=void *;destroy=void *;disable_swap=void *;enable_swap=void *;"
     "free_slot=void *;get_srcaddr=void *;get_srcport=void *;inject_disconnect=void *;"
     "prepare_request=void *;print_stats=void *;release_request=void *;release_xprt=void *;"
     "reserve_xprt=void *;rpcbind=void *;send_request=void *;set_buffer_size=void *;"
     "set_connect_timeout=void *;set_port=void *;set_retrans_timeout=void *;timer=void *;"
     "wait_for_reply_request=void *;"},
    {"struct rpc_xprt_switch",
     "xps_id=unsigned int;xps_iter_ops=struct rpc_xprt_iter_ops *;xps_kref=struct kref;"
     "xps_lock=struct spinlock;xps_nactive=unsigned int;xps_net=struct net *;"
     "xps_nunique_destaddr_xprts=unsigned int;xps_nxprts=unsigned int;xps_queuelen=struct ;"
     "xps_rcu=struct callback_head;xps_sysfs=struct rpc_sysfs_xprt_switch *;"
     "xps_xprt_list=struct list_head;"},
    {"struct rsc",
     "callback_head=struct callback_head;cred=struct svc_cred;h=struct cache_head;"
     "handle=struct xdr_netobj;mechctx=struct gss_ctx *;seqdata=struct gss_svc_seq_data;"},
    {"struct rsi",
     "callback_head=struct callback_head;h=struct cache_head;in_handle=struct xdr_netobj;"
     "in_token=struct xdr_netobj;major_status=int;minor_status=int;"
     "out_handle=struct xdr_netobj;out_token=struct xdr_netobj;"},
    {"struct rw_semaphore",
     "count=struct ;osq=struct optimistic_spin_queue;owner=struct ;wait_list=struct list_head;"
     "wait_lock=struct raw_spinlock;"},
    {"struct rwsem_waiter",
     "handoff_set=_Bool;list=struct list_head;task=struct task_struct *;timeout=unsigned long;"
     "type=int;"},
    {"struct shrinker",
     "batch=long;count_objects=void *;flags=unsigned int;id=int;list=struct list_head;"
     "nr_deferred=atomic_long_t *;scan_objects=void *;seeks=int;"},
    {"struct sighand_struct",
     "action=struct k_sigaction[64];count=struct refcount_struct;siglock=struct spinlock;"
     "signalfd_wqh=struct wait_queue_head;"},
    {"struct signal_struct",
     "audit_tty=unsigned int;autogroup=struct autogroup *;cgtime=long unsigned long;"
     "cinblock=unsigned long;cmaj_flt=unsigned long;cmaxrss=unsigned long;"
     "cmin_flt=unsigned long;cnivcsw=unsigned long;cnvcsw=unsigned long;"
     "core_state=struct core_state *;coublock=unsigned long;"
     "cputimer=struct thread_group_cputimer;cred_guard_mutex=struct mutex;"
     "cstime=long unsigned long;curr_target=struct task_struct *;cutime=long unsigned long;"
     "exec_update_lock=struct rw_semaphore;flags=unsigned int;"
     "group_exec_task=struct task_struct *;group_exit_code=int;group_stop_count=int;"
     "gtime=long unsigned long;has_child_subreaper=unsigned int;inblock=unsigned long;"
     "ioac=struct task_io_accounting;is_child_subreaper=unsigned int;it=struct cpu_itimer[2];"
     "it_real_incr=long long;leader=int;live=struct ;maj_flt=unsigned long;"
     "maxrss=unsigned long;min_flt=unsigned long;multiprocess=struct hlist_head;"
     "next_posix_timer_id=unsigned int;nivcsw=unsigned long;notify_count=int;nr_threads=int;"
     "nvcsw=unsigned long;oom_flag_origin=_Bool;oom_mm=struct mm_struct *;"
     "oom_score_adj=short int;oom_score_adj_min=short int;oublock=unsigned long;"
     "pacct=struct pacct_struct;pids=struct pid *[4];posix_cputimers=struct posix_cputimers;"
     "posix_timers=struct list_head;prev_cputime=struct prev_cputime;quick_threads=int;"
     "real_timer=struct hrtimer;rlim=struct rlimit[16];shared_pending=struct sigpending;"
     "sigcnt=struct refcount_struct;stats=struct taskstats *;stats_lock=struct ;"
     "stime=long unsigned long;sum_sched_runtime=long unsigned long;"
     "thread_head=struct list_head;tick_dep_mask=struct ;tty=struct tty_struct *;"
     "tty_audit_buf=struct tty_audit_buf *;tty_old_pgrp=struct pid *;utime=long unsigned long;"
     "wait_chldexit=struct wait_queue_head;"},
    {"struct sk_buff",
     "__cloned_offset=__u8[0];__pkt_type_offset=__u8[0];__pkt_vlan_present_offset=__u8[0];"
     "_nfct=unsigned long;_sk_redir=unsigned long;_skb_refdst=unsigned long;"
     "active_extensions=unsigned char;alloc_cpu=unsigned short;cb=char[48];"
     "cloned=unsigned char;csum=unsigned int;csum_complete_sw=unsigned char;"
     "csum_level=unsigned char;csum_not_inet=unsigned char;csum_offset=unsigned short;"
     "csum_start=unsigned short;csum_valid=unsigned char;data=unsigned char *;"
     "data_len=unsigned int;decrypted=unsigned char;destructor=void *;dev=struct net_device *;"
     "dev_scratch=unsigned long;dst_pending_confirm=unsigned char;"
     "encap_hdr_csum=unsigned char;encapsulation=unsigned char;end=unsigned int;"
     "extensions=struct skb_ext *;fclone=unsigned char;from_ingress=unsigned char;"
     "hash=unsigned int;hdr_len=unsigned short;head=unsigned char *;head_frag=unsigned char;"
     "headers=struct ;headers_end=__u32 [0];headers_start=__u32 [0];ignore_df=unsigned char;"
     "inner_ipproto=unsigned char;inner_mac_header=unsigned short;"
     "inner_network_header=unsigned short;inner_protocol=unsigned short;"
     "inner_protocol_type=unsigned char;inner_transport_header=unsigned short;"
     "ip_defrag_offset=int;ip_summed=unsigned char;ipvs_property=unsigned char;"
     "l4_hash=unsigned char;len=unsigned int;list=struct list_head;ll_node=struct llist_node;"
     "mac_header=unsigned short;mac_len=unsigned short;mark=unsigned int;"
     "mono_delivery_time=unsigned char;napi_id=unsigned int;ndisc_nodetype=unsigned char;"
     "network_header=unsigned short;next=struct sk_buff *;nf_skip_egress=unsigned char;"
     "nf_trace=unsigned char;no_fcs=unsigned char;nohdr=unsigned char;ooo_okay=unsigned char;"
     "peeked=unsigned char;pfmemalloc=unsigned char;pkt_type=unsigned char;"
     "pp_recycle=unsigned char;prev=struct sk_buff *;priority=unsigned int;"
     "protocol=unsigned short;queue_mapping=unsigned short;rbnode=struct rb_node;"
     "redirected=unsigned char;remcsum_offload=unsigned char;reserved_tailroom=unsigned int;"
     "scm_io_uring=unsigned char;secmark=unsigned int;sender_cpu=unsigned int;"
     "sk=struct sock *;skb_iif=int;skb_mstamp=u64;skb_mstamp_ns=long unsigned long;"
     "slow_gro=unsigned char;sp=struct sec_path *;sw_hash=unsigned char;tail=unsigned int;"
     "tc_at_ingress=unsigned char;tc_index=unsigned short;tc_skip_classify=unsigned char;"
     "tcp_tsorted_anchor=struct list_head;transport_header=unsigned short;"
     "truesize=unsigned int;tstamp=long long;users=struct refcount_struct;"
     "vlan_present=unsigned char;vlan_proto=unsigned short;vlan_tci=unsigned short;"
     "wifi_acked=unsigned char;wifi_acked_valid=unsigned char;xmit_more=__u8;"},
    {"struct sock",
     "__sk_common=struct sock_common;__sk_flags_offset=unsigned int [0];"
     "mptcp_retransmit_timer=struct timer_list;ns_tracker=struct ;sk_ack_backlog=unsigned int;"
     "sk_allocation=unsigned int;sk_backlog=struct ;sk_backlog_rcv=void *;"
     "sk_bind2_node=struct hlist_node;sk_bind_phc=int;"
     "sk_bpf_storage=struct bpf_local_storage *;sk_busy_poll_budget=unsigned short;"
     "sk_callback_lock=struct ;sk_cgrp_data=struct sock_cgroup_data;sk_clockid=unsigned char;"
     "sk_data_ready=void *;sk_destruct=void *;sk_disconnects=int;sk_drops=struct ;"
     "sk_dst_cache=struct dst_entry *;sk_dst_pending_confirm=unsigned int;sk_err=int;"
     "sk_err_soft=int;sk_error_queue=struct sk_buff_head;sk_error_report=void *;"
     "sk_filter=struct sk_filter *;sk_forward_alloc=int;sk_frag=struct page_frag;"
     "sk_gso_disabled=unsigned char;sk_gso_max_segs=unsigned short;"
     "sk_gso_max_size=unsigned int;sk_gso_type=int;sk_kern_sock=unsigned char;"
     "sk_lingertime=unsigned long;sk_ll_usec=unsigned int;sk_lock=struct ;"
     "sk_mark=unsigned int;sk_max_ack_backlog=unsigned int;sk_max_pacing_rate=unsigned long;"
     "sk_memcg=struct mem_cgroup *;sk_napi_id=unsigned int;sk_no_check_rx=unsigned char;"
     "sk_no_check_tx=unsigned char;sk_omem_alloc=struct ;sk_pacing_rate=unsigned long;"
     "sk_pacing_shift=unsigned char;sk_pacing_status=unsigned int;sk_padding=unsigned int;"
     "sk_peek_off=int;sk_peer_cred=struct cred *;sk_peer_lock=struct spinlock;"
     "sk_peer_pid=struct pid *;sk_policy=struct xfrm_policy *[2];"
     "sk_prefer_busy_poll=unsigned char;sk_priority=unsigned int;"
     "sk_prot_creator=struct proto *;sk_protocol=unsigned short;sk_rcu=struct callback_head;"
     "sk_rcvbuf=int;sk_rcvlowat=int;sk_rcvtimeo=long;sk_receive_queue=struct sk_buff_head;"
     "sk_reserved_mem=unsigned int;sk_reuseport_cb=struct sock_reuseport *;"
     "sk_route_caps=long unsigned long;sk_route_forced_caps=netdev_features_t;"
     "sk_route_nocaps=netdev_features_t;sk_rx_dst=struct dst_entry *;"
     "sk_rx_dst_cookie=unsigned int;sk_rx_dst_ifindex=int;sk_security=void *;"
     "sk_send_head=struct sk_buff *;sk_shutdown=unsigned char;sk_sndbuf=int;sk_sndtimeo=long;"
     "sk_socket=struct socket *;sk_stamp=long long;sk_state_change=void *;"
     "sk_timer=struct timer_list;sk_tsflags=unsigned short;sk_tskey=struct ;"
     "sk_tsq_flags=unsigned long;sk_txhash=unsigned int;sk_txrehash=unsigned char;"
     "sk_txtime_deadline_mode=unsigned char;sk_txtime_report_errors=unsigned char;"
     "sk_txtime_unused=unsigned char;sk_type=unsigned short;sk_uid=struct ;"
     "sk_use_task_frag=_Bool;sk_user_data=void *;sk_userlocks=unsigned char;"
     "sk_validate_xmit_skb=void *;sk_wmem_alloc=struct refcount_struct;sk_wmem_queued=int;"
     "sk_wq=struct socket_wq *;sk_wq_raw=struct socket_wq *;sk_write_pending=int;"
     "sk_write_queue=struct sk_buff_head;sk_write_space=void *;sk_zckey=struct ;"
     "tcp_rtx_queue=struct rb_root;"},
    {"struct sock_xprt",
     "connect_worker=struct delayed_work;error_worker=struct work_struct;file=struct file *;"
     "inet=struct sock *;old_data_ready=void *;old_error_report=void *;"
     "old_state_change=void *;old_write_space=void *;rcvsize=unsigned long;recv=struct ;"
     "recv_mutex=struct mutex;recv_worker=struct work_struct;sndsize=unsigned long;"
     "sock=struct socket *;sock_state=unsigned long;srcaddr=struct __kernel_sockaddr_storage;"
     "srcport=unsigned short;tcp_calldir=__be32;tcp_copied=unsigned long;"
     "tcp_flags=unsigned long;tcp_fraghdr=__be32;tcp_offset=u32;tcp_reclen=u32;"
     "tcp_timeout=struct rpc_timeout;tcp_xid=__be32;xmit=struct ;xprt=struct rpc_xprt;"
     "xprt_err=int;"},
    {"struct socket",
     "file=struct file *;flags=unsigned long;ops=struct proto_ops *;sk=struct sock *;"
     "state=int;type=short int;wq=struct socket_wq;"},
    {"struct spinlock",
     "rlock=struct raw_spinlock;"},
    {"struct sunrpc_net",
     "all_clients=struct list_head;gssd_dummy=struct rpc_pipe *;gssp_clnt=struct rpc_clnt *;"
     "gssp_lock=struct mutex;ip_map_cache=struct cache_detail *;pipe_users=struct ;"
     "pipe_version=int;pipefs_sb=struct super_block *;pipefs_sb_lock=struct mutex;"
     "proc_net_rpc=struct proc_dir_entry *;rpc_client_lock=struct spinlock;"
     "rpcb_clnt_lock=struct spinlock;rpcb_is_af_local=unsigned int;"
     "rpcb_local_clnt=struct rpc_clnt *;rpcb_local_clnt4=struct rpc_clnt *;"
     "rpcb_users=unsigned int;rsc_cache=struct cache_detail *;rsi_cache=struct cache_detail *;"
     "unix_gid_cache=struct cache_detail *;use_gss_proxy=int;"
     "use_gssp_proc=struct proc_dir_entry *;"},
    {"struct super_block",
     "cleancache_poolid=int;destroy_work=struct work_struct;dq_op=struct dquot_operations *;"
     "rcu=struct callback_head;s_active=struct ;s_bdev=struct block_device *;"
     "s_bdi=struct backing_dev_info *;s_blocksize=unsigned long;"
     "s_blocksize_bits=unsigned char;s_cop=struct fscrypt_operations *;s_count=int;"
     "s_d_op=struct dentry_operations *;s_dentry_lru=struct list_lru;s_dev=unsigned int;"
     "s_dio_done_wq=struct workqueue_struct *;s_dquot=struct quota_info;"
     "s_encoding=struct unicode_map *;s_encoding_flags=unsigned short;"
     "s_export_op=struct export_operations *;s_flags=unsigned long;s_fs_info=void *;"
     "s_fsnotify_connectors=struct ;s_fsnotify_inode_refs=atomic_long_t;"
     "s_fsnotify_marks=struct fsnotify_mark_connector *;s_fsnotify_mask=unsigned int;"
     "s_id=char[32];s_iflags=unsigned long;s_inode_list_lock=struct spinlock;"
     "s_inode_lru=struct list_lru;s_inode_wblist_lock=struct spinlock;"
     "s_inodes=struct list_head;s_inodes_wb=struct list_head;s_instances=struct hlist_node;"
     "s_list=struct list_head;s_magic=unsigned long;s_master_keys=struct fscrypt_keyring *;"
     "s_max_links=unsigned int;s_maxbytes=long long;s_mode=unsigned int;"
     "s_mounts=struct list_head;s_mtd=struct mtd_info *;s_op=struct super_operations *;"
     "s_pins=struct hlist_head;s_qcop=struct quotactl_ops *;s_quota_types=unsigned int;"
     "s_readonly_remount=int;s_remove_count=struct ;s_root=struct dentry *;"
     "s_roots=struct hlist_bl_head;s_security=void *;s_shrink=struct shrinker;"
     "s_stack_depth=int;s_subtype=char *;s_sync_lock=struct mutex;s_time_gran=unsigned int;"
     "s_time_max=long long;s_time_min=long long;s_type=struct file_system_type *;"
     "s_umount=struct rw_semaphore;s_user_ns=struct user_namespace *;s_uuid=struct ;"
     "s_vfs_rename_mutex=struct mutex;s_vop=struct fsverity_operations *;"
     "s_wb_err=unsigned int;s_writers=struct sb_writers;s_xattr=struct xattr_handler * *;"},
    {"struct svc_cacherep",
     "c_key=struct ;c_lru=struct list_head;c_node=struct rb_node;c_secure=unsigned char;"
     "c_state=unsigned char;c_timestamp=unsigned long;c_type=unsigned char;c_u=union ;"},
    {"struct svc_cred",
     "cr_flavor=unsigned int;cr_gid=struct ;cr_group_info=struct group_info *;"
     "cr_gss_mech=struct gss_api_mech *;cr_principal=char *;cr_raw_principal=char *;"
     "cr_targ_princ=char *;cr_uid=struct ;"},
    {"struct svc_deferred_req",
     "addr=struct __kernel_sockaddr_storage;addrlen=unsigned long;args=__be32[0];argslen=int;"
     "daddr=struct __kernel_sockaddr_storage;daddrlen=unsigned long;"
     "handle=struct cache_deferred_req;prot=unsigned int;xprt=struct svc_xprt *;"
     "xprt_ctxt=void *;"},
    {"struct svc_export",
     "cd=struct cache_detail *;ex_anon_gid=struct ;ex_anon_uid=struct ;"
     "ex_client=struct auth_domain *;ex_devid_map=struct nfsd4_deviceid_map *;ex_flags=int;"
     "ex_flavors=struct exp_flavor_info[8];ex_fsid=int;ex_fslocs=struct nfsd4_fs_locations;"
     "ex_layout_types=unsigned int;ex_nflavors=unsigned int;ex_path=struct path;"
     "ex_rcu_work=struct rcu_work;ex_stats=struct export_stats *;ex_uuid=unsigned char *;"
     "h=struct cache_head;"},
    {"struct svc_fh",
     "fh_dentry=struct dentry *;fh_export=struct svc_export *;fh_flags=int;"
     "fh_handle=struct knfsd_fh;fh_maxsize=int;fh_no_atomic_attr=_Bool;fh_no_wcc=_Bool;"
     "fh_post_attr=struct kstat;fh_post_change=long unsigned long;fh_post_saved=_Bool;"
     "fh_pre_change=long unsigned long;fh_pre_ctime=struct timespec64;"
     "fh_pre_mtime=struct timespec64;fh_pre_saved=_Bool;fh_pre_size=long unsigned long;"
     "fh_want_write=_Bool;"},
    {"struct svc_pool",
     "sp_all_threads=struct list_head;sp_flags=unsigned long;sp_id=unsigned int;"
     "sp_lock=struct spinlock;sp_nrthreads=unsigned int;sp_sockets=struct list_head;"
     "sp_stats=struct svc_pool_stats;"},
    {"struct svc_procedure",
     "pc_argsize=unsigned int;pc_argzero=unsigned int;pc_cachetype=unsigned int;"
     "pc_decode=void *;pc_encode=void *;pc_func=void *;pc_name=char *;pc_release=void *;"
     "pc_ressize=unsigned int;pc_xdrressize=unsigned int;"},
    {"struct svc_program",
     "pg_authenticate=void *;pg_class=char *;pg_hivers=unsigned int;pg_init_request=void *;"
     "pg_lovers=unsigned int;pg_name=char *;pg_next=struct svc_program *;"
     "pg_nvers=unsigned int;pg_prog=unsigned int;pg_rpcbind_set=void *;"
     "pg_stats=struct svc_stat *;pg_vers=struct svc_version * *;"},
    {"struct svc_rqst",
     "rq_addr=struct __kernel_sockaddr_storage;rq_addrlen=unsigned long;"
     "rq_all=struct list_head;rq_arg=struct xdr_buf;rq_arg_stream=struct xdr_stream;"
     "rq_argp=void *;rq_auth_data=void *;rq_auth_slack=int;rq_auth_stat=unsigned int;"
     "rq_authop=struct auth_ops *;rq_bc_net=struct net *;rq_bvec=struct bio_vec[259];"
     "rq_cacherep=struct svc_cacherep *;rq_cachetype=int;rq_chandle=struct cache_req;"
     "rq_client=struct auth_domain *;rq_cred=struct svc_cred;"
     "rq_daddr=struct __kernel_sockaddr_storage;rq_daddrlen=unsigned long;"
     "rq_deferred=struct svc_deferred_req *;rq_flags=unsigned long;"
     "rq_gssclient=struct auth_domain *;rq_lease_breaker=void * *;rq_lock=struct spinlock;"
     "rq_next_page=struct page * *;rq_page_end=struct page * *;rq_pages=struct page *[260];"
     "rq_pool=struct svc_pool *;rq_proc=unsigned int;rq_procinfo=struct svc_procedure *;"
     "rq_prog=unsigned int;rq_prot=unsigned int;rq_pvec=struct pagevec;rq_qtime=long long;"
     "rq_rcu_head=struct callback_head;rq_res=struct xdr_buf;rq_res_stream=struct xdr_stream;"
     "rq_reserved=int;rq_resp=void *;rq_respages=struct page * *;"
     "rq_scratch_page=struct page *;rq_server=struct svc_serv *;rq_stime=long long;"
     "rq_task=struct task_struct *;rq_vec=struct kvec[259];rq_vers=unsigned int;"
     "rq_xid=unsigned int;rq_xprt=struct svc_xprt *;rq_xprt_ctxt=void *;rq_xprt_hlen=size_t;"},
    {"struct svc_serv",
     "sv_bc_enabled=_Bool;sv_bc_xprt=struct svc_xprt *;sv_cb_list=struct list_head;"
     "sv_cb_lock=struct spinlock;sv_cb_waitq=struct wait_queue_head;sv_lock=struct spinlock;"
     "sv_max_mesg=unsigned int;sv_max_payload=unsigned int;sv_maxconn=unsigned int;"
     "sv_name=char *;sv_nrpools=unsigned int;sv_nrthreads=unsigned int;"
     "sv_ops=const struct svc_serv_ops *;sv_permsocks=struct list_head;"
     "sv_pools=struct svc_pool *;sv_program=struct svc_program *;sv_refcnt=struct kref;"
     "sv_stats=struct svc_stat *;sv_tempsocks=struct list_head;sv_temptimer=struct timer_list;"
     "sv_threadfn=void *;sv_tmpcnt=int;sv_xdrsize=unsigned int;"},
    {"struct svc_sock",
     "sk_datalen=unsigned int;sk_marker=unsigned int;sk_odata=void *;sk_ostate=void *;"
     "sk_owspace=void *;sk_pages=struct page *[259];sk_sendqlen=struct ;sk_sk=struct sock *;"
     "sk_sock=struct socket *;sk_tcplen=unsigned int;sk_xprt=struct svc_xprt;"},
    {"struct svc_version",
     "vs_count=unsigned int *;vs_dispatch=void *;vs_hidden=_Bool;vs_need_cong_ctrl=_Bool;"
     "vs_nproc=unsigned int;vs_proc=struct svc_procedure *;vs_rpcb_optnl=_Bool;"
     "vs_vers=unsigned int;vs_xdrsize=unsigned int;"},
    {"struct svc_xprt",
     "ns_tracker=struct ;xpt_auth_cache=void *;xpt_bc_pending=struct rpc_wait_queue;"
     "xpt_bc_xprt=struct rpc_xprt *;xpt_bc_xps=struct rpc_xprt_switch *;"
     "xpt_class=struct svc_xprt_class *;xpt_cred=struct cred *;xpt_deferred=struct list_head;"
     "xpt_flags=unsigned long;xpt_list=struct list_head;"
     "xpt_local=struct __kernel_sockaddr_storage;xpt_locallen=unsigned long;"
     "xpt_lock=struct spinlock;xpt_mutex=struct mutex;xpt_net=struct net *;"
     "xpt_nr_rqsts=struct ;xpt_ops=struct svc_xprt_ops *;xpt_ready=struct list_head;"
     "xpt_ref=struct kref;xpt_remote=struct __kernel_sockaddr_storage;xpt_remotebuf=char[58];"
     "xpt_remotelen=unsigned long;xpt_reserved=struct ;xpt_server=struct svc_serv *;"
     "xpt_users=struct list_head;"},
    {"struct task_struct",
     "__state=unsigned int;acct_rss_mem1=long unsigned long;acct_timexpd=long unsigned long;"
     "acct_vm_mem1=long unsigned long;active_memcg=struct mem_cgroup *;"
     "active_mm=struct mm_struct *;alloc_lock=struct spinlock;atomic_flags=unsigned long;"
     "audit_context=struct audit_context *;backing_dev_info=struct backing_dev_info *;"
     "bio_list=struct bio_list *;blocked=struct ;bpf_ctx=struct bpf_run_ctx *;"
     "bpf_storage=struct bpf_local_storage *;btrace_seq=unsigned int;"
     "cached_requested_key=struct key *;capture_control=struct capture_control *;"
     "cg_list=struct list_head;cgroups=struct css_set *;children=struct list_head;"
     "clear_child_tid=int *;closid=unsigned int;comm=char[16];"
     "compat_robust_list=struct compat_robust_list_head *;cpu=unsigned int;"
     "cpu_timers=struct list_head [3];cpus_allowed=cpumask_t;cpus_mask=struct cpumask;"
     "cpus_ptr=cpumask_t *;cpuset_mem_spread_rotor=int;cpuset_slab_spread_rotor=int;"
     "cputime_expires=struct task_cputime;cred=struct cred *;curr_ret_depth=int;"
     "curr_ret_stack=int;default_timer_slack_ns=long unsigned long;"
     "delays=struct task_delay_info *;dirty_paused_when=unsigned long;"
     "dl=struct sched_dl_entity;exit_code=int;exit_signal=int;exit_state=int;"
     "files=struct files_struct *;flags=unsigned int;frozen=unsigned int;"
     "fs=struct fs_struct *;ftrace_timestamp=long unsigned long;futex_exit_mutex=struct mutex;"
     "futex_state=unsigned int;group_leader=struct task_struct *;gtime=long unsigned long;"
     "il_prev=short int;in_eventfd=unsigned int;in_execve=unsigned int;in_iowait=unsigned int;"
     "in_lru_fault=unsigned int;in_memstall=unsigned int;in_thrashing=unsigned int;"
     "in_user_fault=unsigned int;io_context=struct io_context *;"
     "io_uring=struct io_uring_task *;ioac=struct task_io_accounting;jobctl=unsigned long;"
     "journal_info=void *;kmap_ctrl=struct kmap_ctrl;kretprobe_instances=struct llist_head;"
     "kstack_offset=unsigned int;l1d_flush_kill=struct callback_head;"
     "last_siginfo=kernel_siginfo_t *;last_sum_exec_runtime=long unsigned long;"
     "last_switch_count=unsigned long;last_switch_time=unsigned long;"
     "last_task_numa_placement=long unsigned long;last_wakee=struct task_struct *;"
     "loginuid=struct ;maj_flt=unsigned long;memcg_in_oom=struct mem_cgroup *;"
     "memcg_nr_pages_over_high=unsigned int;memcg_oom_gfp_mask=unsigned int;"
     "memcg_oom_order=int;mempolicy=struct mempolicy *;mems_allowed=struct ;"
     "mems_allowed_seq=struct seqcount_spinlock;migration_disabled=unsigned short;"
     "migration_flags=unsigned short;migration_pending=void *;min_flt=unsigned long;"
     "mm=struct mm_struct *;nameidata=struct nameidata *;nivcsw=unsigned long;"
     "no_cgroup_migration=unsigned int;node_stamp=long unsigned long;normal_prio=int;"
     "nr_cpus_allowed=int;nr_dirtied=int;nr_dirtied_pause=int;nsproxy=struct nsproxy *;"
     "numa_faults=unsigned long *;numa_faults_locality=unsigned long[3];"
     "numa_group=struct numa_group *;numa_migrate_retry=unsigned long;"
     "numa_pages_migrated=unsigned long;numa_preferred_nid=int;numa_scan_period=unsigned int;"
     "numa_scan_period_max=unsigned int;numa_scan_seq=int;numa_work=struct callback_head;"
     "nvcsw=unsigned long;on_cpu=int;on_rq=int;oom_reaper_list=struct task_struct *;"
     "oom_reaper_timer=struct timer_list;pagefault_disabled=int;parent=struct task_struct *;"
     "parent_exec_id=long unsigned long;pasid_activated=unsigned int;patch_state=int;"
     "pdeath_signal=int;pending=struct sigpending;"
     "perf_event_ctxp=struct perf_event_context *[2];perf_event_list=struct list_head;"
     "perf_event_mutex=struct mutex;personality=unsigned int;"
     "pi_blocked_on=struct rt_mutex_waiter *;pi_lock=struct raw_spinlock;"
     "pi_state_cache=struct futex_pi_state *;pi_state_list=struct list_head;"
     "pi_top_task=struct task_struct *;pi_waiters=struct rb_root_cached;pid=int;"
     "pid_links=struct hlist_node[4];plug=struct blk_plug *;policy=unsigned int;"
     "posix_cputimers=struct posix_cputimers;posix_cputimers_work=struct posix_cputimers_work;"
     "preempt_notifiers=struct hlist_head;pref_node_fork=short int;"
     "prev_cputime=struct prev_cputime;prio=int;psi_flags=unsigned int;ptrace=unsigned int;"
     "ptrace_entry=struct list_head;ptrace_message=unsigned long;ptraced=struct list_head;"
     "ptracer_cred=struct cred *;pushable_dl_tasks=struct rb_node;"
     "pushable_tasks=struct plist_node;rcu=struct callback_head;"
     "rcu_blocked_node=struct rcu_node *;rcu_node_entry=struct list_head;"
     "rcu_read_lock_nesting=int;rcu_read_unlock_special=union rcu_special;"
     "rcu_tasks_holdout=unsigned char;rcu_tasks_holdout_list=struct list_head;"
     "rcu_tasks_idle_cpu=int;rcu_tasks_idx=unsigned char;rcu_tasks_nvcsw=unsigned long;"
     "rcu_users=struct refcount_struct;real_blocked=struct ;real_cred=struct cred *;"
     "real_parent=struct task_struct *;real_start_time=u64;recent_used_cpu=int;"
     "reclaim_state=struct reclaim_state *;reported_split_lock=unsigned int;"
     "restart_block=struct restart_block;restore_sigmask=unsigned int;"
     "ret_stack=struct ftrace_ret_stack *;rethooks=struct llist_head;rmid=unsigned int;"
     "robust_list=struct robust_list_head *;rseq=struct rseq *;rseq_event_mask=unsigned long;"
     "rseq_sig=unsigned int;rss_stat=struct task_rss_stat;rt=struct sched_rt_entity;"
     "rt_priority=unsigned int;sas_ss_flags=unsigned int;sas_ss_size=unsigned long;"
     "sas_ss_sp=unsigned long;saved_sigmask=struct ;sched_class=struct sched_class *;"
     "sched_contributes_to_load=unsigned int;sched_info=struct sched_info;"
     "sched_migrated=unsigned int;sched_remote_wakeup=unsigned int;"
     "sched_reset_on_fork=unsigned int;sched_task_group=struct task_group *;"
     "sched_task_hot=unsigned int;se=struct sched_entity;seccomp=struct seccomp;"
     "security=void *;self_exec_id=long unsigned long;sequential_io=unsigned int;"
     "sequential_io_avg=unsigned int;sessionid=unsigned int;set_child_tid=int *;"
     "sibling=struct list_head;sighand=struct sighand_struct *;signal=struct signal_struct *;"
     "splice_pipe=struct pipe_inode_info *;stack=void *;stack_canary=unsigned long;"
     "stack_refcount=struct refcount_struct;stack_vm_area=struct vm_struct *;"
     "start_boottime=long unsigned long;start_time=long unsigned long;state=volatile long;"
     "static_prio=int;stats=struct sched_statistics;stime=long unsigned long;"
     "syscall_dispatch=struct syscall_user_dispatch;sysvsem=struct sysv_sem;"
     "sysvshm=struct sysv_shm;task_frag=struct page_frag;task_works=struct callback_head *;"
     "tasks=struct list_head;tgid=int;thread=struct thread_struct;"
     "thread_group=struct list_head;thread_info=struct thread_info;"
     "thread_node=struct list_head;thread_pid=struct pid *;"
     "throttle_queue=struct request_queue *;tick_dep_mask=struct ;"
     "timer_slack_ns=long unsigned long;tlb_ubc=struct tlbflush_unmap_batch;"
     "total_numa_faults=unsigned long;trace=unsigned long;trace_overrun=struct ;"
     "trace_recursion=unsigned long;tracing_graph_pause=struct ;trc_blkd_cpu=int;"
     "trc_blkd_node=struct list_head;trc_holdout_list=struct list_head;trc_ipi_to_cpu=int;"
     "trc_reader_nesting=int;trc_reader_special=union rcu_special;"
     "usage=struct refcount_struct;use_memdelay=unsigned int;user_cpus_ptr=cpumask_t *;"
     "user_dumpable=unsigned int;utask=struct uprobe_task *;utime=long unsigned long;"
     "vfork_done=struct completion *;vmacache=struct vmacache;vtime=struct vtime;wake_cpu=int;"
     "wake_entry=struct __call_single_node;wake_q=struct wake_q_node;"
     "wakee_flip_decay_ts=unsigned long;wakee_flips=unsigned int;worker_private=void *;"},
    {"struct tcp_sock",
     "advmss=unsigned short;af_specific=struct tcp_sock_af_ops *;app_limited=unsigned int;"
     "bpf_chg_cc_inprogress=unsigned char;bpf_sock_ops_cb_flags=unsigned char;"
     "bytes_acked=long unsigned long;bytes_received=long unsigned long;"
     "bytes_retrans=long unsigned long;bytes_sent=long unsigned long;"
     "chrono_start=unsigned int;chrono_stat=u32[3];chrono_type=unsigned char;"
     "compressed_ack=unsigned char;compressed_ack_rcv_nxt=unsigned int;"
     "compressed_ack_timer=struct hrtimer;copied_seq=unsigned int;cwnd_usage_seq=unsigned int;"
     "data_segs_in=unsigned int;data_segs_out=unsigned int;delivered=unsigned int;"
     "delivered_ce=unsigned int;delivered_mstamp=long unsigned long;dsack_dups=unsigned int;"
     "dup_ack_counter=unsigned char;duplicate_sack=struct tcp_sack_block[1];"
     "ecn_flags=unsigned char;fastopen_client_fail=unsigned char;"
     "fastopen_connect=unsigned char;fastopen_no_cookie=unsigned char;"
     "fastopen_req=struct tcp_fastopen_request *;fastopen_rsk=struct request_sock *;"
     "first_tx_mstamp=long unsigned long;frto=unsigned char;gso_segs=unsigned short;"
     "high_seq=unsigned int;highest_sack=struct sk_buff *;"
     "inet_conn=struct inet_connection_sock;is_cwnd_limited=unsigned char;is_mptcp=_Bool;"
     "is_sack_reneg=unsigned char;keepalive_intvl=unsigned int;keepalive_probes=unsigned char;"
     "keepalive_time=unsigned int;last_oow_ack_time=unsigned int;linger2=int;"
     "lost=unsigned int;lost_cnt_hint=int;lost_out=unsigned int;"
     "lost_skb_hint=struct sk_buff *;lsndtime=unsigned int;max_packets_out=unsigned int;"
     "max_packets_seq=u32;max_window=unsigned int;md5sig_info=struct tcp_md5sig_info *;"
     "mdev_max_us=unsigned int;mdev_us=unsigned int;mss_cache=unsigned int;"
     "mtu_info=unsigned int;mtu_probe=struct ;nonagle=unsigned char;"
     "notsent_lowat=unsigned int;ooo_last_skb=struct sk_buff *;"
     "out_of_order_queue=struct rb_root;pacing_timer=struct hrtimer;packets_out=unsigned int;"
     "pred_flags=unsigned int;prior_cwnd=unsigned int;prior_ssthresh=unsigned int;"
     "prr_delivered=unsigned int;prr_out=unsigned int;pushed_seq=unsigned int;"
     "rack=struct tcp_rack;rate_app_limited=unsigned char;rate_delivered=unsigned int;"
     "rate_interval_us=unsigned int;rcv_nxt=unsigned int;rcv_ooopack=unsigned int;"
     "rcv_rtt_est=struct ;rcv_rtt_last_tsecr=unsigned int;rcv_ssthresh=unsigned int;"
     "rcv_tstamp=unsigned int;rcv_wnd=unsigned int;rcv_wup=unsigned int;rcvq_space=struct ;"
     "recv_sack_cache=struct tcp_sack_block[4];recvmsg_inq=unsigned char;"
     "reord_seen=unsigned int;reordering=unsigned int;repair=unsigned char;"
     "repair_queue=unsigned char;retrans_out=unsigned int;retrans_stamp=unsigned int;"
     "retransmit_skb_hint=struct sk_buff *;rtt_min=struct minmax;rtt_seq=unsigned int;"
     "rttvar_us=unsigned int;rx_opt=struct tcp_options_received;sacked_out=unsigned int;"
     "save_syn=unsigned char;saved_syn=struct saved_syn *;segs_in=unsigned int;"
     "segs_out=unsigned int;selective_acks=struct tcp_sack_block[4];smc_hs_congested=void *;"
     "snd_cwnd=unsigned int;snd_cwnd_clamp=unsigned int;snd_cwnd_cnt=unsigned int;"
     "snd_cwnd_stamp=unsigned int;snd_cwnd_used=unsigned int;snd_nxt=unsigned int;"
     "snd_sml=unsigned int;snd_ssthresh=unsigned int;snd_una=unsigned int;snd_up=unsigned int;"
     "snd_wl1=unsigned int;snd_wnd=unsigned int;srtt_us=unsigned int;syn_data=unsigned char;"
     "syn_data_acked=unsigned char;syn_fastopen=unsigned char;syn_fastopen_ch=unsigned char;"
     "syn_fastopen_exp=unsigned char;syn_smc=_Bool;tcp_clock_cache=long unsigned long;"
     "tcp_header_len=unsigned short;tcp_mstamp=long unsigned long;tcp_tx_delay=unsigned int;"
     "tcp_wstamp_ns=long unsigned long;thin_lto=unsigned char;timeout_rehash=unsigned short;"
     "tlp_high_seq=unsigned int;tlp_retrans=unsigned char;total_retrans=unsigned int;"
     "tsoffset=unsigned int;tsorted_sent_queue=struct list_head;tsq_node=struct list_head;"
     "undo_marker=unsigned int;undo_retrans=int;unused=unsigned char;urg_data=unsigned short;"
     "urg_seq=unsigned int;window_clamp=unsigned int;write_seq=unsigned int;"},
    {"struct thread_info",
     "cpu=unsigned int;flags=unsigned long;status=unsigned int;syscall_work=unsigned long;"},
    {"struct thread_struct",
     "addr_limit=mm_segment_t;cr2=unsigned long;debugreg6=unsigned long;ds=unsigned short;"
     "error_code=unsigned long;es=unsigned short;fpu=struct fpu;fsbase=unsigned long;"
     "fsindex=unsigned short;gsbase=unsigned long;gsindex=unsigned short;"
     "io_bitmap=struct io_bitmap *;io_bitmap_max=unsigned int;io_bitmap_ptr=unsigned long *;"
     "iopl=unsigned long;iopl_emul=unsigned long;iopl_warn=unsigned int;pkru=unsigned int;"
     "ptrace_bps=struct perf_event *[4];ptrace_dr7=unsigned long;"
     "sig_on_uaccess_err=unsigned int;sp=unsigned long;tls_array=struct desc_struct[3];"
     "trap_nr=unsigned long;uaccess_err=unsigned int;virtual_dr6=unsigned long;"},
    {"struct timer_list",
     "entry=struct hlist_node;expires=unsigned long;flags=unsigned int;function=void *;"},
    {"struct vfsmount",
     "mnt_flags=int;mnt_root=struct dentry *;mnt_sb=struct super_block *;"
     "mnt_userns=struct user_namespace *;"},
    {"struct wait_bit_key",
     "bit_nr=int;flags=void *;timeout=unsigned long;"},
    {"struct wait_bit_queue_entry",
     "key=struct wait_bit_key;wq_entry=struct wait_queue_entry;"},
    {"struct wait_queue_entry",
     "entry=struct list_head;flags=unsigned int;func=void *;private=void *;"},
    {"struct wait_queue_head",
     "head=struct list_head;lock=struct spinlock;"},
    {"struct work_struct",
     "data=struct ;entry=struct list_head;func=void *;"},
    {"struct worker",
     "current_color=unsigned int;current_func=void *;current_pwq=struct pool_workqueue *;"
     "current_work=struct work_struct *;desc=char[24];entry=struct list_head;"
     "flags=unsigned int;hentry=struct hlist_node;id=int;last_active=unsigned long;"
     "last_func=void *;node=struct list_head;pool=struct worker_pool *;"
     "rescue_wq=struct workqueue_struct *;scheduled=struct list_head;sleeping=int;"
     "task=struct task_struct *;"},
    {"struct worker_pool",
     "attrs=struct workqueue_attrs *;busy_hash=struct hlist_head[64];cpu=int;"
     "detach_completion=struct completion *;flags=unsigned int;hash_node=struct hlist_node;"
     "id=int;idle_list=struct list_head;idle_timer=struct timer_list;lock=struct raw_spinlock;"
     "manager=struct worker *;mayday_timer=struct timer_list;node=int;nr_idle=int;"
     "nr_running=int;nr_workers=int;rcu=struct callback_head;refcnt=int;"
     "watchdog_ts=unsigned long;worker_ida=struct ida;workers=struct list_head;"
     "worklist=struct list_head;"},
    {"struct workqueue_struct",
     "cpu_pwqs=struct pool_workqueue *;dfl_pwq=struct pool_workqueue *;"
     "first_flusher=struct wq_flusher *;flags=unsigned int;flush_color=int;"
     "flusher_overflow=struct list_head;flusher_queue=struct list_head;list=struct list_head;"
     "maydays=struct list_head;mutex=struct mutex;name=char[24];nr_drainers=int;"
     "nr_pwqs_to_flush=struct ;numa_pwq_tbl=struct pool_workqueue *[0];pwqs=struct list_head;"
     "rcu=struct callback_head;rescuer=struct worker *;saved_max_active=int;"
     "unbound_attrs=struct workqueue_attrs *;work_color=int;wq_dev=struct wq_device *;"},
    {"struct xa_node",
     "array=struct xarray *;callback_head=struct callback_head;count=unsigned char;"
     "marks=unsigned long[3];nr_values=unsigned char;offset=unsigned char;"
     "parent=struct xa_node *;private_list=struct list_head;shift=unsigned char;"
     "slots=void *[64];tags=unsigned long[3];"},
    {"struct xa_state",
     "xa=struct xarray *;xa_alloc=struct xa_node *;xa_index=unsigned long;"
     "xa_lru=struct list_lru *;xa_node=struct xa_node *;xa_offset=unsigned char;"
     "xa_pad=unsigned char;xa_shift=unsigned char;xa_sibs=unsigned char;xa_update=void *;"},
    {"struct xarray",
     "xa_flags=unsigned int;xa_head=void *;xa_lock=struct spinlock;"},
    {"struct xdr_buf",
     "buflen=unsigned int;bvec=struct bio_vec *;flags=unsigned int;head=struct kvec[1];"
     "len=unsigned int;page_base=unsigned int;page_len=unsigned int;pages=struct page * *;"
     "tail=struct kvec[1];"},
    {"struct xdr_stream",
     "buf=struct xdr_buf *;end=__be32 *;iov=struct kvec *;nwords=unsigned int;p=__be32 *;"
     "page_ptr=struct page * *;rqst=struct rpc_rqst *;scratch=struct kvec;"},
    {"struct xprt_class",
     "ident=int;list=struct list_head;name=char[32];netid=char *[0];owner=struct module *;"
     "setup=void *;"},
};

constexpr std::string_view kConstants[] = {
    "EAGAIN", "LIST_POISON1", "LIST_POISON2", "LK_STATE_IN_USE", "MODULE_STATE_COMING",
    "MODULE_STATE_GOING", "MODULE_STATE_LIVE", "MODULE_STATE_UNFORMED",
    "NFS4CLNT_BIND_CONN_TO_SESSION", "NFS4CLNT_CHECK_LEASE", "NFS4CLNT_DELEGATION_EXPIRED",
    "NFS4CLNT_DELEGRETURN", "NFS4CLNT_LEASE_CONFIRM", "NFS4CLNT_LEASE_EXPIRED",
    "NFS4CLNT_LEASE_MOVED", "NFS4CLNT_MANAGER_AVAILABLE", "NFS4CLNT_MANAGER_RUNNING",
    "NFS4CLNT_MOVED", "NFS4CLNT_PURGE_STATE", "NFS4CLNT_RECALL_ANY_LAYOUT_READ",
    "NFS4CLNT_RECALL_ANY_LAYOUT_RW", "NFS4CLNT_RECALL_RUNNING", "NFS4CLNT_RECLAIM_NOGRACE",
    "NFS4CLNT_RECLAIM_REBOOT", "NFS4CLNT_RUN_MANAGER", "NFS4CLNT_SERVER_SCOPE_MISMATCH",
    "NFS4CLNT_SESSION_RESET", "NFSD4_ACTIVE", "NFSD4_COURTESY", "NFSD4_EXPIRABLE", "NFSERR_ACCES",
    "NFSERR_ADMIN_REVOKED", "NFSERR_ATTRNOTSUPP", "NFSERR_BADCHAR", "NFSERR_BADHANDLE",
    "NFSERR_BADNAME", "NFSERR_BADOWNER", "NFSERR_BADTYPE", "NFSERR_BAD_COOKIE",
    "NFSERR_BAD_RANGE", "NFSERR_BAD_SEQID", "NFSERR_BAD_STATEID", "NFSERR_BAD_XDR",
    "NFSERR_CB_PATH_DOWN", "NFSERR_CLID_INUSE", "NFSERR_DEADLOCK", "NFSERR_DENIED",
    "NFSERR_DQUOT", "NFSERR_EAGAIN", "NFSERR_EXIST", "NFSERR_EXPIRED", "NFSERR_FBIG",
    "NFSERR_FHEXPIRED", "NFSERR_FILE_OPEN", "NFSERR_GRACE", "NFSERR_INVAL", "NFSERR_IO",
    "NFSERR_ISDIR", "NFSERR_JUKEBOX", "NFSERR_LEASE_MOVED", "NFSERR_LOCKED", "NFSERR_LOCKS_HELD",
    "NFSERR_LOCK_NOTSUPP", "NFSERR_LOCK_RANGE", "NFSERR_MINOR_VERS_MISMATCH", "NFSERR_MLINK",
    "NFSERR_MOVED", "NFSERR_NAMETOOLONG", "NFSERR_NODEV", "NFSERR_NOENT", "NFSERR_NOFILEHANDLE",
    "NFSERR_NOSPC", "NFSERR_NOTDIR", "NFSERR_NOTEMPTY", "NFSERR_NOTSUPP", "NFSERR_NOT_SAME",
    "NFSERR_NOT_SYNC", "NFSERR_NO_GRACE", "NFSERR_NXIO", "NFSERR_OLD_STATEID", "NFSERR_OPENMODE",
    "NFSERR_OPNOTSUPP", "NFSERR_OP_ILLEGAL", "NFSERR_PERM", "NFSERR_RECLAIM_BAD",
    "NFSERR_RECLAIM_CONFLICT", "NFSERR_REMOTE", "NFSERR_RESOURCE", "NFSERR_RESTOREFH",
    "NFSERR_ROFS", "NFSERR_SAME", "NFSERR_SERVERFAULT", "NFSERR_SHARE_DENIED", "NFSERR_STALE",
    "NFSERR_STALE_CLIENTID", "NFSERR_STALE_STATEID", "NFSERR_SYMLINK", "NFSERR_TOOSMALL",
    "NFSERR_WFLUSH", "NFSERR_WRONGSEC", "NFSERR_XDEV", "NFS_CLNT_DST_SSC_COPY_STATE",
    "NFS_CLNT_SRC_SSC_COPY_STATE", "NFS_DELEGATED_STATE", "NFS_DELEGATION_INODE_FREEING",
    "NFS_DELEGATION_NEED_RECLAIM", "NFS_DELEGATION_REFERENCED", "NFS_DELEGATION_RETURN",
    "NFS_DELEGATION_RETURNING", "NFS_DELEGATION_RETURN_DELAYED",
    "NFS_DELEGATION_RETURN_IF_CLOSED", "NFS_DELEGATION_REVOKED", "NFS_DELEGATION_TEST_EXPIRED",
    "NFS_IOHDR_EOF", "NFS_IOHDR_ERROR", "NFS_IOHDR_REDO", "NFS_IOHDR_RESEND_MDS",
    "NFS_IOHDR_RESEND_PNFS", "NFS_IOHDR_STAT", "NFS_IOHDR_UNSTABLE_WRITES",
    "NFS_LAYOUT_BULK_RECALL", "NFS_LAYOUT_DRAIN", "NFS_LAYOUT_FIRST_LAYOUTGET",
    "NFS_LAYOUT_HASHED", "NFS_LAYOUT_INODE_FREEING", "NFS_LAYOUT_INVALID_STID",
    "NFS_LAYOUT_RETURN", "NFS_LAYOUT_RETURN_LOCK", "NFS_LAYOUT_RETURN_REQUESTED",
    "NFS_LAYOUT_RO_FAILED", "NFS_LAYOUT_RW_FAILED", "NFS_LSEG_LAYOUTCOMMIT",
    "NFS_LSEG_LAYOUTRETURN", "NFS_LSEG_ROC", "NFS_LSEG_UNAVAILABLE", "NFS_LSEG_VALID", "NFS_OK",
    "NFS_OPEN_STATE", "NFS_O_RDONLY_STATE", "NFS_O_RDWR_STATE", "NFS_O_WRONLY_STATE",
    "NFS_SRV_SSC_COPY_STATE", "NFS_STATE_CHANGE_WAIT", "NFS_STATE_MAY_NOTIFY_LOCK",
    "NFS_STATE_POSIX_LOCKS", "NFS_STATE_RECLAIM_NOGRACE", "NFS_STATE_RECLAIM_REBOOT",
    "NFS_STATE_RECOVERY_FAILED", "OP_ACCESS", "OP_ALLOCATE", "OP_BACKCHANNEL_CTL",
    "OP_BIND_CONN_TO_SESSION", "OP_CLONE", "OP_CLOSE", "OP_COMMIT", "OP_COPY", "OP_COPY_NOTIFY",
    "OP_CREATE", "OP_CREATE_SESSION", "OP_DEALLOCATE", "OP_DELEGPURGE", "OP_DELEGRETURN",
    "OP_DESTROY_CLIENTID", "OP_DESTROY_SESSION", "OP_EXCHANGE_ID", "OP_FREE_STATEID",
    "OP_GETATTR", "OP_GETDEVICEINFO", "OP_GETDEVICELIST", "OP_GETFH", "OP_GET_DIR_DELEGATION",
    "OP_ILLEGAL", "OP_IO_ADVISE", "OP_LAYOUTCOMMIT", "OP_LAYOUTERROR", "OP_LAYOUTGET",
    "OP_LAYOUTRETURN", "OP_LAYOUTSTATS", "OP_LINK", "OP_LOCK", "OP_LOCKT", "OP_LOCKU",
    "OP_LOOKUP", "OP_LOOKUPP", "OP_NVERIFY", "OP_OFFLOAD_CANCEL", "OP_OFFLOAD_STATUS", "OP_OPEN",
    "OP_OPENATTR", "OP_OPEN_CONFIRM", "OP_OPEN_DOWNGRADE", "OP_PUTFH", "OP_PUTPUBFH",
    "OP_PUTROOTFH", "OP_READ", "OP_READDIR", "OP_READLINK", "OP_READ_PLUS", "OP_RECLAIM_COMPLETE",
    "OP_RELEASE_LOCKOWNER", "OP_REMOVE", "OP_RENAME", "OP_RENEW", "OP_RESTOREFH", "OP_SAVEFH",
    "OP_SECINFO", "OP_SECINFO_NO_NAME", "OP_SEEK", "OP_SEQUENCE", "OP_SETATTR", "OP_SETCLIENTID",
    "OP_SETCLIENTID_CONFIRM", "OP_SET_SSV", "OP_TEST_STATEID", "OP_VERIFY", "OP_WANT_DELEGATION",
    "OP_WRITE", "OP_WRITE_SAME", "PG_BUSY", "PG_CLEAN", "PG_COMMIT_TO_DS", "PG_CONTENDED1",
    "PG_CONTENDED2", "PG_HEADLOCK", "PG_INODE_REF", "PG_MAPPED", "PG_REMOVE", "PG_TEARDOWN",
    "PG_UNLOCKPAGE", "PG_UPTODATE", "PG_WB_END", "PG_active", "PG_arch_1", "PG_checked",
    "PG_dirty", "PG_double_map", "PG_error", "PG_foreign", "PG_fscache", "PG_head", "PG_isolated",
    "PG_locked", "PG_lru", "PG_mappedtodisk", "PG_mlocked", "PG_owner_priv_1", "PG_pinned",
    "PG_private", "PG_private_2", "PG_reclaim", "PG_referenced", "PG_reserved", "PG_savepinned",
    "PG_slab", "PG_slob_free", "PG_swapbacked", "PG_swapcache", "PG_uncached", "PG_unevictable",
    "PG_uptodate", "PG_waiters", "PG_workingset", "PG_writeback", "RPC_TASK_ACTIVE",
    "RPC_TASK_ASYNC", "RPC_TASK_QUEUED", "RPC_TASK_RUNNING", "RPC_TASK_SWAPPER",
    "SOCK_ASYNC_NOSPACE", "SS_CONNECTED", "SS_UNCONNECTED", "TCP_CLOSE", "TCP_CLOSE_WAIT",
    "TCP_CLOSING", "TCP_ESTABLISHED", "TCP_FIN_WAIT1", "TCP_FIN_WAIT2", "TCP_LAST_ACK",
    "TCP_LISTEN", "TCP_SYN_SENT", "TCP_TIME_WAIT", "XPRT_BOUND", "XPRT_CLOSE_WAIT",
    "XPRT_CONNECTED", "XPRT_CONNECTING", "XPRT_LOCKED", "XPRT_TRANSPORT_BC_TCP",
    "XPRT_TRANSPORT_LOCAL", "XPRT_TRANSPORT_RDMA", "XPRT_TRANSPORT_TCP", "XPRT_TRANSPORT_UDP",
    "ZONE_DMA32", "ZONE_MOVABLE", "ZONE_NORMAL",
};
// clang-format on

const Structure* find(std::string_view name) {
    auto at = std::lower_bound(std::begin(kStructures), std::end(kStructures), name,
                               [](const Structure& s, std::string_view n) { return s.name < n; });
    return at != std::end(kStructures) && at->name == name ? at : nullptr;
}

// Calls `use(member, type)` for each member until it returns true; whether it did.
template <class Use>
bool any_member(const Structure& structure, Use use) {
    std::string_view left = structure.members;
    while (!left.empty()) {
        std::size_t equals = left.find('='), end = left.find(';');
        if (use(left.substr(0, equals), left.substr(equals + 1, end - equals - 1))) return true;
        left.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace

bool known_structure(std::string_view structure) { return find(structure) != nullptr; }

std::optional<std::string_view> member_type(std::string_view structure, std::string_view member) {
    const Structure* found = find(structure);
    std::optional<std::string_view> result;
    if (found)
        any_member(*found, [&](std::string_view name, std::string_view type) {
            if (name == member) result = type;
            return result.has_value();
        });
    return result;
}

bool known_member(std::string_view member) {
    return std::any_of(std::begin(kStructures), std::end(kStructures), [&](const Structure& s) {
        return any_member(s,
                          [&](std::string_view name, std::string_view) { return name == member; });
    });
}

bool known_constant(std::string_view name) {
    return std::binary_search(std::begin(kConstants), std::end(kConstants), name);
}

std::string nearest_structure(std::string_view structure) {
    std::vector<std::string_view> names;
    for (const Structure& s : kStructures) names.push_back(s.name);
    return facts::nearest(structure, names);
}

std::string nearest_member(std::string_view structure, std::string_view member) {
    std::vector<std::string_view> names;
    if (const Structure* found = find(structure))
        any_member(*found, [&](std::string_view name, std::string_view) {
            names.push_back(name);
            return false;
        });
    return facts::nearest(member, names);
}

std::string nearest_constant(std::string_view name) { return facts::nearest(name, kConstants); }

}  // namespace nfstriage::rules
