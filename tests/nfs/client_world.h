// A small NFS client made by a test: a task in one mount and network namespace, "/" with
// /mnt/nfs on it, its nfs_server and nfs_client, an NFSv4.1 session with two slots, one open file.
#pragma once

#include <string>
#include <vector>

#include "nfs/check.h"
#include "nfs/client_state.h"
#include "nfs/fake_kernel.h"

namespace nfstriage::test {

constexpr std::string_view kClientTypes = R"(
struct hlist_node { struct hlist_node *next; struct hlist_node **pprev; };
struct hlist_bl_node { struct hlist_bl_node *next; struct hlist_bl_node **pprev; };
struct hlist_head { struct hlist_node *first; };
struct rb_node { u64 __rb_parent_color; struct rb_node *rb_right; struct rb_node *rb_left; };
struct rb_root { struct rb_node *rb_node; };
struct atomic { s32 counter; };
struct qspinlock { struct atomic val; };
struct raw_spinlock { struct qspinlock raw_lock; };
struct spinlock { struct raw_spinlock rlock; };
struct proc_ns_operations { u64 type; };
struct ns_common { struct proc_ns_operations *ops; u32 inum; };
struct cred { u32 fsuid; };
struct net_generic_s { u32 len; };
struct net_generic { struct net_generic_s s at 0; void *ptr[4] at 0; };
struct in_ifaddr { struct in_ifaddr *ifa_next; u32 ifa_local; };
struct in_device { struct in_ifaddr *ifa_list; };
struct inet6_dev { struct list_head addr_list; };
struct inet6_ifaddr { u8 addr[16]; struct list_head if_list; };
struct net_device { struct list_head dev_list; struct in_device *ip_ptr;
    struct inet6_dev *ip6_ptr; };
struct net { struct list_head list; struct ns_common ns; struct net_generic *gen;
    struct list_head dev_base_head; };
struct qstr { u32 hash; u32 len; char *name; };
struct dentry { struct hlist_bl_node d_hash; struct dentry *d_parent; struct qstr d_name;
    struct inode *d_inode; struct super_block *d_sb; char *d_fsdata; struct hlist_node d_alias; };
struct file_system_type { char *name; struct file_system_type *next; };
struct super_block { struct file_system_type *s_type; u64 s_flags; u32 s_count; u32 s_active;
    struct list_head s_mounts; struct list_head s_inodes; void *s_fs_info;
    struct dentry *s_root; };
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; u32 mnt_flags; };
struct mnt_namespace { struct ns_common ns; struct mount *root; struct list_head list; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt;
    struct list_head mnt_instance; char *mnt_devname; struct list_head mnt_list;
    struct mnt_namespace *mnt_ns; u32 mnt_id; };
struct nsproxy { struct mnt_namespace *mnt_ns; struct net *net_ns; };
struct kthread { void *data; };
struct task_struct { struct nsproxy *nsproxy; void *worker_private; u64 start_time;
    void *files; };
struct inode { struct list_head i_sb_list; struct hlist_head i_dentry; u64 i_ino;
    u16 i_mode; };
struct rpc_procinfo { char *p_name; };
struct rpc_message { struct rpc_procinfo *rpc_proc; void *rpc_argp; void *rpc_resp; };
struct rpc_task { struct list_head tk_task; struct rpc_message tk_msg; u32 tk_owner; };
struct rpc_xprt { struct net *xprt_net; u64 bind_timeout; u64 idle_timeout; };
struct rpc_rtt { u64 timeo; };
struct rpc_clnt { struct list_head cl_clients; struct list_head cl_tasks;
    struct rpc_xprt *cl_xprt; struct rpc_rtt *cl_rtt; struct rpc_rtt cl_rtt_default; };
struct rpc_wait_queue { u32 qlen; };
struct nfs4_sequence_res { struct nfs4_slot *sr_slot; };
struct nfs4_stateid_struct { char data[16]; u32 type; };
struct nfs4_channel_attrs { u32 max_rqst_sz; u32 max_resp_sz; u32 max_resp_sz_cached;
    u32 max_ops; u32 max_reqs; };
struct nfs4_slot { struct nfs4_slot_table *table; struct nfs4_slot *next; u64 generation;
    u32 slot_nr; u32 seq_nr; };
struct nfs4_slot_table { struct nfs4_session *session; struct nfs4_slot *slots;
    u64 used_slots[2]; struct spinlock slot_tbl_lock; struct rpc_wait_queue slot_tbl_waitq;
    u32 max_slots; u32 max_slotid; u32 highest_used_slotid; u64 slot_tbl_state; };
struct nfs4_sessionid { u8 data[16]; };
struct nfs4_session { struct nfs4_sessionid sess_id; u32 flags; u64 session_state;
    struct nfs4_channel_attrs fc_attrs; struct nfs4_slot_table fc_slot_table;
    struct nfs4_channel_attrs bc_attrs; struct nfs4_slot_table bc_slot_table;
    struct nfs_client *clp; };
struct nfs_rpc_ops { u32 version; };
struct nfs_client { u32 cl_count; u32 cl_mds_count; s32 cl_cons_state; u64 cl_flags;
    u8 cl_addr[128]; char *cl_hostname; struct list_head cl_share_link;
    struct list_head cl_superblocks; struct rpc_clnt *cl_rpcclient;
    struct nfs_rpc_ops *rpc_ops; s32 cl_proto; u32 cl_minorversion; u64 cl_state;
    struct spinlock cl_lock; u64 cl_lease_time; u64 cl_last_renewal;
    struct nfs4_slot_table *cl_slot_tbl; struct nfs4_session *cl_session; struct net *cl_net; };
struct nfs_server { struct nfs_client *nfs_client; struct list_head client_link;
    struct list_head master_link; struct rpc_clnt *client; u32 flags; u32 caps; u32 rsize;
    u32 wsize; u32 acregmin; u64 writeback; u64 mount_time; struct super_block *super;
    struct rb_root state_owners; struct list_head layouts; struct list_head delegations; };
struct nfs_net { struct list_head nfs_client_list; struct list_head nfs_volume_list;
    struct spinlock nfs_client_lock; };
struct cache_detail { char *name; };
struct sunrpc_net { struct cache_detail *ip_map_cache; struct list_head all_clients; };
struct nfs_delegation { struct list_head super_list; struct cred *cred; struct inode *inode;
    struct nfs4_stateid_struct stateid; u32 type; u64 flags; };
struct pnfs_layout_hdr { struct list_head plh_layouts; };
struct nfs_inode { u64 fileid; struct list_head open_files; struct nfs_delegation *delegation;
    struct inode vfs_inode; };
struct nfs4_state { struct list_head open_states; struct list_head lock_states;
    struct nfs4_state_owner *owner; struct inode *inode; u64 flags;
    struct nfs4_stateid_struct stateid; struct nfs4_stateid_struct open_stateid; u32 n_rdonly;
    u32 n_wronly; u32 n_rdwr; u32 state; u32 count; };
struct nfs_seqid_counter { u32 owner_id; u32 counter; };
struct nfs4_state_owner { struct nfs_server *so_server; struct rb_node so_server_node;
    struct cred *so_cred; struct spinlock so_lock; u32 so_count; u64 so_flags;
    struct list_head so_states; struct nfs_seqid_counter so_seqid; };
struct nfs4_lock_state { struct list_head ls_locks; };
struct nfs_lock_context { u32 count; void *lockowner; u32 io_count; };
struct nfs_open_context { struct nfs_lock_context lock_context; struct dentry *dentry;
    struct cred *cred; struct nfs4_state *state; u32 mode; u64 flags; s32 error;
    struct list_head list; };
enum nfs4_client_state { NFS4CLNT_MANAGER_RUNNING, NFS4CLNT_CHECK_LEASE, NFS4CLNT_LEASE_EXPIRED };
enum nfs4_slot_tbl_state { NFS4_SLOT_TBL_DRAINING };
enum open_flags { LK_STATE_IN_USE, NFS_DELEGATED_STATE, NFS_OPEN_STATE, NFS_O_RDONLY_STATE };
enum stateid_type { NFS4_INVALID_STATEID_TYPE, NFS4_SPECIAL_STATEID_TYPE, NFS4_OPEN_STATEID_TYPE };
enum delegation_flags { NFS_DELEGATION_NEED_RECLAIM, NFS_DELEGATION_RETURN };
)";

class ClientWorld : public FakeKernel {
public:
    VAddr root_mount, mount, super, root_dentry, mount_root, server, client, net, nfs_net, session,
        space, task, slots[2], file_dentry, inode, nfs_inode, delegation, owner, state, context,
        clnt, rpc_task, result;

    explicit ClientWorld(std::string_view types = kClientTypes) {
        declare(types);
        make_namespaces();
        make_mounts();
        make_client();
        make_session();
        make_file();
        kernel::Object object = reader().object("struct net", net);
        nets.items.push_back({object, reader().object("struct nfs_net", nfs_net),
                              unknown(Reason::null), unknown(Reason::null), unknown(Reason::null)});
    }

    VAddr text(std::string_view value) {
        VAddr at = make(value.size() + 1);
        dump.pages.put_string(at.value, value);
        return at;
    }
    VAddr make_dentry(VAddr parent, std::string_view name, VAddr in_super) {
        VAddr at = make("struct dentry");
        set(at, "struct dentry", "d_parent", parent.is_null() ? at : parent);
        set(at, "struct dentry", "d_name.len", name.size());
        set(at, "struct dentry", "d_name.name", text(name));
        set(at, "struct dentry", "d_sb", in_super);
        set(at, "struct dentry", "d_hash.pprev", 0x1234);
        return at;
    }
    void empty(VAddr object, std::string_view type, std::string_view path) {
        link(place(object, type, path), {});
    }
    nfs::ClientState read() { return nfs::read_client_state(roots()); }
    nfs::Listing<nfs::Finding> findings() {
        auto read_state = read();
        return nfs::check(roots(), read_state);
    }

private:
    void make_namespaces() {
        space = make("struct mnt_namespace");
        set(space, "struct mnt_namespace", "ns.inum", 4026531841);
        net = make("struct net");
        VAddr ops = make("struct proc_ns_operations"), gen = make("struct net_generic");
        set(net, "struct net", "ns.ops", ops);
        set(net, "struct net", "gen", gen);
        set(gen, "struct net_generic", "s.len", 4);
        empty(net, "struct net", "dev_base_head");
        nfs_net = make("struct nfs_net");
        empty(nfs_net, "struct nfs_net", "nfs_volume_list");
        set(gen, "struct net_generic", "ptr[2]", nfs_net);
        task = make("struct task_struct");
        VAddr proxy = make("struct nsproxy");
        set(task, "struct task_struct", "nsproxy", proxy);
        set(proxy, "struct nsproxy", "mnt_ns", space);
        set(proxy, "struct nsproxy", "net_ns", net);
        kernel::TaskInfo info;
        info.address = task;
        info.pid = info.tgid = 42;
        info.comm = "writer";
        tasks.items.push_back(info);
    }

    VAddr make_super(std::string_view kind) {
        VAddr at = make("struct super_block"), type = make("struct file_system_type");
        set(type, "struct file_system_type", "name", text(kind));
        set(at, "struct super_block", "s_type", type);
        empty(at, "struct super_block", "s_inodes");
        return at;
    }
    VAddr make_mount(VAddr in_super, VAddr tree, std::string_view source) {
        VAddr at = make("struct mount");
        set(at, "struct mount", "mnt_parent", at);
        set(at, "struct mount", "mnt_mountpoint", tree);
        set(at, "struct mount", "mnt.mnt_root", tree);
        set(at, "struct mount", "mnt.mnt_sb", in_super);
        set(at, "struct mount", "mnt_devname", text(source));
        set(at, "struct mount", "mnt_ns", space);
        link(place(in_super, "struct super_block", "s_mounts"),
             {place(at, "struct mount", "mnt_instance")});
        return at;
    }
    void make_mounts() {
        VAddr root_super = make_super("ext4");
        root_dentry = make_dentry({}, "/", root_super);
        root_mount = make_mount(root_super, root_dentry, "/dev/vda1");
        VAddr directory =
            make_dentry(make_dentry(root_dentry, "mnt", root_super), "nfs", root_super);
        super = make_super("nfs4");
        mount_root = make_dentry({}, "/", super);
        mount = make_mount(super, mount_root, "srv:/export");
        set(mount, "struct mount", "mnt_parent", root_mount);
        set(mount, "struct mount", "mnt_mountpoint", directory);
        set(mount, "struct mount", "mnt.mnt_flags", 0x20);
        set(super, "struct super_block", "s_active", 2);
        set(space, "struct mnt_namespace", "root", root_mount);
        link(place(space, "struct mnt_namespace", "list"),
             {place(root_mount, "struct mount", "mnt_list"),
              place(mount, "struct mount", "mnt_list")});
    }

    void make_client() {
        client = make("struct nfs_client");
        server = make("struct nfs_server");
        set(super, "struct super_block", "s_fs_info", server);
        set(server, "struct nfs_server", "super", super);
        set(server, "struct nfs_server", "nfs_client", client);
        set(server, "struct nfs_server", "rsize", 65536);
        empty(server, "struct nfs_server", "layouts");
        set(client, "struct nfs_client", "cl_count", 2);
        set(client, "struct nfs_client", "cl_hostname", text("srv"));
        set(client, "struct nfs_client", "cl_net", net);
        VAddr ops = make("struct nfs_rpc_ops");
        set(ops, "struct nfs_rpc_ops", "version", 4);
        set(client, "struct nfs_client", "rpc_ops", ops);
        set(client, "struct nfs_client", "cl_minorversion", 1);
        set(client, "struct nfs_client", "cl_proto", 6);
        VAddr address = place(client, "struct nfs_client", "cl_addr");
        for (auto [at, byte] :
             {std::pair(0, 2), std::pair(2, 8), std::pair(3, 1), std::pair(4, 192), std::pair(5, 0),
              std::pair(6, 2), std::pair(7, 7)})
            dump.pages.put<std::uint8_t>(address.value + static_cast<std::uint64_t>(at),
                                         static_cast<std::uint8_t>(byte));
        link(place(client, "struct nfs_client", "cl_superblocks"),
             {place(server, "struct nfs_server", "client_link")});
        link(place(nfs_net, "struct nfs_net", "nfs_client_list"),
             {place(client, "struct nfs_client", "cl_share_link")});
    }

    void make_session() {
        session = make("struct nfs4_session");
        set(client, "struct nfs_client", "cl_session", session);
        set(session, "struct nfs4_session", "clp", client);
        VAddr table = place(session, "struct nfs4_session", "fc_slot_table");
        for (unsigned i = 0; i < 2; ++i) {
            slots[i] = make("struct nfs4_slot");
            set(slots[i], "struct nfs4_slot", "table", table);
            set(slots[i], "struct nfs4_slot", "slot_nr", i);
            if (i == 1) set(slots[0], "struct nfs4_slot", "next", slots[1]);
        }
        set(session, "struct nfs4_session", "fc_slot_table.session", session);
        set(session, "struct nfs4_session", "fc_slot_table.slots", slots[0]);
        set(session, "struct nfs4_session", "fc_slot_table.max_slots", 2);
        set(session, "struct nfs4_session", "fc_slot_table.used_slots[0]", 2);
        set(session, "struct nfs4_session", "fc_slot_table.highest_used_slotid", 1);
        clnt = make("struct rpc_clnt");
        set(client, "struct nfs_client", "cl_rpcclient", clnt);
        set(clnt, "struct rpc_clnt", "cl_rtt", place(clnt, "struct rpc_clnt", "cl_rtt_default"));
        VAddr xprt = make("struct rpc_xprt");
        set(xprt, "struct rpc_xprt", "xprt_net", net);
        set(clnt, "struct rpc_clnt", "cl_xprt", xprt);
        link(make(4096), {place(clnt, "struct rpc_clnt", "cl_clients")});
        rpc_task = make("struct rpc_task");
        result = make("struct nfs4_sequence_res");
        set(result, "struct nfs4_sequence_res", "sr_slot", slots[1]);
        set(rpc_task, "struct rpc_task", "tk_msg.rpc_resp", result);
        set(rpc_task, "struct rpc_task", "tk_owner", 42);
        VAddr procedure = make("struct rpc_procinfo");
        set(procedure, "struct rpc_procinfo", "p_name", text("WRITE"));
        set(rpc_task, "struct rpc_task", "tk_msg.rpc_proc", procedure);
        link(place(clnt, "struct rpc_clnt", "cl_tasks"),
             {place(rpc_task, "struct rpc_task", "tk_task")});
    }

    void make_file() {
        file_dentry = make_dentry(mount_root, "file", super);
        nfs_inode = make("struct nfs_inode");
        inode = place(nfs_inode, "struct nfs_inode", "vfs_inode");
        set(file_dentry, "struct dentry", "d_inode", inode);
        VAddr alias = place(file_dentry, "struct dentry", "d_alias");
        set(inode, "struct inode", "i_dentry.first", alias);
        set(file_dentry, "struct dentry", "d_alias.pprev",
            place(inode, "struct inode", "i_dentry.first"));
        link(place(super, "struct super_block", "s_inodes"),
             {place(inode, "struct inode", "i_sb_list")});
        set(inode, "struct inode", "i_mode", 0100644);
        VAddr cred = make("struct cred");
        set(cred, "struct cred", "fsuid", 1000);

        delegation = make("struct nfs_delegation");
        set(delegation, "struct nfs_delegation", "inode", inode);
        set(delegation, "struct nfs_delegation", "cred", cred);
        set(delegation, "struct nfs_delegation", "type", 3);
        set(delegation, "struct nfs_delegation", "flags", 2);
        set(nfs_inode, "struct nfs_inode", "delegation", delegation);
        link(place(server, "struct nfs_server", "delegations"),
             {place(delegation, "struct nfs_delegation", "super_list")});

        owner = make("struct nfs4_state_owner");
        set(server, "struct nfs_server", "state_owners.rb_node",
            place(owner, "struct nfs4_state_owner", "so_server_node"));
        set(owner, "struct nfs4_state_owner", "so_server", server);
        set(owner, "struct nfs4_state_owner", "so_cred", cred);
        set(owner, "struct nfs4_state_owner", "so_count", 1);
        state = make("struct nfs4_state");
        set(state, "struct nfs4_state", "owner", owner);
        set(state, "struct nfs4_state", "inode", inode);
        set(state, "struct nfs4_state", "n_rdonly", 1);
        set(state, "struct nfs4_state", "state", 1);
        set(state, "struct nfs4_state", "flags", 0xc);
        set_text(state, "struct nfs4_state", "stateid.data",
                 std::string_view("\0\0\1\2ABCDEFGHIJKL", 16));
        set(state, "struct nfs4_state", "stateid.type", 2);
        empty(state, "struct nfs4_state", "lock_states");
        link(place(owner, "struct nfs4_state_owner", "so_states"),
             {place(state, "struct nfs4_state", "open_states")});

        context = make("struct nfs_open_context");
        set(context, "struct nfs_open_context", "dentry", file_dentry);
        set(context, "struct nfs_open_context", "cred", cred);
        set(context, "struct nfs_open_context", "mode", 0x1801d);
        set(context, "struct nfs_open_context", "lock_context.lockowner", 0xffff8880deadb000);
        set(context, "struct nfs_open_context", "error", 0xfffffffb);
        set(task, "struct task_struct", "files", 0xffff8880deadb000);
        link(place(nfs_inode, "struct nfs_inode", "open_files"),
             {place(context, "struct nfs_open_context", "list")});
    }
};

}  // namespace nfstriage::test
