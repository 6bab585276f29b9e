#include "kernel/slab_homes.h"

namespace nfstriage::kernel {
namespace {

// The second argument of kmem_cache_create() and the name that KMEM_CACHE() makes of a type.
// clang-format off
constexpr SlabHome kHomes[] = {
    // fs/nfs: pagelist.c, read.c, write.c, direct.c, inode.c
    {"struct nfs_page", "nfs_page", "struct nfs_page", "", true},
    {"struct nfs_pgio_header", "nfs_write_data", "struct nfs_pgio_header", "", true},
    {"struct nfs_pgio_header", "nfs_read_data", "struct nfs_pgio_header", "", true},
    {"struct nfs_commit_data", "nfs_commit_data", "struct nfs_commit_data", "", true},
    {"struct nfs_direct_req", "nfs_direct_cache", "struct nfs_direct_req", "", true},
    {"struct nfs_inode", "nfs_inode_cache", "struct nfs_inode", "", true},
    // net/sunrpc: sched.c, rpc_pipe.c; tasks are also part of what they work on
    {"struct rpc_task", "rpc_tasks", "struct rpc_task", ""},
    {"struct rpc_task", "nfs_write_data", "struct nfs_pgio_header", "task"},
    {"struct rpc_task", "nfs_read_data", "struct nfs_pgio_header", "task"},
    {"struct rpc_task", "nfs_commit_data", "struct nfs_commit_data", "task"},
    {"struct rpc_inode", "rpc_inode_cache", "struct rpc_inode", "", true},
    // fs/nfsd: nfs4state.c, nfs4layouts.c, filecache.c, nfscache.c
    {"struct nfs4_client", "nfsd4_clients", "struct nfs4_client", "", true},
    {"struct nfs4_openowner", "nfsd4_openowners", "struct nfs4_openowner", "", true},
    {"struct nfs4_lockowner", "nfsd4_lockowners", "struct nfs4_lockowner", "", true},
    {"struct nfs4_stateowner", "nfsd4_openowners", "struct nfs4_openowner", "oo_owner", true},
    {"struct nfs4_stateowner", "nfsd4_lockowners", "struct nfs4_lockowner", "lo_owner", true},
    {"struct nfs4_file", "nfsd4_files", "struct nfs4_file", "", true},
    {"struct nfs4_ol_stateid", "nfsd4_stateids", "struct nfs4_ol_stateid", "", true},
    {"struct nfs4_delegation", "nfsd4_delegations", "struct nfs4_delegation", "", true},
    {"struct nfs4_layout_stateid", "nfs4_layout_stateid", "struct nfs4_layout_stateid", "", true},
    {"struct nfs4_stid", "nfsd4_stateids", "struct nfs4_ol_stateid", "st_stid"},
    {"struct nfs4_stid", "nfsd4_delegations", "struct nfs4_delegation", "dl_stid"},
    {"struct nfs4_stid", "nfs4_layout_stateid", "struct nfs4_layout_stateid", "ls_stid"},
    {"struct nfsd_file", "nfsd_file", "struct nfsd_file", "", true},
    // fs: file_table.c, dcache.c, inode.c, namespace.c, locks.c, and filesystems' inodes
    {"struct file", "filp", "struct file", ""},
    {"struct dentry", "dentry", "struct dentry", "", true},
    {"struct mount", "mnt_cache", "struct mount", "", true},
    {"struct file_lock", "file_lock_cache", "struct file_lock", ""},
    {"struct inode", "inode_cache", "struct inode", ""},
    {"struct inode", "nfs_inode_cache", "struct nfs_inode", "vfs_inode"},
    {"struct inode", "rpc_inode_cache", "struct rpc_inode", "vfs_inode"},
    {"struct inode", "ext4_inode_cache", "struct ext4_inode_info", "vfs_inode"},
    {"struct inode", "xfs_inode", "struct xfs_inode", "i_vnode"},
    {"struct inode", "btrfs_inode", "struct btrfs_inode", "vfs_inode"},
    {"struct inode", "shmem_inode_cache", "struct shmem_inode_info", "vfs_inode"},
    {"struct inode", "proc_inode_cache", "struct proc_inode", "vfs_inode"},
    {"struct inode", "sock_inode_cache", "struct socket_alloc", "vfs_inode"},
    {"struct inode", "bdev_cache", "struct bdev_inode", "vfs_inode"},
    {"struct inode", "fuse_inode", "struct fuse_inode", "inode"},
    {"struct inode", "ovl_inode", "struct ovl_inode", "vfs_inode"},
    {"struct socket", "sock_inode_cache", "struct socket_alloc", "socket"},
    // kernel: fork.c, cred.c, pid.c; security/keys/key.c; lib/radix-tree.c; net/core/skbuff.c
    {"struct task_struct", "task_struct", "struct task_struct", ""},
    {"struct mm_struct", "mm_struct", "struct mm_struct", ""},
    {"struct signal_struct", "signal_cache", "struct signal_struct", ""},
    {"struct cred", "cred_jar", "struct cred", ""},
    {"struct pid", "pid", "struct pid", ""},
    {"struct key", "key_jar", "struct key", ""},
    {"struct xa_node", "radix_tree_node", "struct xa_node", "", true},
    {"struct sk_buff", "skbuff_head_cache", "struct sk_buff", ""},
    {"struct net", "net_namespace", "struct net", ""},
};
// clang-format on

}  // namespace

std::span<const SlabHome> slab_homes() { return kHomes; }

}  // namespace nfstriage::kernel
