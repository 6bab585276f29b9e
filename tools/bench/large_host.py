#!/usr/bin/env python3
"""The dump of a small guest as a host of any size would have written it.

Every page of the given kdump-compressed dump stays where it is. Above them the new dump has memory up
to the given size, of which every so many pages were dumped: bitmaps and page descriptors are as long
as those of a real host. The pages above are all one page of zeros, so the file stays small; its
descriptors are real.
"""
import argparse
import struct
import sys

BLOCK_SIZE, SUB_HEADER_BLOCKS, BITMAP_BLOCKS, MAX_MAPNR = 428, 432, 436, 440
MAX_MAPNR_64 = 96  # in the sub header
DESCRIPTOR = struct.Struct("<QIIQ")  # offset, size, flags, page_flags


def build(source, target, gigabytes, every):
    with open(source, "rb") as file:
        dump = bytearray(file.read())
    if dump[:8] != b"KDUMP   ":
        sys.exit(f"{source}: a kdump-compressed dump was expected that is not flattened")
    block, sub_blocks, bitmap_blocks, max_mapnr = struct.unpack_from("<iiII", dump, BLOCK_SIZE)
    bitmap_at = (1 + sub_blocks) * block
    half = bitmap_blocks // 2 * block
    memory, dumped = (dump[bitmap_at + i * half:bitmap_at + (i + 1) * half] for i in (0, 1))
    pages = (gigabytes << 30) // block
    if pages <= max_mapnr:
        sys.exit(f"more than the {(max_mapnr * block) >> 30} GiB of {source} were expected")
    new_half = (pages // 8 + block - 1) // block * block
    first = (max_mapnr + 7) // 8 * 8  # the new pages begin at a whole byte
    above = (pages - first) // 8
    pattern = bytearray(every if every % 8 else every // 8)  # repeats every `every` pages
    bits = len(pattern) * 8
    for page in range(0, bits, every):
        pattern[page // 8] |= 1 << page % 8
    filled = (pattern * (above // len(pattern) + 1))[:above]
    count = int.from_bytes(filled, "little").bit_count()

    def bitmap(old, new):
        head = old[:first // 8].ljust(first // 8, b"\0")
        return (bytes(head) + bytes(new)).ljust(new_half, b"\0")

    stored = int.from_bytes(dumped, "little").bit_count()
    table_at = bitmap_at + bitmap_blocks * block
    data_at = table_at + stored * DESCRIPTOR.size
    new_table_at = bitmap_at + 2 * new_half
    shift = new_table_at + (stored + count) * DESCRIPTOR.size + block - data_at
    struct.pack_into("<II", dump, BITMAP_BLOCKS, 2 * new_half // block, min(pages, 0xffffffff))
    struct.pack_into("<Q", dump, block + MAX_MAPNR_64, pages)
    with open(target, "wb") as file:
        file.write(dump[:bitmap_at])
        file.write(bitmap(memory, b"\xff" * above))
        file.write(bitmap(dumped, filled))
        for at in range(table_at, data_at, DESCRIPTOR.size):
            offset, size, flags, page_flags = DESCRIPTOR.unpack_from(dump, at)
            file.write(DESCRIPTOR.pack(offset + shift, size, flags, page_flags))
        zero_page = DESCRIPTOR.pack(data_at + shift - block, block, 0, 0)
        for begin in range(0, count, 65536):
            file.write(zero_page * min(65536, count - begin))
        file.write(bytes(block))
        file.write(dump[data_at:])
    return stored, count


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="kdump-compressed dump of a small machine")
    parser.add_argument("target", help="file to write")
    parser.add_argument("--gigabytes", type=int, default=512, help="memory of the host")
    parser.add_argument("--every", type=int, default=50,
                        help="one in so many pages above was dumped")
    arguments = parser.parse_args()
    stored, count = build(arguments.source, arguments.target, arguments.gigabytes, arguments.every)
    print(f"{arguments.target}: {stored} pages of {arguments.source}, {count} above")


if __name__ == "__main__":
    main()
