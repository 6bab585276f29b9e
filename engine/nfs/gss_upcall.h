// gss_upcall_msg (net/sunrpc/auth_gss/auth_gss.c): a request to rpc.gssd for a context, that
// rpc_tasks wait for; and gss_cl_ctx, the context of a credential.
#pragma once

#include "nfs/describe.h"
#include "nfs/sunrpc_context.h"

namespace nfstriage::nfs {

struct GssUpcall {
    static constexpr std::string_view kType = "struct gss_upcall_msg";
    VAddr address;
    Field<VAddr> clnt, auth, pipe;
    Field<std::uint64_t> uid, references;
    Field<std::int64_t> error;                         // msg.errno
    Field<std::uint64_t> waiting;                      // rpc_tasks on its queue
    Field<std::uint64_t> copied_bytes, message_bytes;  // what rpc.gssd has read of it
    Field<VAddr> context;                              // 0: not yet there
};

struct GssCred {
    static constexpr std::string_view kType = "struct gss_cred";
    VAddr address;
    Field<VAddr> auth, context, upcall;
    Field<std::uint64_t> uid;
    Field<std::string> principal, service;
    Field<Flags> flags;
    Field<Duration> expires;  // time to go; negative: it has expired
    Field<std::uint64_t> sequence, window, references;
};

void describe(const GssUpcall& upcall, Visitor& visitor);
void describe(const GssCred& cred, Visitor& visitor);

// What hangs on the rpc_auth of a client: its upcalls under way and its credentials. Nothing, and
// no gap, where the client's flavor is none of RPCSEC_GSS.
struct GssState {
    Listing<GssUpcall> upcalls;
    Listing<GssCred> creds;
};
GssState read_gss(const SunrpcContext& context, const kernel::Object& rpc_auth);

}  // namespace nfstriage::nfs
