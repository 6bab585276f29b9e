#include "nfs/svc_thread.h"

#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kNfsProgram = 100003;
// NFSD_MAX_OPS_PER_COMPOUND of fs/nfsd/nfsd.h has been 16, 50 and 200.
constexpr std::uint64_t kMostOperations = 256;

// Newer kernels keep the description in the operation; older ones index nfsd4_ops[] by its number.
Field<std::string> operation_name(const Object& op) {
    if (op.has("opdesc")) return op.get<std::string>("opdesc->op_name");
    auto number = op.get<std::uint64_t>("opnum");
    if (!number) return {number.why(), number.origin()};
    const kernel::Reader& reader = op.reader();
    auto table = reader.variable("nfsd4_ops", "struct nfsd4_operation");
    auto type = reader.types().type("struct nfsd4_operation");
    if (!table || !type) return {Reason::no_symbol, number.origin()};
    if (*number >= kMostOperations) return {Reason::corrupt, number.origin()};
    return reader.object(table->type(), table->address() + *number * type->size)
        .get<std::string>("op_name");
}

// Where nfsd4_proc_compound() is: it counts an operation in the reply before it does it.
void read_compound(SvcThread& thread, const Object& rqst) {
    auto arguments = rqst.pointer("rq_argp");
    auto reply = rqst.pointer("rq_resp");
    if (!arguments || !reply) return;
    const kernel::Reader& reader = rqst.reader();
    Object args = reader.object("struct nfsd4_compoundargs", *arguments);
    Object res = reader.object("struct nfsd4_compoundres", *reply);
    thread.operation_count = args.get<std::uint64_t>("opcnt");
    auto done = res.get<std::uint64_t>("opcnt");
    auto first = args.pointer("ops");
    auto type = reader.types().type("struct nfsd4_op");
    thread.nfsd_client = res.get<VAddr>("cstate.clp");
    thread.nfsd_session = res.get<VAddr>("cstate.session");
    if (!thread.operation_count || !done || !first || !type) return;
    if (*thread.operation_count > kMostOperations || *done > *thread.operation_count) {
        thread.operation = {Reason::corrupt, done.origin()};
        return;
    }
    std::string all;
    Field<std::string> why_not;
    bool whole = true;
    for (std::uint64_t index = 0; index < *thread.operation_count && whole; ++index) {
        auto name = operation_name(reader.object("struct nfsd4_op", *first + index * type->size));
        whole = name.known();
        if (!whole) why_not = name;
        if (whole) all += (all.empty() ? "" : " ") + *name;
        if (index + 1 == *done) thread.operation = name;
    }
    thread.operations = whole ? Field<std::string>(all) : why_not;
    if (*done == 0) {
        thread.operation = {Reason::null, done.origin()};
        thread.operation_index = {Reason::null, done.origin()};
    } else {
        thread.operation_index = Field<std::uint64_t>(*done - 1, done.origin());
    }
}

// The file handle that the call is about. NFSv2 and v3 arguments begin with it; the reply has it
// verified, behind its status. NFSv4 has a current one.
Maybe<Object> current_file_handle(const SvcThread& thread, const Object& rqst) {
    const kernel::Reader& reader = rqst.reader();
    if (!thread.version || !thread.procedure) return unknown(Reason::no_type, "rq_vers");
    if (*thread.procedure == 0) return unknown(Reason::null, "no file handle in NULL");
    auto reply = rqst.pointer("rq_resp");
    if (!reply) return tl::unexpected<Unknown>(reply.error());
    if (*thread.version == 4)
        return reader.object("struct nfsd4_compoundres", *reply).at("cstate.current_fh");
    if (*thread.version == 3) return reader.object("struct nfsd3_attrstat", *reply).at("fh");
    return reader.object("struct nfsd_attrstat", *reply).at("fh");
}

void read_file_handle(SvcThread& thread, const Object& rqst) {
    auto handle = current_file_handle(thread, rqst);
    if (!handle) {
        thread.file_handle = handle.error().reason;
        thread.file_handle_dentry = handle.error().reason;
        thread.export_ = handle.error().reason;
        thread.path = handle.error().reason;
        return;
    }
    thread.file_handle = file_handle_text(*handle, "fh_handle");
    thread.file_handle_dentry = handle->get<VAddr>("fh_dentry");
    thread.export_ = handle->get<VAddr>("fh_export");
    thread.path = export_path(*handle);
}

}  // namespace

void describe(const SvcThread& thread, Visitor& visitor) {
    visitor.object(thread.kType, thread.address);
    visitor.detail("task", thread.task, "task_struct of the thread");
    visitor.column("pid", thread.pid, "pid of the thread");
    visitor.column("comm", thread.comm, "name of the thread");
    visitor.detail("serv", thread.serv, "svc_serv that it works for");
    visitor.detail("pool", thread.pool, "svc_pool that it belongs to");
    visitor.column("busy", thread.busy,
                   "it has a transport in hand; when not, the call is the last one it did");
    visitor.detail("xprt", thread.xprt, "svc_xprt of the call; 0: none");
    visitor.column("peer", thread.peer, "who called, rq_addr");
    visitor.column("xid", thread.xid, "transaction of the call, host byte order", "hex");
    visitor.detail("program", thread.program, "number of the RPC program, rq_prog");
    visitor.detail("version", thread.version, "version of the program, rq_vers");
    visitor.detail("procedure", thread.procedure, "number of the procedure, rq_proc");
    visitor.column("procedure_name", thread.procedure_name,
                   "name of the procedure: pc_name, or the function that does it");
    visitor.column("operation", thread.operation,
                   "of an NFSv4 COMPOUND: the operation begun last; null: none yet");
    visitor.detail("operation_index", thread.operation_index, "which one that is, from 0");
    visitor.detail("operation_count", thread.operation_count, "operations of the COMPOUND");
    visitor.detail("operations", thread.operations, "all operations of the COMPOUND in order");
    visitor.column("age_ns", thread.age, "since the call is being worked on, rq_stime; idle: null");
    visitor.detail("queued_ns", thread.queued,
                   "how long its transport had waited for a thread, rq_qtime to rq_stime");
    visitor.detail("flags", thread.flags, "rq_flags");
    visitor.detail("uid", thread.uid, "user of the call, cr_uid");
    visitor.detail("gid", thread.gid, "group of the call, cr_gid");
    visitor.detail("flavor", thread.flavor, "authentication flavor of the call, cr_flavor");
    visitor.detail("principal", thread.principal, "Kerberos principal of the caller");
    visitor.detail("client_domain", thread.client_domain, "name of its auth_domain");
    visitor.detail("file_handle", thread.file_handle, "current file handle, hexadecimal");
    visitor.detail("dentry", thread.file_handle_dentry, "dentry of the current file handle");
    visitor.detail("export", thread.export_, "svc_export of the current file handle");
    visitor.detail("path", thread.path, "path of the current file handle on this host");
    visitor.detail("nfsd_client", thread.nfsd_client, "nfs4_client of the COMPOUND; 0: none yet");
    visitor.detail("nfsd_session", thread.nfsd_session, "nfsd4_session of the COMPOUND; 0: none");
    visitor.detail("deferred", thread.deferred, "svc_deferred_req that it took up again; 0: none");
}

SvcThread read_svc_thread(const Roots& roots, const BitNames& flags, const Object& rqst) {
    SvcThread result;
    result.address = rqst.address();
    result.task = rqst.get<VAddr>("rq_task");
    result.pid = rqst.get<std::int64_t>("rq_task->pid");
    result.comm = rqst.get<std::string>("rq_task->comm");
    result.serv = rqst.get<VAddr>("rq_server");
    result.pool = rqst.get<VAddr>("rq_pool");
    result.xprt = rqst.get<VAddr>("rq_xprt");
    if (result.xprt)
        result.busy = Field<bool>(!result.xprt->is_null(), result.xprt.origin());
    else
        result.busy = {result.xprt.why(), result.xprt.origin()};
    result.peer = address_field(rqst, "rq_addr");
    result.xid = network_u32(rqst, "rq_xid");
    result.program = rqst.get<std::uint64_t>("rq_prog");
    result.version = rqst.get<std::uint64_t>("rq_vers");
    result.procedure = rqst.get<std::uint64_t>("rq_proc");
    // Kernels without pc_name: the function, such as nfsd3_proc_write or nlm4svc_proc_lock.
    result.procedure_name = rqst.has("rq_procinfo->pc_name")
                                ? rqst.get<std::string>("rq_procinfo->pc_name")
                                : rqst.symbol("rq_procinfo->pc_func");
    auto begun = rqst.get<std::int64_t>("rq_stime");
    auto queued = rqst.get<std::int64_t>("rq_qtime");
    if (result.busy.is(false))
        result.age = {Reason::null, begun.origin()};
    else if (!result.busy)
        result.age = {result.busy.why(), begun.origin()};
    else
        result.age =
            begun ? Field<Duration>(roots.clock.since_ktime(*begun)) : Field<Duration>(begun.why());
    if (begun && queued)
        result.queued = *begun >= *queued ? Field<Duration>(Duration{*begun - *queued})
                                          : Field<Duration>(Reason::null);
    result.flags = flags.flags(rqst.get<std::uint64_t>("rq_flags"));
    result.uid = rqst.get<std::uint64_t>("rq_cred.cr_uid");
    result.gid = rqst.get<std::uint64_t>("rq_cred.cr_gid");
    result.flavor = rqst.get<std::uint64_t>("rq_cred.cr_flavor");
    result.principal = rqst.get<std::string>("rq_cred.cr_principal");
    result.client_domain = rqst.get<std::string>("rq_client->name");
    result.deferred = rqst.get<VAddr>("rq_deferred");
    if (!result.program.is(kNfsProgram)) return result;
    if (result.version.is(4) && result.procedure.is(1)) read_compound(result, rqst);
    read_file_handle(result, rqst);
    return result;
}

}  // namespace nfstriage::nfs
