// Types of the NFS client and SUNRPC of a 4.19 kernel; see kernel-4.19.h. Every member is there, those
// of other types as bytes.
#pragma once

#include "kernel-4.19.h"

struct nfs_write_verifier {
    char data[8];
};

enum {
    PG_BUSY = 0,
    PG_MAPPED = 1,
    PG_CLEAN = 2,
    PG_COMMIT_TO_DS = 3,
    PG_INODE_REF = 4,
    PG_HEADLOCK = 5,
    PG_TEARDOWN = 6,
    PG_UNLOCKPAGE = 7,
    PG_UPTODATE = 8,
    PG_WB_END = 9,
    PG_REMOVE = 10,
    PG_CONTENDED1 = 11,
};

struct nfs_lock_context {
    refcount_t count;
    char pad_4[4];
    struct list_head list;
    struct nfs_open_context *open_context;
    void *lockowner;
    atomic_t io_count;
    char pad_44[4];
};
SIZE(nfs_lock_context, 48);
OFFSET(nfs_lock_context, count, 0);
OFFSET(nfs_lock_context, list, 8);
OFFSET(nfs_lock_context, open_context, 24);
OFFSET(nfs_lock_context, lockowner, 32);
OFFSET(nfs_lock_context, io_count, 40);

struct nfs_open_context {
    struct nfs_lock_context lock_context;
    char flock_owner[8];
    struct dentry *dentry;
    struct rpc_cred *cred;
    struct nfs4_state *state;
    char mode[4];
    char pad_84[4];
    unsigned long flags;
    int error;
    char pad_100[4];
    struct list_head list;
    struct nfs4_threshold *mdsthreshold;
};
SIZE(nfs_open_context, 128);
OFFSET(nfs_open_context, lock_context, 0);
OFFSET(nfs_open_context, flock_owner, 48);
OFFSET(nfs_open_context, dentry, 56);
OFFSET(nfs_open_context, cred, 64);
OFFSET(nfs_open_context, state, 72);
OFFSET(nfs_open_context, mode, 80);
OFFSET(nfs_open_context, flags, 88);
OFFSET(nfs_open_context, error, 96);
OFFSET(nfs_open_context, list, 104);
OFFSET(nfs_open_context, mdsthreshold, 120);

struct nfs_page {
    struct list_head wb_list;
    struct page *wb_page;
    struct nfs_open_context *wb_context;
    struct nfs_lock_context *wb_lock_context;
    unsigned long wb_index;
    unsigned int wb_offset;
    unsigned int wb_pgbase;
    unsigned int wb_bytes;
    struct kref wb_kref;
    unsigned long wb_flags;
    struct nfs_write_verifier wb_verf;
    struct nfs_page *wb_this_page;
    struct nfs_page *wb_head;
};
SIZE(nfs_page, 96);
OFFSET(nfs_page, wb_list, 0);
OFFSET(nfs_page, wb_page, 16);
OFFSET(nfs_page, wb_context, 24);
OFFSET(nfs_page, wb_lock_context, 32);
OFFSET(nfs_page, wb_index, 40);
OFFSET(nfs_page, wb_offset, 48);
OFFSET(nfs_page, wb_pgbase, 52);
OFFSET(nfs_page, wb_bytes, 56);
OFFSET(nfs_page, wb_kref, 60);
OFFSET(nfs_page, wb_flags, 64);
OFFSET(nfs_page, wb_verf, 72);
OFFSET(nfs_page, wb_this_page, 80);
OFFSET(nfs_page, wb_head, 88);

struct nfs_inode {
    __u64 fileid;
    char fh[130];
    char pad_138[6];
    unsigned long flags;
    unsigned long cache_validity;
    unsigned long read_cache_jiffies;
    unsigned long attrtimeo;
    unsigned long attrtimeo_timestamp;
    unsigned long attr_gencount;
    unsigned long cache_change_attribute;
    char access_cache[8];
    struct list_head access_cache_entry_lru;
    struct list_head access_cache_inode_lru;
    char cookieverf[8];
    atomic_long_t nrequests;
    char commit_info[32];
    struct list_head open_files;
    struct rw_semaphore rmdir_sem;
    char commit_mutex[32];
    struct nfs4_cached_acl *nfs4_acl;
    struct list_head open_states;
    struct nfs_delegation *delegation;
    struct rw_semaphore rwsem;
    struct pnfs_layout_hdr *layout;
    __u64 write_io;
    __u64 read_io;
    struct inode vfs_inode;
};
SIZE(nfs_inode, 1032);
OFFSET(nfs_inode, fileid, 0);
OFFSET(nfs_inode, fh, 8);
OFFSET(nfs_inode, flags, 144);
OFFSET(nfs_inode, cache_validity, 152);
OFFSET(nfs_inode, read_cache_jiffies, 160);
OFFSET(nfs_inode, attrtimeo, 168);
OFFSET(nfs_inode, attrtimeo_timestamp, 176);
OFFSET(nfs_inode, attr_gencount, 184);
OFFSET(nfs_inode, cache_change_attribute, 192);
OFFSET(nfs_inode, access_cache, 200);
OFFSET(nfs_inode, access_cache_entry_lru, 208);
OFFSET(nfs_inode, access_cache_inode_lru, 224);
OFFSET(nfs_inode, cookieverf, 240);
OFFSET(nfs_inode, nrequests, 248);
OFFSET(nfs_inode, commit_info, 256);
OFFSET(nfs_inode, open_files, 288);
OFFSET(nfs_inode, rmdir_sem, 304);
OFFSET(nfs_inode, commit_mutex, 344);
OFFSET(nfs_inode, nfs4_acl, 376);
OFFSET(nfs_inode, open_states, 384);
OFFSET(nfs_inode, delegation, 400);
OFFSET(nfs_inode, rwsem, 408);
OFFSET(nfs_inode, layout, 448);
OFFSET(nfs_inode, write_io, 456);
OFFSET(nfs_inode, read_io, 464);
OFFSET(nfs_inode, vfs_inode, 472);

struct rpc_message {
    const struct rpc_procinfo *rpc_proc;
    void *rpc_argp;
    void *rpc_resp;
    struct rpc_cred *rpc_cred;
};
SIZE(rpc_message, 32);
OFFSET(rpc_message, rpc_proc, 0);
OFFSET(rpc_message, rpc_argp, 8);
OFFSET(rpc_message, rpc_resp, 16);
OFFSET(rpc_message, rpc_cred, 24);

struct rpc_procinfo {
    u32 p_proc;
    char pad_4[4];
    void (*p_encode)(void);
    int (*p_decode)(void);
    unsigned int p_arglen;
    unsigned int p_replen;
    unsigned int p_timer;
    u32 p_statidx;
    const char *p_name;
};
SIZE(rpc_procinfo, 48);
OFFSET(rpc_procinfo, p_proc, 0);
OFFSET(rpc_procinfo, p_encode, 8);
OFFSET(rpc_procinfo, p_decode, 16);
OFFSET(rpc_procinfo, p_arglen, 24);
OFFSET(rpc_procinfo, p_replen, 28);
OFFSET(rpc_procinfo, p_timer, 32);
OFFSET(rpc_procinfo, p_statidx, 36);
OFFSET(rpc_procinfo, p_name, 40);

struct rpc_task {
    atomic_t tk_count;
    int tk_status;
    struct list_head tk_task;
    void (*tk_callback)(struct rpc_task *);
    void (*tk_action)(struct rpc_task *);
    unsigned long tk_timeout;
    unsigned long tk_runstate;
    struct rpc_wait_queue *tk_waitqueue;
    char u[56];
    struct rpc_message tk_msg;
    void *tk_calldata;
    const struct rpc_call_ops *tk_ops;
    struct rpc_clnt *tk_client;
    struct rpc_xprt *tk_xprt;
    struct rpc_rqst *tk_rqstp;
    struct workqueue_struct *tk_workqueue;
    ktime_t tk_start;
    pid_t tk_owner;
    unsigned short tk_flags;
    unsigned short tk_timeouts;
    unsigned short tk_pid;
    unsigned char tk_priority : 2;
    unsigned char tk_garb_retry : 2;
    unsigned char tk_cred_retry : 2;
    unsigned char tk_rebind_retry : 2;
    char pad_219[5];
};
SIZE(rpc_task, 224);
OFFSET(rpc_task, tk_count, 0);
OFFSET(rpc_task, tk_status, 4);
OFFSET(rpc_task, tk_task, 8);
OFFSET(rpc_task, tk_callback, 24);
OFFSET(rpc_task, tk_action, 32);
OFFSET(rpc_task, tk_timeout, 40);
OFFSET(rpc_task, tk_runstate, 48);
OFFSET(rpc_task, tk_waitqueue, 56);
OFFSET(rpc_task, u, 64);
OFFSET(rpc_task, tk_msg, 120);
OFFSET(rpc_task, tk_calldata, 152);
OFFSET(rpc_task, tk_ops, 160);
OFFSET(rpc_task, tk_client, 168);
OFFSET(rpc_task, tk_xprt, 176);
OFFSET(rpc_task, tk_rqstp, 184);
OFFSET(rpc_task, tk_workqueue, 192);
OFFSET(rpc_task, tk_start, 200);
OFFSET(rpc_task, tk_owner, 208);
OFFSET(rpc_task, tk_flags, 212);
OFFSET(rpc_task, tk_timeouts, 214);
OFFSET(rpc_task, tk_pid, 216);
