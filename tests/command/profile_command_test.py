#!/usr/bin/env python3
"""Kernel profiles as users meet them: made of debuginfo, listed, shown, checked, used by analyze.

NFSTRIAGE_PROGRAM is the program, NFSTRIAGE_MKDUMP the maker of dumps; both are of the build. The
kernels are the samples' and ones of a few lines that are compiled here.
"""
import glob
import gzip
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import unittest

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
MKDUMP = os.environ["NFSTRIAGE_MKDUMP"]
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CASES = os.path.join(ROOT, "samples", "cases")
RELEASE = "4.19.90-made.x86_64"
VERSION = "#1 SMP Thu Jan 1 00:00:00 UTC 1970"

VMLINUX = """
int panic(int x) { return x; }
int exported __attribute__((section("__ksymtab")));
const char linux_banner[] = "Linux version %(release)s (who@where) (gcc 7) %(version)s\\n";
struct { char names[6][65]; } init_uts_ns =
    {{"Linux", "(none)", "%(release)s", "%(version)s", "x86_64", "(none)"}};
struct page { unsigned long flags; void *mapping; } page;
%(more)s
"""
MODULE = """
int init_module(int x) { return x; }
#define INFO(name, text) \\
    static const char name[] __attribute__((section(".modinfo"), used, aligned(1))) = text
INFO(info1, "license=GPL");
INFO(info2, "srcversion=0123456789ABCDEF0123456");
INFO(info3, "name=%(name)s");
INFO(info4, "vermagic=%(release)s SMP mod_unload ");
int this_module __attribute__((section(".gnu.linkonce.this_module")));
struct nfs_page { struct page *wb_page; unsigned int wb_flags; } page_of_%(name)s;
"""


def case(name, file):
    return os.path.join(CASES, name, file)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def inputs(done):
    return json.loads(done.stdout)["input"]


def verdicts(done):
    return [(one["rule"], one["status"], one["confidence"])
            for one in json.loads(done.stdout)["verdicts"]]


class WithFolder(unittest.TestCase):
    """A folder, and in it TMPDIR and the user's cache of every program that is run."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.temporary, self.cache = self.path("tmp"), self.path("cache")
        os.mkdir(self.temporary)
        os.mkdir(self.cache)
        self.environment = dict(os.environ, TMPDIR=self.temporary, XDG_CACHE_HOME=self.cache)
        self.environment.pop("DEBUGINFOD_URLS", None)

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
        return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120,
                              check=False, cwd=self.folder, env=self.environment, **options)

    def profile(self, *arguments, status=0, **options):
        done = self.run_program("profile", *arguments, **options)
        self.assertEqual(done.returncode, status, (arguments, done.stdout, done.stderr))
        return done

    def analyze(self, *arguments, dump=case("002", "vmcore")):
        done = self.run_program("analyze", "--format", "json", "--stable", *arguments, dump)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def compile(self, name, source, *options):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        subprocess.run(["cc", "-g", "-xc", "-", "-nostdlib", *options, "-o", self.path(name)],
                       input=source, text=True, check=True, timeout=60)
        return self.path(name)

    def vmlinux(self, name, more="", options=(), release=RELEASE):
        source = VMLINUX % {"release": release, "version": VERSION, "more": more}
        return self.compile(name, source, "-fno-pie", "-no-pie", "-static", "-Wl,-e,panic",
                            "-Wl,--build-id=0x00112233445566778899aabbccddeeff00112233", *options)

    def tree(self, release=RELEASE):
        """/usr/lib/debug of a kernel."""
        self.vmlinux(f"debug/boot/vmlinux-{release}", release=release)
        self.compile(f"debug/lib/modules/{release}/kernel/fs/nfs/nfs.ko",
                     MODULE % {"name": "nfs", "release": release}, "-r")
        return self.path("debug")


class Made(WithFolder):
    """profile build, list, show and verify with a kernel that is compiled here."""

    def setUp(self):
        super().setUp()
        self.debug = self.tree()

    def build(self, name="made.nfsprofile"):
        self.profile("build", self.debug, "-o", self.path(name))
        return self.path(name)

    def test_build_writes_a_file_or_into_a_folder_or_here_under_the_kernels_name(self):
        os.mkdir(self.path("out"))
        to_file = self.build()
        self.profile("build", self.debug, "-o", self.path("out"))
        done = self.profile("build", self.debug)
        self.assertIn(RELEASE, done.stdout)
        named = [name for name in os.listdir(self.folder)
                 if name.endswith(".nfsprofile") and name != "made.nfsprofile"]
        self.assertEqual(len(named), 1)
        self.assertIn(RELEASE, named[0])
        self.assertEqual(os.listdir(self.path("out")), named)
        self.assertEqual(contents(self.path(named[0])), contents(to_file))
        self.assertEqual(contents(self.path("out", named[0])), contents(to_file))

    def test_build_takes_files_instead_of_a_tree_and_the_release_that_is_named(self):
        self.tree("4.19.90-other.x86_64")
        files = glob.glob(self.debug + "/**/*" + RELEASE + "*", recursive=True)
        vmlinux = [name for name in files if os.path.isfile(name)]
        self.profile("build", *vmlinux, "-o", self.path("files.nfsprofile"))
        self.profile("build", self.debug, "-o", self.path("two.nfsprofile"), status=3)
        self.assertFalse(os.path.exists(self.path("two.nfsprofile")))
        self.profile("build", self.debug, "--release", "5.10.0-no-such", "-o",
                     self.path("two.nfsprofile"), status=3)
        self.profile("build", self.debug, "--release", RELEASE, "-o", self.path("one.nfsprofile"))
        for name in ("files.nfsprofile", "one.nfsprofile"):
            self.assertIn(RELEASE, self.profile("show", self.path(name)).stdout)

    def test_output_that_cannot_be_written_is_status_1(self):
        done = self.profile("build", self.debug, "-o", self.path("none", "x"), status=1)
        self.assertIn("none/x", done.stderr)

    def test_list_names_the_kernels_and_what_is_no_profile(self):
        os.mkdir(self.path("cache", "nfstriage"))
        empty = self.profile("list", self.path("cache", "nfstriage"))
        self.assertIn("no profiles", empty.stdout)
        self.build("cache/nfstriage/made.nfsprofile")
        self.file("cache/nfstriage/broken.nfsprofile", b"no profile at all")
        for arguments in ((), (self.path("cache", "nfstriage"),)):
            listed = self.profile("list", *arguments).stdout
            self.assertIn("made.nfsprofile\n    kernel " + RELEASE, listed)
            self.assertIn("broken.nfsprofile\n    unusable", listed)

    def test_show_names_the_parts_and_writes_btf(self):
        made = self.build()
        shown = self.profile("show", made, "--write-btf", self.path("types.btf")).stdout
        for expected in (RELEASE, VERSION, "0123456789ABCDEF0123456", "types (BTF)", "symbols"):
            self.assertIn(expected, shown)
        types = contents(self.path("types.btf"))
        self.assertEqual(types[:4], b"\x9f\xeb\x01\x00")
        self.assertIn(b"\0wb_flags\0", types)
        self.profile("show", self.path("none"), status=3)
        self.profile("show", made, "--write-btf", self.path("none", "x"), status=1)

    def test_verify_finds_flipped_bytes_and_cuts(self):
        made = self.build()
        self.assertIn("sound", self.profile("verify", made).stdout)
        good = contents(made)
        for at in range(0, len(good), len(good) // 40 + 1):
            bad = bytearray(good)
            bad[at] ^= 0x10
            done = self.profile("verify", self.file("bad.nfsprofile", bad), status=1)
            self.assertIn("bad.nfsprofile", done.stderr, at)
        self.profile("verify", self.file("bad.nfsprofile", good[:-1]), status=1)
        self.profile("verify", made, self.path("bad.nfsprofile"), status=1)

    def test_sources_that_are_no_debuginfo_are_refused_with_a_remedy(self):
        vmlinux = contents(self.path("debug", "boot", "vmlinux-" + RELEASE))
        os.mkdir(self.path("hollow"))
        sources = [self.file("notes.txt", b"these are notes\n" * 9), self.path("hollow"),
                   self.file("image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(64)),
                   self.file("empty", b""), self.path("none"),
                   self.compile("plain", VMLINUX % {"release": "", "version": "", "more": ""},
                                "-g0", "-static", "-Wl,-e,panic")]
        sources += [self.file(f"cut{size}", vmlinux[:size])
                    for size in (4, 40, 64, len(vmlinux) // 2, len(vmlinux) - 100)]
        for source in sources:
            done = self.profile("build", source, "-o", self.path("out"), status=3)
            self.assertIn(os.path.basename(source), done.stderr)
            self.assertIn(";", done.stderr, "no remedy")
            self.assertNotIn("process that read it ended", done.stderr)
            self.assertFalse(os.path.exists(self.path("out")))

    def test_random_damage_never_kills_the_process_that_reads(self):
        vmlinux = contents(self.path("debug", "boot", "vmlinux-" + RELEASE))
        for at in range(0, len(vmlinux), len(vmlinux) // 60 + 1):
            bad = bytearray(vmlinux)
            bad[at:at + 3] = bytes(255 - byte for byte in bad[at:at + 3])
            done = self.run_program("profile", "build", self.file("vmlinux", bad), "-o",
                                    self.path("out"))
            self.assertIn(done.returncode, (0, 3), done.stderr)
            self.assertNotIn("process that read it ended", done.stderr, at)


class Limits(WithFolder):
    """The process that reads debuginfo is killed, or wants too much."""

    def slow_source(self):
        """A vmlinux in a tar, with zeros behind it that take seconds to unpack."""
        vmlinux = contents(self.vmlinux("vmlinux-" + RELEASE))
        head, zeros = io.BytesIO(), 8 << 30
        with tarfile.open(fileobj=head, mode="w") as tar:
            first = tarfile.TarInfo("usr/lib/debug/boot/vmlinux-" + RELEASE)
            first.size = len(vmlinux)
            tar.addfile(first, io.BytesIO(vmlinux))
            second = tarfile.TarInfo("usr/lib/debug/boot/zeros")
            second.size = zeros
            behind = second.tobuf(tarfile.GNU_FORMAT)
            begin = head.tell()
        start = head.getvalue()[:begin] + behind
        step = 64 << 20
        return self.file("slow.tar.gz",
                         gzip.compress(start) + gzip.compress(bytes(step)) * (zeros // step))

    def reader_of(self, process):
        """The child, once it has unpacked something."""
        for _ in range(20000):
            with open(f"/proc/{process.pid}/task/{process.pid}/children",
                      encoding="ascii") as file:
                children = file.read().split()
            if children and glob.glob(self.temporary + "/**/vmlinux*", recursive=True):
                return int(children[0])
            self.assertIsNone(process.poll(), "ended before it could be killed")
            time.sleep(0.001)
        return self.fail("no process that reads")

    def test_a_killed_reader_is_reported_and_leaves_nothing(self):
        source = self.slow_source()
        os.mkdir(self.path("out"))
        for number, name in ((signal.SIGKILL, "signal 9"), (signal.SIGABRT, "signal 6")):
            with subprocess.Popen([PROGRAM, "profile", "build", source, "-o", self.path("out")],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  env=self.environment, cwd=self.folder) as process:
                os.kill(self.reader_of(process), number)
                _, said = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 3, said)
            self.assertIn(source, said)
            self.assertIn(name, said)
            self.assertEqual(os.listdir(self.path("out")), [])
            self.assertEqual(os.listdir(self.temporary), [])
            self.assertEqual(glob.glob(self.path("core*")), [])

    def test_the_reader_does_not_outlive_a_killed_program(self):
        source = self.slow_source()
        with subprocess.Popen([PROGRAM, "profile", "build", source], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, env=self.environment,
                              cwd=self.folder) as process:
            child = self.reader_of(process)
            process.kill()
        for _ in range(5000):
            try:
                with open(f"/proc/{child}/stat", encoding="ascii") as file:
                    if file.read().rpartition(")")[2].split()[0] == "Z":
                        break
            except OSError:
                break
            time.sleep(0.001)
        else:
            self.fail("the reader goes on")
        # What it had unpacked stays, and goes with the next folder that is made.
        for left in os.listdir(self.temporary):
            os.utime(os.path.join(self.temporary, left), (0, 0))
        self.profile("build", self.path("vmlinux-" + RELEASE), "-o", self.path("out"))

    @unittest.skipIf(b"__asan_init" in contents(PROGRAM), "sanitizers need all the memory")
    def test_a_section_larger_than_the_memory_allowed_is_an_error(self):
        vmlinux = self.vmlinux("vmlinux", options=("-gz=zlib",), more="""
            __asm__(".pushsection .debug_info,\\"\\",@progbits\\n"
                    ".zero 300000000\\n.popsection");""")
        self.assertLess(os.path.getsize(vmlinux), 10_000_000)
        most = 150_000_000
        done = self.profile(
            "build", vmlinux, "-o", self.path("out"), status=3,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (most, most)))
        self.assertIn("vmlinux", done.stderr)
        self.assertFalse(os.path.exists(self.path("out")))


class Analyze(WithFolder):
    """Profiles and debuginfo with a dump."""

    def test_a_profile_gives_types(self):
        done = self.run_program("analyze", "--profile", case("002", "kernel.nfsprofile"),
                                case("002", "vmcore"))
        self.assertEqual(done.returncode, 0)
        self.assertIn("types from profile", done.stdout)
        with_types = inputs(self.analyze("--profile", case("002", "kernel.nfsprofile")))
        self.assertFalse([line for line in with_types["missing"] if "profile:" in line])

    def test_a_profile_is_found_in_the_users_cache(self):
        os.mkdir(self.path("cache", "nfstriage"))
        without = self.analyze()
        self.assertTrue([line for line in inputs(without)["missing"] if "types" in line])
        shutil.copy(case("002", "kernel.nfsprofile"),
                    self.path("cache", "nfstriage", "4.19.191-case002.x86_64-1.nfsprofile"))
        self.assertEqual(verdicts(self.analyze()),
                         verdicts(self.analyze("--profile", case("002", "kernel.nfsprofile"))))
        self.assertFalse([line for line in inputs(self.analyze())["missing"] if "types" in line])

    def test_another_kernels_profile_changes_no_verdict_and_both_kernels_are_named(self):
        without = self.analyze()
        wrong = self.analyze("--profile", case("001", "kernel.nfsprofile"))
        self.assertEqual(verdicts(wrong), verdicts(without))
        self.assertNotEqual(verdicts(wrong), [])
        missing = "\n".join(inputs(wrong)["missing"])
        for release in ("4.19.90-23.15.v2101.ky10.x86_64", "4.19.191-case002.x86_64"):
            self.assertIn(release, missing)

    def test_a_damaged_profile_changes_no_verdict(self):
        without = self.analyze()
        good = contents(case("002", "kernel.nfsprofile"))
        for bad in (b"", good[:100], good[:-1], b"x" + good[1:]):
            done = self.analyze("--profile", self.file("bad.nfsprofile", bad))
            self.assertEqual(verdicts(done), verdicts(without))
            self.assertIn("bad.nfsprofile", "\n".join(inputs(done)["missing"]))

    def test_verify_compares_with_a_dump(self):
        profile = case("002", "kernel.nfsprofile")
        self.assertIn("kernel of", self.profile("verify", profile, "--dump",
                                                case("002", "vmcore")).stdout)
        done = self.profile("verify", profile, "--dump", case("001", "vmcore"), status=1)
        for release in ("4.19.90-23.15.v2101.ky10.x86_64", "4.19.191-case002.x86_64"):
            self.assertIn(release, done.stderr)

    def test_debuginfo_of_another_kernel_is_refused_and_the_verdict_given(self):
        without = self.analyze()
        done = self.analyze("--debuginfo", self.tree())
        self.assertEqual(verdicts(done), verdicts(without))
        missing = "\n".join(inputs(done)["missing"])
        for release in (RELEASE, "4.19.191-case002.x86_64"):
            self.assertIn(release, missing)
        self.assertEqual(glob.glob(self.cache + "/**/*.nfsprofile", recursive=True), [])

    def test_debuginfo_that_is_none_is_named_and_the_verdict_given(self):
        without = self.analyze()
        for source in (self.file("notes.txt", b"notes\n" * 9), self.path("none"),
                       self.file("empty", b"")):
            done = self.analyze("--debuginfo", source)
            self.assertEqual(verdicts(done), verdicts(without))
            self.assertIn(source, "\n".join(inputs(done)["missing"]))


class Matching(WithFolder):
    """analyze --debuginfo with the debug side of case 002."""

    def setUp(self):
        super().setUp()
        self.debug = self.path("debug")
        os.mkdir(self.debug)
        subprocess.run([MKDUMP, "ld-script", case("002", "scene.recipe"),
                        self.debug + "/vmlinux.ld"], check=True, timeout=60)
        made = subprocess.run([os.path.join(CASES, "make-debuginfo"), "002", self.debug],
                              check=False, timeout=120)
        if made.returncode == 77:
            self.skipTest("no compiler for the case's architecture")
        self.assertEqual(made.returncode, 0)

    def profiles(self):
        return glob.glob(self.cache + "/**/*.nfsprofile", recursive=True)

    def test_the_first_time_fills_the_cache_and_the_second_needs_no_source(self):
        first = self.analyze("--debuginfo", self.debug)
        self.assertEqual(len(self.profiles()), 1)
        self.assertFalse([line for line in inputs(first)["missing"] if "profile:" in line])
        shutil.rmtree(self.debug)
        self.assertEqual(self.analyze("--debuginfo", self.debug).stdout, first.stdout)
        self.assertEqual(self.analyze().stdout, first.stdout)
        self.profile("verify", *self.profiles(), "--dump", case("002", "vmcore"))

    def test_a_damaged_profile_in_the_cache_is_made_again(self):
        first = self.analyze("--debuginfo", self.debug)
        with open(self.profiles()[0], "r+b") as file:
            file.truncate(200)
        self.assertEqual(self.analyze("--debuginfo", self.debug).stdout, first.stdout)
        self.profile("verify", *self.profiles())

    def test_a_cache_that_cannot_be_written_costs_the_second_time_only(self):
        first = self.analyze("--debuginfo", self.debug)
        self.environment["XDG_CACHE_HOME"] = self.file("no-folder", b"")
        self.assertEqual(self.analyze("--debuginfo", self.debug).stdout, first.stdout)
        del self.environment["XDG_CACHE_HOME"], self.environment["HOME"]
        self.assertEqual(self.analyze("--debuginfo", self.debug).stdout, first.stdout)


if __name__ == "__main__":
    unittest.main()
