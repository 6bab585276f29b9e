#include "nfs/gss_upcall.h"

#include <array>
#include <string>

#include "nfs/rpc_wait_queue.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kLastPlainFlavor = 8;  // RPC_AUTH_MAXFLAVOR; those above are of GSS
constexpr std::uint64_t kGss = 6;              // RPC_AUTH_GSS
constexpr unsigned kPipes = 2;                 // old and new protocol of rpc.gssd
constexpr std::uint64_t kMostHashBits = 24;

GssUpcall read_upcall(const SunrpcContext& context, const Object& upcall) {
    GssUpcall result;
    result.address = upcall.address();
    result.auth = upcall.get<VAddr>("auth");
    result.clnt = upcall.get<VAddr>("auth->client");
    result.pipe = upcall.get<VAddr>("pipe");
    result.uid = upcall.get<std::uint64_t>("uid");
    result.references = upcall.get<std::uint64_t>("count");
    result.error = upcall.get<std::int64_t>("msg.errno");
    result.copied_bytes = upcall.get<std::uint64_t>("msg.copied");
    result.message_bytes = upcall.get<std::uint64_t>("msg.len");
    result.context = upcall.get<VAddr>("ctx");
    if (auto queue = upcall.at("rpc_waitqueue"))
        result.waiting = read_rpc_wait_queue(context, *queue).length;
    else
        result.waiting = queue.error().reason;
    return result;
}

GssCred read_cred(const SunrpcContext& context, const Object& base) {
    GssCred result;
    auto cred = base.container("struct gss_cred", "gc_base");
    if (!cred) return result;
    result.address = cred->address();
    result.auth = base.get<VAddr>("cr_auth");
    result.flags =
        BitNames(base.reader(), "rpc_cred.cr_flags").flags(base.get<std::uint64_t>("cr_flags"));
    result.references = base.get<std::uint64_t>("cr_count");
    // In the credential's own struct cred since 97f68c6b02e0, not in 4.19.
    result.uid = base.get<std::uint64_t>({"cr_cred->fsuid", "cr_uid"});
    result.context = cred->get<VAddr>("gc_ctx");
    result.upcall = cred->get<VAddr>("gc_upcall");
    result.principal = cred->get<std::string>("gc_principal");
    auto service = cred->get<std::uint64_t>("gc_service");
    constexpr std::array<std::string_view, 4> kServices{"", "none", "integrity", "privacy"};
    if (!service)
        result.service = {service.why(), service.origin()};
    else if (*service > 0 && *service < kServices.size())
        result.service = {std::string(kServices[*service]), service.origin()};
    else
        result.service = {std::to_string(*service), service.origin()};
    result.expires = jiffies_until(context.roots.clock, *cred, "gc_ctx->gc_expiry");
    result.sequence = cred->get<std::uint64_t>("gc_ctx->gc_seq");
    result.window = cred->get<std::uint64_t>("gc_ctx->gc_win");
    return result;
}

void read_creds(const SunrpcContext& context, const Object& rpc_auth, Listing<GssCred>& creds) {
    const std::string of = "gss_creds of rpc_auth " + hex(rpc_auth.address());
    auto table = rpc_auth.pointer("au_credcache->hashtable");
    auto bits = rpc_auth.number("au_credcache->hashbits");
    if (!table || !bits) {
        creds.add_gap(table ? bits.error() : table.error(), of);
        return;
    }
    if (*bits > kMostHashBits) {
        creds.add_gap(of + ": a table of 2^" + std::to_string(*bits) + " chains");
        return;
    }
    Budget budget = context.roots.budget();
    for (std::uint64_t chain = 0; chain < std::uint64_t{1} << *bits; ++chain) {
        if (!budget.spend()) {
            creds.add_gap(of + ": budget");
            return;
        }
        const Object head = rpc_auth.reader().object("struct hlist_head", *table + 8 * chain);
        auto walk = kernel::hlist(head, "struct rpc_cred", "cr_hash", budget);
        creds.add_gap(walk, of);
        for (const Object& base : walk.objects) creds.items.push_back(read_cred(context, base));
    }
}

}  // namespace

GssState read_gss(const SunrpcContext& context, const Object& rpc_auth) {
    GssState result;
    const std::string of = " of rpc_auth " + hex(rpc_auth.address());
    auto flavor = rpc_auth.number("au_flavor");
    if (!flavor) {
        result.upcalls.add_gap(flavor.error(), "GSS upcalls" + of);
        result.creds.add_gap(flavor.error(), "GSS credentials" + of);
        return result;
    }
    if (*flavor <= kLastPlainFlavor && *flavor != kGss) return result;
    read_creds(context, rpc_auth, result.creds);
    auto auth = rpc_auth.container("struct gss_auth", "rpc_auth");
    if (!auth) {
        result.upcalls.add_gap(auth.error(), "GSS upcalls" + of);
        return result;
    }
    for (unsigned i = 0; i < kPipes; ++i) {
        auto pipe = auth->follow("gss_pipe[" + std::to_string(i) + "]->pipe");
        if (!pipe) {
            if (pipe.error().reason != Reason::null)
                result.upcalls.add_gap(pipe.error(), "GSS upcalls" + of);
            continue;
        }
        Budget budget = context.roots.budget();
        auto walk = kernel::list(*pipe, "in_downcall", GssUpcall::kType, "list", budget);
        result.upcalls.add_gap(walk, "GSS upcalls" + of);
        for (const Object& upcall : walk.objects)
            result.upcalls.items.push_back(read_upcall(context, upcall));
    }
    return result;
}

void describe(const GssUpcall& upcall, Visitor& visitor) {
    visitor.object(upcall.kType, upcall.address);
    visitor.column("uid", upcall.uid, "user for whom rpc.gssd is to get a context");
    visitor.column("waiting", upcall.waiting, "rpc_tasks that wait for it");
    visitor.column("copied_bytes", upcall.copied_bytes, "of the message read by rpc.gssd", "bytes");
    visitor.column("message_bytes", upcall.message_bytes, "length of the message", "bytes");
    visitor.column("error", upcall.error, "how it ended, msg.errno", "errno");
    visitor.column("clnt", upcall.clnt, "struct rpc_clnt");
    visitor.detail("context", upcall.context, "struct gss_cl_ctx; 0: none yet");
    visitor.detail("auth", upcall.auth, "struct gss_auth");
    visitor.detail("pipe", upcall.pipe, "struct rpc_pipe that it goes through");
    visitor.detail("references", upcall.references, "count");
}

void describe(const GssCred& cred, Visitor& visitor) {
    visitor.object(cred.kType, cred.address);
    visitor.column("uid", cred.uid, "user that it stands for");
    visitor.column("service", cred.service, "none, integrity or privacy");
    visitor.column("flags", cred.flags, "RPCAUTH_CRED_* bits");
    visitor.column("expires_ns", cred.expires, "until its context expires; negative: it has");
    visitor.column("context", cred.context, "struct gss_cl_ctx; 0: none");
    visitor.column("upcall", cred.upcall, "struct gss_upcall_msg under way; 0: none");
    visitor.detail("principal", cred.principal, "machine principal");
    visitor.detail("sequence", cred.sequence, "last sequence number used, gc_seq");
    visitor.detail("window", cred.window, "window of sequence numbers, gc_win");
    visitor.detail("auth", cred.auth, "struct rpc_auth");
    visitor.detail("references", cred.references, "cr_count");
}

}  // namespace nfstriage::nfs
