#!/usr/bin/env python3
"""The hook as kdump meets it, in a made-up root: for every case of a bad world, what is left on the
disk, what is said, and that its caller never sees it fail.

NFSTRIAGE_HOOK is the command of the hook, NFSTRIAGE_PROGRAM that of the whole program.
"""
import json
import os
import random
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

HOOK = shlex.split(os.environ["NFSTRIAGE_HOOK"])
PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SAMPLE = os.path.join(ROOT, "samples", "unlock-request-bug-x86_64.vmcore")
CRASH = "127.0.0.1-2026-11-22-01:00:00"

DISK = "30 1 254:0 / /kdumproot {mode},relatime shared:1 - ext4 /dev/vda {mode}\n"
MOUNTS = "1 1 0:2 / / rw - rootfs none rw\n"
OOPS = """\
[    0.000000] Linux version 5.10.0-made-up (us@here) (gcc 10) #1 SMP
[  100.000000] BUG: kernel NULL pointer dereference, address: 0000000000000018
[  100.000001] #PF: supervisor read access in kernel mode
[  100.000002] Oops: 0000 [#1] SMP PTI
[  100.000003] CPU: 2 PID: 4711 Comm: writer Not tainted 5.10.0-made-up #1
[  100.000004] RIP: 0010:nfs_made_up_function+0x12/0x80 [nfs]
[  100.000005] Call Trace:
[  100.000006]  nfs_file_write+0x40/0x200 [nfs]
[  100.000007] ---[ end trace 0123456789abcdef ]---
[  100.000008] Kernel panic - not syncing: Fatal exception
"""


class Hook(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.mounts(MOUNTS + DISK.format(mode="rw"))
        self.file("etc/kdump.conf", "ext4 /dev/vda\npath /var/crash\n")
        os.makedirs(self.path("run"))
        os.makedirs(self.path("kdumproot/var/crash"))

    def path(self, *names):
        return os.path.join(self.root, *names)

    def file(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)
        return path

    def mounts(self, text):
        self.file("proc/self/mountinfo", text)

    def dump(self, name="vmcore", size=None, crash=CRASH):
        with open(SAMPLE, "rb") as sample:
            return self.file(f"kdumproot/var/crash/{crash}/{name}", sample.read(size))

    def crash(self, *names):
        return self.path("kdumproot/var/crash", CRASH, *names)

    def hook(self, *arguments, status="0"):
        """As do_kdump_post calls it: one argument, no environment to speak of."""
        done = subprocess.run([*HOOK, "--root", self.root, *arguments, *([status] if status else [])],
                              capture_output=True, text=True, timeout=60, check=False, env={})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def verdict(self, folder):
        """The verdict that was left there, whole, and nothing half beside it."""
        leftovers = [name for name in os.listdir(folder) if ".new-" in name]
        self.assertEqual(leftovers, [])
        with open(os.path.join(folder, "verdict.json"), encoding="utf-8") as file:
            verdict = json.load(file)
        with open(os.path.join(folder, "verdict.txt"), encoding="utf-8") as file:
            self.assertTrue(file.read().endswith("\n"))
        return verdict

    def test_a_saved_dump_gets_its_verdict_beside_it_and_a_line_says_where(self):
        self.dump()
        said = self.hook()
        self.assertEqual(said.count("\n"), 1)
        self.assertIn("CANDIDATE (likely)", said)
        self.assertIn(self.crash("verdict.txt"), said)
        left = self.verdict(self.crash())
        self.assertFalse(left["limits"]["deadline_hit"])
        for name in ("verdict.json", "verdict.txt"):
            self.assertEqual(os.stat(self.crash(name)).st_mode & 0o777, 0o600)

    def test_it_is_the_verdict_that_analyze_gives(self):
        self.dump()
        self.hook()
        left = self.verdict(self.crash())
        done = subprocess.run([PROGRAM, "analyze", "--format", "json", self.crash()],
                              capture_output=True, text=True, check=True)
        later = json.loads(done.stdout)
        for cost in (left, later):
            del cost["statistics"]
        self.assertEqual(left, later)

    def test_nothing_saved_memory_itself_is_read_and_the_verdict_put_on_the_local_disk(self):
        shutil.copy(SAMPLE, self.file("proc/vmcore", ""))
        said = self.hook(status="1")
        folders = os.listdir(self.path("kdumproot/var/crash"))
        self.assertEqual(len(folders), 1)
        self.assertTrue(folders[0].startswith("nfstriage-"))
        left = self.verdict(self.path("kdumproot/var/crash", folders[0]))
        self.assertEqual(left["verdicts"][0]["rule"], "nfs-unlock-request-bug")
        self.assertIn(folders[0], said)

    def test_an_earlier_crash_is_not_taken_for_the_one_at_hand(self):
        os.utime(self.dump(), (10**9, 10**9))
        self.assertIn("no crash was found", self.hook())
        self.assertEqual(os.listdir(self.crash()), ["vmcore"])

    def test_a_dump_cut_short_gets_a_verdict_from_memory_beside_it(self):
        self.dump("vmcore-incomplete", size=200_000)
        shutil.copy(SAMPLE, self.file("proc/vmcore", ""))
        self.hook(status="1")
        left = self.verdict(self.crash())
        self.assertEqual(left["verdicts"][0]["rule"], "nfs-unlock-request-bug")
        self.assertEqual(left["input"]["path"], self.path("proc/vmcore"))

    def test_a_dump_cut_short_alone_gets_a_weaker_verdict(self):
        self.dump("vmcore-incomplete", size=1_000_000)
        self.hook(status="1")
        left = self.verdict(self.crash())
        self.assertFalse(left["input"]["complete"])
        self.assertNotEqual(left["verdicts"][0]["status"], "known_bug")

    def test_no_dump_but_a_log_gets_the_verdict_of_the_log(self):
        self.file(f"kdumproot/var/crash/{CRASH}/vmcore-dmesg.txt", OOPS)
        self.hook(status="1")
        self.assertEqual(self.verdict(self.crash())["culprit"]["function"], "nfs_made_up_function")

    def test_an_unreadable_dump_leaves_the_verdict_of_the_log(self):
        self.file(f"kdumproot/var/crash/{CRASH}/vmcore", b"\x00" * 5000)
        self.file(f"kdumproot/var/crash/{CRASH}/vmcore-dmesg.txt", OOPS)
        self.hook()
        left = self.verdict(self.crash())
        self.assertEqual(left["culprit"]["function"], "nfs_made_up_function")
        self.assertTrue(any("memory" in each for each in left["input"]["missing"]))

    def test_an_unreadable_dump_alone_leaves_what_is_wrong_with_it(self):
        self.file(f"kdumproot/var/crash/{CRASH}/vmcore", b"\x00" * 5000)
        said = self.hook()
        self.assertIn("NOT READ", said)
        self.assertIn("expected", self.verdict(self.crash())["error"])

    def test_at_its_deadline_there_is_a_whole_verdict_or_none(self):
        for deadline in ("0.001", "0.02", "0.05", "0.1", "0.2"):
            shutil.rmtree(self.crash(), ignore_errors=True)
            self.dump()
            self.hook("--deadline", deadline)
            if os.path.exists(self.crash("verdict.json")):
                self.assertIn("verdicts", self.verdict(self.crash()))

    def test_what_a_worker_stopped_at_its_deadline_was_writing_is_removed(self):
        self.dump()
        hook = subprocess.Popen([*HOOK, "--root", self.root, "--deadline", "1", "0"],
                                stdout=subprocess.PIPE, text=True)
        children = f"/proc/{hook.pid}/task/{hook.pid}/children"
        worker = []
        while not worker and hook.poll() is None:
            with open(children, encoding="ascii") as file:
                worker = file.read().split()
        os.kill(int(worker[0]), signal.SIGSTOP)
        half = self.file(f"kdumproot/var/crash/{CRASH}/.verdict.json.new-{worker[0]}", "{")
        said = hook.communicate(timeout=60)[0]
        self.assertIn("was stopped after 1.0 s", said)
        self.assertFalse(os.path.exists(half))

    def test_killed_at_any_moment_there_is_a_whole_verdict_or_none(self):
        self.dump()
        chance = random.Random(7)
        for _ in range(20):
            hook = subprocess.Popen([*HOOK, "--root", self.root, "0"], stdout=subprocess.DEVNULL,
                                    start_new_session=True)
            time.sleep(chance.uniform(0, 0.3))
            os.killpg(hook.pid, signal.SIGKILL)
            hook.wait()
            for name in ("verdict.json", "verdict.txt"):
                if os.path.exists(self.crash(name)):
                    with open(self.crash(name), encoding="utf-8") as file:
                        text = file.read()
                    self.assertTrue(text.endswith("\n"), name)
                    if name.endswith("json"):
                        json.loads(text)
        self.hook()
        self.verdict(self.crash())  # and what the killed ones left is gone

    def test_its_worker_dies_with_it(self):
        self.dump()
        hook = subprocess.Popen([*HOOK, "--root", self.root, "0"], stdout=subprocess.DEVNULL,
                                start_new_session=True)
        time.sleep(0.02)
        hook.kill()
        hook.wait()
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                os.killpg(hook.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        self.fail("the worker is still there")

    def test_two_hooks_at_once_leave_one_whole_verdict(self):
        self.dump()
        hooks = [subprocess.Popen([*HOOK, "--root", self.root, "0"], stdout=subprocess.PIPE, text=True)
                 for _ in range(4)]
        said = [hook.communicate(timeout=60)[0] for hook in hooks]
        self.assertTrue(all(hook.returncode == 0 for hook in hooks))
        self.assertTrue(any("CANDIDATE" in each for each in said))
        self.verdict(self.crash())

    def test_a_read_only_disk_leaves_the_verdict_on_the_console(self):
        self.mounts(MOUNTS + DISK.format(mode="ro"))
        shutil.copy(SAMPLE, self.file("proc/vmcore", ""))
        said = self.hook(status="1")
        self.assertIn("could not be saved", said)
        self.assertIn("nfs-unlock-request-bug", said)
        self.assertEqual(os.listdir(self.path("kdumproot/var/crash")), [])

    def in_a_full_disk(self, script):
        """Runs the script where the crash directory is a file system with 16 KiB left."""
        mount = f"mount -t tmpfs -o size=48k none {shlex.quote(self.crash())}"
        fill = f"head -c 32768 /dev/zero > {shlex.quote(self.crash('filler'))}"
        done = subprocess.run(["unshare", "-m", "sh", "-ec", f"{mount} || exit 77; {script[0]}\n"
                               f"{fill}\n{script[1]}"], capture_output=True, text=True, timeout=60,
                              check=False)
        if done.returncode == 77 or "unshare" in done.stderr:
            self.skipTest("no file system can be mounted here")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def test_a_full_disk_leaves_none_and_the_verdict_on_the_console(self):
        os.makedirs(self.crash())
        shutil.copy(SAMPLE, self.file("proc/vmcore", ""))
        self.mounts(MOUNTS)
        hook = shlex.join([*HOOK, "--root", self.root, "--dir", self.crash(), "1"])
        said = self.in_a_full_disk((":", f"{hook}; ls -A {shlex.quote(self.crash())}"))
        self.assertIn("could not be saved", said)
        self.assertIn("free some space", said)
        self.assertIn("nfs-unlock-request-bug", said)
        self.assertTrue(said.endswith("\nfiller\n"), said[-200:])

    def test_a_full_disk_leaves_the_verdict_that_was_there(self):
        os.makedirs(self.crash())
        shutil.copy(SAMPLE, self.file("proc/vmcore", ""))
        self.mounts(MOUNTS)
        crash = shlex.quote(self.crash())
        hook = shlex.join([*HOOK, "--root", self.root, "--dir", self.crash(), "1"])
        said = self.in_a_full_disk((f"echo old > {crash}/verdict.json; echo old > {crash}/verdict.txt",
                                    f"{hook} > /dev/null; cat {crash}/verdict.*; ls -A {crash}"))
        self.assertEqual(said, "old\nold\nfiller\nverdict.json\nverdict.txt\n")

    def test_a_file_system_of_another_host_is_left_alone_unless_the_dump_is_there(self):
        self.mounts(MOUNTS + "30 1 0:40 / /kdumproot rw - nfs4 server:/export rw\n")
        self.file("etc/kdump.conf", "nfs server:/export\npath /var/crash\n")
        self.dump()
        self.assertIn("no crash was found", self.hook(status="1"))
        self.assertEqual(os.listdir(self.crash()), ["vmcore"])
        self.hook(status="0")  # kdump has just written there
        self.verdict(self.crash())

    def test_odd_arguments_of_a_caller_do_not_fail_it(self):
        self.dump()
        self.assertIn("CANDIDATE", self.hook(status="not a number"))
        self.assertIn("CANDIDATE", self.hook("--dir", self.crash(), "--status", "", status=None))

    def test_names_from_the_disk_are_escaped(self):
        odd = "crash\x1b[31m"
        self.dump(crash=odd)
        said = self.hook()
        self.assertNotIn("\x1b", said)
        self.assertIn("CANDIDATE", said)

    def test_after_the_reboot_each_crash_is_triaged_once(self):
        os.utime(self.dump(), (10**9, 10**9))
        self.dump(crash="127.0.0.1-2026-11-23-01:00:00")
        said = self.hook("--post-boot", status=None)
        self.assertEqual(said.count("CANDIDATE"), 2)
        self.verdict(self.crash())
        os.unlink(self.crash("verdict.json"))
        self.assertIn("no new crash", self.hook("--post-boot", status=None))
        self.assertFalse(os.path.exists(self.crash("verdict.json")))

    def test_after_the_reboot_a_verdict_that_says_more_stays(self):
        self.file(f"kdumproot/var/crash/{CRASH}/vmcore-dmesg.txt", OOPS)
        better = {"verdicts": [{"status": "known_bug", "confidence": "certain"}],
                  "limits": {"deadline_hit": False}}
        self.file(f"kdumproot/var/crash/{CRASH}/verdict.json", json.dumps(better))
        self.assertIn("says more and stays", self.hook("--post-boot", status=None))
        with open(self.crash("verdict.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), better)

    def test_after_the_reboot_an_unfinished_or_broken_verdict_is_replaced(self):
        for old in ("{", json.dumps({"verdicts": [{"status": "inconclusive", "confidence": "possible"}],
                                     "limits": {"deadline_hit": True}})):
            shutil.rmtree(self.crash(), ignore_errors=True)
            self.dump()
            self.file(f"kdumproot/var/crash/{CRASH}/verdict.json", old)
            self.hook("--post-boot", status=None)
            self.assertEqual(self.verdict(self.crash())["verdicts"][0]["status"], "candidate")

    def test_the_self_test_checks_this_host(self):
        said = self.hook("--selftest", status=None)
        self.assertNotIn("FAIL", said)
        self.assertRegex(said, r"ok +\d+ rules and \d+ records")
        self.assertIn("an analysis that does not end is stopped", said)
        self.assertIn("kdump saves to ext4 /dev/vda", said)


if __name__ == "__main__":
    unittest.main()
