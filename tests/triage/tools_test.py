#!/usr/bin/env python3
"""Mini-dumps in crash and drgn: both say of them what they say of the dump.

NFSTRIAGE_PROGRAM is the program. NFSTRIAGE_TOOLS names a file with a dump and the vmlinux of its kernel on
each line; NFSTRIAGE_CRASH and NFSTRIAGE_DRGN_PYTHON are the commands for crash (8.0.6) and for a Python
that has drgn, where they are not "crash" and "python3". Exit status 77 without any of these.
"""
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("NFSTRIAGE_PROGRAM", "nfstriage")
CRASH = shlex.split(os.environ.get("NFSTRIAGE_CRASH", "crash"))
PYTHON = shlex.split(os.environ.get("NFSTRIAGE_DRGN_PYTHON", "python3"))
LIST = os.environ.get("NFSTRIAGE_TOOLS", "")

COMMANDS = "sys\nbt\nbt -a\nps\nmod\nforeach UN bt\nlog\nquit\n"

DRGN = """
import sys, drgn
from drgn.helpers.linux import for_each_task
prog = drgn.Program()
prog.set_core_dump(sys.argv[1])
try:
    prog.load_debug_info([sys.argv[2]])
except drgn.MissingDebugInfoError:
    pass
for task in for_each_task(prog):
    places = []
    for frame in prog.stack_trace(task):
        try:
            prog.symbol(frame.pc)
        except LookupError:  # drgn has run off the stack's end; what follows is none of its frames
            break
        places.append(hex(frame.pc))
    print(task.pid.value_(), task.comm.string_().decode(), places)
print([frame.name for frame in prog.crashed_thread().stack_trace()])
"""


def dumps():
    if not LIST:
        return []
    with open(LIST, encoding="utf-8") as file:
        return [line.split() for line in file if line.strip()]


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=600,
                          check=False, **more)


def without_names(lines):
    """What crash prints, but for the log, the host's name and threads that are called after a server."""
    return [re.sub(r"\b[\d.]+-m[anger]*\b", "SERVER-manager", line) for line in lines
            if not line.startswith("[") and "NODENAME" not in line]


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        # Also where crash runs in another root that has this folder.
        os.chmod(self.folder, 0o755)

    def minidump(self, dump, *options):
        path = os.path.join(self.folder, "mini" + str(len(options)))
        done = run(PROGRAM, "minidump", *options, "-o", path, dump)
        self.assertEqual(done.returncode, 0, done.stderr)
        return path

    def crash(self, dump, vmlinux):
        done = run(*CRASH, "-s", vmlinux, dump, input=COMMANDS)
        self.assertIn("PID:", done.stdout, done.stdout + done.stderr)
        return [line for line in done.stdout.splitlines() if "DUMPFILE:" not in line]

    @unittest.skipUnless(shutil.which(CRASH[0]), "crash is not installed")
    def test_crash_says_the_same_of_the_dump_and_of_its_mini_dump(self):
        for dump, vmlinux in dumps():
            with self.subTest(dump):
                self.assertEqual(self.crash(self.minidump(dump), vmlinux), self.crash(dump, vmlinux))

    @unittest.skipUnless(shutil.which(CRASH[0]), "crash is not installed")
    def test_crash_lists_tasks_and_stacks_of_a_redacted_one_and_no_names(self):
        for dump, vmlinux in dumps():
            with self.subTest(dump):
                key = os.path.join(self.folder, "key")
                mini = self.minidump(dump, "--redact", "--redact-key", key)
                whole, redacted = self.crash(dump, vmlinux), self.crash(mini, vmlinux)
                node = next(re.search(r"NODENAME: (\S+)", line)[1] for line in whole
                            if "NODENAME:" in line)
                self.assertNotRegex("\n".join(redacted), rf"\b{re.escape(node)}\b")
                self.assertEqual(without_names(redacted), without_names(whole))

    def test_drgn_finds_the_same_tasks_and_stacks(self):
        if run(*PYTHON, "-c", "import drgn").returncode != 0:
            self.skipTest("drgn is not installed")
        for dump, vmlinux in dumps():
            key = os.path.join(self.folder, "key")
            for mini in (self.minidump(dump),
                         self.minidump(dump, "--redact", "--redact-key", key)):
                with self.subTest(mini):
                    whole = run(*PYTHON, "-c", DRGN, dump, vmlinux)
                    small = run(*PYTHON, "-c", DRGN, mini, vmlinux)
                    self.assertEqual(whole.returncode, 0, whole.stderr)
                    self.assertNotEqual(whole.stdout, "")
                    self.assertEqual(without_names(small.stdout.splitlines()),
                                     without_names(whole.stdout.splitlines()), small.stderr)


if __name__ == "__main__":
    if not dumps():
        sys.exit(77)
    unittest.main()
