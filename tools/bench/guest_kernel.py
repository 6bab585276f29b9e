"""The kernel in the dump of an x86_64 guest: its types, symbols and memory, to be changed.

Types and symbols come from `nfstriage struct` and `sym`. Addresses are those of the kernel image or
of the direct map, which are both linear; nothing else is looked at.
"""
import json
import struct
import subprocess

START_KERNEL_MAP = 0xffffffff80000000
GIBIBYTE = 1 << 30
# Present, writable, accessed, dirty, huge, global, not executable.
GIBIBYTE_PAGE = 0x80000000000001e3
TABLE_ADDRESS = 0x000ffffffffff000  # of a page table's entry: where the next table lies


class Type:
    """Size and members of a structure: at["u.tk_wait.list"] is an offset."""

    def __init__(self, description):
        self.size, self.at, self.sizes = description["size"], {}, {}
        self._add(description["members"], "")

    def _add(self, members, prefix):
        for member in members:
            name = member.get("name", "")
            path = prefix + name
            if name:
                self.at[path], self.sizes[path] = member["offset"], member["size"]
            self._add(member.get("members", []), path + "." if name else prefix)


class GuestKernel:
    def __init__(self, nfstriage, path, dump):
        self.nfstriage, self.path, self.dump = nfstriage, path, dump
        self.types = {}
        self.page_offset = self.u64(self.symbol("page_offset_base"))

    def ask(self, command, *words):
        done = subprocess.run([self.nfstriage, command, self.path, *words, "--format", "json"],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(f"{command} {' '.join(words)}: {done.stderr.strip()}")
        return json.loads(done.stdout)

    def symbol(self, name):
        for found in self.ask("sym", name)["symbols"][0]["matches"]:
            return int(found["address"], 16)
        raise ValueError(f"{self.path}: no symbol {name}")

    def type(self, name):
        if name not in self.types:
            self.types[name] = Type(self.ask("struct", name)["type"])
        return self.types[name]

    def physical(self, address):
        if address >= START_KERNEL_MAP:
            return (address - START_KERNEL_MAP + self.dump.phys_base) % (1 << 64)
        return address - self.page_offset

    def read(self, address, size):
        found = b""
        while len(found) < size:
            pfn, begin = divmod(self.physical(address + len(found)), self.dump.block)
            found += self.dump.page(pfn)[begin:begin + size - len(found)]
        return found

    def write(self, address, octets):
        for number, octet in enumerate(octets):
            pfn, begin = divmod(self.physical(address + number), self.dump.block)
            page = bytearray(self.dump.page(pfn))
            page[begin] = octet
            self.dump.replace(pfn, page)

    def u64(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def put(self, address, value, size=8):
        self.write(address, value.to_bytes(size, "little"))

    def list_nodes(self, head):
        """Nodes of a list besides its head."""
        node = self.u64(head)
        while node != head:
            yield node
            node = self.u64(node)

    def map_gibibytes(self, begin, end):
        """Brings physical memory between two whole GiB into the direct map."""
        for physical in range(begin, end, GIBIBYTE):
            address = self.page_offset + physical
            table = self.physical(self.symbol("init_top_pgt"))
            for shift in (48, 39) if self.page_offset < 0xffff800000000000 else (39,):
                entry = self.u64(self.page_offset + table + (address >> shift) % 512 * 8)
                if not entry & 1:
                    raise ValueError(f"the direct map ends below {physical >> 30} GiB")
                table = entry & TABLE_ADDRESS
            self.put(self.page_offset + table + (address >> 30) % 512 * 8,
                     physical | GIBIBYTE_PAGE)
