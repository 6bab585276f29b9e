"""The NFS server, the services of SUNRPC and the lock manager (fs/nfsd, net/sunrpc, fs/lockd)."""
from drgn import FaultError, Object, ObjectAbsentError, cast, container_of
from drgn.helpers.linux.idr import idr_for_each
from drgn.helpers.linux.list import hlist_for_each_entry
from drgn.helpers.linux.fs import d_path

from nfs_truth_common import (STEPS, address, big_endian, counter, fields, first_member,
                              octets, sockaddr, text)

MISSING = (FaultError, ObjectAbsentError, LookupError, AttributeError)
# NFS4_OPEN_STID and so on of older kernels, SC_TYPE_OPEN and so on of newer ones.
STATEID_KINDS = {1: "open", 2: "lock", 4: "delegation"}
HEADS = {"nf_rlist": "struct rhlist_head *", "nf_rhash": "struct rhash_head *"}


def counted(value, size):
    """struct xdr_netobj: bytes with their length."""
    length = min(int(value.len), size)
    return bytes(int(value.data[i]) & 255 for i in range(length)).decode(errors="replace")


def serv_of(nfsd):
    """The network namespace's nfsd, NULL if it does not run. Newer: in nfsd_info."""
    try:
        return nfsd.nfsd_serv
    except AttributeError:
        return nfsd.nfsd_info.serv


def services(truth):
    """Every svc_serv that a variable of its module leads to: (struct svc_serv *, who)."""
    for _, nfsd in truth.per_net("nfsd_net_id", "struct nfsd_net"):
        try:
            serv = serv_of(nfsd)
            if serv:
                yield serv, "nfsd"
        except MISSING as error:
            truth.gap("svc_servs", address(nfsd), error)
    lockd = truth.variable("nlmsvc_serv")  # before v5.17: in nlmsvc_rqst
    if lockd is not None and lockd:
        yield lockd, "lockd"
    thread = truth.variable("nlmsvc_rqst")
    if thread is not None and thread:
        yield thread.rq_server, "lockd"
    callbacks = truth.variable("nfs_callback_info")
    for minor in range(len(callbacks) if callbacks is not None else 0):
        if callbacks[minor].serv:
            yield callbacks[minor].serv, f"callback {minor}"


def read_compound(thread):
    """The COMPOUND in hand: how many operations it has, which one is done now, for which client.

    nfsd4_proc_compound() counts an operation when it begins it.
    """
    arguments = cast("struct nfsd4_compoundargs *", thread.rq_argp)
    results = cast("struct nfsd4_compoundres *", thread.rq_resp)
    begun, count = int(results.opcnt), int(arguments.opcnt)
    found = {"operation_count": count, "operation_index": begun - 1,
             "nfsd_client": address(results.cstate.clp),
             "nfsd_session": address(results.cstate.session)}
    if 0 < begun <= count <= 200:
        number = int(arguments.ops[begun - 1].opnum)
        names = {e.value: e.name for e in results.prog_.type("enum nfs_opnum4").enumerators}
        found["operation"] = names.get(number, number)
    return found


def in_dispatch(truth, thread):
    """Whether the thread's stack says that it works on a call."""
    try:
        trace = truth.prog.stack_trace(thread.rq_task)
    except ValueError:  # it runs, and the dump has no registers of it
        return None
    names = [frame.name for frame in trace]
    return any(name in ("nfsd_dispatch", "nlmsvc_dispatch", "svc_process_common") for name in names)


def read_thread(truth, serv, pool, thread):
    procedure = thread.rq_procinfo
    found = fields(
        thread, serv=lambda: address(serv), pool=lambda: address(pool),
        pid=lambda: int(thread.rq_task.pid), comm=lambda: text(thread.rq_task.comm),
        flags=lambda: int(thread.rq_flags), xid=lambda: hex(big_endian(thread.rq_xid)),
        prog=lambda: int(thread.rq_prog), version=lambda: int(thread.rq_vers),
        proc=lambda: int(thread.rq_proc), op=lambda: text(procedure.pc_name) if procedure else None,
        remote=lambda: sockaddr(thread.rq_addr), xprt=lambda: address(thread.rq_xprt),
        deferred=lambda: address(thread.rq_deferred), stime=lambda: int(thread.rq_stime),
        qtime=lambda: int(thread.rq_qtime), in_dispatch=lambda: in_dispatch(truth, thread))
    if found.get("in_dispatch"):
        found["busy"] = True
    if found.get("op") == "COMPOUND" and found.get("in_dispatch"):
        try:
            found.update(read_compound(thread))
        except MISSING:
            pass
    return found


def read_svc_xprt(truth, serv, xprt):
    truth.list("svc_xprts").append(fields(
        xprt, serv=lambda: address(serv), klass=lambda: text(getattr(xprt.xpt_class, "xcl_name")),
        flags=lambda: int(xprt.xpt_flags), refs=lambda: counter(xprt.xpt_ref),
        local=lambda: sockaddr(xprt.xpt_local), remote=lambda: sockaddr(xprt.xpt_remote),
        reserved=lambda: counter(xprt.xpt_reserved), requests=lambda: counter(xprt.xpt_nr_rqsts),
        deferred=lambda: sum(1 for _ in truth.walk("svc_xprts", xprt.xpt_deferred,
                                                   "struct svc_deferred_req", "handle.recent")),
        backchannel=lambda: address(xprt.xpt_bc_xprt), net=lambda: address(xprt.xpt_net)))


def read_deferred(truth):
    """Calls that were put aside: those that wait for a cache's answer."""
    waiting = truth.variable("cache_defer_list")
    for entry in truth.walk("svc_deferred", waiting, "struct cache_deferred_req", "recent"):
        call = container_of(entry, "struct svc_deferred_req", "handle")
        truth.list("svc_deferred").append(fields(
            call, xprt=lambda: address(call.xprt), cache_item=lambda: address(entry.item),
            bytes=lambda: int(call.argslen) * 4, peer=lambda: sockaddr(call.addr)))


def read_service(truth, serv, who):
    truth.list("svc_servs").append(fields(
        serv, who=lambda: who, name=lambda: text(serv.sv_name), threads=lambda: int(
            serv.sv_nrthreads), pools=lambda: int(serv.sv_nrpools),
        max_message=lambda: int(serv.sv_max_mesg), max_payload=lambda: int(serv.sv_max_payload),
        tmpcnt=lambda: int(serv.sv_tmpcnt)))
    for number in range(int(serv.sv_nrpools)):
        pool = serv.sv_pools[number]
        truth.list("svc_pools").append(fields(
            pool.address_of_(), serv=lambda: address(serv), id=lambda: int(pool.sp_id),
            threads=lambda: counter(pool.sp_nrthreads),
            queued=lambda: sum(1 for _ in truth.walk("svc_pools", pool.sp_sockets,
                                                     "struct svc_xprt", "xpt_ready"))))
        for thread in truth.walk("svc_threads", pool.sp_all_threads, "struct svc_rqst", "rq_all"):
            truth.list("svc_threads").append(read_thread(truth, serv, pool.address_of_(), thread))
    for sockets in (serv.sv_permsocks, serv.sv_tempsocks):
        for xprt in truth.walk("svc_xprts", sockets, "struct svc_xprt", "xpt_list"):
            read_svc_xprt(truth, serv, xprt)


def read_stateids(truth, client):
    for _, entry in idr_for_each(client.cl_stateids.address_of_()):
        stid = cast("struct nfs4_stid *", entry)
        found = fields(
            stid, client=lambda: address(client), type=lambda: int(stid.sc_type),
            status=lambda: int(stid.sc_status), count=lambda: counter(stid.sc_count),
            generation=lambda: int(stid.sc_stateid.si_generation),
            so_id=lambda: int(stid.sc_stateid.si_opaque.so_id),
            file=lambda: address(stid.sc_file))
        if found.get("type") in STATEID_KINDS:
            found["kind"] = STATEID_KINDS[found["type"]]
        if found.get("kind") == "delegation":
            delegation = container_of(stid, "struct nfs4_delegation", "dl_stid")
            found.update(dl_type=int(delegation.dl_type), dl_time=int(delegation.dl_time),
                         dl_retries=int(delegation.dl_retries))
        truth.list("nfsd_stateids").append(found)


def read_nfsd_client(truth, client, confirmed):
    truth.list("nfsd_clients").append(fields(
        client, confirmed=lambda: confirmed, name=lambda: counted(client.cl_name, 200),
        clientid=lambda: [int(client.cl_clientid.cl_boot), int(client.cl_clientid.cl_id)],
        minorversion=lambda: int(client.cl_minorversion), state=lambda: int(client.cl_state),
        cb_state=lambda: int(client.cl_cb_state), cb_flags=lambda: int(client.cl_flags),
        time=lambda: int(client.cl_time), remote=lambda: sockaddr(client.cl_addr),
        rpc_users=lambda: counter(client.cl_rpc_users), cb_inflight=lambda: counter(
            client.cl_cb_inflight), cb_client=lambda: address(client.cl_cb_client),
        domain=lambda: counted(client.cl_nii_domain, 200)))
    read_stateids(truth, client)
    for session in truth.walk("nfsd_sessions", client.cl_sessions, "struct nfsd4_session",
                              "se_perclnt"):
        truth.list("nfsd_sessions").append(fields(
            session, client=lambda: address(client), id=lambda: octets(session.se_sessionid, 16),
            flags=lambda: int(session.se_flags), refs=lambda: counter(session.se_ref),
            max_reqs=lambda: int(session.se_fchannel.maxreqs),
            cached=lambda: int(session.se_fchannel.maxresp_cached)))
        for number in range(int(session.se_fchannel.maxreqs)):
            slot = session.se_slots[number]
            truth.list("nfsd_slots").append(fields(
                slot, session=lambda: address(session), index=lambda: number,
                seqid=lambda: int(slot.sl_seqid), flags=lambda: int(slot.sl_flags),
                opcnt=lambda: int(slot.sl_opcnt), datalen=lambda: int(slot.sl_datalen)))


def read_nfsd_clients(truth, nfsd):
    # Their sizes are the arrays' of nfs4_state_create_net(): CLIENT_HASH_SIZE.
    for heads, confirmed in ((nfsd.conf_id_hashtbl, True), (nfsd.unconf_id_hashtbl, False)):
        for number in range(16 if heads else 0):
            for client in truth.walk("nfsd_clients", heads[number], "struct nfs4_client",
                                     "cl_idhash"):
                read_nfsd_client(truth, client, confirmed)


def length(truth, name, head, kind, member):
    return sum(1 for _ in truth.walk(name, head, kind, member))


def read_replies(truth, nfsd):
    """What the duplicate reply cache has, bucket by bucket."""
    try:
        kind = truth.prog.type("struct nfsd_cacherep").tag
    except LookupError:  # its older name
        kind = "svc_cacherep"
    for number in range(int(nfsd.drc_hashsize)):
        for reply in truth.walk("nfsd_replies", nfsd.drc_hashtbl[number].lru_head,
                                f"struct {kind}", "c_lru"):
            truth.list("nfsd_replies").append(fields(
                reply, nfsd_net=lambda: address(nfsd), xid=lambda: hex(big_endian(
                    reply.c_key.k_xid)), proc=lambda: int(reply.c_key.k_proc),
                version=lambda: int(reply.c_key.k_vers), prot=lambda: int(reply.c_key.k_prot),
                state=lambda: int(reply.c_state), kind=lambda: int(reply.c_type)))


def cache_entries(truth, name, detail, kind):
    """Objects of a struct cache_detail whose struct cache_head is their member `h`."""
    for number in range(int(detail.hash_size)):
        for head in hlist_for_each_entry("struct cache_head",
                                         detail.hash_table[number].address_of_(), "cache_list"):
            entry = container_of(head, f"struct {kind}", "h")
            truth.list(name).append(fields(
                entry, cache=lambda: address(detail), entry_flags=lambda: int(head.flags),
                refs=lambda: counter(head.ref), service_class=lambda: text(entry.m_class),
                uid=lambda: int(entry.uid.val), fsid_type=lambda: int(entry.ek_fsidtype),
                domain=lambda: text(first_member(entry, "m_client", "ek_client").name)))


def read_caches(truth):
    for _, sunrpc in truth.per_net("sunrpc_net_id", "struct sunrpc_net"):
        if sunrpc.ip_map_cache:
            cache_entries(truth, "client_addresses", sunrpc.ip_map_cache, "ip_map")
        if sunrpc.unix_gid_cache:
            cache_entries(truth, "client_groups", sunrpc.unix_gid_cache, "unix_gid")
    for _, nfsd in truth.per_net("nfsd_net_id", "struct nfsd_net"):
        if nfsd.svc_expkey_cache:
            cache_entries(truth, "export_keys", nfsd.svc_expkey_cache, "svc_expkey")


def read_nfsd_net(truth, net, nfsd):
    truth.list("nfsd_nets").append(fields(
        nfsd, net=lambda: address(net), serv=lambda: address(serv_of(nfsd)),
        net_up=lambda: int(nfsd.nfsd_net_up),
        lease=lambda: int(nfsd.nfsd4_lease), grace=lambda: int(nfsd.nfsd4_grace),
        boot_time=lambda: int(nfsd.boot_time), grace_ended=lambda: int(nfsd.grace_ended),
        in_grace=lambda: int(nfsd.somebody_reclaimed), drc_entries=lambda: counter(
            nfsd.num_drc_entries), drc_max=lambda: int(nfsd.max_drc_entries),
        drc_hashsize=lambda: int(nfsd.drc_hashsize),
        client_count=lambda: counter(nfsd.nfs4_client_count),
        close_lru=lambda: length(truth, "nfsd_nets", nfsd.close_lru, "struct nfs4_openowner",
                                 "oo_close_lru"),
        del_recall_lru=lambda: length(truth, "nfsd_nets", nfsd.del_recall_lru,
                                      "struct nfs4_delegation", "dl_recall_lru"),
        blocked_locks=lambda: length(truth, "nfsd_nets", nfsd.blocked_locks_lru,
                                     "struct nfsd4_blocked_lock", "nbl_lru")))


def read_exports(truth, nfsd):
    detail = nfsd.svc_export_cache
    for number in range(int(detail.hash_size)):
        for head in hlist_for_each_entry("struct cache_head",
                                         detail.hash_table[number].address_of_(), "cache_list"):
            export = container_of(head, "struct svc_export", "h")
            truth.list("nfsd_exports").append(fields(
                export, path=lambda: d_path(export.ex_path).decode(), flags=lambda: int(
                    export.ex_flags), domain=lambda: text(export.ex_client.name),
                fsid=lambda: int(export.ex_fsid), cache_flags=lambda: int(export.h.flags),
                refs=lambda: counter(export.h.ref), expiry=lambda: int(export.h.expiry_time)))


def rhashtable_entries(table):
    """struct rhash_head of every chain of a table that is not nested (lib/rhashtable.c)."""
    buckets = table.tbl
    if int(buckets.nest):
        raise ValueError("nested table")
    seen = 0
    for number in range(int(buckets.size)):
        entry = cast("unsigned long", buckets.buckets[number]).value_() & ~1
        while entry and not entry & 1 and seen < STEPS:
            yield entry
            seen += 1
            entry = table.prog_.read_u64(entry)


def read_files(truth):
    table, kind = truth.variable("nfsd_file_rhltable"), "nf_rlist"
    if table is None:
        table, kind = truth.variable("nfsd_file_rhash_tbl"), "nf_rhash"
    if table is not None:
        if kind == "nf_rlist":
            table = table.ht
        if not table.tbl:
            return
        for entry in rhashtable_entries(table):
            while entry:
                pointer = Object(truth.prog, HEADS[kind], value=entry)
                yield container_of(pointer, "struct nfsd_file", kind)
                entry = truth.prog.read_u64(entry + 8) if kind == "nf_rlist" else 0
        return
    buckets = truth.variable("nfsd_file_hashtbl")  # before v6.1
    for number in range(1024 if buckets is not None and buckets else 0):
        yield from hlist_for_each_entry("struct nfsd_file", buckets[number].nfb_head.address_of_(),
                                        "nf_node")


def read_file_cache(truth):
    flags = truth.variable("nfsd_file_flags")
    if flags is not None and not int(flags) & 1:  # NFSD_FILE_CACHE_UP: freed, still pointed to
        return
    for file in read_files(truth):
        truth.list("nfsd_files").append(fields(
            file, inode=lambda: address(file.nf_inode), file=lambda: address(file.nf_file),
            flags=lambda: int(file.nf_flags), may=lambda: int(file.nf_may),
            refs=lambda: counter(file.nf_ref)))


def read_lockd(truth):
    for side in ("nlm_server_hosts", "nlm_client_hosts"):
        heads = truth.variable(side)
        for number in range(len(heads) if heads is not None else 0):
            for host in hlist_for_each_entry("struct nlm_host", heads[number].address_of_(),
                                             "h_hash"):
                truth.list("nlm_hosts").append(fields(
                    host, side=lambda: side[4:10], name=lambda: text(host.h_name),
                    remote=lambda: sockaddr(host.h_addr), version=lambda: int(host.h_version),
                    proto=lambda: int(host.h_proto), count=lambda: counter(host.h_count),
                    rpcclnt=lambda: address(host.h_rpcclnt), state=lambda: int(host.h_state),
                    nsmstate=lambda: int(host.h_nsmstate), reclaiming=lambda: int(
                        host.h_reclaiming), net=lambda: address(host.net)))
    blocked = truth.variable("nlm_blocked", "svclock.c")
    if blocked is not None:
        for block in truth.walk("nlm_blocks", blocked, "struct nlm_block", "b_list"):
            lock = block.b_call.a_args.lock
            truth.list("nlm_blocks").append(fields(
                block, host=lambda: address(block.b_host), file=lambda: address(block.b_file),
                flags=lambda: int(block.b_flags), when=lambda: int(block.b_when),
                granted=lambda: int(block.b_granted), svid=lambda: int(lock.svid),
                start=lambda: lock_range(lock)[0], end=lambda: lock_range(lock)[1]))
    waiting = truth.variable("nlm_blocked", "clntlock.c")
    if waiting is not None:
        for wait in truth.walk("nlm_waits", waiting, "struct nlm_wait", "b_list"):
            lock = wait.b_lock
            truth.list("nlm_waits").append(fields(
                wait, host=lambda: address(wait.b_host), lock=lambda: address(lock),
                status=lambda: int(wait.b_status), reclaim=lambda: int(wait.b_reclaim),
                start=lambda: lock_range_of(lock)[0], end=lambda: lock_range_of(lock)[1],
                pid=lambda: int(lock_part(lock, "pid"))))


def lock_part(lock, name):
    """A member of struct file_lock, which newer kernels split in two."""
    try:
        return getattr(lock.c, "flc_" + name)
    except (LookupError, AttributeError):
        return getattr(lock, "fl_" + name)


def lock_range_of(lock):
    return int(lock.fl_start), int(lock.fl_end)


def lock_range(lock):
    return lock_range_of(lock.fl)


def read(truth):
    for serv, who in services(truth):
        try:
            read_service(truth, serv, who)
        except MISSING as error:
            truth.gap("svc_servs", address(serv), error)
    for net, nfsd in truth.per_net("nfsd_net_id", "struct nfsd_net"):
        read_nfsd_net(truth, net, nfsd)
        read_replies(truth, nfsd)
        # What nfsd frees when it stops, its pointers still name.
        for part in (read_nfsd_clients, read_exports) if int(nfsd.nfsd_net_up) else (read_exports,):
            try:
                part(truth, nfsd)
            except MISSING as error:
                truth.gap(part.__name__, address(nfsd), error)
    for part in (read_file_cache, read_lockd, read_deferred, read_caches):
        try:
            part(truth)
        except MISSING as error:
            truth.gap(part.__name__, "", error)
