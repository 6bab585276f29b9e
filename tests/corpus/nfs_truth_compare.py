"""Compares what `nfstriage show DUMP all --format json` says with the lists of nfs_truth.py.

TABLE maps our lists and members to drgn's. Objects are matched by address. A value that differs, an
object that a list said to be complete does not have, and one that does not exist are differences.
"""


def same(value, _kernel):
    return value


def ticks(value, kernel):
    """Jiffies as nanoseconds."""
    return value * 1_000_000_000 // kernel["hz"]


def seconds(value, _kernel):
    return value * 1_000_000_000


def access_mode(value, _kernel):
    """FMODE_READ, FMODE_WRITE, FMODE_EXEC of a file's mode."""
    return value & 0x23


def slot(value, _kernel):
    """A slot's number; NFS4_NO_SLOT is -1."""
    return -1 if value == 0xffffffff else value


def length(value, _kernel):
    return len(value)


class Comparison:
    """One of our lists against one of drgn's. `key`: what tells the objects apart, in both: one
    member, or several.

    `exact`: drgn's list has all objects that ours may have.
    """

    def __init__(self, ours, drgns, members, key=("address", "address"), exact=True):
        self.ours, self.drgns, self.key, self.exact = ours, drgns, key, exact
        self.members = {}
        for name, source in members.items():
            self.members[name] = source if isinstance(source, tuple) else (source, same)


def names(*members, **renamed):
    """Members that are called the same in both, and those that are not: ours=drgn's."""
    return {**{name: name for name in members}, **renamed}


TABLE = [
    Comparison("mounts", "mounts", names(
        "source", "path", "fstype", "super_block", nfs_server="server", mount_namespace="mnt_ns",
        super_active="s_active")),
    Comparison("rpc_clnts", "rpc_clnts", names(
        "program", "version", "server", "xprt", "xprt_switch", "parent", "auth_flavor", "net",
        "shutdown", "max_connect", id="clid", program_number="prog", references="count",
        tasks=("tasks", length), node="nodename", soft_error="softerr")),
    Comparison("rpc_xprt_switches", "xprt_switches", names(
        "id", transports="nxprts", active="nactive", choice="iter_ops")),
    Comparison("rpc_xprts", "rpc_xprts", names(
        "ops", "server", "net", "xprt_switch", "state", "snd_task", "connect_cookie",
        congestion="cong", window="cwnd", slots="num_reqs", min_slots="min_reqs",
        max_slots="max_reqs", queued="queuelen", references="kref", free_slots="free_slots",
        display_address="remote_address", display_port="port", sends="sends", receives="recvs",
        bad_xids="bad_xids", connects="connect_count", receiving=("recv_queue", length),
        idle_timeout_ns=("idle_timeout", ticks), bind_timeout_ns=("bind_timeout", ticks),
        reestablish_timeout_ns=("reestablish_timeout", ticks), binding=("binding", same),
        sending="sending", pending="pending", backlog="backlog")),
    Comparison("rpc_tasks", "rpc_tasks", names(
        "pid", "action", "callback", "ops", "waitqueue", "waitqueue_name", "queued", "flags",
        "status", "rpc_status", "retries", "xid", "rqst", "xprt", "priority", "calldata", "cred",
        procedure="op", procedure_number="proc", owner_pid="owner", run_state="runstate",
        references="count", major_timeouts="timeouts", clnt="client")),
    Comparison("rpc_rqsts", "rpc_rqsts", names(
        "task", "xprt", "xid", "retries", "connect_cookie", call_bytes="snd_len",
        sent_bytes="bytes_sent", reply_bytes="reply_bytes", transmissions="ntrans",
        timeout_ns=("timeout", ticks), congestion="cong", gss_sequence="seqno",
        on_transmit_queue="on_xmit_queue", on_receive_queue="on_recv_queue"), exact=False),
    Comparison("rpc_sockets", "rpc_sockets", names(
        "xprt", error=("sk_err", lambda error, _: -error), sock="sk", source_port="srcport",
        send_buffer_bytes="sk_sndbuf",
        receive_buffer_bytes="sk_rcvbuf", send_queued_bytes="sk_wmem_queued",
        forward_allocated_bytes="sk_forward_alloc", worker_state="sock_state"), exact=False),
    Comparison("nfs_clients", "nfs_clients", names(
        "hostname", "net", "session", "flags", "state", "exchange_flags", "nconnect",
        "max_connect", server_address="remote", construction_state="cons_state", parts="res_state",
        minor_version="minorversion", protocol_number="proto", references="count",
        rpc_clnt="rpcclient", client_id="clientid", lease_time_ns=("lease_time", ticks),
        owner_id="owner_id", callback_address="ipaddr")),
    Comparison("nfs_servers", "nfs_servers", names(
        "super_block", "nlm_host", "flags", "options", "namelen", "fsid_major", "fsid_minor",
        "active", nfs_client="client", rpc_clnt="rpc_client", capabilities="caps",
        rsize_bytes="rsize", wsize_bytes="wsize", dtsize_bytes="dtsize", bsize_bytes="bsize",
        acregmin_ns=("acregmin", ticks), acregmax_ns=("acregmax", ticks),
        acdirmin_ns=("acdirmin", ticks), acdirmax_ns=("acdirmax", ticks),
        writeback_pages="writeback")),
    Comparison("nfs_inodes", "inodes", names(
        "fileid", "flags", "cache_validity", "redirtied", size_bytes="size", nfs_server="server",
        pages="nrpages", requests="nrequests", uncommitted="ncommit",
        commits_in_progress="rpcs_out"), key=("inode", "address"), exact=False),
    Comparison("nfs_pages", "nfs_pages", names(
        "index", "flags", "head", "lock_context", inode="nfs_inode", folio="page",
        offset_bytes="offset", pgbase_bytes="pgbase", length_bytes="bytes", references="kref",
        next_in_group="this_page", sends="nio"), exact=False),
    Comparison("svc_servs", "svc_servs", names("name", "threads", "pools",
                                               max_payload_bytes="max_payload")),
    Comparison("svc_pools", "svc_pools", names("serv", "id", "threads")),
    Comparison("svc_threads", "svc_threads", names(
        "pid", "comm", "serv", "pool", "flags", "xid", "version", "deferred", "operation",
        "operation_count", "operation_index", "nfsd_client", "nfsd_session", "xprt",
        program="prog", procedure="proc", procedure_name="op", peer="remote", busy="busy")),
    Comparison("svc_xprts", "svc_xprts", names(
        "serv", "net", "flags", "backchannel", "deferred", transport="klass", references="refs",
        reserved_bytes="reserved", requests="requests", local="local", remote="remote")),
    Comparison("svc_deferred", "svc_deferred", names(
        "xprt", "cache_item", "peer", argument_bytes="bytes"), exact=False),
    Comparison("nfsd_nets", "nfsd_nets", names(
        "net", "serv", up="net_up", grace_ended="grace_ended", clients="client_count",
        grace_period_ns=("grace", seconds), lease_period_ns=("lease", seconds),
        reply_cache_entries="drc_entries", reply_cache_limit="drc_max",
        recalled_delegations="del_recall_lru", closed_owners="close_lru",
        blocked_locks="blocked_locks", somebody_reclaimed="in_grace")),
    Comparison("nfsd_clients", "nfsd_clients", names(
        "name", "confirmed", minor_version="minorversion", flags="cb_flags", peer="remote",
        callbacks_in_flight="cb_inflight", callback_client="cb_client", references="rpc_users")),
    Comparison("nfsd_stateids", "nfsd_stateids", names(
        "client", "file", "generation", id="so_id", references="count",
        type="kind")),
    Comparison("nfsd_sessions", "nfsd_sessions", names(
        "client", "flags", session_id="id", references="refs", slots="max_reqs")),
    Comparison("nfsd_slots", "nfsd_slots", names(
        "session", "index", "flags", sequence="seqid", operations="opcnt",
        cached_bytes="datalen")),
    Comparison("nfsd_files", "nfsd_files", names("inode", "file", "flags", references="refs")),
    Comparison("exports", "nfsd_exports", names(
        "path", "flags", "fsid", client="domain", entry_flags="cache_flags", references="refs")),
    Comparison("export_keys", "export_keys", names(
        "cache", "entry_flags", "fsid_type", references="refs", client="domain")),
    Comparison("client_addresses", "client_addresses", names(
        "cache", "entry_flags", "service_class", references="refs")),
    Comparison("client_groups", "client_groups", names(
        "cache", "entry_flags", "uid", references="refs")),
    Comparison("nfsd_replies", "nfsd_replies", names(
        "nfsd_net", "xid", "version", procedure="proc", protocol="prot")),
    Comparison("nlm_hosts", "nlm_hosts", names(
        "name", "version", "net", "state", "reclaiming", protocol="proto", references="count",
        is_server=("side", lambda side, _: side == "server"),
        rpc_clnt="rpcclnt", nsm_state="nsmstate")),
    Comparison("nlm_blocks", "nlm_blocks", names("host", "file", "flags", "granted", "start",
                                                 owner_pid="svid")),
    Comparison("nlm_waits", "nlm_waits", names("host", "lock", "start", "end", owner_pid="pid")),
    Comparison("nfs4_sessions", "nfs4_sessions", names(
        "flags", "state", "id", nfs_client="client", max_requests="fore_max_reqs",
        max_operations="fore_max_ops", max_request_bytes="fore_max_rqst",
        max_reply_bytes="fore_max_resp", callback_requests="back_max_reqs")),
    Comparison("nfs4_slot_tables", "nfs4_slot_tables", names(
        "session", "max_slotid", "target_highest", "server_highest", "generation", "state",
        "waiting", highest_used=("highest_used", slot),
        slots="max_slots", used=("used_slots", length),
        draining=("state", lambda state, _: state & 1))),
    Comparison("nfs4_slots", "nfs4_slots", names(
        "table", "session", "generation", "interrupted", "privileged", "used", number="slot_nr",
        sequence="seq_nr", last_acked="seq_nr_last_acked", highest_sent="seq_nr_highest_sent",
        sequence_done="seq_done")),
    Comparison("nfs4_state_owners", "nfs4_state_owners", names(
        "flags", "uid", nfs_server="server", references="count", owner_id="id")),
    Comparison("nfs4_states", "nfs4_states", names(
        "owner", "inode", "flags", "mode", readers="n_rdonly", writers="n_wronly",
        both="n_rdwr", references="count")),
    Comparison("nfs4_lock_states", "nfs4_lock_states", names(
        "state", "flags", lock_owner="owner", references="count")),
    Comparison("open_contexts", "open_contexts", names(
        "inode", "dentry", "state", "error", "flags", references="count",
        mode=("mode", access_mode)), exact=False),
    Comparison("delegations", "delegations", names(
        "inode", "flags", nfs_server="server", references="count", change="change_attr")),
]


def plain(value):
    """What both sides say, made comparable: numbers where it is one, 0 for NULL."""
    if value is None:
        return 0
    if isinstance(value, dict) and "value" in value:  # a word of flags
        value = value["value"]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            return value
    return value


def key_of(item, key):
    return tuple(plain(item.get(k)) for k in ([key] if isinstance(key, str) else key))


def named(item, key):
    return " ".join(str(item.get(k)) for k in ([key] if isinstance(key, str) else key))


def alike(ours, drgns):
    ours, drgns = plain(ours), plain(drgns)
    if isinstance(ours, int) and isinstance(drgns, int):
        return (ours - drgns) % (1 << 64) == 0  # -1 and 2^64 - 1
    return ours == drgns


class Report:
    """Differences found, and how much was compared."""

    def __init__(self):
        self.differences = []
        self.objects = self.values = self.unknown = 0
        self.lists = set()
        self.unmapped = set()  # members of TABLE that no object of ours has

    def differ(self, *words):
        self.differences.append("\t".join(str(w) for w in words))


def compare_members(report, kind, kernel, ours, drgns, strict):
    where = named(drgns, kind.key[1])
    for name, (source, convert) in kind.members.items():
        if source not in drgns:
            continue
        truth = drgns[source]
        if isinstance(truth, dict) and truth.get("fault"):
            continue
        truth = convert(truth, kernel)
        if name in ours:
            report.values += 1
            if not alike(ours[name], truth):
                report.differ(kind.ours, where, name, ours[name], truth)
        elif name in ours.get("missing", {}):
            why = ours["missing"][name]
            if why == "null" and truth in (None, 0):
                continue
            report.unknown += 1
            if strict:
                report.differ(kind.ours, where, name, f"unknown ({why})", truth)
        else:
            report.unmapped.add(f"{kind.ours}.{name}")


FAMILY = ("nfs", "rpc", "svc", "nlm", "xprt", "xs_")  # how functions of NFS and SUNRPC begin


def compare_waits(report, shown, lists):
    """Tasks that drgn saw on the list of a lock's waiters: what they wait for, and who has it."""
    by_pid = {item.get("pid"): item for item in shown["nfs"].get("waits", {}).get("items", [])}
    blocked = {task["pid"] for task in lists.get("blocked_tasks", [])}
    for lock in lists.get("locks", []):
        for pid in blocked.intersection(lock["waiters"]):  # not those that were just woken
            ours = by_pid.get(pid)
            if ours is None:
                report.differ("waits", pid, "object", "not listed", f"waits for {lock['address']}")
                continue
            report.objects += 1
            for name, truth in (("object", lock["address"]), ("holder_pid", lock["owner_pid"])):
                report.values += 1
                if not alike(ours.get(name), truth):
                    report.differ("waits", pid, name, ours.get(name), truth)
    for task in lists.get("blocked_tasks", []):
        if task["pid"] not in by_pid and any((f or "").lstrip("_").startswith(FAMILY)
                                             for f in task["frames"]):
            report.differ("waits", task["pid"], "object", "not listed", "is blocked")


def compare(report, shown, lists, kernel, strict=True, table=None):
    """`shown`: the whole answer of show. Not `strict`: the dump may say less than drgn knew."""
    if "hz" in kernel and shown["kernel"].get("hz") != kernel["hz"]:
        report.differ("kernel", "-", "hz", shown["kernel"].get("hz"), kernel["hz"])
    if strict:
        compare_waits(report, shown, lists)
    for kind in TABLE if table is None else table:
        truth, ours = lists.get(kind.drgns), shown["nfs"].get(kind.ours)
        if truth is None and ours is None:
            continue
        if ours is None:
            report.differ(kind.ours, "-", "list", "absent", f"{len(truth)} objects")
            continue
        report.lists.add(kind.ours)
        by_key = {}
        for item in ours["items"]:
            by_key.setdefault(key_of(item, kind.key[0]), item)
        known = set()
        for item in truth or []:
            key = key_of(item, kind.key[1])
            known.add(key)
            found = by_key.get(key)
            if found is None:
                if strict or ours["complete"]:
                    report.differ(kind.ours, named(item, kind.key[1]), "object", "not listed",
                                  "exists")
                continue
            report.objects += 1
            compare_members(report, kind, kernel, found, item, strict)
        if kind.exact and truth is not None:
            for item in ours["items"]:
                if key_of(item, kind.key[0]) not in known:
                    report.differ(kind.ours, named(item, kind.key[0]), "object", "listed",
                                  "unknown")
        if strict and kind.exact and not ours["complete"]:
            report.differ(kind.ours, "-", "complete", ours.get("gaps"), "whole")
