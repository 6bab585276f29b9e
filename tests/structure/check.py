#!/usr/bin/env python3
"""check.py ROOT: rules of the repository that no compiler checks.

Prints one line per violation, "file:line: what", and exits 1 if there is any. The rules are the
functions below whose names start with rule_; CONTRIBUTING.md states them for people.
"""
import os
import re
import sys

# From left to right: a room includes only rooms to its left. isa and log stand apart: they need
# nothing but base.
ROOMS = ("base dump redact layout debuginfo kernel isa log unwind arguments nfs facts rules knowledge verdict "
         "report").split()
ONLY_BASE = {"isa", "log"}

CODE = (".cc", ".h")
TEXT = CODE + (".py", ".md", ".yaml", ".json", ".cmake", ".txt", ".sh", ".1")
NOT_OURS = {".git", "build", "__pycache__"}

MAX_LINES = 500
# Tables: one entry a line, nothing to split.
LONG_TABLES = {"engine/rules/kernel_names.cc"}

# Where Catch2 may be included: what makes versions 2 and 3 look alike.
CATCH_SHIM = {"tests/catch.h", "tests/main.cc"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# Home and work directories of the machine that somebody wrote a file on.
MACHINE_PATH = re.compile(r"(?<![\w.}/-])/(?:work|root|home/[a-z]\w*|tmp/lab|Users)/")


class Tree:
    """Files of the repository as (path relative to the root, lines)."""

    def __init__(self, root):
        self.root = root
        self.paths = []
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f not in NOT_OURS)
            for name in sorted(names):
                self.paths.append(os.path.relpath(os.path.join(folder, name), root))

    def bytes(self, path):
        with open(os.path.join(self.root, path), "rb") as file:
            return file.read()

    def lines(self, path):
        return self.bytes(path).decode("utf-8", "replace").splitlines()

    def code(self, *tops):
        return [p for p in self.paths if p.endswith(CODE) and p.split(os.sep)[0] in tops]

    def text(self):
        return [p for p in self.paths if p.endswith(TEXT) or self.is_script(p)]

    def is_script(self, path):
        return "." not in os.path.basename(path) and self.bytes(path)[:2] == b"#!"


def room_of(path):
    """The room a file of engine/ belongs to; None for the façade's files."""
    parts = path.split("/")
    return parts[1] if parts[0] == "engine" and len(parts) > 2 else None


def may_include(room, other):
    if other == room or other == "base":
        return True
    return room not in ONLY_BASE and ROOMS.index(other) < ROOMS.index(room)


def includes(tree, path):
    for number, line in enumerate(tree.lines(path), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1] == '"', found[2]


def rule_rooms_include_only_to_their_left(tree):
    for path in tree.code("engine"):
        room = room_of(path)
        if room is None:
            continue
        if room not in ROOMS:
            yield path, 1, f"unknown room {room}: give it a place in {os.path.basename(__file__)}"
            continue
        for number, ours, name in includes(tree, path):
            if not ours:
                continue
            other = name.split("/")[0]
            if "/" not in name or other not in ROOMS:
                yield path, number, f'a room includes "ROOM/FILE.h", not "{name}"'
            elif not may_include(room, other):
                yield path, number, f"{room} must not include {other}"


def rule_engine_includes_exist(tree):
    known = set(tree.paths)
    for path in tree.code("engine"):
        for number, ours, name in includes(tree, path):
            if ours and f"engine/{name}" not in known:
                yield path, number, f'"{name}" is not in engine/'


def rule_no_spdlog_in_the_engine(tree):
    for path in tree.code("engine"):
        for number, _, name in includes(tree, path):
            if name.startswith("spdlog/"):
                yield path, number, "the engine's diagnostics go to its caller, not to spdlog"


def rule_catch2_through_the_shim(tree):
    for path in tree.code("engine", "tools", "tests"):
        for number, _, name in includes(tree, path):
            if name.startswith("catch2/") and path not in CATCH_SHIM:
                yield path, number, 'include "catch.h" instead: it fits both versions of Catch2'


def rule_files_are_short(tree):
    for path in tree.code("engine", "tools", "tests"):
        count = len(tree.lines(path))
        if count > MAX_LINES and path not in LONG_TABLES:
            yield path, count, f"{count} lines, a file has {MAX_LINES} at most"


def rule_headers_open_with_their_purpose(tree):
    for path in tree.code("engine"):
        lines = tree.lines(path)
        if path.endswith(".h") and not (lines and lines[0].startswith("// ")):
            yield path, 1, "a header opens with a comment that says what it is for"


def rule_sources_without_header_open_with_their_purpose(tree):
    known = set(tree.paths)
    for path in tree.code("engine"):
        lines = tree.lines(path)
        if path.endswith(".cc") and path[:-3] + ".h" not in known and not (
                lines and lines[0].startswith("// ")):
            yield path, 1, "a source file without a header of its name opens with a comment"


def rule_no_machine_paths(tree):
    for path in tree.text():
        for number, line in enumerate(tree.lines(path), 1):
            found = MACHINE_PATH.search(line)
            if found:
                yield path, number, f"a path of somebody's machine: {found[0]}"


def rule_text_ends_with_newline(tree):
    for path in tree.text():
        data = tree.bytes(path)
        if data and not data.endswith(b"\n"):
            yield path, data.count(b"\n") + 1, "no newline at the end of the file"


RULES = [rule for name, rule in sorted(globals().items()) if name.startswith("rule_")]


def violations(root):
    tree = Tree(root)
    return sorted({v for rule in RULES for v in rule(tree)})


def main(arguments):
    if len(arguments) != 1 or not os.path.isdir(os.path.join(arguments[0], "engine")):
        print("usage: check.py ROOT, the top folder of the project", file=sys.stderr)
        return 2
    found = violations(arguments[0])
    for path, number, what in found:
        print(f"{path}:{number}: {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
