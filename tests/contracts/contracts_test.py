#!/usr/bin/env python3
"""The hook under each distribution's own way to call it, from the installation to the verdict.

`nfstriage hook install --root` prepares a made-up root that has what a host of the family has, and
then, with that root as the root (chroot), without any environment, the family's call is made as its
scripts make it: redhat_new, redhat_old, suse_new, suse_old beside this file; Debian's by the command
line of the drop-in. Paths are those of a real host, so nothing helps the hook that would not be there.

NFSTRIAGE_PROGRAM is the program; NFSTRIAGE_HOOK the static hook, or empty where it is not built.
"""
import json
import os
import shlex
import shutil
import subprocess
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.join(HERE, "..", "..")
SAMPLE = os.path.join(SOURCE, "samples", "unlock-request-bug-x86_64.vmcore")
RULE = "nfs-unlock-request-bug"  # what the sample is a case of
PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
STATIC_HOOK = os.environ.get("NFSTRIAGE_HOOK", "")
HOOK = "/usr/lib/nfstriage/nfstriage-hook"

FOLDERS = "/usr/sbin:/usr/bin:/sbin:/bin"
AS_ROOT = [] if os.geteuid() == 0 else [shutil.which("unshare", path=FOLDERS), "--map-root-user"]
CHROOT = [*AS_ROOT, shutil.which("chroot", path=FOLDERS)]

ROOTFS = "1 1 0:2 / / rw - rootfs none rw\n"
TARGET = "30 1 254:0 / {} rw,relatime shared:1 - ext4 /dev/vda rw\n"
RHEL_CONF = "# made up\next4 /dev/vda\npath /var/crash\ncore_collector makedumpfile -l -d 31\n"
SUSE_CONF = ('KDUMP_SAVEDIR="/var/crash"\nKDUMP_REQUIRED_PROGRAMS=""\nKDUMP_POSTSCRIPT=""\n'
             'KDUMP_CONTINUE_ON_ERROR="false"\n')


def libraries(program):
    """What a program loads, by path; nothing for a static one."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    words = done.stdout.split() if done.returncode == 0 else []
    return sorted({word for word in words if word.startswith("/")})


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        probe = subprocess.run([*CHROOT, "/", "true"], capture_output=True, check=False)
        if probe.returncode != 0:
            raise unittest.SkipTest("neither root nor user namespaces: no chroot")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.system = folder.name
        for program, place in ((PROGRAM, "/usr/bin/nfstriage"), ("/bin/sh", "/bin/sh"),
                               ("/bin/bash", "/bin/bash"), ("/usr/bin/env", "/usr/bin/env")):
            cls.copy_program(program, place)
        if STATIC_HOOK:
            cls.copy_program(STATIC_HOOK, HOOK)
        else:
            cls.script(cls.system + HOOK, '#!/bin/sh\nexec /usr/bin/nfstriage hook "$@"\n')

    @classmethod
    def copy_program(cls, program, place):
        for path in [program, *libraries(program)]:
            where = cls.system + (place if path == program else path)
            os.makedirs(os.path.dirname(where), exist_ok=True)
            if not os.path.exists(where):
                shutil.copy(path, where)

    @staticmethod
    def script(path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        shutil.copytree(self.system, self.root, copy_function=os.link, dirs_exist_ok=True)
        self.file("/proc/self/mountinfo", ROOTFS)
        self.file("/dev/null")
        os.makedirs(self.root + "/run")
        for name in os.listdir(HERE):
            if name.split("_")[0] in ("redhat", "suse"):
                shutil.copy(os.path.join(HERE, name), self.root + "/" + name)

    def file(self, path, text=""):
        where = self.root + path
        os.makedirs(os.path.dirname(where), exist_ok=True)
        with open(where, "w", encoding="utf-8") as file:
            file.write(text)
        return where

    def sample(self, path, size=None):
        with open(SAMPLE, "rb") as sample:
            with open(self.file(path), "wb") as file:
                file.write(sample.read(size))

    def install(self, *options):
        done = subprocess.run([PROGRAM, "hook", "install", "--root", self.root, *options],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def call(self, *words):
        """In the root, with no environment; what was said."""
        done = subprocess.run([*CHROOT, self.root, *words], capture_output=True, text=True,
                              timeout=120, check=False, env={})
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def hook_line(self, said):
        lines = [line for line in said.splitlines() if line.startswith("nfstriage: ")]
        self.assertEqual(len(lines), 1, said)
        return lines[0]

    def assert_verdict(self, said, folder):
        """Both files, whole; the one line of the hook names the place."""
        with open(f"{self.root}{folder}/verdict.json", encoding="utf-8") as file:
            verdict = json.load(file)
        self.assertEqual(verdict["verdicts"][0]["rule"], RULE)
        self.assertGreater(os.path.getsize(f"{self.root}{folder}/verdict.txt"), 100)
        line = self.hook_line(said)
        self.assertIn(RULE, line)
        self.assertIn(f"{folder}/verdict.txt", line)


class RedHat(Contract):
    CRASH = "/kdumproot/var/crash/127.0.0.1-2026-11-22-01:02:03"

    def setUp(self):
        super().setUp()
        self.file("/etc/kdump.conf", RHEL_CONF)
        self.file("/proc/self/mountinfo", ROOTFS + TARGET.format("/kdumproot"))
        os.makedirs(self.root + "/kdumproot/var/crash")

    def new_kdump(self):
        os.makedirs(self.root + "/etc/kdump/post.d")
        self.script(self.root + "/usr/bin/kdumpctl", "#!/bin/bash\nHOOKS=/etc/kdump/post.d/\n")

    def test_post_d_with_a_saved_dump(self):
        self.new_kdump()
        self.install()
        self.sample(self.CRASH + "/vmcore")
        said = self.call("/redhat_new", "0")
        self.assertIn("status of /etc/kdump/post.d/90-nfstriage: 0\n", said)
        self.assert_verdict(said, self.CRASH)

    def test_post_d_beside_a_kdump_post_of_somebody_else(self):
        self.new_kdump()
        self.script(self.root + "/opt/post.sh", '#!/bin/sh\necho "vendor got $1"\nexit 3\n')
        self.file("/etc/kdump.conf", RHEL_CONF + "kdump_post /opt/post.sh\n")
        self.install()
        self.sample(self.CRASH + "/vmcore")
        said = self.call("/redhat_new", "0")
        self.assert_verdict(said, self.CRASH)
        self.assertIn("vendor got 0\nstatus of /opt/post.sh: 3\n", said)

    def test_kdump_post_of_an_older_kdump(self):
        self.install()
        self.sample(self.CRASH + "/vmcore")
        said = self.call("/redhat_old", "0")
        self.assertIn(f"status of {HOOK}: 0\n", said)
        self.assert_verdict(said, self.CRASH)

    def test_the_root_file_system_as_target(self):
        self.file("/etc/kdump.conf", "path /var/crash\n")
        self.file("/proc/self/mountinfo", ROOTFS + TARGET.format("/sysroot"))
        self.install()
        crash = self.CRASH.replace("/kdumproot", "/sysroot")
        self.sample(crash + "/vmcore")
        self.assert_verdict(self.call("/redhat_old", "0"), crash)

    def test_a_failed_dump_is_read_from_memory_itself(self):
        self.install()
        self.sample(self.CRASH + "/vmcore-incomplete", 100_000)
        self.sample("/proc/vmcore")
        said = self.call("/redhat_old", "1")
        self.assertIn(f"status of {HOOK}: 0\n", said)
        self.assert_verdict(said, self.CRASH)

    def test_a_raw_target_leaves_a_line_on_the_console(self):
        self.file("/etc/kdump.conf", "raw /dev/vdb\n")
        self.install()
        self.sample("/proc/vmcore")
        said = self.call("/redhat_old", "0")
        self.assertIn(f"status of {HOOK}: 0\n", said)
        self.assertIn(RULE, self.hook_line(said))

    def test_nothing_at_all_is_still_status_0(self):
        self.install()
        self.assertIn(f"status of {HOOK}: 0\n", self.call("/redhat_old", "1"))

    def test_after_uninstalling_nothing_is_called(self):
        self.install()
        done = subprocess.run([PROGRAM, "hook", "uninstall", "--root", self.root],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.root + "/etc/kdump.conf", encoding="utf-8") as file:
            self.assertEqual(file.read(), RHEL_CONF)
        self.assertEqual(self.call("/redhat_old", "0"), "")


class Suse(Contract):
    CRASH = "/kdump/mnt/var/crash/2026-11-22-01-02"

    def setUp(self):
        super().setUp()
        self.file("/etc/sysconfig/kdump", SUSE_CONF)
        self.file("/proc/self/mountinfo", ROOTFS + TARGET.format("/kdump/mnt"))
        self.script(self.root + "/usr/lib/kdump/kdump-save",
                    '#!/bin/bash\neval "${KDUMP_POSTSCRIPT}"\n')

    def older_kdump(self):
        os.remove(self.root + "/usr/lib/kdump/kdump-save")

    def test_the_shells_own_variables_reach_the_hook(self):
        self.install()
        self.sample(self.CRASH + "/vmcore")
        self.file(self.CRASH + "/README.txt", "Kernel crashdump\n")
        said = self.call("/suse_new", self.CRASH, "saved successfully")
        self.assertIn("status of the script: 0\n", said)
        self.assert_verdict(said, self.CRASH)

    def test_a_dump_that_failed_is_read_from_memory_itself(self):
        self.install()
        self.sample(self.CRASH + "/vmcore", 100_000)
        self.sample("/proc/vmcore")
        said = self.call("/suse_new", self.CRASH, "error while saving, return code: 1")
        self.assertIn("status of the script: 0\n", said)
        self.assert_verdict(said, self.CRASH)

    def test_a_folder_on_another_host_is_not_made_here(self):
        self.install()
        self.sample("/proc/vmcore")
        said = self.call("/suse_new", "/srv/dumps/host-2026-11-22-01-02", "saved successfully")
        self.assertIn("status of the script: 0\n", said)
        self.assertIn(RULE, self.hook_line(said))
        self.assertFalse(os.path.exists(self.root + "/srv"))

    def test_an_older_kdump_that_has_no_such_variables(self):
        """It mounts the target below /kdump and names it in the initramfs without that."""
        self.older_kdump()
        self.install()
        with open(self.root + "/etc/sysconfig/kdump", encoding="utf-8") as file:
            text = file.read()
        self.file("/etc/sysconfig/kdump", text.replace('="/var/crash"', '="file:///mnt0/var/crash"'))
        self.file("/proc/self/mountinfo", ROOTFS + TARGET.format("/kdump/mnt0"))
        crash = "/kdump/mnt0/var/crash/2026-11-22-01:02"
        self.sample(crash + "/vmcore")
        said = self.call("/suse_old")
        self.assertIn("status of the script: 0\n", said)
        self.assert_verdict(said, crash)

    def test_an_older_kdump_of_which_nothing_was_saved(self):
        self.older_kdump()
        self.install()
        self.sample("/proc/vmcore")
        said = self.call("/suse_old")
        self.assertIn("status of the script: 0\n", said)
        self.assertIn(RULE, self.hook_line(said))

    def test_a_script_of_somebody_else_runs_on(self):
        self.file("/etc/sysconfig/kdump",
                  SUSE_CONF.replace('SCRIPT=""', f"SCRIPT='echo theirs; {HOOK} --dir \"$DIR\"'"))
        self.install()
        self.sample(self.CRASH + "/vmcore")
        said = self.call("/suse_new", self.CRASH, "saved successfully")
        self.assertIn("theirs\n", said)
        self.assert_verdict(said, self.CRASH)


class Debian(Contract):
    CRASH = "/var/crash/202611220102"
    DROP_IN = "/etc/systemd/system/kdump-tools-dump.service.d/nfstriage.conf"

    def setUp(self):
        super().setUp()
        self.file("/etc/default/kdump-tools", 'USE_KDUMP=1\nKDUMP_COREDIR="/var/crash"\n')
        self.file("/proc/self/mountinfo", ROOTFS + TARGET.format("/"))
        self.file("/lib/systemd/system/kdump-tools-dump.service",
                  "[Service]\nType=oneshot\nExecStart=/etc/init.d/kdump-tools start\n")
        shutil.copy(os.path.join(SOURCE, "tools/hook/systemd/kdump-tools-capture"),
                    self.root + "/usr/lib/nfstriage/")
        shutil.copytree(os.path.join(SOURCE, "tools/hook/systemd"), self.root + "/lib/systemd/system",
                        dirs_exist_ok=True)
        self.script(self.root + "/etc/init.d/kdump-tools", "#!/bin/sh\necho init script: $1\n")
        self.script(self.root + "/usr/bin/date", "#!/bin/sh\n")
        self.script(self.root + "/usr/sbin/reboot",
                    f"#!/bin/sh\n[ -s {self.CRASH}/verdict.json ] && echo verdict before\n"
                    "echo reboot $1\n")

    def kdump_config(self, status):
        """A stand-in that leaves what `kdump-config savecore` leaves."""
        self.script(self.root + "/usr/sbin/kdump-config",
                    f'#!/bin/sh\n[ "$1" = savecore ] && echo saved\nexit {status}\n')

    def start(self):
        """The drop-in's command, split as systemd splits it."""
        with open(self.root + self.DROP_IN, encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if line.startswith("ExecStart=")]
        self.assertEqual(lines[0], "ExecStart=")  # what the package's unit says is dropped
        self.assertEqual(len(lines), 2)
        return self.call(*shlex.split(lines[1].removeprefix("ExecStart=")))

    def test_the_verdict_is_there_before_the_reboot(self):
        self.install()
        self.kdump_config(0)
        self.sample("/proc/vmcore")
        self.sample(self.CRASH + "/dump.202611220102")
        said = self.start()
        self.assertEqual(said.splitlines()[0], "saved")
        self.assertEqual(said.splitlines()[-2:], ["verdict before", "reboot -f"])
        self.assert_verdict(said, self.CRASH)

    def test_a_failed_dump_still_gets_its_verdict(self):
        self.install()
        self.kdump_config(1)
        self.sample("/proc/vmcore")
        self.sample(self.CRASH + "/dump-incomplete", 100_000)
        said = self.start()
        self.assertIn(RULE, self.hook_line(said))
        self.assertEqual(said.splitlines()[-1], "reboot -f")

    def test_the_ordinary_boot_is_as_ever(self):
        self.install()
        self.assertEqual(self.start(), "init script: start\n")

    def test_without_our_package_the_drop_in_runs_kdump_tools_own(self):
        self.install()
        shutil.rmtree(self.root + "/usr/lib/nfstriage")
        self.sample("/proc/vmcore")
        self.assertEqual(self.start(), "init script: start\n")


class PostBoot(Contract):
    def unit_command(self):
        with open(os.path.join(SOURCE, "tools/hook/systemd/nfstriage-postboot.service"),
                  encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if line.startswith("ExecStart=")]
        return shlex.split(lines[0].removeprefix("ExecStart="))

    def test_each_dump_is_looked_at_once(self):
        self.file("/etc/kdump.conf", "path /var/crash\n")
        self.file("/proc/self/mountinfo", ROOTFS + TARGET.format("/"))
        crash = "/var/crash/127.0.0.1-2026-11-22-01:02:03"
        self.sample(crash + "/vmcore")
        self.assert_verdict(self.call(*self.unit_command()), crash)
        before = os.stat(f"{self.root}{crash}/verdict.json")
        self.call(*self.unit_command())
        self.assertEqual(os.stat(f"{self.root}{crash}/verdict.json").st_mtime_ns, before.st_mtime_ns)


del Contract

if __name__ == "__main__":
    unittest.main()
