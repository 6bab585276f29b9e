"""What the parts of nfs_truth.py share: values as JSON has them, and walks that survive bad memory.

Addresses are hex strings (None: NULL), numbers are plain. A member that this kernel does not have
is left out; one that cannot be read is {"fault": true}. Every list says in "gaps" where it stopped.
"""
import socket
import struct

from drgn import FaultError, ObjectAbsentError, cast
from drgn.helpers.linux.list import list_for_each_entry
from drgn.helpers.linux.net import for_each_net

FAULT = {"fault": True}
MODULES = ("sunrpc auth_rpcgss rpcsec_gss_krb5 rpcrdma nfs nfsv2 nfsv3 nfsv4 nfsd lockd grace "
           "nfs_acl nfs_layout_nfsv41_files nfs_layout_flexfiles blocklayoutdriver netfs "
           "fscache").split()
STEPS = 200000  # of any one walk


def address(value):
    """A pointer, or where a structure lies."""
    number = int(value) if isinstance(value, int) else (
        value.address_ if value.type_.kind.name in ("STRUCT", "UNION") else value.value_())
    return hex(number) if number else None


def text(value):
    return value.string_().decode(errors="replace") if value else None


def octets(value, size):
    return value.prog_.read(value.address_, size).hex()


def counter(value):
    """A number out of atomic_t, refcount_t, kref and the like."""
    for name in ("refcount", "refs", "counter"):
        try:
            value = value.member_(name)
        except (LookupError, TypeError):
            pass
    return value.value_()


def symbol(prog, value):
    """The function or variable that a pointer points to."""
    number = int(value)
    if not number:
        return None
    try:
        found = prog.symbol(number)
    except LookupError:
        return module_symbols(prog).get(number, hex(number))
    return found.name + (f"+{number - found.address:#x}" if number != found.address else "")


def module_symbols(prog, cache={}):
    """Names by address of what modules' own symbol tables have: drgn 0.0.31 knows no read-only data
    of modules of newer kernels."""
    if not cache:
        cache[0] = ""
        for module in list_for_each_entry("struct module", prog["modules"].address_of_(), "list"):
            if text(module.name) not in MODULES:
                continue
            table = module.kallsyms
            entries = prog.read(table.symtab.value_(), int(table.num_symtab) * 24)  # Elf64_Sym
            for name, _, _, section, value, _ in struct.iter_unpack("<IBBHQQ", entries):
                called = (table.strtab + name).string_().decode() if section else ""
                if called and not called.startswith("$"):  # "$d": where data begins on arm64
                    cache.setdefault(value, called)
    return cache


def sockaddr(value):
    """struct sockaddr_storage: "10.9.9.1:2049", "[::1]:2049"."""
    raw = value.prog_.read(value.address_, 28)
    family = int.from_bytes(raw[:2], "little")
    port = int.from_bytes(raw[2:4], "big")
    if family == socket.AF_INET:
        return f"{socket.inet_ntop(socket.AF_INET, raw[4:8])}:{port}"
    if family == socket.AF_INET6:
        return f"[{socket.inet_ntop(socket.AF_INET6, raw[8:24])}]:{port}"
    return f"family {family}" if family else None


def big_endian(value):
    """A __be32 as people read it."""
    return int.from_bytes(int(value).to_bytes(4, "little"), "big")


def first_member(value, *names):
    """The first of these members that the type has."""
    for name in names:
        try:
            return value.member_(name)
        except LookupError:
            pass
    raise LookupError(names[0])


def fields(what, **getters):
    """The object at `what` as a dictionary; getters are asked one by one."""
    found = {"address": address(what)}
    for name, getter in getters.items():
        try:
            found[name] = getter()
        except (FaultError, ObjectAbsentError):
            found[name] = FAULT
        except (LookupError, AttributeError):
            pass
        except TypeError as error:  # the member has another type in this kernel
            raise TypeError(f"{name}: {error}") from error
    return found


class Truth:
    """The program and the lists found so far."""

    def __init__(self, prog):
        self.prog = prog
        self.lists = {}
        self.gaps = {}

    def list(self, name):
        return self.lists.setdefault(name, [])

    def gap(self, name, where, error):
        self.gaps.setdefault(name, []).append(f"{where}: {type(error).__name__} {error}")

    def walk(self, name, head, kind, member):
        """Entries of a list; what ends it early is a gap of the list `name`."""
        seen = set()
        try:
            for entry in list_for_each_entry(kind, head.address_of_(), member):
                if entry.value_() in seen or len(seen) > STEPS:
                    raise ValueError("the list loops")
                seen.add(entry.value_())
                yield entry
        except (FaultError, ValueError) as error:
            self.gap(name, f"{kind} at {head.address_:#x}", error)

    def per_net(self, id_variable, kind):
        """What a module keeps in each network namespace: (struct net *, its structure)."""
        try:
            number = int(self.prog[id_variable])
        except (LookupError, FaultError):
            return
        for net in for_each_net(self.prog):
            try:
                found = cast(kind + " *", net.gen.ptr[number])
                if found:
                    yield net, found
            except FaultError as error:
                self.gap(id_variable, hex(net), error)

    def symbol(self, value):
        return symbol(self.prog, value)

    def variable(self, name, file=None):
        try:
            return self.prog.variable(name, file) if file else self.prog[name]
        except (LookupError, ValueError):
            return None
