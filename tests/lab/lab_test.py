#!/usr/bin/env python3
"""The parts of the lab that need no virtual machine: the comparison of verdicts, the table of
scenarios, the images, and what is made of a guest's disks."""
import copy
import glob
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LAB = os.path.join(ROOT, "tools", "lab")
sys.dont_write_bytecode = True
sys.path.insert(0, LAB)
import check  # noqa: E402
import compare_verdicts  # noqa: E402
import images  # noqa: E402
from machine import Outcome  # noqa: E402

VERDICT = {
    "schema_version": "1.0",
    "kernel": {"release": "6.1.0", "arch": "x86_64", "modules_of_interest": ["nfs", "sunrpc"]},
    "crash": {"kind": "bug", "function": "nfs_end_page_writeback",
              "registers": {"rip": "0xffffffff81000000"}},
    "culprit": {"function": "nfs_end_page_writeback", "component": "nfs_client"},
    "signature": {"text": "v1:bug:nfs_client:nfs_end_page_writeback"},
    "stacks": [{"role": "crash", "cpu": 1, "task": {"comm": "writer", "address": "0x10"},
                "frames": [
                    {"function": "a", "address": "0x1", "trust": "registers", "arguments": [
                        {"index": 0, "value": "0x77"}]},
                    {"function": "b", "address": "0x2", "trust": "orc", "arguments": []},
                    {"function": "c", "address": "0x3", "trust": "orc", "arguments": []}]}],
    "nfs": {"rpc_tasks": {"count": 5, "complete": True}, "waits": ["3 tasks wait"]},
    "verdicts": [{"status": "known_bug", "confidence": "certain", "rule": "one", "evidence": [
        {"clause": "is_bad", "result": "true"}, {"clause": "is_other", "result": "false"}],
        "records": [{"id": "one", "status_here": "affected"}]}],
}


def changed(**members):
    verdict = copy.deepcopy(VERDICT)
    for path, value in members.items():
        thing = verdict
        *keys, last = [int(key) if key.isdigit() else key for key in path.split("__")]
        for key in keys:
            thing = thing[key]
        if value is None:
            del thing[last]
        else:
            thing[last] = value
    return verdict


def relations(one, other=None):
    return compare_verdicts.compare(one, other or VERDICT).relations()


class Comparison(unittest.TestCase):
    def test_a_verdict_equals_itself(self):
        self.assertEqual(relations(VERDICT), set())

    def test_reports_of_one_task_are_compared_in_their_order(self):
        report = {"role": "other", "cpu": 0, "task": {"comm": "kworker", "pid": 7}}
        verdict = changed(stacks=[dict(report, frames=VERDICT["stacks"][0]["frames"][at:])
                                  for at in range(3)])
        self.assertEqual(relations(verdict, verdict), set())
        self.assertEqual(relations(changed(stacks=verdict["stacks"][:2]), verdict), {"weaker"})

    def test_losing_knowledge_is_weaker_and_finding_it_stronger(self):
        for weak in (
                changed(verdicts__0__status="candidate"),
                changed(verdicts__0__status="inconclusive", verdicts__0__rule=None),
                changed(verdicts__0__confidence="likely"),
                changed(verdicts__0__evidence__0__result="unknown"),
                changed(verdicts__0__records__0__status_here="unknown"),
                changed(crash__function=None),
                changed(crash__registers__rip=None),
                changed(kernel__modules_of_interest=["nfs"]),
                changed(stacks=[]),
                changed(stacks__0__frames=VERDICT["stacks"][0]["frames"][:2]),
                changed(stacks__0__frames__1__trust="scan"),
                changed(stacks__0__frames__0__arguments=[{"index": 0}]),
                changed(nfs__rpc_tasks={"count": 4, "complete": False}),
                changed(nfs__waits=[])):
            self.assertEqual(relations(weak), {"weaker"}, weak)
            self.assertEqual(relations(VERDICT, weak), {"stronger"}, weak)

    def test_what_is_turned_round_is_different(self):
        for other in (
                changed(verdicts__0__status="not_nfs"),
                changed(verdicts__0__status="known_condition"),
                changed(verdicts__0__rule="two"),
                changed(verdicts__0__evidence__0__result="false"),
                changed(verdicts__0__records__0__status_here="fixed"),
                changed(crash__kind="soft_lockup"),
                changed(culprit__component="nfsd"),
                changed(signature__text="v1:bug:nfs_client:other"),
                changed(stacks__0__frames__1__function="x"),
                changed(stacks__0__frames__0__arguments=[{"index": 0, "value": "0x78"}])):
            self.assertIn("different", relations(other), other)

    def test_the_program_tells_by_its_exit_status(self):
        with tempfile.TemporaryDirectory() as folder:
            def written(name, verdict):
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(verdict, file)
                return path

            whole = written("whole", VERDICT)
            weak = written("weak", changed(crash__function=None))
            other = written("other", changed(crash__kind="gpf"))
            for words, status in (([whole, whole], 0), ([weak, whole], 0), ([whole, weak], 1),
                                  (["--either", whole, weak], 0), ([other, whole], 1),
                                  (["--either", other, whole], 1), ([folder, whole], 2)):
                done = subprocess.run(
                    [sys.executable, "-B", os.path.join(LAB, "compare_verdicts.py"), *words],
                    capture_output=True, check=False)
                self.assertEqual(done.returncode, status, words)


class Table(unittest.TestCase):
    def setUp(self):
        with open(os.path.join(LAB, "scenarios.json"), encoding="utf-8") as file:
            self.table = json.load(file)

    def test_every_scenario_names_a_fault_a_world_and_rules_that_exist(self):
        def text(*path):
            with open(os.path.join(LAB, *path), encoding="utf-8") as file:
                return file.read()

        faults = set(re.findall(r"^([a-z-]+)\)$", text("guest", "crash"), re.M))
        worlds = set(re.findall(r"^([a-z-]+)\) conf", text("guest", "capture"), re.M))
        rules = {os.path.basename(path)[:-len(".yaml")]
                 for path in glob.glob(os.path.join(ROOT, "rules", "*.yaml"))}
        self.assertGreater(len(rules), 10)
        for scenario in self.table["scenarios"]:
            whole = dict(self.table["defaults"], **scenario)
            self.assertIn(whole["fault"], faults)
            self.assertIn(whole["world"], worlds | {"plain", "torture"})
            if whole["expected"].get("rule"):
                self.assertIn(whole["expected"]["rule"], rules)

    def test_every_mode_of_the_fault_module_has_a_scenario(self):
        with open(os.path.join(LAB, "nfsfault", "nfsfault.c"), encoding="utf-8") as file:
            modes = set(re.findall(r'^\t\{ "([a-z-]+)", "', file.read(), re.M))
        self.assertGreater(len(modes), 3)
        self.assertLessEqual(modes, {scenario["fault"] for scenario in self.table["scenarios"]})


class Guests(unittest.TestCase):
    def test_the_scripts_are_shell(self):
        for name in ("init", "functions", "crash", "capture", "kdump"):
            subprocess.run(["sh", "-n", os.path.join(LAB, "guest", name)], check=True)

    def test_an_image_is_an_archive_that_the_kernel_takes(self):
        image = images.Image()
        image.put("etc/odd", "abc", executable=True)
        image.link("bin/sh", "busybox")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "image")
            image.write(path)
            with gzip.open(path) as file:
                content = file.read()
        members, at = {}, 0
        while True:  # Documentation/driver-api/early-userspace/buffer-format.rst
            self.assertEqual(content[at:at + 6], b"070701")
            fields = [int(content[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
            name = content[at + 110:at + 110 + fields[11] - 1].decode()
            start = at + (110 + fields[11] + 3) // 4 * 4
            if name == "TRAILER!!!":
                break
            members[name] = fields[1], content[start:start + fields[6]]
            at = (start + fields[6] + 3) // 4 * 4
        self.assertEqual(members, {"etc": (0o40755, b""), "etc/odd": (0o100755, b"abc"),
                                   "bin": (0o40755, b""), "bin/sh": (0o120777, b"busybox")})


class Results(unittest.TestCase):
    """check_run on made-up disks of a guest."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.crash = os.path.join(folder.name, "crash")
        self.place = os.path.join(self.crash, "127.0.0.1-now")
        os.makedirs(self.place)
        self.files = []
        self.measured = {"status": 0, "wall_ms": 900, "max_rss_kib": 20000}
        self.spent = [("dumped, status 0", 50.0), ("hook done", 52.5)]
        self.console = "lab: 9.00 dumping\nnfstriage: candidate\nlab: 11.00 rebooting\n"
        self.scenario = {"name": "x", "most_seconds": 3, "most_mib": 32, "left": "beside the dump",
                         "compare": "no", "expected": {"status": "known_bug", "rule": "one"}}

    def put(self, name, content):
        with open(os.path.join(self.place, name), "w", encoding="utf-8") as file:
            file.write(content)
        self.files.append("127.0.0.1-now/" + name)

    def wrong(self, rebooted=True):
        result = check.Result(self.scenario)
        evidence = {"hook.txt": "".join(f"{k} {v}\n" for k, v in self.measured.items()).encode()}
        outcome = Outcome(self.console, 60, rebooted, self.spent)
        check.check_run(result, outcome, evidence, self.crash, self.files, "nfstriage")
        return result.wrong

    def saved(self, verdict=None):
        self.put("vmcore", "")
        self.put("verdict.json", json.dumps(verdict or VERDICT))
        self.put("verdict.txt", "KNOWN BUG")

    def test_a_good_run_passes(self):
        self.saved()
        self.assertEqual(self.wrong(), [])

    def test_each_broken_promise_is_found(self):
        self.saved()
        for change in ({"status": 1}, {"max_rss_kib": 40000}):
            kept = dict(self.measured)
            self.measured.update(change)
            self.assertEqual(len(self.wrong()), 1, change)
            self.measured = kept
        self.spent[1] = ("hook done", 53.5)
        self.assertEqual(self.wrong(), ["the hook took 3.5 s, 3 s are allowed"])
        self.spent[1] = ("hook done", 52.5)
        self.assertEqual(self.wrong(rebooted=False), ["the reboot was not reached"])
        self.console = self.console.replace("nfstriage:", "other:")
        self.assertEqual(self.wrong(), ["no line on the console"])

    def test_another_answer_than_expected_is_found(self):
        self.saved(changed(verdicts__0__rule="two"))
        self.assertEqual(self.wrong(), ["rule is two, expected one"])

    def test_half_a_verdict_and_leftovers_are_found(self):
        self.put("vmcore", "")
        self.put("verdict.json", json.dumps(VERDICT)[:-20])
        self.put("verdict.txt", "KNOWN BUG")
        self.put(".verdict.json.tmp", "")
        self.assertEqual(self.wrong(), ["left over: 127.0.0.1-now/.verdict.json.tmp",
                                        "verdict.json is not a whole verdict"])

    def test_a_verdict_that_was_only_said_is_read_from_the_console(self):
        self.scenario["left"] = "on the console"
        self.console = ("lab: 9.00 dumping\nnfstriage: KNOWN BUG (certain): It breaks [one]; the "
                        "verdict could not be saved (no disk), so here it is:\r\nKNOWN BUG "
                        "(certain)  It breaks\r\nlab: 11.00 rebooting\r\n")
        self.assertEqual(self.wrong(), [])
        self.scenario["expected"]["rule"] = "two"
        self.assertEqual(self.wrong(), ["rule is one, expected two"])

    def test_no_verdict_at_all_is_wrong(self):
        self.put("vmcore-incomplete", "")
        self.scenario["left"] = "any"
        self.assertEqual(self.wrong(), ["no verdict, expected one any"])


if __name__ == "__main__":
    unittest.main()
