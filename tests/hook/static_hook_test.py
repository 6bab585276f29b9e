#!/usr/bin/env python3
"""The statically linked nfstriage-hook against what `nfstriage analyze` says of the same dump: verdicts
are equal, or weaker where the hook has no decoder, and nothing is loaded at run time.

NFSTRIAGE_HOOK is the command of the hook (with an emulator before it for another architecture),
NFSTRIAGE_PROGRAM the whole program. With NFSTRIAGE_CORPUS the real dumps there are compared
too; with NFSTRIAGE_DUMPS, a list of files, those.
"""
import glob
import importlib.util
import json
import os
import shlex
import struct
import subprocess
import tempfile
import unittest

HOOK = shlex.split(os.environ["NFSTRIAGE_HOOK"])
PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
MACHINES = {62: "x86_64", 183: "aarch64"}  # e_machine
PT_DYNAMIC, PT_INTERP = 2, 3

spec = importlib.util.spec_from_file_location(
    "compare_verdicts", os.path.join(ROOT, "tools", "lab", "compare_verdicts.py"))
compare_verdicts = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare_verdicts)


def elf_of(path):
    """Machine and program header types of an ELF file."""
    with open(path, "rb") as file:
        head = file.read(64)
        machine, = struct.unpack_from("<H", head, 18)
        at, = struct.unpack_from("<Q", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        file.seek(at)
        table = file.read(size * count)
    return MACHINES[machine], {struct.unpack_from("<I", table, i * size)[0] for i in range(count)}


def verdict_of(hook, dump):
    with tempfile.TemporaryDirectory() as folder:
        crash, out = os.path.join(folder, "crash"), os.path.join(folder, "out")
        os.mkdir(crash)
        os.mkdir(out)
        os.symlink(os.path.abspath(dump), os.path.join(crash, "vmcore"))
        run = subprocess.run([*hook, "--root", folder, "--dir", crash, "--output", out,
                              "--deadline", "300"], capture_output=True, text=True, check=True)
        try:
            with open(os.path.join(out, "verdict.json"), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            raise AssertionError(f"no verdict: {run.stdout}{run.stderr}") from None


def analysis_of(dump):
    with tempfile.TemporaryDirectory() as home:
        run = subprocess.run([PROGRAM, "analyze", "--stable", "--format", "json", dump],
                             env={**os.environ, "HOME": home, "XDG_CACHE_HOME": home},
                             capture_output=True, text=True)
    return json.loads(run.stdout)


def without_circumstances(verdict):
    """Without what differs between two runs and two names of the file."""
    verdict.pop("statistics", None)
    verdict.get("input", {}).pop("path", None)
    return verdict


def samples():
    files = glob.glob(os.path.join(ROOT, "samples", "*.vmcore"))
    files += glob.glob(os.path.join(ROOT, "samples", "cases", "*", "vmcore"))
    return sorted(files)


def real_dumps():
    corpus = os.environ.get("NFSTRIAGE_CORPUS")
    files = os.environ.get("NFSTRIAGE_DUMPS", "").split()
    if corpus:
        files += glob.glob(os.path.join(corpus, "dumps", "*", "*.vmcore"))
    return sorted(files)


class StaticHook(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.machine, self.segments = elf_of(HOOK[-1])

    def compare(self, dump):
        ours = without_circumstances(verdict_of(HOOK, dump))
        theirs = without_circumstances(analysis_of(dump))
        if ours == theirs:
            return
        comparison = compare_verdicts.compare(ours, theirs)
        bad = [line for line in comparison.found if line[0] != "weaker"]
        self.assertEqual(bad, [])
        # Where the hook decodes, nothing is missing.
        self.assertNotEqual(theirs["kernel"]["arch"], self.machine, comparison.found)

    def test_loads_nothing(self):
        self.assertFalse(self.segments & {PT_DYNAMIC, PT_INTERP})

    def test_verdicts_on_samples(self):
        for dump in samples():
            with self.subTest(dump=os.path.relpath(dump, ROOT)):
                self.compare(dump)

    def test_verdicts_on_real_dumps(self):
        if not real_dumps():
            self.skipTest("neither NFSTRIAGE_CORPUS nor NFSTRIAGE_DUMPS names any")
        for dump in real_dumps():
            with self.subTest(dump=os.path.basename(dump)):
                self.compare(dump)

    def test_a_format_that_needs_a_library_is_named_as_that(self):
        with tempfile.TemporaryDirectory() as folder:
            dump = os.path.join(folder, "ppc64")
            with open(dump, "wb") as file:  # an ELF core of another machine
                ident = b"\x7fELF\x02\x01\x01" + bytes(9)
                file.write(ident + struct.pack("<HHIQQQIHHHHHH", 4, 21, 1, 0, 64, 0, 0, 64, 56, 1,
                                               0, 0, 0))
                file.write(struct.pack("<IIQQQQQQ", 4, 4, 120, 0, 0, 16, 16, 4) + bytes(4096))
            text = json.dumps(verdict_of(HOOK, dump))
        self.assertIn("all that this program reads", text)

    def test_self_test(self):
        run = subprocess.run([*HOOK, "--selftest"], capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout)


if __name__ == "__main__":
    unittest.main()
