// Modules by their names in fs/nfs, fs/nfsd, fs/lockd, fs/nfs_common, net/sunrpc and (openEuler)
// fs/nfs/enfs. Without a module, a function is recognised by the prefix that its file uses. Names
// that only look alike (netfs_, v9fs_, kernfs_, configfs_, nfsim, rpcs3; nfnetlink; rpm, rps, rpc_
// pipes of other subsystems) begin otherwise, and prefixes shared with other subsystems (cache_,
// rpc_, xprt_, svc_, gss_) are taken only where the kernel uses them for nothing else.
#include "nfs/family.h"

#include <array>
#include <utility>

namespace nfstriage::nfs {
namespace {

using enum Component;

struct Named {
    std::string_view name;
    Component component;
};

constexpr Named kComponents[] = {
    {"none", none},     {"nfs_client", nfs_client},   {"pnfs", pnfs},         {"nfsd", nfsd},
    {"sunrpc", sunrpc}, {"auth_gss", auth_gss},       {"xprtrdma", xprtrdma}, {"svcrdma", svcrdma},
    {"lockd", lockd},   {"nfs_localio", nfs_localio}, {"enfs", enfs},
};

constexpr Named kModules[] = {
    {"nfs", nfs_client},
    {"nfsv2", nfs_client},
    {"nfsv3", nfs_client},
    {"nfsv4", nfs_client},
    {"nfs_layout_nfsv41_files", pnfs},
    {"nfs_layout_flexfiles", pnfs},
    {"blocklayoutdriver", pnfs},
    {"objlayoutdriver", pnfs},
    {"nfsd", nfsd},
    {"nfs_acl", nfs_client},
    {"sunrpc", sunrpc},
    {"auth_rpcgss", auth_gss},
    {"rpcsec_gss_krb5", auth_gss},
    {"rpcrdma", xprtrdma},
    {"xprtrdma", xprtrdma},
    {"svcrdma", svcrdma},
    {"lockd", lockd},
    {"grace", lockd},
    {"nfs_localio", nfs_localio},
    {"nfslocalio", nfs_localio},
    {"enfs", enfs},
    {"nfs_multipath", enfs},
    {"nfs_ssc", nfsd},
};

// First match wins: the narrower prefix stands before the wider one.
constexpr Named kPrefixes[] = {
    {"svc_rdma_", svcrdma},
    {"svcrdma_", svcrdma},
    {"handle_connect_req", svcrdma},
    {"xprt_rdma_", xprtrdma},
    {"rpcrdma_", xprtrdma},
    {"frwr_", xprtrdma},
    {"fmr_op_", xprtrdma},
    {"xprt_setup_rdma", xprtrdma},
    {"filelayout_", pnfs},
    {"ff_layout_", pnfs},
    {"ff_lseg_", pnfs},
    {"bl_pipe_", pnfs},
    {"bl_read_", pnfs},
    {"bl_write_", pnfs},
    {"bl_alloc_", pnfs},
    {"bl_free_", pnfs},
    {"bl_pg_", pnfs},
    {"bl_return_range", pnfs},
    {"bl_resolve_deviceid", pnfs},
    {"ext_tree_", pnfs},
    {"pnfs_", pnfs},
    {"_pnfs_", pnfs},
    {"__pnfs_", pnfs},
    {"nfs4_ff_layout_", pnfs},
    {"nfs4_fl_", pnfs},
    {"nfs4_layoutget", pnfs},
    {"nfs4_layoutcommit", pnfs},
    {"nfs4_layoutreturn", pnfs},
    {"nfs4_pnfs_", pnfs},
    {"nfs4_find_get_deviceid", pnfs},
    {"nfs4_delete_deviceid", pnfs},
    {"nfs4_put_deviceid_node", pnfs},
    {"nfs4_deviceid_", pnfs},
    {"objlayout_", pnfs},
    {"nfs_uuid_", nfs_localio},
    {"nfs_local_", nfs_localio},
    {"nfs_localio_", nfs_localio},
    {"nfs_open_local_fh", nfs_localio},
    {"nfs_close_local_fh", nfs_localio},
    {"nfs_to_nfsd_", nfs_localio},
    {"localio_", nfs_localio},
    {"nfsd_open_local_fh", nfs_localio},
    {"nfs_server_uuid_is_local", nfs_localio},
    {"enfs_", enfs},
    {"nfs_multipath_", enfs},
    {"pm_ping_", enfs},
    {"gss_", auth_gss},
    {"rsc_", auth_gss},
    {"rsi_", auth_gss},
    {"svcauth_gss", auth_gss},
    {"krb5_", auth_gss},
    {"gssp_", auth_gss},
    {"gssx_", auth_gss},
    {"svc_gss_", auth_gss},
    {"nlmclnt_", lockd},
    {"nlmsvc_", lockd},
    {"nlm4svc_", lockd},
    {"nlm4clt_", lockd},
    {"nlm_", lockd},
    {"nlm4_", lockd},
    {"nsm_", lockd},
    {"lockd", lockd},
    {"__nlm", lockd},
    {"locks_start_grace", lockd},
    {"locks_end_grace", lockd},
    {"locks_in_grace", lockd},
    {"nlmdbg_", lockd},
    {"nlmxdr_", lockd},
    {"encode_nlm", lockd},
    {"decode_nlm", lockd},
    {"nfsd", nfsd},
    {"__nfsd", nfsd},
    {"_nfsd", nfsd},
    {"nfssvc_", nfsd},
    {"nfsctl_", nfsd},
    {"nfserrno", nfsd},
    {"svc_export_", nfsd},
    {"expkey_", nfsd},
    {"exp_", nfsd},
    {"fh_verify", nfsd},
    {"fh_put", nfsd},
    {"fh_compose", nfsd},
    {"fh_update", nfsd},
    {"fh_fill_", nfsd},
    {"fh_getattr", nfsd},
    {"nfs4_laundromat", nfsd},
    {"laundromat_main", nfsd},
    {"nfs4_state_shutdown", nfsd},
    {"nfs4_state_start", nfsd},
    {"nfs4_state_create_net", nfsd},
    {"nfs4_state_destroy_net", nfsd},
    {"nfs4_preprocess_", nfsd},
    {"nfs4_put_stid", nfsd},
    {"nfs4_get_vfs_file", nfsd},
    {"nfs4_set_delegation", nfsd},
    {"nfs4_open_delegation", nfsd},
    {"nfs4_free_", nfsd},
    {"nfs4_alloc_stid", nfsd},
    {"nfs4_alloc_open_stateid", nfsd},
    {"nfs4_unhash_", nfsd},
    {"nfs4_find_file", nfsd},
    {"nfs4_file_", nfsd},
    {"nfs4_acl_nfsv4_to_posix", nfsd},
    {"nfs4_acl_posix_to_nfsv4", nfsd},
    {"nfs4_cb_", nfsd},
    {"nfs4_client_to_reclaim", nfsd},
    {"nfs4_has_reclaimed_state", nfsd},
    {"nfs4_release_reclaim", nfsd},
    {"nfs4_check_", nfsd},
    {"nfs4_process_client_reaplist", nfsd},
    {"nfs4svc_", nfsd},
    {"nfs3svc_", nfsd},
    {"nfssvc", nfsd},
    {"exports_net_open", nfsd},
    {"exports_proc_open", nfsd},
    {"e_show", none},
    {"write_threads", nfsd},
    {"write_pool_threads", nfsd},
    {"write_versions", nfsd},
    {"write_ports", nfsd},
    {"write_unlock_fs", nfsd},
    {"write_unlock_ip", nfsd},
    {"write_filehandle", nfsd},
    {"free_session_slots", nfsd},
    {"__destroy_client", nfsd},
    {"destroy_client", nfsd},
    {"expire_client", nfsd},
    {"unhash_client", nfsd},
    {"free_client", nfsd},
    {"put_client_renew", nfsd},
    {"release_open_stateid", nfsd},
    {"release_lock_stateid", nfsd},
    {"release_lockowner", nfsd},
    {"unhash_delegation", nfsd},
    {"revoke_delegation", nfsd},
    {"destroy_delegation", nfsd},
    {"destroy_unhashed_deleg", nfsd},
    {"find_stateid_", nfsd},
    {"find_confirmed_client", nfsd},
    {"client_has_state", nfsd},
    {"idmap_", nfsd},
    {"svc_", sunrpc},
    {"__svc_", sunrpc},
    {"svcauth_", sunrpc},
    {"rpcb_", sunrpc},
    {"rpcauth_", sunrpc},
    {"rpc_", sunrpc},
    {"__rpc_", sunrpc},
    {"_rpc_", sunrpc},
    {"xprt_", sunrpc},
    {"__xprt_", sunrpc},
    {"xs_", sunrpc},
    {"xdr_", sunrpc},
    {"__xdr_", sunrpc},
    {"bc_svc_process", sunrpc},
    {"cache_clean", sunrpc},
    {"do_cache_clean", sunrpc},
    {"cache_purge", sunrpc},
    {"cache_check", sunrpc},
    {"cache_do_downcall", sunrpc},
    {"cache_write_procfs", sunrpc},
    {"cache_read_procfs", sunrpc},
    {"cache_create_net", sunrpc},
    {"cache_destroy_net", sunrpc},
    {"cache_register_net", sunrpc},
    {"cache_unregister_net", sunrpc},
    {"cache_flush", none},
    {"cache_seq_", sunrpc},
    {"cache_fresh_", sunrpc},
    {"cache_revisit_request", sunrpc},
    {"cache_defer_req", sunrpc},
    {"cache_ioctl_procfs", sunrpc},
    {"cache_open_procfs", sunrpc},
    {"cache_poll_procfs", sunrpc},
    {"cache_release_procfs", sunrpc},
    {"sunrpc_", sunrpc},
    {"ip_map_", sunrpc},
    {"unix_gid_", sunrpc},
    {"call_transmit", sunrpc},
    {"call_encode", sunrpc},
    {"call_decode", sunrpc},
    {"call_connect", sunrpc},
    {"call_bind", sunrpc},
    {"call_allocate", sunrpc},
    {"call_refresh", sunrpc},
    {"call_reserve", sunrpc},
    {"call_start", sunrpc},
    {"call_status", sunrpc},
    {"call_bc_", sunrpc},
    {"call_timeout", sunrpc},
    {"_copy_from_pages", sunrpc},
    {"_copy_to_pages", sunrpc},
    {"_shift_data_", sunrpc},
    {"unx_", sunrpc},
    {"authunix_", sunrpc},
    {"rpciod_", sunrpc},
    {"param_set_slot_table_size", sunrpc},
    {"c_show", none},
    {"nfs", nfs_client},
    {"__nfs", nfs_client},
    {"_nfs", nfs_client},
    {"decode_getfattr", nfs_client},
    {"decode_attr_", nfs_client},
    {"decode_getacl", nfs_client},
    {"encode_getfattr", nfs_client},
    {"root_nfs_", nfs_client},
    {"param_set_portnr", nfs_client},
    {"do_renew_lease", nfs_client},
    {"update_open_stateid", nfs_client},
    {"can_open_cached", nfs_client},
};

// Names that begin like one of the family and are not of it.
constexpr std::string_view kOthers[] = {
    "nfsim",        "rpc_pipe_generic_", "xs_setup_",     "xdr_nop",
    "exp_funnel",   "rpc_proto",         "svc_i3c",       "svc_normal_to_secure",
    "krb5_crypto",  "exp_funnel_",       "svc_handler",   "xs_init",
    "svc_int",      "exp_event",         "rpc_clkdev",    "nfs_t",
    "xdr_init_dma", "gss_mst",           "idmap_lookup_", "rpc_if_"};

// Out-of-line copies of inline functions from include/linux: a module's by accident of compilation.
bool is_header_helper(std::string_view name) {
    for (std::string_view prefix : {"__refcount_", "refcount_", "kref_", "__list_", "list_",
                                    "hlist_", "atomic_", "spin_", "__spin_"})
        if (name.starts_with(prefix)) return true;
    return false;
}

}  // namespace

std::string_view to_string(Component component) {
    for (const auto& row : kComponents)
        if (row.component == component) return row.name;
    return "none";
}

std::optional<Component> component_of(std::string_view function, std::string_view module) {
    auto name = without_suffix(function);
    if (!module.empty()) {
        for (const auto& row : kModules) {
            if (row.name != module) continue;
            // the modules that hold more than one component
            if (row.name == "rpcrdma" &&
                (name.starts_with("svc_rdma") || name.starts_with("svcrdma")))
                return svcrdma;
            if (row.name == "nfsd" && name.starts_with("localio_")) return nfs_localio;
            if (row.component == nfs_client || row.component == nfsd)
                for (const auto& prefix : kPrefixes)
                    if ((prefix.component == pnfs || prefix.component == nfs_localio) &&
                        row.component == nfs_client && name.starts_with(prefix.name))
                        return prefix.component;
            return row.component;
        }
        return std::nullopt;
    }
    for (auto other : kOthers)
        if (name == other || (other.ends_with('_') && name.starts_with(other))) return std::nullopt;
    for (const auto& row : kPrefixes)
        if (name.starts_with(row.name))
            return row.component == none ? std::nullopt : std::optional(row.component);
    return std::nullopt;
}

std::optional<Component> own_component_of(const Frame& frame) {
    if (is_header_helper(without_suffix(frame.function))) return std::nullopt;
    return component_of(frame);
}

const Frame* first_nfs_frame(const log::Event& event) {
    auto ours = [](const Frame& frame) { return own_component_of(frame).has_value(); };
    if (event.top && ours(*event.top)) return &*event.top;
    for (auto i = event.blamed; i < event.frames.size(); ++i) {
        const auto& frame = event.frames[i];
        if (frame.trust == Trust::guess || frame.inlined) continue;
        if (ours(frame)) return &frame;
    }
    return nullptr;
}

}  // namespace nfstriage::nfs
