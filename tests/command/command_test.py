#!/usr/bin/env python3
"""The program as users meet it: exit statuses, messages, formats, and the installed tree.

NFSTRIAGE_PROGRAM is the program of the build, NFSTRIAGE_CMAKE and NFSTRIAGE_BUILD install it.
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
os.environ["XDG_CACHE_HOME"] = "/nonexistent"  # no profile of an earlier analysis
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

OOPS = """\
[    0.000000] Linux version 5.10.0-made-up (us@here) (gcc 10) #1 SMP
[  100.000000] BUG: kernel NULL pointer dereference, address: 0000000000000018
[  100.000001] #PF: supervisor read access in kernel mode
[  100.000002] Oops: 0000 [#1] SMP PTI
[  100.000003] CPU: 2 PID: 4711 Comm: writer Not tainted 5.10.0-made-up #1
[  100.000004] RIP: 0010:nfs_made_up_function+0x12/0x80 [nfs]
[  100.000005] Call Trace:
[  100.000006]  nfs_file_write+0x40/0x200 [nfs]
[  100.000007]  vfs_write+0xb0/0x250
[  100.000008] ---[ end trace 0123456789abcdef ]---
[  100.000009] Kernel panic - not syncing: Fatal exception
"""


def run(*arguments, program=PROGRAM, given=None):
    return subprocess.run([program, *arguments], input=given, capture_output=True, text=True,
                          timeout=60, check=False)


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.log = self.file("dmesg.txt", OOPS)

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_a_verdict_is_status_0(self):
        done = run("analyze", self.log)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("nfs_made_up_function", done.stdout)

    def test_a_log_on_standard_input(self):
        done = run("analyze", "--format", "json", "-", given=OOPS)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(json.loads(done.stdout)["crash"]["function"], "nfs_made_up_function")

    def test_wrong_command_lines_are_status_2(self):
        for arguments in ((), ("analyze",), ("analyse", self.log), ("analyze", "--no-such", "x"),
                          ("analyze", "--format", "xml", self.log), ("frames",),
                          ("frames", "--task", "x", self.log), ("frames", "--task", "-1", self.log),
                          ("frames", "--all", "--task", "1", self.log),
                          ("analyze", "--rules", self.folder + "/none", self.log),
                          ("fixes",), ("fixes", "--status", "broken", self.log),
                          ("fixes", "--commit", "xyz", self.log),
                          ("fixes", "--knowledge", self.folder + "/none", self.log)):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(done.stdout, "")
            self.assertNotEqual(done.stderr, "")

    def test_help_is_status_0_and_names_the_statuses(self):
        for arguments in (("--help",), ("analyze", "--help"), ("frames", "--help"),
                          ("show", "--help"), ("signature", "--help"), ("fixes", "--help"),
                          ("struct", "--help"), ("sym", "--help"), ("log", "--help")):
            done = run(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("3 at least one input could not be read", done.stdout)

    def test_unreadable_inputs_are_status_3_and_named(self):
        empty_folder = os.path.join(self.folder, "crash")
        os.mkdir(empty_folder)
        for path in (os.path.join(self.folder, "none"), self.file("empty", ""), empty_folder,
                     self.file("cut.vmcore", "KDUMP   \x06\0\0\0")):
            done = run("analyze", path)
            self.assertEqual((done.returncode, done.stdout), (3, ""), path)
            self.assertIn(path, done.stderr)

    def test_one_unreadable_input_does_not_stop_the_others(self):
        done = run("analyze", "--format", "json", self.folder + "/none", self.log)
        self.assertEqual(done.returncode, 3)
        objects = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(objects), 2)
        self.assertEqual(set(objects[0]["error"]) & {"file", "expected", "remedy"},
                         {"file", "expected", "remedy"})
        self.assertIn("verdicts", objects[1])

    def test_output_that_cannot_be_written_is_status_1(self):
        done = run("analyze", "-o", self.folder + "/none/out", self.log)
        self.assertEqual(done.returncode, 1)
        self.assertIn("none/out", done.stderr)

    def test_output_goes_to_the_file(self):
        out = self.folder + "/out.json"
        done = run("analyze", "--format", "json", "-o", out, self.log)
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        with open(out, encoding="utf-8") as file:
            self.assertIn("verdicts", json.load(file))

    def test_signatures_are_one_line_for_each_crash_and_those_of_the_verdicts(self):
        done = run("signature", self.log, self.log)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        verdict = json.loads(run("analyze", "--format", "json", self.log).stdout)["signature"]
        lines = [line for line in done.stdout.splitlines() if not line.startswith("  or ")]
        self.assertEqual(lines, [f"{verdict['id']} {verdict['text']} {self.log}"] * 2)
        as_json = json.loads(run("signature", "--format", "json", self.log).stdout)
        self.assertEqual(as_json["signature"], verdict)
        nothing = run("signature", self.file("quiet.log", "[    1.0] NFS: Registering\n"))
        self.assertEqual((nothing.returncode, nothing.stdout.split()[:2]), (0, ["-", "-"]))

    def test_stable_output_is_the_same_twice(self):
        first, second = (run("analyze", "--format", "json", "--stable", self.log).stdout
                         for _ in range(2))
        self.assertEqual(first, second)
        self.assertNotIn("statistics", json.loads(first))

    def test_frames_of_a_dump_have_arguments_in_both_formats(self):
        for name, function in (("unlock-request-bug-x86_64", "nfs_end_page_writeback"),
                               ("xprt-lock-softlockup-aarch64", "xprt_alloc_slot")):
            dump = f"{ROOT}/samples/{name}.vmcore"
            text = run("frames", dump)
            self.assertEqual((text.returncode, text.stderr), (0, ""))
            self.assertIn(function, text.stdout)
            self.assertNotIn("\x1b", text.stdout)
            self.assertLessEqual(max(map(len, text.stdout.splitlines())), 100)
            document = json.loads(run("frames", "--format", "json", dump).stdout)
            self.assertEqual(set(document), {"schema_version", "input", "kernel", "stacks"})
            frames = [frame for stack in document["stacks"] for frame in stack["frames"]]
            known = [argument for frame in frames for argument in frame.get("arguments", ())
                     if "value" in argument]
            self.assertNotEqual(known, [])
            for argument in known:
                self.assertRegex(argument["value"], "^0x[0-9a-f]+$")
                self.assertNotEqual(argument["how"], [])

    def test_frames_of_a_dump_have_every_stack_of_memory_once(self):
        for name in ("unlock-request-bug-x86_64", "xprt-lock-softlockup-aarch64"):
            for scope in ((), ("--all",)):
                done = run("frames", *scope, "--format", "json", f"{ROOT}/samples/{name}.vmcore")
                tasks = [stack["task"]["address"] for stack in json.loads(done.stdout)["stacks"]
                         if "address" in stack["task"]]
                self.assertGreater(len(tasks), 1)
                self.assertEqual(sorted(set(tasks)), sorted(tasks))

    def test_frames_of_one_task_wherever_it_is(self):
        dump = ROOT + "/samples/unlock-request-bug-x86_64.vmcore"
        tasks = json.loads(run("frames", "--all", "--format", "json", dump).stdout)["stacks"]
        self.assertGreater(len(tasks), 20)
        sleeping = next(stack for stack in tasks if stack["task"].get("state") == "S")
        for pid in (174, sleeping["task"]["pid"]):
            done = run("frames", "--task", str(pid), "--format", "json", dump)
            stacks = json.loads(done.stdout)["stacks"]
            self.assertEqual({stack["task"]["pid"] for stack in stacks}, {pid})
            self.assertNotEqual(stacks[0]["frames"], [])

    def test_frames_of_a_task_that_is_not_there_are_status_3(self):
        for path in (ROOT + "/samples/unlock-request-bug-x86_64.vmcore", self.log):
            done = run("frames", "--task", "4194303", path)
            self.assertEqual((done.returncode, done.stdout), (3, ""), path)
            self.assertIn("pid 4194303", done.stderr)
            self.assertIn(path, done.stderr)
        done = run("frames", "--format", "json", "--task", "4194303", self.log)
        self.assertEqual(done.returncode, 3)
        self.assertIn("4194303", json.loads(done.stdout)["error"]["expected"])

    def test_frames_of_a_log_are_those_that_it_printed(self):
        for arguments, given in ((("frames", self.log), None), (("frames", "-"), OOPS),
                                 (("frames", "--task", "4711", self.log), None)):
            done = run(*arguments, given=given)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("#0   nfs_made_up_function+0x12/0x80 [nfs]", done.stdout)
            self.assertIn("writer[4711]", done.stdout)

    def test_struct_prints_layouts_and_objects(self):
        dump = f"{ROOT}/samples/unlock-request-bug-x86_64.vmcore"
        layout = json.loads(run("struct", "--format", "json", dump, "nfs_page").stdout)["type"]
        offsets = {member["name"]: member["offset"] for member in layout["members"]
                   if "name" in member}
        self.assertEqual((layout["name"], layout["source"]), ("struct nfs_page", "btf"))
        self.assertEqual(offsets["wb_list"], 0)
        text = run("struct", dump, "nfs_page", "0xffff8a0382491300")
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        self.assertIn("wb_flags = 0x16", text.stdout)
        self.assertIn("slab cache", text.stdout)
        document = json.loads(run("struct", "--format", "json", dump, "nfs_page.wb_flags,wb_kref",
                                  "ffff8a0382491300").stdout)
        flags, kref = document["objects"][0]["values"]
        self.assertEqual((flags["name"], flags["value"]), ("wb_flags", 0x16))
        self.assertEqual(flags["offset"], offsets["wb_flags"])
        self.assertEqual(kref["members"][0]["members"][0]["members"][0]["value"], 2)
        linked = run("struct", dump, "nfs_page.wb_flags", "--link", "wb_flags",
                     hex(0xffff8a0382491300 + offsets["wb_flags"])).stdout
        self.assertIn("wb_flags = 0x16", linked)
        absent = run("struct", dump, "nfs_page.wb_flags", "0xffff800000000000")
        self.assertEqual(absent.returncode, 0)
        self.assertRegex(absent.stdout, r"wb_flags = \(not (dumped|mapped)\)")

    def test_wrong_names_of_struct_and_sym_are_status_3_with_the_nearest(self):
        dump = f"{ROOT}/samples/unlock-request-bug-x86_64.vmcore"
        for words, expected in ((("no_such_type",), "no_such_type"),
                                (("nfs_page.wb_flag",), "wb_flags"),
                                (("nfs_page", "no_such_symbol"), "no_such_symbol")):
            done = run("struct", dump, *words)
            self.assertEqual((done.returncode, done.stdout), (3, ""), words)
            self.assertIn(expected, done.stderr)
        done = run("sym", dump, "nfs_end_page_writebak", "schedule")
        self.assertEqual(done.returncode, 3)
        self.assertIn("near it: nfs_end_page_writeback", done.stdout)
        self.assertRegex(done.stdout, r"0x[0-9a-f]{16} schedule\b")
        for command in (("struct", dump), ("sym", dump), ("log", "--level", "loud", dump),
                        ("struct", dump, "page", "-n", "0")):
            self.assertEqual(run(*command).returncode, 2, command)

    def test_sym_translates_both_ways(self):
        dump = f"{ROOT}/samples/unlock-request-bug-x86_64.vmcore"
        document = json.loads(run("sym", "--format", "json", dump,
                                  "nfs_end_page_writeback+0x59/0xe0").stdout)
        match = document["symbols"][0]["matches"][0]
        self.assertEqual((match["module"], match["offset"], match["section"]), ("nfs", 0x59, "text"))
        back = run("sym", dump, match["address"]).stdout
        self.assertIn("nfs_end_page_writeback+0x59/0xe0 [nfs]", back)
        self.assertEqual(run("sym", dump, "nfs:nfs_end_page_writeback").returncode, 0)
        self.assertEqual(run("sym", dump, "vmlinux:nfs_end_page_writeback").returncode, 3)

    def test_log_of_a_dump_and_of_a_text(self):
        dump = f"{ROOT}/samples/unlock-request-bug-x86_64.vmcore"
        lines = run("log", dump).stdout.splitlines()
        decoded = run("log", "-x", dump).stdout.splitlines()
        self.assertTrue(any("Kernel panic - not syncing" in line for line in lines))
        self.assertRegex(decoded[0], r"^kern  :\w+ *: \[ *\d+\.\d{6}\]")
        document = json.loads(run("log", "--format", "json", dump).stdout)["log"]
        self.assertEqual(document["count"], len(document["lines"]))
        tail = run("log", "--tail", "3", dump).stdout.splitlines()
        kept = [line for line in lines if line.startswith("[")]
        self.assertEqual([line for line in tail if line.startswith("[")], kept[-3:])
        for arguments, given in ((("log", self.log), None), (("log", "-"), OOPS)):
            self.assertEqual(run(*arguments, given=given).stdout.splitlines(), OOPS.splitlines())
        events = json.loads(run("log", "--events", "--format", "json", self.log).stdout)["log"]
        self.assertEqual(events["events"][0]["kind"], "null_deref")
        self.assertIn("crash", events["events"][0]["roles"])
        self.assertIn("lines 2-10", run("log", "--events", self.log).stdout)
        self.assertEqual(len(run("log", "--since", "100.000009", self.log).stdout.splitlines()), 1)

    def test_frames_go_on_after_an_unreadable_input(self):
        cut = self.file("cut.vmcore", "KDUMP   \x06\0\0\0")
        done = run("frames", "--format", "json", cut, self.log)
        self.assertEqual(done.returncode, 3)
        first, second = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(first["error"]["file"], cut)
        self.assertIn("stacks", second)

    def test_show_prints_sections_in_both_formats_and_counts_what_it_leaves_out(self):
        dump = ROOT + "/samples/unlock-request-bug-x86_64.vmcore"
        text = run("show", dump, "clients", "waits", "--limit", "1")
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        self.assertIn("nfs_clients: 4, 1 shown", text.stdout)
        self.assertNotIn("rpc_tasks: ", text.stdout)
        self.assertLessEqual(max(map(len, text.stdout.splitlines())), 100)
        lists = json.loads(run("show", "--format", "json", dump, "all").stdout)["nfs"]
        vocabulary = run("rules", "facts", "nfs.").stdout
        for name, listing in lists.items():
            self.assertIn(f"nfs.{name}: list of ", vocabulary)
            self.assertEqual(len(listing["items"]), listing["count"], name)
        done = run("show", self.log)
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("nfstriage analyze", done.stderr)
        self.assertEqual(run("show", dump, "no-such-section").returncode, 3)

    def test_rules_explain_prints_a_rule_and_what_its_clauses_give(self):
        done = run("rules", "explain", "nfsd-stid-radix-tree")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for part in ("stable · concludes known_bug · nfsd", "Must hold\n  node_warned_about",
                     "The same address three times", "Supports it\n", "Speaks against it\n",
                     "Records\n  nfsd-stid-radix-tree\n       nfsd: ", "Not this\n",
                     "rules/nfsd-stid-radix-tree.yaml"):
            self.assertIn(part, done.stdout)
        self.assertEqual(run("rules", "explain", "no-such-rule").returncode, 2)
        self.assertIn("did you mean sysrq-crash?", run("rules", "explain", "sysrq-crsh").stderr)

    def test_rules_explain_says_why_a_rule_matches_an_input_or_not(self):
        name = "nfs-unlock-request-bug"
        dump = ROOT + "/samples/unlock-request-bug-x86_64.vmcore"
        matched = run("rules", "explain", name, dump)
        self.assertEqual((matched.returncode, matched.stderr), (0, ""))
        self.assertRegex(matched.stdout, r"\nmatch, candidate \(\w+\) +" + name)
        self.assertRegex(matched.stdout, r"req->wb_flags = 0x16 \(struct nfs_page.wb_flags +@0xffff")
        other = run("rules", "explain", f"{ROOT}/rules/{name}.yaml", self.log, self.log)
        self.assertEqual(other.stdout.count("not_applicable"), 2)
        self.assertIn("it is about bug, this is null_deref", other.stdout)
        self.assertRegex(other.stdout, r"no +kernel_says_invalid_unlock\n")
        self.assertRegex(other.stdout, r"\n  \? +request_is_not_busy\n(.*\n)+ +missing: ")
        self.assertEqual(run("rules", "explain", name, self.folder + "/none").returncode, 3)

    def test_rules_doc_lists_every_rule_and_record(self):
        out = self.folder + "/page.md"
        self.assertEqual(run("rules", "doc", "-o", out).returncode, 0)
        with open(out, encoding="utf-8") as file:
            markdown = file.read()
        self.assertEqual(run("rules", "doc").stdout, markdown)
        text = run("rules", "doc", "--format", "text").stdout
        rules = [name[:-5] for name in os.listdir(ROOT + "/rules")
                 if name.endswith(".yaml") and not name.endswith(".test.yaml")]
        records = [name[:-5] for name in os.listdir(ROOT + "/knowledge") if name.endswith(".json")]
        self.assertIn(f"## Rules ({len(rules)})\n", markdown)
        self.assertIn(f"## Records ({len(records)})\n", markdown)
        for rule in rules:
            self.assertIn(f"\n| {rule} | ", markdown)
            self.assertRegex(text, rf"(?m)^{rule} +(stable|experimental|deprecated) ·")
        for record in records:
            self.assertIn(f"\n### {record}\n", markdown)
            self.assertRegex(text, rf"(?m)^{record} +\w+$")
        self.assertEqual(run("rules", "doc", "-o", self.folder + "/none/x").returncode, 1)

    def test_rules_facts_prints_the_whole_vocabulary_or_what_has_a_word_in_it(self):
        whole, some = (run("rules", "facts", *word).stdout for word in ((), ("rpc_task",)))
        self.assertIn("crash.kind: string", whole)
        self.assertNotIn("crash.kind: string", some)
        self.assertIn("nfs.rpc_tasks: list of rpc_task", some)
        self.assertIn("age_ns: integer [ns]", some)

    def rule(self, folder, name, change=lambda text: text):
        """A copy of a rule of the repository and of its tests, the rule changed."""
        os.makedirs(f"{self.folder}/{folder}", exist_ok=True)
        for ending in ("yaml", "test.yaml"):
            with open(f"{ROOT}/rules/{name}.{ending}", encoding="utf-8") as file:
                text = file.read()
            self.file(f"{folder}/{name}.{ending}", change(text) if ending == "yaml" else text)
        return f"{self.folder}/{folder}"

    def test_rules_lint_shows_the_place_of_every_finding(self):
        rules = self.rule("rules", "sysrq-crash")
        clean = run("rules", "lint", rules)
        self.assertEqual((clean.returncode, clean.stdout), (0, "1 rule, 0 records: 0 findings\n"))
        self.rule("rules", "sysrq-crash",
                  lambda text: text.replace("required:", "required:\n  wrong: crash.knd == 1"))
        found = run("rules", "lint", rules)
        self.assertEqual((found.returncode, found.stderr), (1, ""))
        self.assertRegex(found.stdout, r"rules/sysrq-crash\.yaml:\d+:\d+: R012: .*crash\.kind\?\n"
                         r"    .*crash\.knd.*\n +\^\n")
        record = self.file("some-bug.json", '{\n  "id": 7\n}\n')
        self.assertIn("some-bug.json:1:1: K001: /schema_version",
                      run("rules", "lint", record).stdout)
        self.assertEqual(run("rules", "lint", self.folder + "/none").returncode, 2)

    def test_the_rules_and_records_of_the_repository_have_no_finding(self):
        done = run("rules", "lint", ROOT + "/rules", ROOT + "/knowledge")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_rules_test_says_what_came_and_which_clauses_no_test_needs(self):
        rules = self.rule("rules", "sysrq-crash")
        done = run("rules", "test", "--mutate", rules)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"^\d+ passed, 0 failed\n$")
        self.rule("rules", "sysrq-crash",
                  lambda text: text.replace("required:", "required:\n  always: 1 == 1"))
        done = run("rules", "test", "--mutate", "sysrq-crash", "--rules", rules)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no test fails without the clause always", done.stdout)
        self.rule("rules", "sysrq-crash",
                  lambda text: text.replace("required:", "required:\n  never: 1 == 2"))
        done = run("rules", "test", rules + "/sysrq-crash.test.yaml")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"sysrq-crash\.test\.yaml:\d+: .*: outcome is no_match, not ")
        self.assertRegex(done.stdout, r"\d+ passed, [1-9]\d* failed\n$")

    def test_fixes_lists_records_and_filters_them(self):
        dump = os.path.join(ROOT, "samples", "unlock-request-bug-x86_64.vmcore")
        whole = json.loads(run("fixes", "--format", "json", dump).stdout)
        self.assertEqual(sum(whole["summary"].values()), len(whole["records"]))
        fixed = json.loads(run("fixes", "--format", "json", "--status", "fixed", dump).stdout)
        self.assertEqual([record["id"] for record in fixed["records"]],
                         [record["id"] for record in whole["records"]
                          if record["status_here"] == "fixed"])
        text = run("fixes", "--record", "nfsd-stid-radix-tree", dump).stdout
        self.assertIn("1 record", text)
        self.assertIn("cl_cb_inflight", text)
        by_commit = run("fixes", "--commit", "2bbfed98a4d8", dump).stdout
        self.assertIn("nfsd-stid-radix-tree", by_commit)
        done = run("fixes", self.log)
        self.assertEqual((done.returncode, done.stdout), (3, ""))

    def test_the_readme_shows_real_output(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            blocks = file.read().replace("\\\n", "").split("```\n$ nfstriage ")[1:]
        self.assertEqual(len(blocks), 6)
        for block in blocks:
            arguments, _, expected = block.split("\n```")[0].partition("\n")
            done = subprocess.run([PROGRAM, *arguments.split()], cwd=ROOT, capture_output=True,
                                  text=True, timeout=60, check=True)
            for part in expected.split("\n[…]\n"):
                self.assertIn(part, done.stdout, "README.md shows older output")

    def test_the_installed_program_carries_its_rules_and_has_them_to_read(self):
        prefix = self.folder + "/prefix"
        subprocess.run([os.environ["NFSTRIAGE_CMAKE"], "--install", os.environ["NFSTRIAGE_BUILD"],
                        "--prefix", prefix], check=True, capture_output=True, timeout=60)
        built = run("analyze", "--format", "json", "--stable", self.log)
        installed = run("analyze", "--format", "json", "--stable", self.log,
                        program=prefix + "/bin/nfstriage")
        self.assertEqual((installed.returncode, installed.stderr), (0, ""))
        self.assertEqual(installed.stdout, built.stdout)
        for folder in ("rules", "knowledge"):
            self.assertEqual(sorted(os.listdir(f"{prefix}/share/nfstriage/{folder}")),
                             sorted(os.listdir(f"{ROOT}/{folder}")))
        with open(prefix + "/share/doc/nfstriage/catalogue.md", encoding="utf-8") as file:
            self.assertEqual(file.read(), run("rules", "doc").stdout)
        tested = run("rules", "test", "sysrq-crash", program=prefix + "/bin/nfstriage")
        self.assertEqual((tested.returncode, tested.stderr), (0, ""))
        shutil.rmtree(prefix + "/share")
        alone = run("analyze", "--format", "json", "--stable", self.log,
                    program=prefix + "/bin/nfstriage")
        self.assertEqual((alone.stdout, alone.stderr), (built.stdout, ""))

    def broken_folders(self):
        """Folders with one good and one broken rule, one good and one broken record."""
        rules = self.rule("rules", "sysrq-crash")
        self.file("rules/bad.yaml", "id: bad\ntitle: Bad\nstatus: stable\ncomponent: nfsd\n"
                  "required:\n  wrong: crash.knd == \"gpf\"\nexplain: x\n")
        os.mkdir(self.folder + "/knowledge")
        self.file("knowledge/bad-record.json", "{ not JSON")
        shutil.copy(ROOT + "/knowledge/nfs-unlock-request-bug.json", self.folder + "/knowledge")
        return rules, self.folder + "/knowledge"

    def test_broken_rules_and_records_are_named_and_the_rest_runs(self):
        rules, records = self.broken_folders()
        log = self.file("sysrq.log", "[    5.0] sysrq: Trigger a crash\n"
                        "[    5.1] Kernel panic - not syncing: sysrq triggered crash\n")
        done = run("analyze", "--format", "json", "--rules", rules, "--knowledge", records, log)
        self.assertEqual(done.returncode, 0)
        verdict = json.loads(done.stdout)
        self.assertEqual(verdict["verdicts"][0]["rule"], "sysrq-crash")
        rule, record = verdict["limits"]["rules_not_loaded"]
        self.assertIn(rules + "/bad.yaml:6:10: R012: unknown name crash.knd", rule)
        self.assertIn(records + "/bad-record.json: expected JSON", record)
        self.assertIn("bad.yaml:6:10", done.stderr)
        self.assertIn("bad-record.json", done.stderr)
        text = run("analyze", "--rules", rules, "--knowledge", records, log).stdout
        self.assertEqual(text.count("Not loaded"), 2)

    def test_a_broken_rule_or_record_fails_the_build_at_its_place(self):
        rules, records = self.broken_folders()
        done = run(rules, records, self.folder + "/out.cc",
                   program=os.environ["NFSTRIAGE_PACK_CATALOGUE"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("bad.yaml:6:10: R012", done.stderr)
        self.assertRegex(done.stderr, r"bad-record\.json:1:\d+: K001")
        self.assertFalse(os.path.exists(self.folder + "/out.cc"))

    def test_every_command_has_its_manual(self):
        prefix = self.folder + "/prefix"
        subprocess.run([os.environ["NFSTRIAGE_CMAKE"], "--install", os.environ["NFSTRIAGE_BUILD"],
                        "--prefix", prefix], check=True, capture_output=True, timeout=60)
        shown = run("--help").stdout.split("Subcommands:")[1]
        commands = re.findall(r"^  (\w+) ", shown, re.MULTILINE)
        self.assertIn("analyze", commands)
        pages = {f"nfstriage-{command}.1" for command in commands} - {"nfstriage-completion.1"}
        for page in sorted(pages | {"nfstriage.1", "nfstriage-hook-install.1"}):
            self.assertTrue(os.path.isfile(f"{prefix}/share/man/man1/{page}"), page)


    def sample(self):
        return os.path.join(ROOT, "samples", "unlock-request-bug-x86_64.vmcore")

    def test_a_mini_dump_is_written_and_gives_the_same_verdict(self):
        mini = os.path.join(self.folder, "case.mini")
        done = run("minidump", "-o", mini, self.sample())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"case\.mini: \d+\.\d MiB, \d+ pages\n")
        self.assertEqual(os.stat(mini).st_mode & 0o077, 0)
        verdicts = []
        for path in (mini, self.sample()):
            verdict = json.loads(run("analyze", "--stable", "--format", "json", path).stdout)
            del verdict["input"], verdict["limits"]
            verdicts.append(verdict)
        self.assertEqual(verdicts[0], verdicts[1])

    def test_a_mini_dump_is_refused_of_a_log_of_two_inputs_and_over_its_input(self):
        mini = os.path.join(self.folder, "case.mini")
        done = run("minidump", "-o", mini, self.log)
        self.assertEqual(done.returncode, 3)
        self.assertIn("text", done.stderr)
        self.assertEqual(run("minidump", self.sample()).returncode, 2)
        self.assertEqual(run("minidump", "-o", mini, self.sample(), self.log).returncode, 2)
        copy = os.path.join(self.folder, "vmcore")
        shutil.copyfile(self.sample(), copy)
        done = run("minidump", "-o", copy, copy)
        self.assertEqual(done.returncode, 3)
        self.assertIn("another file", done.stderr)
        self.assertEqual(os.path.getsize(copy), os.path.getsize(self.sample()))
        done = run("minidump", "-o", os.path.join(self.folder, "no", "mini"), copy)
        self.assertEqual(done.returncode, 3)
        self.assertFalse(os.path.exists(mini))

    def test_redacted_output_has_no_names_in_any_format(self):
        names = ("nfsvm", "10.9.9.1", "/mnt/", "/export/t")
        key = os.path.join(self.folder, "key")
        self.assertIn("10.9.9.1", run("show", self.sample()).stdout)
        for command in (["analyze"], ["analyze", "--format", "json"],
                        ["analyze", "--format", "markdown"], ["analyze", "--format", "html"], ["ticket"],
                        ["ticket", "--format", "json"], ["show", "-v", "--limit", "0"],
                        ["show", "--format", "json"], ["frames", "--all"],
                        ["frames", "--format", "json"], ["signature"], ["fixes"], ["log", "-x"], ["log", "--events"],
                        ["log", "--format", "json"]):
            done = run(*command, "--redact", "--redact-key", key, self.sample())
            self.assertEqual((done.returncode, done.stderr), (0, ""), command)
            for name in names + (os.path.basename(self.sample()).split(".")[0],):
                self.assertNotIn(name, done.stdout, command)
        missing = os.path.join(self.folder, "secretname.vmcore")
        done = run("analyze", "--redact", "--redact-key", key, "--format", "json", missing)
        self.assertEqual(done.returncode, 3)
        self.assertNotIn("secretname", done.stdout)
        self.assertIn("error", json.loads(done.stdout))
        # Nobody knows of just any memory what in it is a name.
        self.assertEqual(run("struct", "--redact", self.sample(), "nfs_page").returncode, 2)
        again = run("show", "--redact", "--redact-key", key, self.sample()).stdout
        self.assertEqual(again, run("show", "--redact", "--redact-key", key, self.sample()).stdout)
        self.assertEqual(os.stat(key).st_mode & 0o077, 0)

    def test_a_log_is_redacted_from_a_file_and_from_standard_input(self):
        text = OOPS + "[  100.000010] nfs: server fileserver not responding, still trying\n"
        log = self.file("console.txt", text)
        key = self.file("key", "sixteen letters and more")
        for done in (run("analyze", "--redact", "--redact-key", key, "--format", "json", log),
                     run("analyze", "--redact", "--redact-key", key, "--format", "json", "-",
                         given=text)):
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertNotIn("fileserver", done.stdout)
            self.assertEqual(json.loads(done.stdout)["crash"]["function"], "nfs_made_up_function")

    def test_a_key_is_told_where_none_is_kept_and_a_bad_one_is_refused(self):
        done = run("analyze", "--redact", self.log)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr, r"key [0-9a-f]{64}")
        self.assertEqual(run("analyze", "--redact-key", self.log, self.log).returncode, 2)
        short = self.file("short", "short\n")
        done = run("analyze", "--redact", "--redact-key", short, self.log)
        self.assertEqual(done.returncode, 2)
        self.assertIn("at least 16", done.stderr)

if __name__ == "__main__":
    unittest.main()
