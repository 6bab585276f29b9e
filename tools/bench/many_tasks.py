#!/usr/bin/env python3
"""The dump of a small guest as a host with very many tasks would have written it.

Into the kernel of a kdump-compressed x86_64 dump come clones of one of its processes, in the list of
all tasks, the list of their parent's children and the table of pids; and clones of one of its
rpc_tasks, in the list of their client and in the queue that the original waits on. Each has memory
of its own, in pages of the direct map that the guest did not have, and its own pid, owner and links;
what the original points to else, its kernel stack for one, they share. The original process is the
one that waits longest in NFS, unless --like names another; the original rpc_task is one that waits
for its turn, without a request.
"""
import argparse
import struct
import sys

import kdump_file
from guest_kernel import GIBIBYTE, GuestKernel

ALIGNMENT = 64  # of objects, like that of the kernel's caches
NODE_SLOTS, NODE_BITS = 64, 6  # of an xa_node
NODE_TAG = 2  # of a pointer to an xa_node


def aligned(size):
    return -(-size // ALIGNMENT) * ALIGNMENT


class Template:
    """An object to be cloned: pointers into itself follow the clone."""

    def __init__(self, kernel, address, size):
        self.address, self.octets = address, kernel.read(address, size)
        words = struct.unpack(f"<{size // 8}Q", self.octets[:size // 8 * 8])
        self.inner = [8 * i for i, word in enumerate(words) if address <= word < address + size]

    def at(self, address):
        clone = bytearray(self.octets)
        for offset in self.inner:
            word = struct.unpack_from("<Q", clone, offset)[0]
            struct.pack_into("<Q", clone, offset, word - self.address + address)
        return clone


def put(clone, offset, *words):
    struct.pack_into(f"<{len(words)}Q", clone, offset, *words)


def put_number(clone, kind, member, number):
    offset, size = kind.at[member], kind.sizes[member]
    clone[offset:offset + size] = (number % (1 << 8 * size)).to_bytes(size, "little")


class Chain:
    """Nodes at even distances that come into a list in front of `before`."""

    def __init__(self, kernel, before, first, stride, count):
        self.before, self.first, self.stride, self.count = before, first, stride, count
        self.after = kernel.u64(before + 8)
        if count:
            kernel.put(self.after, first)
            kernel.put(before + 8, first + stride * (count - 1))

    def links(self, number):
        node = self.first + self.stride * number
        return (self.before if number == self.count - 1 else node + self.stride,
                self.after if number == 0 else node - self.stride)


class Processes:
    """Each clone is a task_struct, a signal_struct and a struct pid, one behind the other."""

    def __init__(self, kernel, original, begin, count):
        self.kernel, self.begin, self.count = kernel, begin, count
        self.task, self.signal = kernel.type("task_struct"), kernel.type("signal_struct")
        self.pid = kernel.type("pid")
        pid_size = self.pid.size + kernel.type("upid").size
        at = self.task.at
        group = kernel.u64(original + at["signal"])
        self._check(original, group)
        self.templates = [Template(kernel, original, self.task.size),
                          Template(kernel, group, self.signal.size),
                          Template(kernel, kernel.u64(original + at["thread_pid"]), pid_size)]
        self.signal_at = aligned(self.task.size)
        self.pid_at = self.signal_at + aligned(self.signal.size)
        self.stride = self.pid_at + aligned(pid_size)
        self.end = begin + self.stride * count
        parent = kernel.u64(original + at["real_parent"])
        self.tasks = self._chain(kernel.symbol("init_task") + at["tasks"], "tasks")
        self.siblings = self._chain(parent + at["children"], "sibling")
        self.first_pid = 0

    def _chain(self, before, member):
        return Chain(self.kernel, before, self.begin + self.task.at[member], self.stride,
                     self.count)

    def _check(self, original, group):
        threads = list(self.kernel.list_nodes(group + self.signal.at["thread_head"]))
        if threads != [original + self.task.at["thread_node"]]:
            raise ValueError("the process to clone has threads")

    def pid_address(self, number):
        return self.begin + self.stride * number + self.pid_at

    def chunks(self):
        for number in range(self.count):
            address = self.begin + self.stride * number
            yield self._task(number, address)
            yield self._signal(address)
            yield self._pid(number, address)

    def _task(self, number, address):
        task, at = self.templates[0].at(address), self.task.at
        signal, pid = address + self.signal_at, address + self.pid_at
        for member in ("pid", "tgid"):
            put_number(task, self.task, member, self.first_pid + number)
        put(task, at["tasks"], *self.tasks.links(number))
        put(task, at["sibling"], *self.siblings.links(number))
        for member in ("children", "ptraced"):
            put(task, at[member], address + at[member], address + at[member])
        put(task, at["signal"], signal)
        head = signal + self.signal.at["thread_head"]
        put(task, at["thread_node"], head, head)
        put(task, at["thread_pid"], pid)
        for kind in (0, 1):  # PIDTYPE_PID, PIDTYPE_TGID: alone on the list of its pid
            put(task, at["pid_links"] + 16 * kind, 0, pid + self.pid.at["tasks"] + 8 * kind)
        for kind in (2, 3):  # its group and session are the original's, which do not lead to it
            put(task, at["pid_links"] + 16 * kind, 0, 0)
        return task.ljust(self.signal_at, b"\0")

    def _signal(self, address):
        signal, at = self.templates[1].at(address + self.signal_at), self.signal.at
        node = address + self.task.at["thread_node"]
        put(signal, at["thread_head"], node, node)
        put(signal, at["pids"] + 8, address + self.pid_at)
        return signal.ljust(self.pid_at - self.signal_at, b"\0")

    def _pid(self, number, address):
        pid, at = self.templates[2].at(address + self.pid_at), self.pid.at
        for kind in (0, 1):
            links = address + self.task.at["pid_links"] + 16 * kind
            put(pid, at["tasks"] + 8 * kind, links)
        struct.pack_into("<i", pid, at["numbers"], self.first_pid + number)
        return pid.ljust(self.stride - self.pid_at, b"\0")


class PidTable:
    """The xarray of the first pid namespace, made higher: pids above all that it could hold."""

    def __init__(self, kernel, begin, processes):
        self.kernel, self.node = kernel, kernel.type("xa_node")
        self.head_at = (kernel.symbol("init_pid_ns") + kernel.type("pid_namespace").at["idr"] +
                        kernel.type("xarray").at["xa_head"])
        self.array = self.head_at - kernel.type("xarray").at["xa_head"]
        old = kernel.u64(self.head_at)
        if old & 3 != NODE_TAG:
            raise ValueError("the table of pids has no node")
        self.old = old - NODE_TAG
        self.old_shift = kernel.read(self.old + self.node.at["shift"], 1)[0]
        self.begin = self.end = begin
        self.nodes = []  # in order of their addresses
        processes.first_pid = NODE_SLOTS << self.old_shift
        if processes.count:
            self._grow({processes.first_pid + number: processes.pid_address(number)
                        for number in range(processes.count)})

    def _grow(self, entries):
        shift = 0
        while shift <= self.old_shift + NODE_BITS or len(entries) > 1:
            parents = {}
            for index, entry in entries.items():
                parents.setdefault(index // NODE_SLOTS, {})[index % NODE_SLOTS] = entry
            if shift == self.old_shift + NODE_BITS:
                parents.setdefault(0, {})[0] = self.old + NODE_TAG
            entries = {index: self._node(shift, index % NODE_SLOTS, slots)
                       for index, slots in sorted(parents.items())}
            shift += NODE_BITS
        if list(entries) != [0]:
            raise ValueError("the new table of pids lacks the old one")
        self.kernel.put(self.head_at, entries[0])

    def _node(self, shift, offset, slots):
        address, at = self.end, self.node.at
        node = bytearray(aligned(self.node.size))
        node[at["shift"]], node[at["offset"]], node[at["count"]] = shift, offset, len(slots)
        put(node, at["array"], self.array)
        for number, entry in slots.items():
            put(node, at["slots"] + 8 * number, entry)
            if entry & 3 == NODE_TAG:
                self._adopt(entry - NODE_TAG, address)
        self.nodes.append(node)
        self.end += len(node)
        return address + NODE_TAG

    def _adopt(self, child, parent):
        if child == self.old:
            self.kernel.put(child + self.node.at["parent"], parent)
        else:
            put(self.nodes[(child - self.begin) // aligned(self.node.size)],
                self.node.at["parent"], parent)

    def chunks(self):
        return iter(self.nodes)


class RpcTasks:
    def __init__(self, kernel, original, begin, count, owners):
        self.begin, self.count, self.owners = begin, count, owners
        self.task = kernel.type("rpc_task")
        wait = kernel.type("rpc_wait").at
        self.wait_at = self.task.at["u.tk_wait"]
        self.links_at = self.wait_at + wait["links"]
        self.timer_at = self.wait_at + wait["timer_list"]
        self.template = Template(kernel, original, self.task.size)
        self.stride = aligned(self.task.size)
        self.end = begin + self.stride * count
        client = kernel.u64(original + self.task.at["tk_client"])
        self.tasks = Chain(kernel, client + kernel.type("rpc_clnt").at["cl_tasks"],
                           begin + self.task.at["tk_task"], self.stride, count)
        self.waiting = Chain(kernel, self._place_on_queue(kernel, original), begin + self.wait_at,
                             self.stride, count)
        self._lengthen(kernel, original)
        self._hold(kernel, client)

    def _place_on_queue(self, kernel, original):
        """The node behind the new ones. A task whose owner is on the queue already hangs on the
        first one's links and knows only the head of the list."""
        node = original + self.wait_at
        following, before = (kernel.u64(node + at) for at in (0, 8))
        return node if before else following

    def _lengthen(self, kernel, original):
        queue, kind = kernel.u64(original + self.task.at["tk_waitqueue"]), kernel.type(
            "rpc_wait_queue")
        at, size = queue + kind.at["qlen"], kind.sizes["qlen"]
        length = int.from_bytes(kernel.read(at, size), "little") + self.count
        kernel.put(at, min(length, (1 << 8 * size) - 1), size)

    def _hold(self, kernel, client):
        """Each task holds a reference to its client."""
        at = client + kernel.type("rpc_clnt").at["cl_count"]
        kernel.put(at, int.from_bytes(kernel.read(at, 4), "little") + self.count, 4)

    def chunks(self):
        for number in range(self.count):
            address = self.begin + self.stride * number
            task = self.template.at(address)
            put_number(task, self.task, "tk_pid", number)
            put_number(task, self.task, "tk_owner", self.owners[number % len(self.owners)])
            put(task, self.task.at["tk_task"], *self.tasks.links(number))
            put(task, self.wait_at, *self.waiting.links(number))
            for offset in (self.links_at, self.timer_at):
                put(task, offset, address + offset, address + offset)
            yield task.ljust(self.stride, b"\0")


def process_to_clone(kernel, like):
    """Address of the task_struct."""
    if like is None:
        waits = kernel.ask("show", "waits")["nfs"]["waits"]["items"]
        if waits:
            return int(waits[0]["address"], 16)
        raise ValueError("no process waits in NFS: --like PID")
    at, init = kernel.type("task_struct").at, kernel.symbol("init_task")
    for node in kernel.list_nodes(init + at["tasks"]):
        task = node - at["tasks"]
        if int.from_bytes(kernel.read(task + at["pid"], 4), "little") == like:
            return task
    raise ValueError(f"no process {like}")


def rpc_task_to_clone(kernel):
    for task in kernel.ask("show", "tasks")["nfs"]["rpc_tasks"]["items"]:
        if task.get("on_queue") and not int(task.get("rqst", "0"), 16):
            return int(task["address"], 16)
    raise ValueError("no rpc_task waits without a request")


def pages(chunks, size):
    """Cuts memory that is given in pieces into pages, the last one filled up."""
    rest = bytearray()
    for chunk in chunks:
        rest += chunk
        whole = len(rest) // size * size
        for begin in range(0, whole, size):
            yield bytes(rest[begin:begin + size])
        del rest[:whole]
    if rest:
        yield bytes(rest.ljust(size, b"\0"))


def build(nfstriage, source, target, task_count, rpc_count, like=None):
    """Pids that were given away, as a range."""
    dump = kdump_file.KdumpFile(source)
    kernel = GuestKernel(nfstriage, source, dump)
    physical = -(-dump.max_mapnr * dump.block // GIBIBYTE) * GIBIBYTE
    begin = kernel.page_offset + physical
    parts, pids = [], range(0)
    if task_count:
        processes = Processes(kernel, process_to_clone(kernel, like), begin, task_count)
        table = PidTable(kernel, processes.end, processes)
        pids = range(processes.first_pid, processes.first_pid + task_count)
        parts += [processes, table]
    if rpc_count:
        parts.append(RpcTasks(kernel, rpc_task_to_clone(kernel), parts[-1].end if parts else begin,
                              rpc_count, pids or range(1 << 22, (1 << 22) + rpc_count)))
    size = (parts[-1].end if parts else begin) - begin
    kernel.map_gibibytes(physical, physical + size)
    octets = -(-size // dump.block // 8)
    bitmap = ((1 << -(-size // dump.block)) - 1).to_bytes(octets, "little")
    chunks = (chunk for part in parts for chunk in part.chunks())
    above = kdump_file.Above(physical // dump.block, bitmap, bitmap,
                             ((page, 1) for page in pages(chunks, dump.block)))
    kdump_file.write(dump, target, above)
    return pids


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="kdump-compressed dump of a small x86_64 machine")
    parser.add_argument("target", help="file to write")
    parser.add_argument("--tasks", type=int, default=100_000, help="processes to add")
    parser.add_argument("--rpc-tasks", type=int, default=50_000, help="rpc_tasks to add")
    parser.add_argument("--like", type=int, metavar="PID", help="process to clone")
    parser.add_argument("--nfstriage", default="nfstriage", help="the program to ask for types")
    arguments = parser.parse_args()
    try:
        pids = build(arguments.nfstriage, arguments.source, arguments.target, arguments.tasks,
                     arguments.rpc_tasks, arguments.like)
    except ValueError as failure:
        sys.exit(str(failure))
    print(f"{arguments.target}: {len(pids)} tasks more"
          + (f", pids {pids[0]} to {pids[-1]}" if pids else "")
          + f", {arguments.rpc_tasks} rpc_tasks more")


if __name__ == "__main__":
    main()
