// svc_rqst (include/linux/sunrpc/svc.h): a thread of an RPC service with the call that it works on.
// Of an NFSv4 COMPOUND also which operation it has reached (fs/nfsd/xdr4.h).
#pragma once

#include "nfs/describe.h"
#include "nfs/macro_bits.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct SvcThread {
    static constexpr std::string_view kType = "struct svc_rqst";
    VAddr address;
    Field<VAddr> task;
    Field<std::int64_t> pid;
    Field<std::string> comm;
    Field<VAddr> serv, pool;
    Field<bool> busy;         // works on a call; what follows is otherwise of an earlier call
    Field<VAddr> xprt;        // svc_xprt of the call, 0: none
    Field<std::string> peer;  // "192.0.2.1:785", from the call
    Field<std::uint64_t> xid, program, version, procedure;
    Field<std::string> procedure_name;  // "WRITE", "COMPOUND"
    Field<std::string> operation;       // of a COMPOUND: "OP_OPEN", the one being done
    Field<std::uint64_t> operation_index, operation_count;
    Field<std::string> operations;  // all of the COMPOUND
    Field<Duration> age;            // since processing began
    Field<Duration> queued;         // how long the transport waited for this thread
    Field<Flags> flags;
    Field<std::uint64_t> uid, gid, flavor;
    Field<std::string> principal, client_domain;
    Field<VAddr> file_handle_dentry, export_;  // the current file handle
    Field<std::string> file_handle, path;
    Field<VAddr> nfsd_client, nfsd_session, deferred;
};

void describe(const SvcThread& thread, Visitor& visitor);

// `flags`: those of svc_rqst.rq_flags.
SvcThread read_svc_thread(const Roots& roots, const BitNames& flags,
                          const kernel::Object& svc_rqst);

}  // namespace nfstriage::nfs
