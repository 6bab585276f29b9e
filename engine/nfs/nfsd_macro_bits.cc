// The server's part of the table of macro_bits.h: RPC services, nfsd, lockd, the caches.
#include <array>

#include "nfs/macro_bits.h"

namespace nfstriage::nfs {
namespace {

using If = MacroBit::If;

// RQ_* of include/linux/sunrpc/svc.h; an enum in 6.12, without those that went.
constexpr MacroBit kSvcRqstFlags[] = {
    {"RQ_SECURE", 0, ""},
    {"RQ_LOCAL", 1, ""},
    {"RQ_USEDEFERRAL", 2, ""},
    {"RQ_DROPME", 3, ""},
    {"RQ_SPLICE_OK", 4, "gone by 6.12", If::no_member, "struct svc_rqst", "rq_idle"},
    {"RQ_VICTIM", 5, ""},
    {"RQ_BUSY", 6, "gone by 6.12", If::no_member, "struct svc_rqst", "rq_idle"},
    {"RQ_DATA", 7, ""},
    {"RQ_AUTHERR", 8, "gone when rq_auth_stat came", If::no_member, "struct svc_rqst",
     "rq_auth_stat"},
};

// SP_* of the same file; an enum in 6.12
constexpr MacroBit kSvcPoolFlags[] = {
    {"SP_TASK_PENDING", 0, ""},
    {"SP_CONGESTED", 1, "", If::no_member, "struct svc_pool", "sp_idle_threads"},
    {"SP_NEED_VICTIM", 1, "6.12", If::member, "struct svc_pool", "sp_idle_threads"},
    {"SP_VICTIM_REMAINS", 2, "6.12", If::member, "struct svc_pool", "sp_idle_threads"},
};

// XPT_* of include/linux/sunrpc/svc_xprt.h; an enum in 6.12, numbered anew
constexpr MacroBit kSvcXprtFlags[] = {
    {"XPT_BUSY", 0, ""},
    {"XPT_CONN", 1, ""},
    {"XPT_CLOSE", 2, ""},
    {"XPT_DATA", 3, ""},
    {"XPT_TEMP", 4, ""},
    {"XPT_DEAD", 6, ""},
    {"XPT_CHNGBUF", 7, ""},
    {"XPT_DEFERRED", 8, ""},
    {"XPT_OLD", 9, ""},
    {"XPT_LISTENER", 10, ""},
    {"XPT_CACHE_AUTH", 11, ""},
    {"XPT_LOCAL", 12, ""},
    {"XPT_KILL_TEMP", 13, ""},
    {"XPT_CONG_CTRL", 14, ""},
    {"XPT_HANDSHAKE", 15, "6.12"},
    {"XPT_TLS_SESSION", 16, "6.12"},
    {"XPT_PEER_AUTH", 17, "6.12"},
    {"XPT_PEER_VALID", 0, "6.12", If::enumerator},
    {"XPT_RPCB_UNREG", 0, "6.12", If::enumerator},
};

// CACHE_* of include/linux/sunrpc/cache.h
constexpr MacroBit kCacheFlags[] = {
    {"CACHE_VALID", 0, ""},
    {"CACHE_NEGATIVE", 1, ""},
    {"CACHE_PENDING", 2, ""},
    {"CACHE_CLEANED", 3, ""},
};

// NFSD4_CLIENT_* of fs/nfsd/state.h
constexpr MacroBit kNfsdClientFlags[] = {
    {"NFSD4_CLIENT_CB_UPDATE", 0, ""},
    {"NFSD4_CLIENT_CB_KILL", 1, ""},
    {"NFSD4_CLIENT_STABLE", 2, ""},
    {"NFSD4_CLIENT_RECLAIM_COMPLETE", 3, ""},
    {"NFSD4_CLIENT_CONFIRMED", 4, ""},
    {"NFSD4_CLIENT_UPCALL_LOCK", 5, "5.10"},
    {"NFSD4_CLIENT_CB_RECALL_ANY", 6, "5.10"},
};

// NFSD_FILE_* of fs/nfsd/filecache.h. NFSD_FILE_BREAK_READ and _WRITE were taken out, with
// REFERENCED moved to 2, in stable kernels too that still have nf_hashval: what bit 2 means there
// (BREAK_READ or REFERENCED) no type tells.
constexpr MacroBit kNfsdFileFlags[] = {
    {"NFSD_FILE_HASHED", 0, "5.10"},
    {"NFSD_FILE_PENDING", 1, "5.10"},
    {"NFSD_FILE_BREAK_WRITE", 3, "gone by 6.1", If::member, "struct nfsd_file", "nf_hashval"},
    {"NFSD_FILE_REFERENCED", 4, "gone by 6.1", If::member, "struct nfsd_file", "nf_hashval"},
    {"NFSD_FILE_REFERENCED", 2, "5.10", If::no_member, "struct nfsd_file", "nf_hashval"},
    {"NFSD_FILE_GC", 3, "5.10", If::no_member, "struct nfsd_file", "nf_hashval"},
    {"NFSD_FILE_RECENT", 4, "7.3", If::no_member, "struct nfsd_file", "nf_hashval"},
};

// NFS4_*_STID, since 3f29cc82a84c SC_TYPE_* and SC_STATUS_*, of fs/nfsd/state.h
constexpr MacroBit kStidTypes[] = {
    {"NFS4_OPEN_STID", 0, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"NFS4_LOCK_STID", 1, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"NFS4_DELEG_STID", 2, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"NFS4_CLOSED_STID", 3, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"NFS4_REVOKED_DELEG_STID", 4, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"NFS4_CLOSED_DELEG_STID", 5, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"NFS4_LAYOUT_STID", 6, "", If::no_member, "struct nfs4_stid", "sc_status"},
    {"SC_TYPE_OPEN", 0, "6.12", If::member, "struct nfs4_stid", "sc_status"},
    {"SC_TYPE_LOCK", 1, "6.12", If::member, "struct nfs4_stid", "sc_status"},
    {"SC_TYPE_DELEG", 2, "6.12", If::member, "struct nfs4_stid", "sc_status"},
    {"SC_TYPE_LAYOUT", 3, "6.12", If::member, "struct nfs4_stid", "sc_status"},
    {"SC_TYPE_COPY", 4, "7.3", If::member, "struct nfs4_stid", "sc_status"},
};
constexpr MacroBit kStidStatus[] = {
    {"SC_STATUS_CLOSED", 0, "6.12"},        {"SC_STATUS_REVOKED", 1, "6.12"},
    {"SC_STATUS_ADMIN_REVOKED", 2, "6.12"}, {"SC_STATUS_FREEABLE", 3, "6.12"},
    {"SC_STATUS_FREED", 4, "6.12"},
};

// NFSD4_SLOT_* of fs/nfsd/state.h
constexpr MacroBit kNfsdSlotFlags[] = {
    {"NFSD4_SLOT_INUSE", 0, ""},       {"NFSD4_SLOT_CACHETHIS", 1, ""},
    {"NFSD4_SLOT_INITIALIZED", 2, ""}, {"NFSD4_SLOT_CACHED", 3, ""},
    {"NFSD4_SLOT_REUSED", 4, "7.3"},
};

// SESSION4_* of include/uapi/linux/nfs4.h; NFS4_SESSION_DEAD of fs/nfsd/state.h
constexpr MacroBit kNfsdSessionFlags[] = {
    {"SESSION4_PERSIST", 0, ""},
    {"SESSION4_BACK_CHAN", 1, ""},
    {"SESSION4_RDMA", 2, ""},
    {"NFS4_SESSION_DEAD", 4, ""},
};

// NFSEXP_* of include/uapi/linux/nfsd/export.h, without the bit of NFSEXP_
constexpr MacroBit kExportFlags[] = {
    {"READONLY", 0, ""},      {"INSECURE_PORT", 1, ""},   {"ROOTSQUASH", 2, ""},
    {"ALLSQUASH", 3, ""},     {"ASYNC", 4, ""},           {"GATHERED_WRITES", 5, ""},
    {"NOREADDIRPLUS", 6, ""}, {"SECURITY_LABEL", 7, ""},  {"SIGN_FH", 8, "7.3"},
    {"NOHIDE", 9, ""},        {"NOSUBTREECHECK", 10, ""}, {"NOAUTHNLM", 11, ""},
    {"MSNFS", 12, ""},        {"FSID", 13, ""},           {"CROSSMOUNT", 14, ""},
    {"NOACL", 15, ""},        {"V4ROOT", 16, ""},         {"PNFS", 17, ""},
};

// B_* of include/linux/lockd/lockd.h, in 7.3 fs/lockd/lockd.h
constexpr MacroBit kNlmBlockFlags[] = {
    {"B_QUEUED", 0, ""},
    {"B_GOT_CALLBACK", 1, ""},
    {"B_TIMED_OUT", 2, ""},
};

constexpr std::array kWords{
    MacroWord{"nfs4_stid.sc_type", kStidTypes, true},
    MacroWord{"nfs4_stid.sc_status", kStidStatus, true},
    MacroWord{"svc_rqst.rq_flags", kSvcRqstFlags},
    MacroWord{"svc_pool.sp_flags", kSvcPoolFlags},
    MacroWord{"svc_xprt.xpt_flags", kSvcXprtFlags},
    MacroWord{"cache_head.flags", kCacheFlags},
    MacroWord{"nfs4_client.cl_flags", kNfsdClientFlags},
    MacroWord{"nfsd_file.nf_flags", kNfsdFileFlags},
    MacroWord{"nfsd4_slot.sl_flags", kNfsdSlotFlags, true},
    MacroWord{"nfsd4_session.se_flags", kNfsdSessionFlags, true},
    MacroWord{"svc_export.ex_flags", kExportFlags, true, "NFSEXP_"},
    MacroWord{"nlm_block.b_flags", kNlmBlockFlags, true},
};

}  // namespace

std::span<const MacroWord> server_macro_words() { return kWords; }

}  // namespace nfstriage::nfs
