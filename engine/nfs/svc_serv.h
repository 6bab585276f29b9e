// svc_serv and svc_pool (include/linux/sunrpc/svc.h): one RPC service of this host - nfsd, lockd,
// the NFS client's callback service - and its pools of threads, each with the transports that wait
// for a thread.
#pragma once

#include <vector>

#include "nfs/describe.h"
#include "nfs/roots.h"

namespace nfstriage::nfs {

struct SvcServ {
    static constexpr std::string_view kType = "struct svc_serv";
    VAddr address;
    Field<std::string> name;     // sv_name: "nfsd"; some kernels give the callback service none
    Field<std::string> program;  // of its first program: "nfsd"
    Field<std::uint64_t> program_number;
    Field<VAddr> net;  // whose service it is; of nfsd only, the others serve all namespaces
    Field<std::uint64_t> threads, pools;
    Field<std::uint64_t> permanent_transports, temporary_transports;  // on its lists
    Field<std::uint64_t> max_connections, references;
    Field<std::uint64_t> max_payload_bytes;
    Field<std::uint64_t> calls, bad_calls, bad_auth_calls, connections_made;
    Field<std::string> thread_function;
};

struct SvcPool {
    static constexpr std::string_view kType = "struct svc_pool";
    VAddr address;
    Field<VAddr> serv;
    Field<std::uint64_t> id;
    Field<std::uint64_t> threads;         // sp_nrthreads
    Field<std::uint64_t> listed_threads;  // on sp_all_threads
    Field<std::uint64_t> busy_threads, idle_threads;
    Field<std::uint64_t> queued_transports;  // waiting for a thread
    Field<Flags> flags;
    Field<std::uint64_t> packets, sockets_queued, threads_woken;
};

void describe(const SvcServ& serv, Visitor& visitor);
void describe(const SvcPool& pool, Visitor& visitor);

// The services of this host, each with the namespace that it belongs to: those that nfsd, lockd and
// the callback service keep, and those that kernel threads work for.
struct SvcService {
    kernel::Object serv;
    Maybe<VAddr> net = unknown(Reason::null, "serves every namespace");
};
Listing<SvcService> find_svc_services(const Roots& roots);

// The svc_rqst that a kernel thread was started with: what kthread_create() was given for it, if
// its rq_task is this task. Unknown: no_type, why it could not be read, corrupt when it is none.
Maybe<kernel::Object> svc_rqst_of_task(const kernel::Reader& reader, VAddr task);

// Those of all kernel threads that serve, whether or not a pool lists them.
std::vector<kernel::Object> svc_rqsts_of_tasks(const Roots& roots);

SvcServ read_svc_serv(const Roots& roots, const SvcService& service);

// The pools of a service. A pool array whose size cannot be believed is a gap.
Listing<kernel::Object> find_svc_pools(const Roots& roots, const kernel::Object& serv);
SvcPool read_svc_pool(const Roots& roots, const kernel::Object& pool, const kernel::Object& serv);

// The threads of a pool, and the transports that wait in it for one.
kernel::Walk svc_pool_threads(const Roots& roots, const kernel::Object& pool);
kernel::Walk svc_pool_queue(const Roots& roots, const kernel::Object& pool);

}  // namespace nfstriage::nfs
