"""Truth that was recorded beside real dumps, as lists that nfs_truth_compare.py compares.

NAME.truth-drgn.json is one object with nested clients, servers and inodes; NAME.truth-drgn.txt are
lines of "key=value". Both say less than nfs_truth.py; what they say is taken over unchanged.
"""
import json
import re

from nfs_truth_compare import TABLE, Comparison, names

# Neither mounts' nor inodes' addresses were recorded.
MOUNTS = Comparison("mounts", "mounts", names("source", "fstype", nfs_server="server"),
                    key=("super_block", "super_block"), exact=False)
# Of inodes and requests only some were recorded; of services only nfsd.
PARTIAL = ("nfs_inodes", "nfs_pages", "svc_servs", "svc_threads", "rpc_xprts", "rpc_rqsts",
           "nfs_servers", "nfsd_clients")
INODE_KEY = (("nfs_server", "fileid"), ("server", "fileid"))
KINDS = [MOUNTS] + [Comparison(k.ours, k.drgns, k.members,
                               INODE_KEY if k.ours == "nfs_inodes" else k.key,
                               exact=k.exact and k.ours not in PARTIAL)
                    for k in TABLE if k.ours != "mounts"]


def swapped(number):
    """A __be32 that was recorded as the number that its bytes are to a little-endian processor."""
    return hex(int.from_bytes(number.to_bytes(4, "little"), "big"))


def number_of(text):
    return int(text, 16)


def renamed(item, *same, **others):
    """`item` with other names of members: new=old or new=(old, function)."""
    found = {name: item[name] for name in same if name in item}
    for new, old in others.items():
        old, convert = old if isinstance(old, tuple) else (old, None)
        if old in item:
            found[new] = item[old] if convert is None or item[old] is None else convert(item[old])
    return found


def from_json(path):
    """The lists of a .truth-drgn.json."""
    with open(path, encoding="utf-8") as file:
        truth = json.load(file)
    lists = {"mounts": [renamed(m, "fstype", "server", source="src", super_block="sb", path="dst")
                        for m in truth["mounts"]]}
    for clnt in truth["rpc_clnts"]:
        found = renamed(clnt, "clid", address="clnt", program="prog", version="vers")
        found["tasks"] = [t["task"] for t in clnt["tasks"]]
        found["xprt"] = clnt["xprt"]["xprt"]
        found["server"] = clnt["xprt"]["server"]
        lists.setdefault("rpc_clnts", []).append(found)
        xprt = renamed(clnt["xprt"], "server", "snd_task", "cong", "cwnd", "num_reqs",
                       "connect_cookie", address="xprt", state=("state", number_of))
        xprt["remote_address"], xprt["port"] = clnt["xprt"]["addr"]
        if xprt not in lists.setdefault("rpc_xprts", []):
            lists["rpc_xprts"].append(xprt)
        for task in clnt["tasks"]:
            lists.setdefault("rpc_tasks", []).append(renamed(
                task, "pid", "action", "callback", "ops", "status", "rpc_status", "owner", "rqst",
                "calldata", address="task", op="proc", runstate=("runstate", number_of),
                flags=("flags", number_of), retries="rq_retries", waitqueue_name="waitq",
                xid=("xid", lambda xid: swapped(int(xid, 16)))))
            if int(task["rqst"], 16):
                lists.setdefault("rpc_rqsts", []).append({
                    "address": task["rqst"], "retries": task["rq_retries"],
                    "xid": swapped(int(task["xid"], 16))})
    for client in truth["nfs_clients"]:
        lists.setdefault("nfs_clients", []).append(renamed(
            client, "cons_state", "rpcclient", address="client", hostname="host",
            minorversion="minor", state=("state", number_of), clientid=("clientid", number_of)))
        for server in client["servers"]:
            lists.setdefault("nfs_servers", []).append({
                **renamed(server, "rsize", "wsize", "writeback", address="server",
                          rpc_client="client", flags=("flags", number_of)),
                "client": client["client"]})
            for inode in server["inodes"]:
                add_inode(lists, server, inode)
    add_nfsd(lists, truth["nfsd"])
    return lists


def add_inode(lists, server, inode):
    if not inode["reqs"]:
        return  # cached only, or a directory, of which the number means something else
    by_fileid = renamed(inode, "fileid", "size", "nrpages", "nrequests", "ncommit", "rpcs_out")
    lists.setdefault("inodes", []).append({**by_fileid, "server": server["server"]})
    for request in inode["reqs"]:
        lists.setdefault("nfs_pages", []).append(renamed(
            request, "page", "index", "offset", "pgbase", "bytes", "kref", address="req",
            flags=("flags", number_of), lock_context="lock_ctx"))


def add_nfsd(lists, nfsd):
    if int(nfsd["serv"], 16):
        lists["svc_servs"] = [{"address": nfsd["serv"], "threads": nfsd["nrthreads"]}]
    for thread in nfsd["threads"]:
        lists.setdefault("svc_threads", []).append(renamed(
            thread, "pid", "prog", "deferred", address="rqst", flags=("flags", number_of),
            op="proc", version="vers", xid=("xid", lambda xid: swapped(int(xid, 16)))))
    for client in nfsd["clients"]:
        lists.setdefault("nfsd_clients", []).append(renamed(
            client, "name", address="client", minorversion="minor"))


LINE = re.compile(r"^\s*(clnt|task|nfs_client|nfs_server|svc_rqst) ([0-9a-f]{16}) (.*)$")


def from_text(path):
    """The lists of a .truth-drgn.txt."""
    lists = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            found = LINE.match(line)
            if not found:
                continue
            kind, address, rest = found.groups()
            said = dict(word.split("=", 1) for word in rest.split() if "=" in word)
            ADD[kind](lists, "0x" + address, said)
    return lists


def pointer(text):
    return "0x" + text if int(text, 16) else None


def add_text_clnt(lists, address, said):
    lists.setdefault("rpc_clnts", []).append({
        "address": address, "clid": int(said["id"]), "program": said["prog"],
        "version": int(said["vers"]), "nodename": said["node"], "server": said["srv"],
        "xprt": pointer(said["xprt"])})
    xprt = {"address": pointer(said["xprt"]), "state": int(said["xprt.state"], 16),
            "server": said["srv"]}
    if xprt not in lists.setdefault("rpc_xprts", []):
        lists["rpc_xprts"].append(xprt)


def add_text_task(lists, address, said):
    task = {"address": address, "pid": int(said["pid"]), "flags": int(said["flags"], 16),
            "runstate": int(said["runstate"], 16), "status": int(said["status"]),
            "op": said["proc"], "action": said["action"], "ops": said["cb"],
            "rqst": pointer(said["rqst"]), "xprt": pointer(said["xprt"]),
            "owner": int(said["owner"]),
            "waitqueue_name": None if said["q"] == "-" else said["q"]}
    if task["rqst"]:
        task.update(xid="0x" + said["xid"], retries=int(said["retries"]))
        lists.setdefault("rpc_rqsts", []).append({
            "address": task["rqst"], "xid": task["xid"], "retries": task["retries"]})
    lists.setdefault("rpc_tasks", []).append(task)


def add_text_client(lists, address, said):
    lists.setdefault("nfs_clients", []).append({
        "address": address, "hostname": said["host"], "minorversion": int(said["minor"]),
        "state": int(said["state"], 16), "cons_state": int(said["cons"]),
        "rpcclient": pointer(said["rpc"])})


def add_text_server(lists, address, said):
    lists.setdefault("nfs_servers", []).append({
        "address": address, "client": pointer(said["client"]), "flags": int(said["flags"], 16),
        "rsize": int(said["rsize"]), "wsize": int(said["wsize"])})


def add_text_thread(lists, address, said):
    lists.setdefault("svc_threads", []).append({
        "address": address, "pid": int(said["pid"]), "flags": int(said["flags"], 16),
        "xid": "0x" + said["xid"], "prog": int(said["prog"]), "version": int(said["vers"]),
        "proc": int(said["proc"])})


ADD = {"clnt": add_text_clnt, "task": add_text_task, "nfs_client": add_text_client,
       "nfs_server": add_text_server, "svc_rqst": add_text_thread}
