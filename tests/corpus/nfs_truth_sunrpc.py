"""RPC clients, transports, tasks and requests of every network namespace (net/sunrpc)."""
from drgn import FaultError, container_of
from drgn.helpers.linux.rbtree import rbtree_inorder_for_each_entry

from nfs_truth_common import address, big_endian, counter, fields, first_member, text

QUEUED = 1 << 1  # RPC_TASK_QUEUED since 2.6.24
QUEUES = ("binding", "sending", "pending", "backlog")


def tasks_on(truth, queue):
    """Tasks of a struct rpc_wait_queue as [[address of each of priority 0], [1], ...].

    Tasks of one owner hang on `links` of the first of them (__rpc_list_enqueue_task()).
    """
    found = []
    for priority in range(len(queue.tasks)):
        level = []
        for task in truth.walk("rpc_xprts", queue.tasks[priority], "struct rpc_task",
                               "u.tk_wait.list"):
            level.append(address(task))
            if int(queue.maxpriority):
                level += [address(t) for t in truth.walk("rpc_xprts", task.u.tk_wait.links,
                                                         "struct rpc_task", "u.tk_wait.links")]
        found.append(level)
    return found


def read_queue(truth, queue):
    return fields(queue, name=lambda: text(queue.name), qlen=lambda: int(queue.qlen),
                  maxpriority=lambda: int(queue.maxpriority),
                  tasks=lambda: tasks_on(truth, queue))


def to_send(truth, xprt):
    """Requests on xmit_queue; those of one task's owner hang on `rq_xmit2` of the first of them."""
    found = []
    for first in truth.walk("rpc_xprts", xprt.xmit_queue, "struct rpc_rqst", "rq_xmit"):
        found.append(address(first))
        found += [address(r) for r in truth.walk("rpc_xprts", first.rq_xmit2, "struct rpc_rqst",
                                                 "rq_xmit2")]
    return found


def read_socket(truth, xprt):
    sock = container_of(xprt, "struct sock_xprt", "xprt")
    sk = sock.inet
    found = fields(sock, xprt=lambda: address(xprt), sk=lambda: address(sk),
                   sock_state=lambda: int(sock.sock_state), srcport=lambda: int(sock.srcport))
    if not sk:  # address 0 may well be readable in a dump
        return found
    common = sk.member_("__sk_common")
    return found | fields(
        sock, sk_state=lambda: int(common.skc_state),
        sk_err=lambda: int(sk.sk_err), sk_sndbuf=lambda: int(sk.sk_sndbuf),
        sk_rcvbuf=lambda: int(sk.sk_rcvbuf), sk_wmem_queued=lambda: int(sk.sk_wmem_queued),
        sk_forward_alloc=lambda: int(sk.sk_forward_alloc), sk_flags=lambda: int(common.skc_flags),
        sk_socket_flags=lambda: int(sk.sk_socket.flags))


def read_xprt(truth, xprt):
    ops = truth.symbol(xprt.ops)
    found = fields(
        xprt, state=lambda: int(xprt.state), server=lambda: text(xprt.servername),
        ops=lambda: ops, kref=lambda: counter(xprt.kref), prot=lambda: int(xprt.prot),
        remote_address=lambda: text(xprt.address_strings[0]),
        port=lambda: text(xprt.address_strings[1]), proto=lambda: text(xprt.address_strings[2]),
        main=lambda: address(xprt.main), id=lambda: int(xprt.id),
        cong=lambda: int(xprt.cong), cwnd=lambda: int(xprt.cwnd),
        num_reqs=lambda: int(xprt.num_reqs), min_reqs=lambda: int(xprt.min_reqs),
        max_reqs=lambda: int(xprt.max_reqs), queuelen=lambda: counter(xprt.queuelen),
        snd_task=lambda: address(xprt.snd_task), connect_cookie=lambda: int(xprt.connect_cookie),
        bind_timeout=lambda: int(xprt.bind_timeout),
        reestablish_timeout=lambda: int(xprt.reestablish_timeout),
        idle_timeout=lambda: int(xprt.idle_timeout), last_used=lambda: int(xprt.last_used),
        swapper=lambda: counter(xprt.swapper), connect_start=lambda: int(xprt.stat.connect_start),
        connect_count=lambda: int(xprt.stat.connect_count), sends=lambda: int(xprt.stat.sends),
        recvs=lambda: int(xprt.stat.recvs), bad_xids=lambda: int(xprt.stat.bad_xids),
        net=lambda: address(xprt.xprt_net),
        recv_queue=lambda: [address(r) for r in rbtree_inorder_for_each_entry(
            "struct rpc_rqst", xprt.recv_queue.address_of_(), "rq_recv")],
        xmit_queue=lambda: to_send(truth, xprt),
        free_slots=lambda: sum(1 for _ in truth.walk("rpc_xprts", xprt.free, "struct rpc_rqst",
                                                     "rq_list")),
        queues={}.copy)
    for queue in QUEUES:
        found["queues"][queue] = read_queue(truth, getattr(xprt, queue))
        found[queue] = found["queues"][queue]["qlen"]
    if ops and ops.startswith("xs_"):
        try:
            truth.list("rpc_sockets").append(read_socket(truth, xprt))
        except FaultError as error:
            truth.gap("rpc_xprts", address(xprt), error)
    return found


def read_request(request):
    return fields(
        request, task=lambda: address(request.rq_task), xprt=lambda: address(request.rq_xprt),
        xid=lambda: hex(big_endian(request.rq_xid)), retries=lambda: int(request.rq_retries),
        timeout=lambda: int(request.rq_timeout), majortimeo=lambda: int(request.rq_majortimeo),
        ntrans=lambda: int(request.rq_ntrans), bytes_sent=lambda: int(request.rq_bytes_sent),
        connect_cookie=lambda: int(request.rq_connect_cookie), cong=lambda: int(request.rq_cong),
        reply_bytes=lambda: int(request.rq_reply_bytes_recvd), seqno=lambda: int(
            request.rq_seqno), snd_len=lambda: int(request.rq_snd_buf.len),
        rcv_len=lambda: int(request.rq_rcv_buf.len))


def read_task(truth, task):
    procedure = task.tk_msg.rpc_proc
    queue = task.tk_waitqueue
    return fields(
        task, pid=lambda: int(task.tk_pid), client=lambda: address(task.tk_client),
        op=lambda: text(procedure.p_name) if procedure else None,
        proc=lambda: int(procedure.p_proc) if procedure else None,
        owner=lambda: int(task.tk_owner), runstate=lambda: int(task.tk_runstate),
        flags=lambda: int(task.tk_flags), status=lambda: int(task.tk_status),
        rpc_status=lambda: int(task.tk_rpc_status), count=lambda: counter(task.tk_count),
        action=lambda: truth.symbol(task.tk_action),
        callback=lambda: truth.symbol(task.tk_callback),
        ops=lambda: truth.symbol(task.tk_ops), calldata=lambda: address(task.tk_calldata),
        timeout=lambda: int(task.tk_timeout), timeouts=lambda: int(task.tk_timeouts),
        priority=lambda: int(task.tk_priority), start=lambda: int(task.tk_start),
        xprt=lambda: address(task.tk_xprt), rqst=lambda: address(task.tk_rqstp),
        xid=lambda: hex(big_endian(task.tk_rqstp.rq_xid)) if task.tk_rqstp else None,
        retries=lambda: int(task.tk_rqstp.rq_retries) if task.tk_rqstp else None,
        waitqueue=lambda: address(queue),
        waitqueue_name=lambda: text(queue.name) if queue else None,
        queued=lambda: bool(int(task.tk_runstate) & QUEUED),
        cred=lambda: address(first_member(task.tk_msg, "rpc_cred")))


def read(truth):
    xprts, switches = {}, {}
    for net, sunrpc in truth.per_net("sunrpc_net_id", "struct sunrpc_net"):
        for client in truth.walk("rpc_clnts", sunrpc.all_clients, "struct rpc_clnt", "cl_clients"):
            tasks = list(truth.walk("rpc_tasks", client.cl_tasks, "struct rpc_task", "tk_task"))
            found = fields(
                client, net=lambda: address(net), clid=lambda: int(client.cl_clid),
                program=lambda: text(client.cl_program.name), prog=lambda: int(client.cl_prog),
                version=lambda: int(client.cl_vers), server=lambda: text(client.cl_xprt.servername),
                xprt=lambda: address(client.cl_xprt), count=lambda: counter(client.cl_count),
                xprt_switch=lambda: address(client.cl_xpi.xpi_xpswitch),
                parent=lambda: address(client.cl_parent), auth=lambda: address(client.cl_auth),
                auth_flavor=lambda: int(client.cl_auth.au_flavor), shutdown=lambda: int(
                    client.cl_shutdown), softrtry=lambda: int(client.cl_softrtry),
                softerr=lambda: int(client.cl_softerr),
                chatty=lambda: int(client.cl_chatty),
                nodename=lambda: text(client.cl_nodename),
                max_connect=lambda: int(client.cl_max_connect), pid=lambda: counter(client.cl_pid))
            found["tasks"] = [address(t) for t in tasks]
            truth.list("rpc_clnts").append(found)
            try:
                switch = client.cl_xpi.xpi_xpswitch
                if switch:
                    switches[switch.value_()] = switch
                if client.cl_xprt:
                    xprts.setdefault(client.cl_xprt.value_(), client.cl_xprt)
            except FaultError as error:
                truth.gap("rpc_xprts", address(client), error)
            for task in tasks:
                try:
                    truth.list("rpc_tasks").append(read_task(truth, task))
                    if task.tk_xprt:
                        xprts.setdefault(task.tk_xprt.value_(), task.tk_xprt)
                    if task.tk_rqstp:
                        truth.list("rpc_rqsts").append(read_request(task.tk_rqstp))
                except FaultError as error:
                    truth.gap("rpc_tasks", address(task), error)
    member_of = {}
    for switch in switches.values():
        members = list(truth.walk("rpc_xprts", switch.xps_xprt_list, "struct rpc_xprt",
                                  "xprt_switch"))
        truth.list("xprt_switches").append(fields(
            switch, nxprts=lambda: int(switch.xps_nxprts), nactive=lambda: int(switch.xps_nactive),
            id=lambda: int(switch.xps_id), xprts=lambda: [address(x) for x in members],
            iter_ops=lambda: truth.symbol(switch.xps_iter_ops)))
        for xprt in members:
            xprts.setdefault(xprt.value_(), xprt)
            member_of[xprt.value_()] = address(switch)
    for number, xprt in sorted(xprts.items()):
        try:
            found = read_xprt(truth, xprt)
            found["xprt_switch"] = member_of.get(number)
            truth.list("rpc_xprts").append(found)
        except FaultError as error:
            truth.gap("rpc_xprts", hex(number), error)
    # Membership is what the queues say: links of a request that left them are not cleared.
    for request in truth.list("rpc_rqsts"):
        for name, queue in (("on_recv_queue", "recv_queue"), ("on_xmit_queue", "xmit_queue")):
            request[name] = any(request["address"] in x[queue] for x in truth.list("rpc_xprts"))
