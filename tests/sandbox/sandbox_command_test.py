#!/usr/bin/env python3
"""Every subcommand that reads crashes, in the strict sandbox: what it prints is what it prints without, and
the sandbox is there, seen from outside and from within.

NFSTRIAGE_PROGRAM is the program, NFSTRIAGE_MKDUMP the maker of dumps; both are of the build.
"""
import bz2
import ctypes
import gzip
import json
import lzma
import os
import shutil
import signal
import struct
import subprocess
import tarfile
import tempfile
import time
import unittest

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
MKDUMP = os.environ["NFSTRIAGE_MKDUMP"]
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
CASES = os.path.join(SAMPLES, "cases")
DUMP = os.path.join(SAMPLES, "unlock-request-bug-x86_64.vmcore")
OTHER_DUMP = os.path.join(SAMPLES, "xprt-lock-softlockup-aarch64.vmcore")
SMALL_DUMP = os.path.join(CASES, "002", "vmcore")
ROOT = os.path.join(SAMPLES, "..")

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

# System calls by number: x86_64 and aarch64.
LANDLOCK_CREATE_RULESET = 444
SECCOMP = 317 if os.uname().machine == "x86_64" else 277
ENOSYS = 38


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def has_sanitizers():
    return b"__asan_init" in contents(PROGRAM)


def lacks(call):
    """For preexec_fn: the program runs as on a kernel that does not have the system call."""
    libc = ctypes.CDLL(None, use_errno=True)
    steps = b"".join(struct.pack("HBBI", *step) for step in (
        (0x20, 0, 0, 0), (0x15, 0, 1, call), (0x06, 0, 0, 0x00050000 | ENOSYS), (0x06, 0, 0, 0x7FFF0000)))
    held = ctypes.create_string_buffer(steps)

    class Program(ctypes.Structure):
        _fields_ = [("count", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    program = Program(len(steps) // 8, ctypes.addressof(held))

    def take_away(_steps=held):
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
            os._exit(99)
    return take_away


def is_whole():
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        log.write(OOPS)
        log.flush()
        return subprocess.run([PROGRAM, "analyze", "--sandbox=strict", log.name], capture_output=True,
                              check=False).returncode == 0


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def is_confined(pid):
    try:
        status = status_of(pid)
    except OSError:
        return False
    return (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")


class WithFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.temporary = self.path("tmp")
        os.mkdir(self.temporary)
        self.environment = dict(os.environ, TMPDIR=self.temporary, XDG_CACHE_HOME=self.path("cache"))
        self.environment.pop("DEBUGINFOD_URLS", None)
        self.log = self.file("dmesg.txt", OOPS.encode())

    def tearDown(self):
        self.assertEqual(os.listdir(self.temporary), [], "left in TMPDIR")

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def file(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def run_program(self, *arguments, **options):
        options.setdefault("env", self.environment)
        return subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=120, check=False,
                              cwd=self.folder, **options)


@unittest.skipUnless(is_whole(), "this kernel has no whole sandbox")
class Same(WithFolder):
    """Byte for byte, off and strict."""

    def same(self, *arguments, status=0, **options):
        done = [self.run_program(arguments[0], "--sandbox=" + mode, *arguments[1:], **options)
                for mode in ("off", "strict")]
        self.assertEqual(done[0].returncode, status, (arguments, done[0].stderr))
        self.assertEqual(done[1].returncode, status, (arguments, done[1].stderr))
        self.assertEqual(done[1].stderr, done[0].stderr, arguments)
        self.assertEqual(done[1].stdout, done[0].stdout, arguments)
        return done[1]

    def test_every_subcommand_in_every_format(self):
        for dump in (DUMP, OTHER_DUMP):
            for form in ("text", "json", "markdown"):
                self.same("analyze", "--stable", "--format", form, dump)
            for command in (["ticket"], ["show"], ["frames"], ["log"], ["signature"]):
                for form in ("markdown" if command == ["ticket"] else "text", "json"):
                    self.same(*command, "--format", form, dump)
            self.same("frames", "--all", dump)
            self.same("struct", dump, "rpc_task")
            self.same("sym", dump, "nfs_file_write", "no_such_symbol_here", status=3)
        self.same("struct", DUMP, "task_struct.pid,comm", "init_task")

    def test_a_page_has_its_drawings(self):
        page = self.same("analyze", "--format", "html", "--stable", OTHER_DUMP).stdout
        if shutil.which("dot"):
            self.assertIn(b"<svg", page)
        self.same("analyze", "--format", "html", "--stable", "-", input=OOPS.encode())

    def test_logs_from_everywhere(self):
        for arguments in (["--stable", self.log], ["--stable", "-"], ["--stable", "/dev/stdin"]):
            with open(self.log, "rb") as log:
                self.same("analyze", *arguments, stdin=log) if "-" not in arguments else self.same(
                    "analyze", *arguments, input=OOPS.encode())
        self.same("analyze", "--stable", "--log", self.log, SMALL_DUMP)
        self.same("analyze", "--stable", self.log, SMALL_DUMP, self.path("none"), status=3)

    def test_packed_inputs_and_folders(self):
        dump = contents(SMALL_DUMP)
        for name, pack in (("a.gz", gzip.compress), ("a.xz", lzma.compress), ("a.bz2", bz2.compress)):
            self.same("analyze", "--stable", self.file(name, pack(dump)))
        with tarfile.open(self.path("crash.tar.gz"), "w:gz") as tar:
            tar.add(SMALL_DUMP, "127.0.0.1/vmcore")
            tar.add(self.log, "127.0.0.1/vmcore-dmesg.txt")
        self.same("analyze", "--stable", self.path("crash.tar.gz"))
        self.file("crash/vmcore", dump)
        shutil.copy(self.log, self.path("crash", "vmcore-dmesg.txt"))
        self.same("analyze", "--stable", self.path("crash"))
        self.file("packed/vmcore.gz", gzip.compress(dump))
        self.same("analyze", "--stable", self.path("packed"))
        os.mkdir(self.path("links"))
        os.symlink(SMALL_DUMP, self.path("links", "vmcore"))
        self.same("analyze", "--stable", self.path("links"))
        self.same("analyze", "--stable", self.file("bad.gz", gzip.compress(dump)[:5000]), status=3)

    def test_libraries_that_are_loaded_late(self):
        self.same("analyze", "--stable", "--libkdumpfile", DUMP)
        self.same("analyze", "--stable", "--libkdumpfile", self.file("cut", contents(DUMP)[:9000]))
        self.same("analyze", "--stable", "--libkdumpfile", self.file("bad", contents(DUMP)[:90]),
                  status=3)

    def test_rules_records_and_profiles_of_folders_and_keys(self):
        self.same("analyze", "--stable", "--rules", ROOT + "/rules", "--knowledge", ROOT + "/knowledge",
                  DUMP)
        self.same("analyze", "--stable", "--profile", os.path.join(CASES, "002", "kernel.nfsprofile"),
                  SMALL_DUMP)
        os.makedirs(self.path("cache", "nfstriage"))
        os.symlink(os.path.join(CASES, "002", "kernel.nfsprofile"),
                   self.path("cache", "nfstriage", "4.19.191-case002.x86_64-1.nfsprofile"))
        done = self.same("analyze", "--stable", SMALL_DUMP)
        self.assertIn(b"types from profile", done.stdout)
        self.run_program("analyze", "--redact", "--redact-key", self.path("key"), self.log)
        self.same("analyze", "--stable", "--redact", "--redact-key", self.path("key"), DUMP)

    def test_output_goes_to_a_file_that_is_new_or_not(self):
        expected = self.run_program("analyze", "--sandbox=off", "--stable", self.log).stdout
        out = self.path("out")
        for before in (None, b"x" * 100_000):
            if before is not None:
                self.file("out", before)
            self.assertEqual(self.same("analyze", "--stable", "-o", out, self.log).stdout, b"")
            self.assertEqual(contents(out), expected)
            os.unlink(out)
        self.same("analyze", "--stable", "-o", "/dev/stdout", self.log)
        os.symlink(self.path("end"), self.path("link"))
        self.same("analyze", "--stable", "-o", self.path("link"), self.log)
        self.assertEqual(contents(self.path("end")), expected)
        os.unlink(self.path("end"))
        self.assertEqual(self.run_program("analyze", "-o", self.path("link"), self.path("none")).returncode, 3)
        self.assertTrue(os.path.islink(self.path("link")))
        self.assertFalse(os.path.exists(self.path("end")))
        self.same("analyze", "-o", self.path("none", "out"), self.log, status=1)
        self.same("analyze", "-o", "/dev/full", self.log, status=1)
        # Without a verdict an old file stays, and a new one is not made.
        self.file("old", b"old")
        for name in ("old", "new"):
            self.same("analyze", "-o", self.path(name), self.path("none"), status=3)
        self.assertEqual(contents(self.path("old")), b"old")
        self.assertFalse(os.path.exists(self.path("new")))

    def test_minidumps(self):
        made = {}
        for mode in ("off", "strict"):
            out = self.path("mini")
            done = self.run_program("minidump", "--sandbox=" + mode, "-o", out, DUMP)
            self.assertEqual(done.returncode, 0, done.stderr)
            status = os.stat(out)
            made[mode] = (done.stdout, done.stderr, contents(out), status.st_mode)
            # Holes are kept.
            self.assertLess(status.st_blocks * 512, 40 << 20)
            os.unlink(out)
        self.assertEqual(made["strict"], made["off"])
        dump = self.file("dump", contents(SMALL_DUMP))
        self.same("minidump", "-o", dump, dump, status=3)
        self.assertEqual(contents(dump), contents(SMALL_DUMP))
        self.same("minidump", "-o", self.path("none", "mini"), DUMP, status=3)
        self.same("minidump", "-o", self.path("mini"), self.log, status=3)
        self.assertEqual([name for name in os.listdir(self.folder) if "mini" in name], [])

    def test_debuginfo_makes_a_profile(self):
        debug = self.path("debug")
        os.mkdir(debug)
        subprocess.run([MKDUMP, "ld-script", os.path.join(CASES, "002", "scene.recipe"),
                        debug + "/vmlinux.ld"], check=True, timeout=60)
        made = subprocess.run([os.path.join(CASES, "make-debuginfo"), "002", debug], check=False,
                              timeout=120)
        if made.returncode == 77:
            self.skipTest("no compiler for the case's architecture")
        with tarfile.open(self.path("debug.tar.gz"), "w:gz") as tar:
            tar.add(debug, "usr/lib/debug")
        shutil.copytree(debug, self.path("moved"))
        os.mkdir(self.path("linked"))
        for folder, _, names in os.walk(self.path("moved")):
            for name in names:
                below = os.path.relpath(os.path.join(folder, name), self.path("moved"))
                os.makedirs(os.path.dirname(self.path("linked", below)), exist_ok=True)
                os.symlink(os.path.join(folder, name), self.path("linked", below))
        for source in (debug, self.path("debug.tar.gz"), self.path("linked")):
            outputs = []
            for mode in ("off", "strict"):
                for _ in ("made", "kept"):
                    done = self.run_program("analyze", "--sandbox=" + mode, "--stable", "--debuginfo",
                                            source, SMALL_DUMP)
                    self.assertEqual((done.returncode, done.stderr), (0, b""), source)
                    outputs.append(done.stdout)
                self.assertEqual(len(os.listdir(self.path("cache", "nfstriage"))), 1, source)
                shutil.rmtree(self.path("cache"))
            self.assertEqual(set(outputs), {outputs[0]}, source)
            self.assertIn(b"types from profile", outputs[0])
        self.same("analyze", "--stable", "--debuginfo", self.path("none"), SMALL_DUMP)
        # A cache that cannot be made.
        self.environment["XDG_CACHE_HOME"] = self.file("no-folder", b"")
        done = self.run_program("analyze", "--sandbox=strict", "--stable", "--debuginfo", debug,
                                SMALL_DUMP)
        self.assertEqual((done.returncode, done.stdout), (0, outputs[0]), done.stderr)


@unittest.skipUnless(is_whole(), "this kernel has no whole sandbox")
class Entered(WithFolder):
    """The sandbox is there."""

    def wait_for(self, condition, process):
        for _ in range(20000):
            if condition():
                return
            self.assertIsNone(process.poll(), "it ended before")
            time.sleep(0.001)
        self.fail("nobody entered the sandbox")

    def start(self, *arguments, **options):
        options.setdefault("env", self.environment)
        return subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                cwd=self.folder, **options)

    def test_who_reads_is_confined_unless_told_otherwise(self):
        for command in (["analyze"], ["ticket"], ["frames"], ["log"], ["signature"],
                        ["analyze", "--sandbox=auto"], ["analyze", "--sandbox=strict"]):
            with self.start(*command, "-", stdin=subprocess.PIPE) as process:
                self.wait_for(lambda pid=process.pid: is_confined(pid), process)
                process.communicate(OOPS.encode(), timeout=60)
            self.assertEqual(process.returncode, 0, command)
        # Where something is left to the process outside.
        for options in (["-o", self.path("out")], ["--format", "html"], ["--debuginfo", self.log]):
            with self.start("analyze", *options, "-", stdin=subprocess.PIPE) as process:
                self.wait_for(lambda pid=process.pid: any(map(is_confined, children_of(pid))), process)
                self.assertFalse(is_confined(process.pid))
                process.communicate(OOPS.encode(), timeout=60)
            self.assertEqual(process.returncode, 0, options)
        with self.start("analyze", "--sandbox=off", "-", stdin=subprocess.PIPE) as process:
            time.sleep(0.3)
            self.assertEqual(children_of(process.pid), [])
            self.assertFalse(is_confined(process.pid))
            process.communicate(OOPS.encode(), timeout=60)

    def test_the_confined_process_dies_with_the_one_outside(self):
        with self.start("analyze", "-o", self.path("out"), "-", stdin=subprocess.PIPE) as process:
            self.wait_for(lambda: any(map(is_confined, children_of(process.pid))), process)
            child = children_of(process.pid)[0]
            process.kill()
            process.communicate(timeout=60)
        for _ in range(5000):
            try:
                if status_of(child)["State"].startswith("Z"):
                    return
            except OSError:
                return
            time.sleep(0.001)
        self.fail("it goes on")

    def test_a_signal_that_kills_the_analysis_is_told_and_passed_on(self):
        # AddressSanitizer would turn the signal into an exit status.
        environment = dict(self.environment, ASAN_OPTIONS="handle_segv=0")
        for number in (signal.SIGSYS, signal.SIGSEGV):
            with self.start("analyze", "--format", "html", "-", stdin=subprocess.PIPE,
                            env=environment) as process:
                self.wait_for(lambda pid=process.pid: any(map(is_confined, children_of(pid))), process)
                os.kill(children_of(process.pid)[0], number)
                _, said = process.communicate(timeout=60)
            self.assertEqual(process.returncode, -number)
            self.assertIn(b"sandbox refuses" if number == signal.SIGSYS else b"signal 11", said)

    def test_jobs_of_a_batch_are_confined_by_default(self):
        os.mkdir(self.path("in"))
        for number in range(4):
            self.file(f"in/{number}.log", (OOPS.replace("4711", str(number)) * 30_000).encode())
        for options, confined in (([], True), (["--sandbox=strict"], True), (["--sandbox=off"], False)):
            store = self.path("store" + "".join(options))
            seen = set()
            with self.start("batch", "-j", "1", "--store", store, *options, self.path("in")) as process:
                while process.poll() is None:
                    try:
                        seen.update(is_confined(child) for child in children_of(process.pid))
                    except OSError:
                        pass
                process.communicate(timeout=60)
            self.assertEqual(True in seen, confined, options)

    @unittest.skipIf(has_sanitizers(), "their runtime has to be loaded first")
    def test_code_inside_an_analysis_gets_nowhere(self):
        """A library that is loaded into the program does what an exploit would: in the middle of reading
        the dump it tries its luck, and writes what it got to the file that is open as 9."""
        source = self.file("evil.c", rb"""
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/socket.h>
            #include <unistd.h>
            static void tell(const char *what, long result)
            {
                dprintf(9, "%s %s\n", what, result < 0 ? "refused" : "done");
            }
            static void try_all(void)
            {
                char *const words[] = {"true", 0};
                char name[4096];
                tell("read", open("/etc/passwd", O_RDONLY));
                snprintf(name, sizeof name, "%s/new", getenv("EVIL_FOLDER"));
                tell("write", open(name, O_WRONLY | O_CREAT, 0600));
                tell("remove", unlink(getenv("EVIL_FILE")));
                tell("network", socket(AF_INET, SOCK_STREAM, 0));
                tell("run", execv("/bin/true", words));
            }
            ssize_t pread64(int fd, void *to, size_t size, off_t at)
            {
                static int tried;
                ssize_t (*real)(int, void *, size_t, off_t) = dlsym(RTLD_NEXT, "pread64");
                if (getenv("EVIL_FOLDER") && size > 4000 && !tried++) try_all();
                return real(fd, to, size, at);
            }
            ssize_t pread(int fd, void *to, size_t size, off_t at) { return pread64(fd, to, size, at); }
            """)
        subprocess.run(["cc", "-shared", "-fPIC", source, "-o", self.path("evil.so"), "-ldl"], check=True,
                       timeout=60)
        victim = self.file("victim", b"x")
        expected = self.run_program("analyze", "--sandbox=off", "--stable", DUMP).stdout
        environment = dict(self.environment, LD_PRELOAD=self.path("evil.so"), EVIL_FOLDER=self.folder,
                           EVIL_FILE=victim)
        said = os.open(self.path("said"), os.O_RDWR | os.O_CREAT)
        done = self.run_program("analyze", "--stable", DUMP, env=environment, close_fds=False,
                                preexec_fn=lambda: os.dup2(said, 9))
        os.close(said)
        self.assertEqual((done.returncode, done.stdout), (0, expected), done.stderr)
        self.assertEqual(contents(self.path("said")).decode().splitlines(),
                         ["read refused", "write refused", "remove refused", "network refused",
                          "run refused"])
        self.assertTrue(os.path.exists(victim))
        done = self.run_program("analyze", "--stable", "--sandbox=strict", DUMP, env=environment)
        self.assertEqual(done.returncode, -signal.SIGSYS)


class Batch(WithFolder):
    def batch(self, mode):
        store = self.path("store." + mode)
        done = self.run_program("batch", "--format", "json", "--sandbox=" + mode, "--store", store,
                                self.path("in"))
        self.assertEqual(done.returncode, 3, done.stderr)
        said = json.loads(done.stdout)
        fleet = self.run_program("fleet", "--format", "json", "--store", store)
        self.assertEqual(fleet.returncode, 0, fleet.stderr)
        return said, json.loads(fleet.stdout)

    def forget_times(self, document):
        """When it was, and what follows from who came first."""
        for key in ("seconds", "store", "now_s"):
            document.pop(key, None)
        document.get("failures", []).sort(key=json.dumps)
        for group in document.get("groups", []):
            for key in ("first_s", "last_s"):
                group.pop(key, None)
        for kernel in document.get("kernels", []):
            kernel.pop("hosts", None)  # each host runs that of its last crash

    @unittest.skipUnless(is_whole(), "this kernel has no whole sandbox")
    def test_a_batch_says_the_same(self):
        dump = contents(SMALL_DUMP)
        self.file("in/a/vmcore", dump)
        shutil.copy(self.log, self.path("in", "a", "vmcore-dmesg.txt"))
        self.file("in/b.vmcore.gz", gzip.compress(contents(OTHER_DUMP)))
        self.file("in/c/vmcore.gz", gzip.compress(contents(os.path.join(CASES, "004", "vmcore"))))
        with tarfile.open(self.path("in", "d.tar"), "w") as tar:
            tar.add(DUMP, "127.0.0.1/vmcore")
        self.file("in/e.log", OOPS.replace("4711", "12").encode())
        self.file("in/f.gz", gzip.compress(dump)[:5000])
        self.file("in/g.vmcore", b"KDUMP   \x06\0\0\0")
        said = {mode: self.batch(mode) for mode in ("off", "auto", "strict")}
        for mode in ("auto", "strict"):
            for off, here in zip(said["off"], said[mode]):
                for document in (off, here):
                    self.forget_times(document)
                self.assertEqual(here, off, mode)


class Partial(WithFolder):
    """Kernels that have only a part of it."""

    def test_auto_goes_on_with_less_and_says_so_to_who_asks(self):
        expected = self.run_program("analyze", "--sandbox=off", "--stable", DUMP).stdout
        for call, name in ((LANDLOCK_CREATE_RULESET, b"Landlock"), (SECCOMP, b"seccomp")):
            done = self.run_program("analyze", "--stable", DUMP, preexec_fn=lacks(call))
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, expected, b""))
            done = self.run_program("analyze", "--stable", DUMP, preexec_fn=lacks(call),
                                    env=dict(self.environment, SPDLOG_LEVEL="debug"))
            self.assertEqual((done.returncode, done.stdout), (0, expected))
            self.assertIn(b"the sandbox is not whole: " + name, done.stderr)

    def test_strict_fails_and_says_what_is_missing_and_what_to_do(self):
        for call, name in ((LANDLOCK_CREATE_RULESET, b"Landlock: this kernel has none; it needs Linux 5.13"),
                           (SECCOMP, b"CONFIG_SECCOMP_FILTER")):
            for command in (["analyze", DUMP], ["log", DUMP],
                            ["batch", "--store", self.path("store"), self.folder]):
                done = self.run_program(command[0], "--sandbox=strict", *command[1:],
                                        preexec_fn=lacks(call))
                self.assertEqual((done.returncode, done.stdout), (1, b""), command)
                self.assertIn(name, done.stderr)

    def test_a_word_that_is_no_mode_is_a_usage_error(self):
        self.assertEqual(self.run_program("analyze", "--sandbox=on", self.log).returncode, 2)


if __name__ == "__main__":
    unittest.main()
