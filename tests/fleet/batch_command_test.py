#!/usr/bin/env python3
"""nfstriage batch as users meet it: what it finds, what it leaves alone, and that nothing stops it.

NFSTRIAGE_PROGRAM is the program of the build.
"""
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
os.environ["XDG_CACHE_HOME"] = "/nonexistent"  # no profile of an earlier analysis
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
SMALL_DUMP = os.path.join(SAMPLES, "cases", "002", "vmcore")


def oops(host="client1", function="nfs_made_up_function", second=0):
    def line(number, text):
        return f"2026-11-15T10:{second // 60:02}:{second % 60:02}.{number:06}+00:00 {host} kernel: {text}\n"
    texts = ("nfs: server 10.1.2.3 not responding, still trying",
             "BUG: kernel NULL pointer dereference, address: 0000000000000018",
             "#PF: supervisor read access in kernel mode",
             "Oops: 0000 [#1] SMP PTI",
             "CPU: 2 PID: 4711 Comm: writer Not tainted 5.10.0-made-up #1",
             f"RIP: 0010:{function}+0x12/0x80 [nfs]",
             "Call Trace:",
             " nfs_file_write+0x40/0x200 [nfs]",
             " vfs_write+0xb0/0x250",
             "---[ end trace 0123456789abcdef ]---",
             "Kernel panic - not syncing: Fatal exception")
    return "".join(line(number, text) for number, text in enumerate(texts))


class Batch(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.join(folder.name, "in")
        os.mkdir(self.folder)
        self.store = os.path.join(folder.name, "store.sqlite")
        self.outside = os.path.join(folder.name, "outside")

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def run_batch(self, *options, given=None, status=0):
        done = subprocess.run([PROGRAM, "batch", "--store", self.store, "--format", "json", "-j", "2",
                               *(options or (self.folder,))], input=given, capture_output=True,
                              timeout=120, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout) if done.stdout else done.stderr.decode()

    def rows(self, sql):
        with sqlite3.connect(self.store) as database:
            return database.execute(sql).fetchall()

    def has_results(self):
        try:
            return os.path.exists(self.store) and self.rows("SELECT count(*) FROM result") > [(0,)]
        except sqlite3.OperationalError:  # its tables are not made yet
            return False

    def test_dumps_logs_and_crash_directories_are_found_in_folders_below(self):
        self.file("a.log", oops("client1"))
        self.file("b/c/console.txt", oops("client2"))
        shutil.copy(SMALL_DUMP, os.path.join(self.folder, "one.vmcore"))
        crash = os.path.join(self.folder, "127.0.0.1-2026-11-15-10:00:00")
        os.mkdir(crash)
        shutil.copy(os.path.join(SAMPLES, "cases", "004", "vmcore"), os.path.join(crash, "vmcore"))
        self.file("127.0.0.1-2026-11-15-10:00:00/kexec-dmesg.log", "not a crash of its own")
        summary = self.run_batch()
        self.assertEqual((summary["inputs"], summary["analysed"]), (4, 4))
        self.assertEqual(summary["left_out"], {"other files of crash directories": 1})
        paths = [path for path, in self.rows("SELECT path FROM source ORDER BY path")]
        self.assertEqual([os.path.relpath(path, self.folder) for path in paths],
                         ["127.0.0.1-2026-11-15-10:00:00", "a.log", "b/c/console.txt", "one.vmcore"])
        self.assertEqual(self.rows("SELECT name FROM host WHERE name LIKE 'client%' ORDER BY name"),
                         [("client1",), ("client2",)])
        self.assertEqual(self.rows("SELECT name FROM server"), [("10.1.2.3",)])

    def test_what_is_known_by_name_or_by_content_is_not_analysed_again(self):
        path = self.file("a.log", oops())
        self.assertEqual(self.run_batch()["analysed"], 1)
        self.assertEqual(self.run_batch()["known"], 1)
        shutil.copy(path, path + ".copy")
        again = self.run_batch()
        self.assertEqual((again["known"], again["duplicates"], again["analysed"]), (1, 1, 0))
        os.utime(path)  # touched, with the same content
        again = self.run_batch()
        self.assertEqual((again["known"], again["duplicates"]), (1, 1))
        self.file("a.log", oops(function="nfs_other_function"))
        self.assertEqual(self.run_batch()["analysed"], 1)
        self.assertEqual(self.rows("SELECT count(*) FROM result"), [(2,)])

    def test_a_redacted_store_has_no_names_and_goes_on_where_it_was(self):
        key = os.path.join(self.folder, "..", "key")
        for number in range(1, 4):  # names so short that they say nothing
            self.file(f"secretfolder/{number}.log", oops(f"secrethost{number}", second=number))
        shutil.copy(os.path.join(SAMPLES, "unlock-request-bug-x86_64.vmcore"),
                    os.path.join(self.folder, "secretfolder", "0"))
        self.file("secretfolder/bad.vmcore", b"KDUMP   \0\1\2\3" * 100)
        done = subprocess.run([PROGRAM, "batch", "--store", self.store, "--format", "json", "--redact-key",
                               key, self.folder], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        summary = json.loads(done.stdout)
        self.assertEqual((summary["analysed"], summary["failed"]), (4, 1))
        self.assertIn("secretfolder/bad.vmcore", done.stderr)  # for whoever runs it
        self.assertIn(summary["failures"][0]["path"], done.stderr)
        with open(self.store, "rb") as file:
            store = file.read()
        fleet = [subprocess.run([PROGRAM, "fleet", "--store", self.store, "--format", kind],
                                capture_output=True, timeout=60, check=True).stdout
                 for kind in ("text", "json", "html")]
        for name in (b"secret", b"10.1.2.3", b"nfsvm", b"10.9.9.1", b"/export/t"):
            for what in (done.stdout.encode(), store, *fleet):
                self.assertNotIn(name, what)
        self.assertEqual(self.rows("SELECT count(DISTINCT name) FROM host"), [(4,)])
        again = self.run_batch("--redact-key", key, self.folder, status=3)
        self.assertEqual((again["known"], again["failed"], again["analysed"]), (4, 1, 0))

    def test_hostile_uploads_fail_or_are_left_alone_and_stop_nothing(self):
        with open(self.outside, "w", encoding="utf-8") as file:
            file.write(oops("secret"))
        os.symlink(self.outside, os.path.join(self.folder, "link.log"))
        os.symlink("/", os.path.join(self.folder, "root"))
        os.mkdir(os.path.join(self.folder, "crash"))
        os.symlink(self.outside, os.path.join(self.folder, "crash", "vmcore"))
        self.file("crash/vmcore-dmesg.txt", oops("inside"))
        os.mkfifo(os.path.join(self.folder, "pipe.log"))
        with open(os.path.join(self.folder, "huge.vmcore"), "wb") as file:
            file.truncate(1 << 40)
        self.file("bad.vmcore", b"KDUMP   \0\1\2\3" * 100)
        self.file("empty.log", b"")
        self.file("upload.part", oops("partial"))
        self.file("\x1b[31mname\n'; DROP TABLE result; --.log", oops("client1"))
        with open(SMALL_DUMP, "rb") as file:
            self.file("bomb.gz", subprocess.run(["gzip", "-c"], input=bytes(1 << 26) + file.read(),
                                                capture_output=True, check=True).stdout)
        begin = time.monotonic()
        summary = self.run_batch("--max-unpacked", "1MB", self.folder, status=3)
        self.assertLess(time.monotonic() - begin, 60)
        self.assertEqual(summary["left_out"],
                         {"symbolic links": 3, "pipes, sockets and devices": 1,
                          "transfers that are going on": 1})
        failed = {os.path.basename(failure["path"]) for failure in summary["failures"]}
        self.assertEqual(failed, {"huge.vmcore", "bad.vmcore", "empty.log", "bomb.gz"})
        self.assertEqual(summary["analysed"], 2)
        hosts = self.rows("SELECT name FROM host ORDER BY name")
        self.assertEqual(hosts, [("client1",), ("inside",)])
        # Kept, not tried again unless that is asked for.
        self.assertEqual(self.run_batch(status=3)["failures"], [])
        self.assertEqual(len(self.run_batch("--retry-failed", self.folder, status=3)["failures"]), 4)

    def test_an_input_over_its_deadline_is_a_failure_of_its_own(self):
        self.file("a.log", oops())
        # Text that is decoded as a whole takes longer than the deadline allows.
        self.file("long.log", (oops("long") * 40_000).encode("utf-16"))
        summary = self.run_batch("--deadline", "0.2", self.folder, status=3)
        self.assertEqual([os.path.basename(f["path"]) for f in summary["failures"]], ["long.log"])
        self.assertIn("stopped after 0.2 s", summary["failures"][0]["expected"])
        self.assertEqual((summary["analysed"], summary["cut_short"]), (1, 0))

    def test_an_input_over_its_memory_is_a_failure_of_its_own(self):
        self.file("a.log", oops())
        # Text that is decoded as a whole takes memory; what is read as it stands does not.
        self.file("long.log", (oops("long") * 100_000).encode("utf-16"))
        summary = self.run_batch("--memory", "150MB", self.folder, status=3)
        self.assertEqual([os.path.basename(f["path"]) for f in summary["failures"]], ["long.log"])
        self.assertIn("memory", summary["failures"][0]["expected"])
        self.assertEqual(summary["analysed"], 1)

    def test_lists_name_inputs_by_line_or_by_nul(self):
        first, second = self.file("a.log", oops("client1")), self.file("b\n.log", oops("client2"))
        summary = self.run_batch("-", given=f"{first}\n{self.folder}/none\n".encode(), status=3)
        self.assertEqual((summary["analysed"], summary["failed"]), (1, 1))
        summary = self.run_batch("-", given=f"{first}\0{second}\0".encode())
        self.assertEqual((summary["known"], summary["analysed"]), (1, 1))
        self.assertIn("list of paths", self.run_batch(SMALL_DUMP, status=2))

    def test_shares_take_every_input_once(self):
        for number in range(7):
            self.file(f"{number}.log", oops(f"client{number}"))
        taken = [self.run_batch("--share", f"{number}/3", self.folder)["analysed"]
                 for number in range(3)]
        self.assertEqual(sorted(taken), [2, 2, 3])
        self.assertEqual(self.rows("SELECT count(*) FROM result"), [(7,)])

    def test_new_files_are_left_until_they_settle(self):
        path = self.file("a.log", oops())
        self.assertEqual(self.run_batch("--settle", "100", self.folder)["unsettled"], 1)
        os.utime(path, (time.time() - 200,) * 2)
        self.assertEqual(self.run_batch("--settle", "100", self.folder)["analysed"], 1)
        self.file("b.log", oops("client2"))
        os.utime(os.path.join(self.folder, "b.log"), (0, 0))
        self.assertEqual(self.run_batch("--since", "1d", self.folder)["older"], 1)

    def test_wrong_command_lines_are_status_2(self):
        for options in (("--share", "3/3"), ("--share", "x"), ("--since", "yesterday")):
            self.run_batch(*options, self.folder, status=2)
        self.run_batch("/nonexistent", status=2)
        self.assertFalse(os.path.exists(self.store))

    def test_after_a_kill_at_any_moment_the_store_is_whole_and_the_batch_goes_on(self):
        for number in range(120):
            self.file(f"{number}.log", oops(f"client{number}", second=number) + "x" * number)
        command = [PROGRAM, "batch", "--store", self.store, "-j", "2", self.folder]
        for delay in (0.05, 0.15, 0.3, 0.45):
            with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
                time.sleep(delay)
                process.kill()
            if os.path.exists(self.store) and os.path.getsize(self.store):
                self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        self.run_batch()
        self.assertEqual(self.rows("SELECT count(*), sum(results) FROM signature"), [(1, 120)])
        self.assertEqual(self.rows("SELECT count(*) FROM result"), [(120,)])

    def test_an_interrupt_keeps_what_was_done(self):
        for number in range(400):
            self.file(f"{number}.log", oops(f"client{number}") + "x" * number)
        with subprocess.Popen([PROGRAM, "batch", "--store", self.store, "-j", "2", self.folder],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            while process.poll() is None and not self.has_results():
                time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            message = process.stderr.read().decode()
            status = process.wait()
        if status == 0:
            self.skipTest("it was done before")
        self.assertEqual(status, 1)
        self.assertIn("goes on where it was", message)
        done, = self.rows("SELECT count(*) FROM result")[0]
        self.assertGreater(done, 0)
        self.assertEqual(self.run_batch()["known"], done)

    def test_a_full_disk_leaves_the_store_as_it_was(self):
        for number in range(200):
            self.file(f"{number}.log", oops(f"client{number}") + os.urandom(64).hex())
        limited = subprocess.run(
            ["bash", "-c", 'ulimit -f 300; trap "" XFSZ; exec "$@"', "-", PROGRAM, "batch", "--store",
             self.store, "-j", "2", self.folder], capture_output=True, text=True, timeout=120,
            check=False)
        self.assertEqual(limited.returncode, 1, limited.stderr)
        self.assertIn("free space", limited.stderr)
        analysed, = re.findall(r"(\d+) analysed", limited.stdout)
        self.assertEqual(sum(map(int, re.findall(r"(?m)^ +(\d+)  \w", limited.stdout))), int(analysed))
        self.assertEqual(self.rows("PRAGMA integrity_check"), [("ok",)])
        summary = self.run_batch()
        self.assertEqual(summary["known"] + summary["analysed"], 200)


if __name__ == "__main__":
    unittest.main()
