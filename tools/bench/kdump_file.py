"""Kdump-compressed dumps as the tools of this folder read, change and write them.

A dump has a header, a sub header, two bitmaps (which pages are memory, which were dumped), a table
with a descriptor for each dumped page, and the pages, each compressed for itself. Format:
makedumpfile's IMPLEMENTATION, diskdump_mod.h. Only pages that are stored as they are or by zlib are
read.
"""
import struct
import zlib

BLOCK_SIZE, BITMAP_BLOCKS, MAX_MAPNR = 428, 436, 440  # in the header
PHYS_BASE, OFFSET_ERASEINFO, MAX_MAPNR_64 = 0, 64, 96  # in the sub header
DESCRIPTOR = struct.Struct("<QIIQ")  # offset, size, flags, page_flags
RAW, ZLIB = 0, 1  # flags: how a page is stored


class KdumpFile:
    """A dump in memory. Page numbers (pfn) are of physical memory."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        if self.data[:8] != b"KDUMP   ":
            raise ValueError(f"{path}: a kdump-compressed dump was expected that is not flattened")
        self.block, sub_blocks, bitmap_blocks, self.max_mapnr = struct.unpack_from(
            "<iiII", self.data, BLOCK_SIZE)
        self.bitmap_at = (1 + sub_blocks) * self.block
        half = bitmap_blocks // 2 * self.block
        self.memory, self.dumped = (
            self.data[self.bitmap_at + i * half:self.bitmap_at + (i + 1) * half] for i in (0, 1))
        self.stored = bits(self.dumped)
        self.table_at = self.bitmap_at + bitmap_blocks * self.block
        self.data_at = self.table_at + self.stored * DESCRIPTOR.size
        self.changed = {}  # pfn: its new content

    @property
    def phys_base(self):
        return struct.unpack_from("<Q", self.data, self.block + PHYS_BASE)[0]

    def page(self, pfn):
        """Content of a page as it is now."""
        if pfn in self.changed:
            return self.changed[pfn]
        offset, size, flags, _ = DESCRIPTOR.unpack_from(
            self.data, self.table_at + self._rank(pfn) * DESCRIPTOR.size)
        stored = self.data[offset:offset + size]
        if flags not in (RAW, ZLIB):
            raise ValueError(f"page {pfn:#x} is compressed by something else than zlib")
        return stored if flags == RAW else zlib.decompress(stored)

    def replace(self, pfn, content):
        self._rank(pfn)
        self.changed[pfn] = bytes(content)

    def _rank(self, pfn):
        """How many pages are stored before this one."""
        if not (pfn < self.max_mapnr and self.dumped[pfn // 8] >> pfn % 8 & 1):
            raise ValueError(f"page {pfn:#x} was not dumped")
        below = self.dumped[pfn // 8] & (1 << pfn % 8) - 1
        return bits(self.dumped[:pfn // 8]) + below.bit_count()


def bits(octets):
    return int.from_bytes(octets, "little").bit_count()


class Above:
    """What a new dump has behind the memory of the old one, from page `first` on, which is a
    multiple of 8: bitmaps, and the dumped pages as pairs (content, how many of it follow)."""

    def __init__(self, first, memory, dumped, pages):
        self.first, self.memory, self.dumped, self.pages = first, memory, dumped, pages
        self.count = bits(dumped)
        self.end = first + 8 * len(memory)  # page behind the last


def write(dump, target, above):
    """The dump with its changed pages, and `above` behind its memory."""
    half = -(-above.end // 8 // dump.block) * dump.block
    table_at = dump.bitmap_at + 2 * half
    data_at = table_at + (dump.stored + above.count) * DESCRIPTOR.size
    data_at = -(-data_at // dump.block) * dump.block
    with open(target, "wb") as file, open(target, "r+b") as table:
        file.write(_headers(dump, half, above.end, data_at - dump.data_at))
        file.write(_bitmap(dump.memory, above.memory, above.first, half))
        file.write(_bitmap(dump.dumped, above.dumped, above.first, half))
        file.flush()
        table.seek(table_at)
        file.seek(data_at)
        file.write(dump.data[dump.data_at:])
        _write_old_table(dump, file, table, data_at - dump.data_at)
        for content, repeated in above.pages:
            descriptor = _store(file, content)
            for begin in range(0, repeated, 65536):
                table.write(descriptor * min(65536, repeated - begin))
        if table.tell() != table_at + (dump.stored + above.count) * DESCRIPTOR.size:
            raise ValueError("other pages were given than the bitmap says")


def _headers(dump, half, end, shift):
    headers = bytearray(dump.data[:dump.bitmap_at])
    struct.pack_into("<II", headers, BITMAP_BLOCKS, 2 * half // dump.block, min(end, 0xffffffff))
    struct.pack_into("<Q", headers, dump.block + MAX_MAPNR_64, end)
    erased = struct.unpack_from("<Q", headers, dump.block + OFFSET_ERASEINFO)[0]
    if erased >= dump.data_at:
        struct.pack_into("<Q", headers, dump.block + OFFSET_ERASEINFO, erased + shift)
    return headers


def _bitmap(old, new, first, half):
    head = old[:first // 8].ljust(first // 8, b"\0")
    return (bytes(head) + bytes(new)).ljust(half, b"\0")


def _write_old_table(dump, file, table, shift):
    moved = bytearray(dump.data[dump.table_at:dump.data_at])
    for at in range(0, len(moved), DESCRIPTOR.size):
        offset, *rest = DESCRIPTOR.unpack_from(moved, at)
        DESCRIPTOR.pack_into(moved, at, offset + shift, *rest)
    for pfn, content in sorted(dump.changed.items()):
        at = dump._rank(pfn) * DESCRIPTOR.size
        moved[at:at + DESCRIPTOR.size] = _store(file, content)
    table.write(moved)


def _store(file, content):
    """Appends a page; its descriptor."""
    packed = zlib.compress(content, 1)
    flags = ZLIB if len(packed) < len(content) else RAW
    stored = packed if flags == ZLIB else content
    descriptor = DESCRIPTOR.pack(file.tell(), len(stored), flags, 0)
    file.write(stored)
    return descriptor
