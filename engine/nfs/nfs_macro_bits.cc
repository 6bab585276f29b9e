// The words of bits of the NFS client and of the mounts that it is seen through: macros with the
// commits that changed them, and enumerators, whose numbers only the dump's own types say.
#include <array>

#include "nfs/macro_bits.h"

namespace nfstriage::nfs {
namespace {

using If = MacroBit::If;

constexpr std::string_view kServer = "struct nfs_server";
constexpr std::string_view kPathconf = "struct nfs_pathconf";

// A bit that is an enumerator in every kernel.
constexpr MacroBit in_types(std::string_view name) { return {name, 0, "", If::enumerator}; }

// include/uapi/linux/nfs_mount.h up to bit 15, then include/linux/nfs_fs_sb.h
constexpr MacroBit kMountOptions[] = {
    {"NFS_MOUNT_SOFT", 0, ""},
    {"NFS_MOUNT_INTR", 1, ""},
    {"NFS_MOUNT_SECURE", 2, ""},
    {"NFS_MOUNT_POSIX", 3, ""},
    {"NFS_MOUNT_NOCTO", 4, ""},
    {"NFS_MOUNT_NOAC", 5, ""},
    {"NFS_MOUNT_TCP", 6, ""},
    {"NFS_MOUNT_VER3", 7, ""},
    {"NFS_MOUNT_KERBEROS", 8, ""},
    {"NFS_MOUNT_NONLM", 9, ""},
    {"NFS_MOUNT_BROKEN_SUID", 10, ""},
    {"NFS_MOUNT_NOACL", 11, ""},
    {"NFS_MOUNT_STRICTLOCK", 12, ""},
    {"NFS_MOUNT_SECFLAVOUR", 13, ""},
    {"NFS_MOUNT_NORDIRPLUS", 14, ""},
    {"NFS_MOUNT_UNSHARED", 15, ""},
    {"NFS_MOUNT_LOOKUP_CACHE_NONEG", 16, ""},
    {"NFS_MOUNT_LOOKUP_CACHE_NONE", 17, ""},
    {"NFS_MOUNT_NORESVPORT", 18, ""},
    {"NFS_MOUNT_LEGACY_INTERFACE", 19, ""},
    {"NFS_MOUNT_LOCAL_FLOCK", 20, ""},
    {"NFS_MOUNT_LOCAL_FCNTL", 21, ""},
    {"NFS_MOUNT_SOFTERR", 22, "5.10"},
    {"NFS_MOUNT_SOFTREVAL", 23, "5.10"},
    {"NFS_MOUNT_WRITE_EAGER", 24, "6.1"},
    {"NFS_MOUNT_WRITE_WAIT", 25, "6.1"},
    {"NFS_MOUNT_TRUNK_DISCOVERY", 26, "6.1"},
    {"NFS_MOUNT_SHUTDOWN", 27, "6.12"},
    {"NFS_MOUNT_NO_ALIGNWRITE", 28, "6.12"},
    {"NFS_MOUNT_FORCE_RDIRPLUS", 29, "7.3"},
    {"NFS_MOUNT_NETUNREACH_FATAL", 30, "7.3"},
};

// include/linux/nfs_fs_sb.h. Bits 6 to 13 were NFS_CAP_FILEID to NFS_CAP_MTIME until
// nfs_server.fattr_valid took their place (5.10 has not got it, 6.1 has), and were given out again
// afterwards; they stand first and so are the names where they apply. Bit 7 got the opposite
// meaning together with nfs_pathconf.case_preserving.
constexpr MacroBit kCapabilities[] = {
    {"NFS_CAP_READDIRPLUS", 0, ""},
    {"NFS_CAP_HARDLINKS", 1, ""},
    {"NFS_CAP_SYMLINKS", 2, ""},
    {"NFS_CAP_ACLS", 3, ""},
    {"NFS_CAP_ATOMIC_OPEN", 4, ""},
    {"NFS_CAP_LGOPEN", 5, ""},
    {"NFS_CAP_FILEID", 6, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_MODE", 7, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_NLINK", 8, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_OWNER", 9, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_OWNER_GROUP", 10, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_ATIME", 11, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_CTIME", 12, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_MTIME", 13, "", If::no_member, kServer, "fattr_valid"},
    {"NFS_CAP_CASE_INSENSITIVE", 6, "6.1", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_CASE_PRESERVING", 7, "6.1", If::no_member, kPathconf, "case_preserving"},
    {"NFS_CAP_CASE_NONPRESERVING", 7, "7.3", If::member, kPathconf, "case_preserving"},
    {"NFS_CAP_REBOOT_LAYOUTRETURN", 8, "6.12", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_OFFLOAD_STATUS", 9, "7.3", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_ZERO_RANGE", 10, "7.3", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_DIR_DELEG", 11, "7.3", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_OPEN_XOR", 12, "6.12", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_DELEGTIME", 13, "6.12", If::member, kServer, "fattr_valid"},
    {"NFS_CAP_POSIX_LOCK", 14, ""},
    {"NFS_CAP_UIDGID_NOMAP", 15, ""},
    {"NFS_CAP_STATEID_NFSV41", 16, ""},
    {"NFS_CAP_ATOMIC_OPEN_V1", 17, ""},
    {"NFS_CAP_SECURITY_LABEL", 18, ""},
    {"NFS_CAP_SEEK", 19, ""},
    {"NFS_CAP_ALLOCATE", 20, ""},
    {"NFS_CAP_DEALLOCATE", 21, ""},
    {"NFS_CAP_LAYOUTSTATS", 22, ""},
    {"NFS_CAP_CLONE", 23, ""},
    {"NFS_CAP_COPY", 24, ""},
    {"NFS_CAP_OFFLOAD_CANCEL", 25, ""},
    {"NFS_CAP_LAYOUTERROR", 26, "5.10"},
    {"NFS_CAP_COPY_NOTIFY", 27, "5.10"},
    {"NFS_CAP_XATTR", 28, "5.10"},
    {"NFS_CAP_READ_PLUS", 29, "5.10"},
    {"NFS_CAP_FS_LOCATIONS", 30, "6.1"},
    {"NFS_CAP_MOVEABLE", 31, "6.1"},
};

// include/linux/nfs_fs_sb.h, nfs_server.options
constexpr MacroBit kServerOptions[] = {
    {"NFS_OPTION_FSCACHE", 0, ""},
    {"NFS_OPTION_MIGRATION", 1, ""},
};

// include/linux/nfs_fs_sb.h, nfs_client.cl_flags
constexpr MacroBit kClientFlags[] = {
    {"NFS_CS_NORESVPORT", 0, ""},
    {"NFS_CS_DISCRTRY", 1, ""},
    {"NFS_CS_MIGRATION", 2, ""},
    {"NFS_CS_INFINITE_SLOTS", 3, ""},
    {"NFS_CS_NO_RETRANS_TIMEOUT", 4, ""},
    {"NFS_CS_TSM_POSSIBLE", 5, ""},
    {"NFS_CS_NOPING", 6, "5.10"},
    {"NFS_CS_DS", 7, "5.10"},
    {"NFS_CS_REUSEPORT", 8, "5.10"},
    {"NFS_CS_PNFS", 9, "6.1"},
    {"NFS_CS_LOCAL_IO", 10, "6.12", If::no_member, "struct rpc_clnt", "cl_netunreach_fatal"},
    {"NFS_CS_NETUNREACH_FATAL", 10, "7.3", If::member, "struct rpc_clnt", "cl_netunreach_fatal"},
};

// include/linux/nfs_fs_sb.h, nfs_client.cl_res_state
constexpr MacroBit kClientParts[] = {
    {"NFS_CS_CALLBACK", 1, ""},         {"NFS_CS_IDMAP", 2, ""},
    {"NFS_CS_RENEWD", 3, ""},           {"NFS_CS_STOP_RENEW", 4, ""},
    {"NFS_CS_CHECK_LEASE_TIME", 5, ""},
};

// include/uapi/linux/nfs4.h: RFC 8881, section 18.35
constexpr MacroBit kExchangeFlags[] = {
    {"EXCHGID4_FLAG_SUPP_MOVED_REFER", 0, ""}, {"EXCHGID4_FLAG_SUPP_MOVED_MIGR", 1, ""},
    {"EXCHGID4_FLAG_SUPP_FENCE_OPS", 2, ""},   {"EXCHGID4_FLAG_BIND_PRINC_STATEID", 8, ""},
    {"EXCHGID4_FLAG_USE_NON_PNFS", 16, ""},    {"EXCHGID4_FLAG_USE_PNFS_MDS", 17, ""},
    {"EXCHGID4_FLAG_USE_PNFS_DS", 18, ""},     {"EXCHGID4_FLAG_UPD_CONFIRMED_REC_A", 30, ""},
    {"EXCHGID4_FLAG_CONFIRMED_R", 31, ""},
};

// enum nfs4_client_state of fs/nfs/nfs4_fs.h
constexpr MacroBit kManagerState[] = {
    in_types("NFS4CLNT_MANAGER_RUNNING"),       in_types("NFS4CLNT_CHECK_LEASE"),
    in_types("NFS4CLNT_LEASE_EXPIRED"),         in_types("NFS4CLNT_RECLAIM_REBOOT"),
    in_types("NFS4CLNT_RECLAIM_NOGRACE"),       in_types("NFS4CLNT_DELEGRETURN"),
    in_types("NFS4CLNT_SESSION_RESET"),         in_types("NFS4CLNT_LEASE_CONFIRM"),
    in_types("NFS4CLNT_SERVER_SCOPE_MISMATCH"), in_types("NFS4CLNT_PURGE_STATE"),
    in_types("NFS4CLNT_BIND_CONN_TO_SESSION"),  in_types("NFS4CLNT_MOVED"),
    in_types("NFS4CLNT_LEASE_MOVED"),           in_types("NFS4CLNT_DELEGATION_EXPIRED"),
    in_types("NFS4CLNT_RUN_MANAGER"),           in_types("NFS4CLNT_MANAGER_AVAILABLE"),
    in_types("NFS4CLNT_RECALL_RUNNING"),        in_types("NFS4CLNT_RECALL_ANY_LAYOUT_READ"),
    in_types("NFS4CLNT_RECALL_ANY_LAYOUT_RW"),  in_types("NFS4CLNT_DELEGRETURN_DELAYED"),
};

// enum nfs4_session_state of fs/nfs/nfs4session.h
constexpr MacroBit kSessionState[] = {
    in_types("NFS4_SESSION_INITING"),
    in_types("NFS4_SESSION_ESTABLISHED"),
};

// The flags of CREATE_SESSION: RFC 8881, section 18.36
constexpr MacroBit kSessionFlags[] = {
    {"SESSION4_PERSIST", 0, ""},
    {"SESSION4_BACK_CHAN", 1, ""},
    {"SESSION4_RDMA", 2, ""},
};

// enum nfs4_slot_tbl_state of fs/nfs/nfs4session.h
constexpr MacroBit kSlotTableState[] = {in_types("NFS4_SLOT_TBL_DRAINING")};

// fs/nfs/nfs4_fs.h
constexpr MacroBit kStateFlags[] = {
    in_types("LK_STATE_IN_USE"),
    in_types("NFS_DELEGATED_STATE"),
    in_types("NFS_OPEN_STATE"),
    in_types("NFS_O_RDONLY_STATE"),
    in_types("NFS_O_WRONLY_STATE"),
    in_types("NFS_O_RDWR_STATE"),
    in_types("NFS_STATE_RECLAIM_REBOOT"),
    in_types("NFS_STATE_RECLAIM_NOGRACE"),
    in_types("NFS_STATE_POSIX_LOCKS"),
    in_types("NFS_STATE_RECOVERY_FAILED"),
    in_types("NFS_STATE_MAY_NOTIFY_LOCK"),
    in_types("NFS_STATE_CHANGE_WAIT"),
    in_types("NFS_CLNT_DST_SSC_COPY_STATE"),
    in_types("NFS_CLNT_SRC_SSC_COPY_STATE"),
    in_types("NFS_SRV_SSC_COPY_STATE"),
};
constexpr MacroBit kOwnerFlags[] = {
    in_types("NFS_OWNER_RECLAIM_REBOOT"),
    in_types("NFS_OWNER_RECLAIM_NOGRACE"),
};
constexpr MacroBit kLockFlags[] = {in_types("NFS_LOCK_INITIALIZED"), in_types("NFS_LOCK_LOST")};

// include/linux/nfs_fs.h, nfs_open_context.flags
constexpr MacroBit kContextFlags[] = {
    {"NFS_CONTEXT_ERROR_WRITE", 0, ""},   {"NFS_CONTEXT_RESEND_WRITES", 1, ""},
    {"NFS_CONTEXT_BAD", 2, ""},           {"NFS_CONTEXT_UNLOCK", 3, ""},
    {"NFS_CONTEXT_FILE_OPEN", 4, "5.10"}, {"NFS_CONTEXT_WRITE_SYNC", 5, "7.3"},
    {"NFS_CONTEXT_O_DIRECT", 6, "7.3"},
};

// include/linux/fs.h, as NFS uses them: nfs_open_context.mode, nfs4_state.state
constexpr MacroBit kFileMode[] = {
    {"FMODE_READ", 0, ""},
    {"FMODE_WRITE", 1, ""},
    {"FMODE_EXEC", 5, ""},
};

// fs/nfs/delegation.h
constexpr MacroBit kDelegationFlags[] = {
    in_types("NFS_DELEGATION_NEED_RECLAIM"),     in_types("NFS_DELEGATION_RETURN"),
    in_types("NFS_DELEGATION_RETURN_IF_CLOSED"), in_types("NFS_DELEGATION_REFERENCED"),
    in_types("NFS_DELEGATION_RETURNING"),        in_types("NFS_DELEGATION_REVOKED"),
    in_types("NFS_DELEGATION_TEST_EXPIRED"),     in_types("NFS_DELEGATION_INODE_FREEING"),
    in_types("NFS_DELEGATION_RETURN_DELAYED"),   in_types("NFS_DELEGATION_DELEGTIME"),
};

// fs/nfs/pnfs.h
constexpr MacroBit kLayoutFlags[] = {
    in_types("NFS_LAYOUT_RO_FAILED"),     in_types("NFS_LAYOUT_RW_FAILED"),
    in_types("NFS_LAYOUT_BULK_RECALL"),   in_types("NFS_LAYOUT_RETURN"),
    in_types("NFS_LAYOUT_RETURN_LOCK"),   in_types("NFS_LAYOUT_RETURN_REQUESTED"),
    in_types("NFS_LAYOUT_INVALID_STID"),  in_types("NFS_LAYOUT_FIRST_LAYOUTGET"),
    in_types("NFS_LAYOUT_INODE_FREEING"), in_types("NFS_LAYOUT_HASHED"),
    in_types("NFS_LAYOUT_DRAIN"),         in_types("NFS_LAYOUT_FILE_BULK_RETURN"),
};
constexpr MacroBit kSegmentFlags[] = {
    in_types("NFS_LSEG_VALID"),        in_types("NFS_LSEG_ROC"),
    in_types("NFS_LSEG_LAYOUTCOMMIT"), in_types("NFS_LSEG_LAYOUTRETURN"),
    in_types("NFS_LSEG_UNAVAILABLE"),
};
constexpr MacroBit kDeviceFlags[] = {
    in_types("NFS_DEVICEID_INVALID"),
    in_types("NFS_DEVICEID_UNAVAILABLE"),
    in_types("NFS_DEVICEID_NOCACHE"),
};

// include/linux/mount.h, vfsmount.mnt_flags; an enum of masks in 7.3
constexpr MacroBit kMountFlags[] = {
    {"MNT_NOSUID", 0, ""},
    {"MNT_NODEV", 1, ""},
    {"MNT_NOEXEC", 2, ""},
    {"MNT_NOATIME", 3, ""},
    {"MNT_NODIRATIME", 4, ""},
    {"MNT_RELATIME", 5, ""},
    {"MNT_READONLY", 6, ""},
    {"MNT_NOSYMFOLLOW", 7, "v5.10 dab741e0e02b"},
    {"MNT_SHRINKABLE", 8, ""},
    {"MNT_WRITE_HOLD", 9, ""},
    {"MNT_SHARED", 12, ""},
    {"MNT_UNBINDABLE", 13, ""},
    {"MNT_INTERNAL", 14, ""},
    {"MNT_LOCK_ATIME", 18, ""},
    {"MNT_LOCK_NOEXEC", 19, ""},
    {"MNT_LOCK_NOSUID", 20, ""},
    {"MNT_LOCK_NODEV", 21, ""},
    {"MNT_LOCK_READONLY", 22, ""},
    {"MNT_LOCKED", 23, ""},
    {"MNT_DOOMED", 24, ""},
    {"MNT_SYNC_UMOUNT", 25, ""},
    {"MNT_MARKED", 26, ""},
    {"MNT_UMOUNT", 27, ""},
    {"MNT_CURSOR", 28, "v5.8 9f6c61f96f2d", If::no_member, "struct mount", "mnt_node"},
    {"MNT_ONRB", 28, "v6.8 2eea9ce4310d", If::member, "struct mount", "mnt_node"},
};

// include/linux/fs.h, super_block.s_flags
constexpr MacroBit kSuperFlags[] = {
    {"SB_RDONLY", 0, ""},     {"SB_NOSUID", 1, ""},      {"SB_NODEV", 2, ""},
    {"SB_NOEXEC", 3, ""},     {"SB_SYNCHRONOUS", 4, ""}, {"SB_MANDLOCK", 6, ""},
    {"SB_DIRSYNC", 7, ""},    {"SB_NOATIME", 10, ""},    {"SB_NODIRATIME", 11, ""},
    {"SB_SILENT", 15, ""},    {"SB_POSIXACL", 16, ""},   {"SB_INLINECRYPT", 17, "5.10"},
    {"SB_DEAD", 21, "6.12"},  {"SB_DYING", 24, "6.12"},  {"SB_KERNMOUNT", 22, ""},
    {"SB_I_VERSION", 23, ""}, {"SB_LAZYTIME", 25, ""},   {"SB_SUBMOUNT", 26, ""},
    {"SB_FORCE", 27, ""},     {"SB_NOSEC", 28, ""},      {"SB_BORN", 29, ""},
    {"SB_ACTIVE", 30, ""},    {"SB_NOUSER", 31, ""},
};

constexpr std::array kWords{
    MacroWord{"nfs_server.flags", kMountOptions},
    MacroWord{"nfs_server.caps", kCapabilities},
    MacroWord{"nfs_server.options", kServerOptions},
    MacroWord{"nfs_client.cl_flags", kClientFlags},
    MacroWord{"nfs_client.cl_res_state", kClientParts},
    MacroWord{"nfs_client.cl_exchange_flags", kExchangeFlags},
    MacroWord{"nfs_client.cl_state", kManagerState},
    MacroWord{"nfs4_session.session_state", kSessionState},
    MacroWord{"nfs4_session.flags", kSessionFlags},
    MacroWord{"nfs4_slot_table.slot_tbl_state", kSlotTableState},
    MacroWord{"nfs4_state.flags", kStateFlags},
    MacroWord{"nfs4_state_owner.so_flags", kOwnerFlags},
    MacroWord{"nfs4_lock_state.ls_flags", kLockFlags},
    MacroWord{"nfs_open_context.flags", kContextFlags},
    MacroWord{"fmode_t", kFileMode},
    MacroWord{"nfs_delegation.flags", kDelegationFlags},
    MacroWord{"pnfs_layout_hdr.plh_flags", kLayoutFlags},
    MacroWord{"pnfs_layout_segment.pls_flags", kSegmentFlags},
    MacroWord{"nfs4_deviceid_node.flags", kDeviceFlags},
    MacroWord{"vfsmount.mnt_flags", kMountFlags, true},
    MacroWord{"super_block.s_flags", kSuperFlags},
};

}  // namespace

std::span<const MacroWord> nfs_macro_words() { return kWords; }

}  // namespace nfstriage::nfs
