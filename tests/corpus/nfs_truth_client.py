"""The NFS client: mounts, clients, servers, sessions, open state, delegations, writes (fs/nfs)."""
import stat

from drgn import FaultError, ObjectAbsentError, cast, container_of
from drgn.helpers.linux.fs import for_each_mount, mount_dst
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.rbtree import rbtree_inorder_for_each_entry
from drgn.helpers.linux.xarray import xa_for_each

from nfs_truth_common import (STEPS, address, counter, fields, first_member, octets, sockaddr,
                              text)

HASH_HEADS = 16
MISSING = (FaultError, ObjectAbsentError, LookupError, AttributeError)


def mount_namespaces(truth):
    """Every struct mnt_namespace that a task is in."""
    found = {}
    for task in for_each_task(truth.prog):
        try:
            proxy = task.nsproxy
            if proxy:
                found.setdefault(proxy.mnt_ns.value_(), proxy.mnt_ns)
        except FaultError as error:
            truth.gap("mounts", address(task), error)
    return found.values()


def read_mounts(truth):
    for namespace in mount_namespaces(truth):
        try:
            for mount in for_each_mount(namespace):
                block = mount.mnt.mnt_sb
                kind = text(block.s_type.name)
                if kind not in ("nfs", "nfs4"):
                    continue
                truth.list("mounts").append(fields(
                    mount, mnt_ns=lambda: address(namespace),
                    source=lambda: text(mount.mnt_devname),
                    path=lambda: mount_dst(mount).decode(), fstype=lambda: kind,
                    super_block=lambda: address(block), server=lambda: address(block.s_fs_info),
                    dev=lambda: int(block.s_dev), mnt_flags=lambda: int(mount.mnt.mnt_flags),
                    s_count=lambda: int(block.s_count), s_active=lambda: counter(block.s_active)))
        except FaultError as error:
            truth.gap("mounts", address(namespace), error)


def read_client(truth, net, client):
    return fields(
        client, net=lambda: address(net), hostname=lambda: text(client.cl_hostname),
        version=lambda: int(client.rpc_ops.version), minorversion=lambda: int(
            client.cl_minorversion), remote=lambda: sockaddr(client.cl_addr),
        proto=lambda: int(client.cl_proto), state=lambda: int(client.cl_state),
        cons_state=lambda: int(client.cl_cons_state), flags=lambda: int(client.cl_flags),
        res_state=lambda: int(client.cl_res_state), count=lambda: counter(client.cl_count),
        clientid=lambda: int(client.cl_clientid), rpcclient=lambda: address(client.cl_rpcclient),
        nconnect=lambda: int(client.cl_nconnect), max_connect=lambda: int(client.cl_max_connect),
        lease_time=lambda: int(client.cl_lease_time), last_renewal=lambda: int(
            client.cl_last_renewal), session=lambda: address(client.cl_session),
        ipaddr=lambda: text(client.cl_ipaddr), owner_id=lambda: text(client.cl_owner_id),
        exchange_flags=lambda: int(client.cl_exchange_flags), seqid=lambda: int(client.cl_seqid))


def read_server(server):
    block = server.super
    return fields(
        server, client=lambda: address(server.nfs_client),
        rpc_client=lambda: address(server.client),
        super_block=lambda: address(block), flags=lambda: int(server.flags),
        caps=lambda: int(server.caps), rsize=lambda: int(server.rsize),
        wsize=lambda: int(server.wsize), dtsize=lambda: int(server.dtsize),
        bsize=lambda: int(server.bsize), acregmin=lambda: int(server.acregmin),
        acregmax=lambda: int(server.acregmax), acdirmin=lambda: int(server.acdirmin),
        acdirmax=lambda: int(server.acdirmax), writeback=lambda: counter(server.writeback),
        namelen=lambda: int(server.namelen), options=lambda: int(server.options),
        fsid_major=lambda: int(server.fsid.major), fsid_minor=lambda: int(server.fsid.minor),
        nlm_host=lambda: address(server.nlm_host), pnfs_driver=lambda: address(
            server.pnfs_curr_ld), active=lambda: counter(server.active))


def read_slots(truth, table, session):
    slot, seen = table.slots, 0
    while slot and seen < STEPS:
        number = int(slot.slot_nr)
        used = lambda: bool(int(table.used_slots[number // 64]) >> number % 64 & 1)
        truth.list("nfs4_slots").append(fields(
            slot, table=lambda: address(table), session=lambda: session,
            slot_nr=lambda: number, seq_nr=lambda: int(slot.seq_nr), used=used,
            seq_nr_last_acked=lambda: int(slot.seq_nr_last_acked),
            seq_nr_highest_sent=lambda: int(slot.seq_nr_highest_sent),
            interrupted=lambda: int(slot.interrupted), privileged=lambda: int(slot.privileged),
            seq_done=lambda: int(slot.seq_done), generation=lambda: int(slot.generation)))
        slot, seen = slot.next, seen + 1


def read_slot_table(truth, table, session, channel):
    truth.list("nfs4_slot_tables").append(fields(
        table, session=lambda: session, channel=lambda: channel,
        max_slots=lambda: int(table.max_slots), highest_used=lambda: int(table.highest_used_slotid),
        max_slotid=lambda: int(table.max_slotid),
        target_highest=lambda: int(table.target_highest_slotid),
        server_highest=lambda: int(table.server_highest_slotid), state=lambda: int(
            table.slot_tbl_state), generation=lambda: int(table.generation),
        used_slots=lambda: [n for n in range(int(table.max_slots))
                            if int(table.used_slots[n // 64]) >> n % 64 & 1],
        waiting=lambda: int(table.slot_tbl_waitq.qlen)))
    read_slots(truth, table, session)


def read_sessions(truth, client):
    if client.cl_session:
        session = client.cl_session
        truth.list("nfs4_sessions").append(fields(
            session, client=lambda: address(client), id=lambda: octets(session.sess_id, 16),
            flags=lambda: int(session.flags), state=lambda: int(session.session_state),
            fore_max_reqs=lambda: int(session.fc_attrs.max_reqs),
            fore_max_ops=lambda: int(session.fc_attrs.max_ops),
            fore_max_rqst=lambda: int(session.fc_attrs.max_rqst_sz),
            fore_max_resp=lambda: int(session.fc_attrs.max_resp_sz),
            back_max_reqs=lambda: int(session.bc_attrs.max_reqs)))
        read_slot_table(truth, session.fc_slot_table, address(session), "fore")
        read_slot_table(truth, session.bc_slot_table, address(session), "back")
    elif client.cl_slot_tbl:
        read_slot_table(truth, client.cl_slot_tbl, None, "v4.0")


def stateid(value):
    """Sequence number (as people read it) and the other 12 bytes."""
    raw = bytes.fromhex(octets(value, 16))
    return {"seqid": int.from_bytes(raw[:4], "big"), "other": raw[4:].hex()}


def read_state_owners(truth, server):
    root = server.state_owners.address_of_()
    for owner in rbtree_inorder_for_each_entry("struct nfs4_state_owner", root, "so_server_node"):
        truth.list("nfs4_state_owners").append(fields(
            owner, server=lambda: address(server), count=lambda: counter(owner.so_count),
            flags=lambda: int(owner.so_flags), uid=lambda: int(owner.so_cred.uid.val),
            expires=lambda: int(owner.so_expires), id=lambda: int(
                owner.so_seqid.owner_id)))
        for state in truth.walk("nfs4_states", owner.so_states, "struct nfs4_state", "open_states"):
            truth.list("nfs4_states").append(fields(
                state, owner=lambda: address(owner), inode=lambda: address(state.inode),
                flags=lambda: int(state.flags), mode=lambda: int(state.state),
                n_rdonly=lambda: int(state.n_rdonly), n_wronly=lambda: int(state.n_wronly),
                n_rdwr=lambda: int(state.n_rdwr), count=lambda: counter(state.count),
                stateid=lambda: stateid(state.stateid),
                open_stateid=lambda: stateid(state.open_stateid)))
            for lock in truth.walk("nfs4_lock_states", state.lock_states, "struct nfs4_lock_state",
                                   "ls_locks"):
                truth.list("nfs4_lock_states").append(fields(
                    lock, state=lambda: address(state), flags=lambda: int(lock.ls_flags),
                    count=lambda: counter(lock.ls_count), owner=lambda: address(lock.ls_owner),
                    stateid=lambda: stateid(lock.ls_stateid)))


def read_delegations(truth, server):
    for delegation in truth.walk("delegations", server.delegations, "struct nfs_delegation",
                                 "super_list"):
        truth.list("delegations").append(fields(
            delegation, server=lambda: address(server), inode=lambda: address(delegation.inode),
            type=lambda: int(delegation.type), flags=lambda: int(delegation.flags),
            count=lambda: counter(delegation.refcount), change_attr=lambda: int(
                delegation.change_attr), stateid=lambda: stateid(delegation.stateid)))


def read_page_group(truth, inode, head):
    """The requests of one page or folio, from their head on."""
    request, seen = head, 0
    while request and seen < 1024:
        truth.list("nfs_pages").append(fields(
            request, inode=lambda: address(inode), nfs_inode=lambda: address(container_of(
                inode, "struct nfs_inode", "vfs_inode")), page=lambda: address(first_member(
                request, "wb_page", "wb_folio")), index=lambda: int(request.wb_index),
            offset=lambda: int(request.wb_offset), pgbase=lambda: int(request.wb_pgbase),
            bytes=lambda: int(request.wb_bytes), flags=lambda: int(request.wb_flags),
            kref=lambda: counter(request.wb_kref), head=lambda: address(request.wb_head),
            this_page=lambda: address(request.wb_this_page), nio=lambda: int(request.wb_nio),
            lock_context=lambda: address(request.wb_lock_context)))
        request, seen = request.wb_this_page, seen + 1
        if request.value_() == head.value_():
            break


def read_open_contexts(truth, inode, nfs_inode):
    for context in truth.walk("open_contexts", nfs_inode.open_files, "struct nfs_open_context",
                              "list"):
        truth.list("open_contexts").append(fields(
            context, inode=lambda: address(inode), dentry=lambda: address(context.dentry),
            name=lambda: text(context.dentry.d_name.name), mode=lambda: int(context.mode),
            flags=lambda: int(context.flags), error=lambda: int(context.error),
            state=lambda: address(context.state), count=lambda: counter(
                context.lock_context.count)))


def head_requests(truth, inode):
    """Requests that pages of the inode's mapping lead to (PG_private), in order of the index."""
    private = 1 << int(truth.prog.constant("PG_private"))
    seen = set()
    for _, entry in xa_for_each(inode.i_mapping.i_pages.address_of_()):
        if int(entry) & 1:
            continue
        page = cast("struct page *", entry)
        if page.value_() in seen or not int(page.flags) & private:
            continue
        seen.add(page.value_())
        yield cast("struct nfs_page *", page.member_("private"))


def read_inodes(truth, server):
    block = server.super
    if not block:
        return
    for inode in truth.walk("inodes", block.s_inodes, "struct inode", "i_sb_list"):
        nfs_inode = container_of(inode, "struct nfs_inode", "vfs_inode")
        try:
            if not stat.S_ISDIR(int(inode.i_mode)):  # the same list has nfs_open_dir_context there
                read_open_contexts(truth, inode, nfs_inode)
            if not stat.S_ISREG(int(inode.i_mode)) or not counter(nfs_inode.nrequests):
                continue
            commit = nfs_inode.commit_info
            heads = []
            found = fields(
                inode, nfs_inode=lambda: address(nfs_inode), server=lambda: address(server),
                fileid=lambda: int(nfs_inode.fileid),
                size=lambda: int(inode.i_size), nrpages=lambda: int(inode.i_mapping.nrpages),
                nrequests=lambda: counter(nfs_inode.nrequests),
                ncommit=lambda: counter(commit.ncommit), rpcs_out=lambda: counter(commit.rpcs_out),
                commit_list=lambda: sum(1 for _ in truth.walk("inodes", commit.list,
                                                              "struct nfs_page", "wb_list")),
                flags=lambda: int(nfs_inode.flags),
                cache_validity=lambda: int(nfs_inode.cache_validity),
                redirtied=lambda: counter(nfs_inode.redirtied_pages))
            truth.list("inodes").append(found)
            for head in head_requests(truth, inode):
                heads.append(address(head))
                read_page_group(truth, inode, head)
            found["heads"] = len(heads)
        except MISSING as error:
            truth.gap("inodes", address(inode), error)


def read_layouts(truth, server):
    try:
        layouts = server.layouts
    except LookupError:
        return
    for layout in truth.walk("layouts", layouts, "struct pnfs_layout_hdr", "plh_layouts"):
        truth.list("layouts").append(fields(
            layout, server=lambda: address(server), inode=lambda: address(layout.plh_inode),
            flags=lambda: int(layout.plh_flags), count=lambda: counter(layout.plh_refcount)))


def read(truth):
    read_mounts(truth)
    for net, nfs in truth.per_net("nfs_net_id", "struct nfs_net"):
        for client in truth.walk("nfs_clients", nfs.nfs_client_list, "struct nfs_client",
                                 "cl_share_link"):
            truth.list("nfs_clients").append(read_client(truth, net, client))
            try:
                read_sessions(truth, client)
            except MISSING as error:
                truth.gap("nfs4_sessions", address(client), error)
        for server in truth.walk("nfs_servers", nfs.nfs_volume_list, "struct nfs_server",
                                 "master_link"):
            truth.list("nfs_servers").append(read_server(server))
            for part in (read_state_owners, read_delegations, read_layouts, read_inodes):
                try:
                    part(truth, server)
                except MISSING as error:
                    truth.gap(part.__name__, address(server), error)
