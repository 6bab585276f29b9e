#!/usr/bin/env python3
"""The dumps that tools/bench writes are sound: what the guest had, nfstriage finds in them, and what
was added to it, whole and without a contradiction. NFSTRIAGE_PROGRAM is the program."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(ROOT, "tools", "bench"))

import kdump_file  # noqa: E402
import large_host  # noqa: E402
import many_tasks  # noqa: E402

PROGRAM = os.environ.get("NFSTRIAGE_PROGRAM", "nfstriage")
SAMPLE = os.path.join(ROOT, "samples", "unlock-request-bug-x86_64.vmcore")
ADDED = 200  # more than an xa_node has slots


def ask(command, dump, *words):
    done = subprocess.run([PROGRAM, command, dump, *words, "--format", "json"], check=True,
                          capture_output=True, text=True,
                          env={**os.environ, "XDG_CACHE_HOME": "/nonexistent"})
    return json.loads(done.stdout)


def verdict_of(dump):
    verdict = ask("analyze", dump, "--stable")
    return {key: verdict[key] for key in ("crash", "culprit", "signature", "verdicts")}


class Dumps(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.target = os.path.join(self.folder.name, "vmcore")

    def test_more_tasks_that_wait_in_nfs(self):
        like = ask("show", SAMPLE, "waits")["nfs"]["waits"]["items"][0]["pid"]
        pids = many_tasks.build(PROGRAM, SAMPLE, self.target, ADDED, 0, like)
        before, after = (ask("show", dump, "all")["nfs"] for dump in (SAMPLE, self.target))
        self.assertLessEqual(set(pids), {wait["pid"] for wait in after["waits"]["items"]})
        self.assertTrue(after["waits"]["complete"])
        self.assertEqual(before["findings"]["items"], after["findings"]["items"])
        for name in ("mounts", "rpc_clnts", "rpc_tasks", "nfs_pages"):
            self.assertEqual(before[name], after[name], name)
        self.assertEqual(verdict_of(SAMPLE), verdict_of(self.target))

    def test_the_list_of_tasks_can_be_walked_both_ways(self):
        many_tasks.build(PROGRAM, SAMPLE, self.target, ADDED, 0, 1)
        kernel = many_tasks.GuestKernel(PROGRAM, SAMPLE, kdump_file.KdumpFile(self.target))
        head = kernel.symbol("init_task") + kernel.type("task_struct").at["tasks"]
        nodes = [head]
        for node in kernel.list_nodes(head):
            self.assertEqual(kernel.u64(node + 8), nodes[-1])
            nodes.append(node)
        self.assertEqual(kernel.u64(head + 8), nodes[-1])
        self.assertGreater(len(nodes), ADDED)

    def test_more_memory(self):
        dump = kdump_file.KdumpFile(SAMPLE)
        gib = (dump.max_mapnr * dump.block >> 30) + 3
        stored, above = large_host.build(SAMPLE, self.target, gib, 50)
        large = kdump_file.KdumpFile(self.target)
        self.assertEqual(large.stored, stored + above)
        self.assertEqual(large.max_mapnr * large.block, gib << 30)
        self.assertEqual(large.page(-(-dump.max_mapnr // 8) * 8), bytes(large.block))
        self.assertEqual(verdict_of(SAMPLE), verdict_of(self.target))

    def test_a_changed_page_is_another_and_the_rest_is_as_it_was(self):
        dump = kdump_file.KdumpFile(SAMPLE)
        first, second = [pfn for pfn in range(dump.max_mapnr)
                         if dump.dumped[pfn // 8] >> pfn % 8 & 1][:2]
        rest = dump.page(second)
        dump.replace(first, b"\x5a" * dump.block)
        kdump_file.write(dump, self.target, kdump_file.Above(dump.max_mapnr, b"", b"", []))
        changed = kdump_file.KdumpFile(self.target)
        self.assertEqual(changed.page(first), b"\x5a" * dump.block)
        self.assertEqual(changed.page(second), rest)


if __name__ == "__main__":
    unittest.main()
