#!/usr/bin/env python3
"""The dump of a small guest as a host of any size would have written it.

Every page of the given kdump-compressed dump stays where it is. Above them the new dump has memory up
to the given size, of which every so many pages were dumped: bitmaps and page descriptors are as long
as those of a real host. The pages above are all one page of zeros, so the file stays small; its
descriptors are real.
"""
import argparse
import sys

import kdump_file


def pages_above(dump, gigabytes, every):
    pages = (gigabytes << 30) // dump.block
    if pages <= dump.max_mapnr:
        raise ValueError(f"more than {(dump.max_mapnr * dump.block) >> 30} GiB were expected")
    first = (dump.max_mapnr + 7) // 8 * 8  # the new pages begin at a whole byte
    octets = (pages - first) // 8
    pattern = bytearray(every if every % 8 else every // 8)  # repeats every `every` pages
    for page in range(0, len(pattern) * 8, every):
        pattern[page // 8] |= 1 << page % 8
    filled = (pattern * (octets // len(pattern) + 1))[:octets]
    return kdump_file.Above(first, b"\xff" * octets, filled,
                            [(bytes(dump.block), kdump_file.bits(filled))])


def build(source, target, gigabytes, every=50):
    """Pages that the source had, pages above."""
    dump = kdump_file.KdumpFile(source)
    above = pages_above(dump, gigabytes, every)
    kdump_file.write(dump, target, above)
    return dump.stored, above.count


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="kdump-compressed dump of a small machine")
    parser.add_argument("target", help="file to write")
    parser.add_argument("--gigabytes", type=int, default=512, help="memory of the host")
    parser.add_argument("--every", type=int, default=50,
                        help="one in so many pages above was dumped")
    arguments = parser.parse_args()
    try:
        stored, count = build(arguments.source, arguments.target, arguments.gigabytes,
                              arguments.every)
    except ValueError as failure:
        sys.exit(str(failure))
    print(f"{arguments.target}: {stored} pages of {arguments.source}, {count} above")


if __name__ == "__main__":
    main()
