#!/usr/bin/env python3
"""Compares the members of structures in our BTF with those in BTF that pahole made from the same DWARF.

  compare.py SOURCE OURS THEIRS...

THEIRS in the order in which the debug files were given. Of each structure that ours defines, some
file of pahole's must have the same members at the same bits; of each structure that the engine's
source names and that pahole knows, ours must have a definition. Reads BTF by itself: independent of
both readers that are compared. Exit status 1 when something differs.
"""
import pathlib
import re
import struct
import sys

(INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT, FUNC, PROTO, VAR,
 DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64) = range(1, 20)
EXTRA = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12), ENUM: (0, 8), PROTO: (0, 8),
         VAR: (4, 0), DATASEC: (0, 12), DECL_TAG: (4, 0), ENUM64: (0, 12)}


class Btf:
    def __init__(self, path):
        data = pathlib.Path(path).read_bytes()
        magic, _, _, header, type_at, type_size, string_at, _ = struct.unpack_from('<HBBIIIII', data)
        if magic != 0xeb9f:
            sys.exit(f'{path}: no BTF')
        self.data, self.strings = data, header + string_at
        self.types = [None]
        at, end = header + type_at, header + type_at + type_size
        while at < end:
            name, info, size = struct.unpack_from('<III', data, at)
            kind, count = info >> 24 & 31, info & 0xffff
            self.types.append((kind, name, count, info >> 31, size, at + 12))
            fixed, each = EXTRA.get(kind, (0, 0))
            at += 12 + fixed + each * count

    def name(self, offset):
        start = self.strings + offset
        return self.data[start:self.data.index(b'\0', start)].decode()

    def members(self, kind, size, count, flag, at, base=0, depth=0):
        """{path: (bit offset, bit size or None)}, those of unnamed members in place."""
        found = {}
        for i in range(count):
            name, of, place = struct.unpack_from('<III', self.data, at + 12 * i)
            bits = place >> 24 if flag else 0
            place = place & 0xffffff if flag else place
            if name:
                found[self.name(name)] = (base + place, bits)
                continue
            while self.types[of][0] in (CONST, VOLATILE, TYPEDEF):
                of = self.types[of][4]
            inner, _, inner_count, inner_flag, inner_size, inner_at = self.types[of]
            if inner in (STRUCT, UNION) and depth < 16:
                found.update(self.members(inner, inner_size, inner_count, inner_flag, inner_at,
                                          base + place, depth + 1))
        return found

    def structures(self):
        """{'struct x': [(size, members), ...]}"""
        found = {}
        for entry in self.types[1:]:
            kind, name, count, flag, size, at = entry
            if kind in (STRUCT, UNION) and name:
                spelling = ('struct ' if kind == STRUCT else 'union ') + self.name(name)
                found.setdefault(spelling, []).append(
                    (size, self.members(kind, size, count, flag, at)))
        return found


def names_in(source):
    """Structures that the engine's source asks for."""
    found = set()
    for path in pathlib.Path(source, 'engine').rglob('*.cc'):
        found.update(re.findall(r'"((?:struct|union) \w+)"', path.read_text()))
    return found


def main():
    source, ours_path, *theirs_paths = sys.argv[1:]
    ours = Btf(ours_path).structures()
    theirs = {}
    for path in theirs_paths:
        for spelling, shapes in Btf(path).structures().items():
            theirs.setdefault(spelling, []).extend(shapes)
    asked = names_in(source)
    wrong, members = [], 0
    for spelling in sorted(asked):
        if spelling in theirs and spelling not in ours:
            wrong.append(f'{spelling}: pahole has it, ours does not')
    for spelling, shapes in sorted(ours.items()):
        if len(shapes) != 1:
            wrong.append(f'{spelling}: defined {len(shapes)} times')
        if spelling not in theirs:
            wrong.append(f'{spelling}: pahole does not have it')
        elif shapes[0] not in theirs[spelling]:
            size, places = shapes[0]
            other_size, other = theirs[spelling][0]
            odd = [m for m in sorted(set(places) | set(other)) if places.get(m) != other.get(m)]
            wrong.append(f'{spelling}: size {size}, pahole {other_size}; differing: {odd[:5]}')
        else:
            members += len(shapes[0][1])
    print(f'{len(ours)} structures with {members} members agree; '
          f'{len(asked & set(ours))} of the {len(asked)} that the engine names are in this kernel'
          if not wrong else '\n'.join(wrong))
    sys.exit(1 if wrong or members < 1000 else 0)


if __name__ == '__main__':
    main()
