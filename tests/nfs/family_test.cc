#include "nfs/family.h"

#include "catch.h"

using namespace nfstriage;
using nfs::Component;
using nfs::component_of;

TEST_CASE("a module decides the component") {
    CHECK(component_of("anything", "nfs") == Component::nfs_client);
    CHECK(component_of("anything", "nfsv3") == Component::nfs_client);
    CHECK(component_of("anything", "nfsv4") == Component::nfs_client);
    CHECK(component_of("anything", "nfs_layout_flexfiles") == Component::pnfs);
    CHECK(component_of("anything", "nfs_layout_nfsv41_files") == Component::pnfs);
    CHECK(component_of("anything", "blocklayoutdriver") == Component::pnfs);
    CHECK(component_of("anything", "nfsd") == Component::nfsd);
    CHECK(component_of("anything", "sunrpc") == Component::sunrpc);
    CHECK(component_of("anything", "auth_rpcgss") == Component::auth_gss);
    CHECK(component_of("anything", "rpcsec_gss_krb5") == Component::auth_gss);
    CHECK(component_of("rpcrdma_convert", "rpcrdma") == Component::xprtrdma);
    CHECK(component_of("svc_rdma_sendto", "rpcrdma") == Component::svcrdma);
    CHECK(component_of("anything", "lockd") == Component::lockd);
    CHECK(component_of("anything", "grace") == Component::lockd);
    CHECK(component_of("anything", "nfs_localio") == Component::nfs_localio);
    CHECK(component_of("localio_proc_uuid_is_local", "nfsd") == Component::nfs_localio);
    CHECK(component_of("anything", "enfs") == Component::enfs);
    CHECK(component_of("pnfs_layout_frob", "nfsv4") == Component::pnfs);
    CHECK(component_of("nfs_refcount_frob", "xfs") == std::nullopt);  // whatever the name says
}

TEST_CASE("without a module the name decides, suffixes apart") {
    CHECK(component_of("nfs_wb_page", "") == Component::nfs_client);
    CHECK(component_of("_nfs4_proc_getattr", "") == Component::nfs_client);
    CHECK(component_of("__nfs_revalidate_inode.part.0", "") == Component::nfs_client);
    CHECK(component_of("nfsd4_probe_callback_sync", "") == Component::nfsd);
    CHECK(component_of("nfserrno.cold", "") == Component::nfsd);
    CHECK(component_of("nfs4_laundromat", "") == Component::nfsd);
    CHECK(component_of("__rpc_execute", "") == Component::sunrpc);
    CHECK(component_of("xprt_release", "") == Component::sunrpc);
    CHECK(component_of("xs_tcp_send_request", "") == Component::sunrpc);
    CHECK(component_of("svc_process_common", "") == Component::sunrpc);
    CHECK(component_of("cache_clean.llvm.123", "") == Component::sunrpc);
    CHECK(component_of("gss_free_in_token_pages", "") == Component::auth_gss);
    CHECK(component_of("xprt_rdma_send_request", "") == Component::xprtrdma);
    CHECK(component_of("svc_rdma_sendto", "") == Component::svcrdma);
    CHECK(component_of("nlmsvc_lock", "") == Component::lockd);
    CHECK(component_of("lockd", "") == Component::lockd);
    CHECK(component_of("ff_layout_read_done_cb", "") == Component::pnfs);
    CHECK(component_of("bl_alloc_lseg", "") == Component::pnfs);
    CHECK(component_of("nfs_uuid_is_local", "") == Component::nfs_localio);
    CHECK(component_of("__pfx_nfs_writepages", "") == Component::nfs_client);
}

TEST_CASE("names that only look like the family are not of it") {
    for (auto name : {"netfs_read_to_pagecache",
                      "v9fs_evict_inode",
                      "kernfs_fop_read",
                      "configfs_lookup",
                      "cifs_readpage",
                      "ksmbd_conn_handler",
                      "nfnetlink_rcv",
                      "process_one_work",
                      "vfs_write",
                      "cachefiles_prepare_write",
                      "cache_alloc_refill",
                      "cache_reap",
                      "rpm_suspend",
                      "rps_cpumask",
                      "svm_vcpu_run",
                      "xas_load",
                      "xfs_file_fsync",
                      "xdp_do_redirect",
                      "gso_send_check",
                      "exp",
                      "export_decode_fh",
                      "exportfs_decode_fh",
                      "rps_trigger_softirq",
                      "fh_to_dentry",
                      "lock_acquire",
                      "locks_remove_posix",
                      "seq_read",
                      "sys_nfsservctl_none",
                      "",
                      "kthread"})
        CHECK_FALSE(component_of(name, ""));
}

TEST_CASE("every component has the word of the report format") {
    CHECK(to_string(Component::nfs_client) == "nfs_client");
    CHECK(to_string(Component::auth_gss) == "auth_gss");
    CHECK(to_string(Component::nfs_localio) == "nfs_localio");
    CHECK(to_string(Component::none) == "none");
}

TEST_CASE("the first frame of the family is the top one, or the first below it that is certain") {
    auto frame = [](const char* function, const char* module, Trust trust) {
        Frame f;
        f.function = function;
        f.module = module;
        f.trust = trust;
        return f;
    };
    log::Event event;
    CHECK(nfs::first_nfs_frame(event) == nullptr);
    event.frames = {
        frame("nfs_before", "nfs", Trust::log),  frame("dump_stack", "", Trust::log),
        frame("nfs_guess", "nfs", Trust::guess), frame("refcount_dec_frob", "nfs", Trust::log),
        frame("nfs_sure", "nfs", Trust::log),    frame("rpc_below", "sunrpc", Trust::log)};
    event.blamed = 2;
    REQUIRE(nfs::first_nfs_frame(event));
    CHECK(nfs::first_nfs_frame(event)->function == "nfs_sure");
    event.frames[4].inlined = true;
    CHECK(nfs::first_nfs_frame(event)->function == "rpc_below");
    event.top = frame("xprt_top", "sunrpc", Trust::log);
    CHECK(nfs::first_nfs_frame(event)->function == "xprt_top");
}
