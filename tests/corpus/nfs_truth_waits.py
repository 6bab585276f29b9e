"""Who waits for whom: blocked tasks; mutexes and rwsems that they sleep on, owners and waiters.

Which lock a task sleeps on comes from the variables of its stack frames (DWARF).
"""
from drgn import FaultError, Object, ObjectAbsentError
from drgn.helpers.linux.pid import for_each_task

from nfs_truth_common import address, fields, text

UNINTERRUPTIBLE = 2
POINTED_TO = ("mutex", "rw_semaphore", "rpc_task", "nfs_page", "folio", "page", "nfs4_slot_table",
              "inode", "completion", "percpu_rw_semaphore", "wait_queue_head", "rpc_clnt",
              "nfs_client")
LOCKS = ("mutex", "rw_semaphore")
FAULTS = (FaultError, ObjectAbsentError, LookupError, AttributeError, ValueError)


def variables(frame):
    """(name, struct, pointer) of those variables of a frame that point to something of interest."""
    try:
        names = frame.locals()
    except FAULTS:
        return
    for name in names:
        try:
            value = frame[name]
            kind = value.type_
            while kind.kind.name == "TYPEDEF":
                kind = kind.type
            if kind.kind.name != "POINTER" or not hasattr(kind.type, "tag"):
                continue
            if kind.type.tag in POINTED_TO and value.value_():
                yield name, kind.type.tag, value
        except FAULTS:
            continue


def owner(prog, word):
    """The task in a mutex's or a rwsem's owner word; its low bits are flags."""
    number = int(word) & ~7
    return Object(prog, "struct task_struct *", value=number) if number else None


def read_lock(truth, kind, lock):
    who = owner(truth.prog, lock.owner.counter)
    waiter = "struct mutex_waiter" if kind == "mutex" else "struct rwsem_waiter"
    found = fields(lock, kind=lambda: kind, owner_word=lambda: hex(
        int(lock.owner.counter) & (1 << 64) - 1), count=lambda: int(lock.count.counter),
        owner=lambda: address(who) if who is not None else None,
        owner_pid=lambda: int(who.pid) if who is not None else None,
        owner_comm=lambda: text(who.comm) if who is not None else None)
    found["waiters"] = [int(w.task.pid) for w in truth.walk("locks", lock.wait_list, waiter, "list")
                        if w.task]
    return found


def read_task(truth, task, state):
    found = fields(task, pid=lambda: int(task.pid), comm=lambda: text(task.comm),
                   state=lambda: state, tgid=lambda: int(task.tgid))
    frames, pointers = [], {}
    for frame in truth.prog.stack_trace(task):
        try:
            frames.append(frame.name)
        except FAULTS:
            frames.append(None)
        for name, kind, value in variables(frame):
            entry = {"frame": frames[-1], "variable": name, "kind": kind, "address": address(value)}
            pointers.setdefault((entry["kind"], entry["address"]), (entry, value))
    found["frames"] = frames
    found["pointers"] = [entry for entry, _ in pointers.values()]
    return found, [(kind, value) for (kind, _), (_, value) in pointers.items() if kind in LOCKS]


def read(truth):
    locks = {}
    for task in for_each_task(truth.prog):
        try:
            try:
                state = int(task.member_("__state"))
            except LookupError:  # before v5.14 (2f064a59a11f)
                state = int(task.state)
            if not state & UNINTERRUPTIBLE or int(task.on_cpu) or state & 0x400:  # idle kthreads
                continue
            found, seen = read_task(truth, task, state)
            truth.list("blocked_tasks").append(found)
            for kind, lock in seen:
                locks.setdefault(lock.value_(), (kind, lock))
        except FAULTS as error:
            truth.gap("blocked_tasks", address(task), error)
    for _, (kind, lock) in sorted(locks.items(), key=lambda item: item[0]):
        try:
            entry = read_lock(truth, kind, lock)
        except FAULTS as error:
            truth.gap("locks", address(lock), error)
            continue
        if entry["waiters"] or entry["owner"]:
            truth.list("locks").append(entry)
