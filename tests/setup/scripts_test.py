#!/usr/bin/env python3
"""The scripts and units of tools/hook that other packages run: dracut's module, initramfs-tools' hook
and panic script, the script that stands in for kdump-tools' init script, the unit after the reboot.

Each runs with its real shell in a made-up root: absolute paths of the script are turned into paths of
that root, and what it calls is a stand-in that notes the call.
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

HOOK_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "hook")
HOOK = "/usr/lib/nfstriage/nfstriage-hook"
KDUMP_CONF = f"path /var/crash\nkdump_post {HOOK}\n"


class MadeUpRoot(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name

    def file(self, path, text="", mode=0o644):
        where = self.root + path
        os.makedirs(os.path.dirname(where), exist_ok=True)
        with open(where, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(where, mode)
        return where

    def stand_in(self, path, status=0):
        """A program that notes its name and arguments in /calls."""
        return self.file(path, f'#!/bin/sh\necho "{path}" "$@" >> {self.root}/calls\n'
                               f"exit {status}\n", 0o755)

    def calls(self):
        try:
            with open(self.root + "/calls", encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def in_root(self, name):
        """A copy of a script of ours whose absolute paths lead into the root."""
        with open(os.path.join(HOOK_FOLDER, name), encoding="utf-8") as file:
            text = file.read()
        first, rest = text.split("\n", 1)
        rest = re.sub(r"(?<![\w./$}])/(usr|etc|proc|var|lib|bin|sbin|dev)/", self.root + r"/\1/", rest)
        return self.file("/script", first + "\n" + rest, 0o755)

    def run_script(self, name, *arguments, **environment):
        return subprocess.run([self.in_root(name), *arguments], capture_output=True, text=True,
                              timeout=60, check=False, env={"PATH": "/usr/bin:/bin", **environment})


class Dracut(MadeUpRoot):
    # What dracut gives a module, as far as ours uses it.
    DRACUT = ('inst_binary() { echo "binary $1"; }; inst_simple() { echo "simple $1"; };'
              f". {HOOK_FOLDER}/dracut/99nfstriage/module-setup.sh;")

    def bash(self, commands, **environment):
        return subprocess.run(
            ["bash", "-c", self.DRACUT + commands], capture_output=True, text=True, timeout=60,
            check=False, env={"PATH": "/usr/bin:/bin", "dracutsysrootdir": self.root, **environment})

    def installed(self):
        self.file(HOOK, mode=0o755)
        self.file("/etc/kdump.conf", KDUMP_CONF)

    def test_only_the_capture_kernels_initramfs_gets_the_hook(self):
        self.installed()
        self.assertEqual(self.bash("check", IN_KDUMP="1").returncode, 0)
        self.assertEqual(self.bash("check", add_dracutmodules="kdump").returncode, 0)
        self.assertEqual(self.bash("check").returncode, 255)
        self.assertEqual(self.bash("check", add_dracutmodules="kdump-made-up").returncode, 255)

    def test_only_where_kdump_calls_it(self):
        self.file(HOOK, mode=0o755)
        self.file("/etc/kdump.conf", f"#kdump_post {HOOK}\n")
        self.assertEqual(self.bash("check", IN_KDUMP="1").returncode, 255)
        os.makedirs(self.root + "/etc/kdump/post.d")
        os.symlink(HOOK, self.root + "/etc/kdump/post.d/90-nfstriage")
        self.assertEqual(self.bash("check", IN_KDUMP="1").returncode, 0)
        os.remove(self.root + "/etc/kdump/post.d/90-nfstriage")
        self.file("/etc/sysconfig/kdump", f"KDUMP_POSTSCRIPT='{HOOK} --dir \"$DIR\"'\n")
        self.assertEqual(self.bash("check", IN_KDUMP="1").returncode, 0)

    def test_without_the_hook_there_is_no_module(self):
        self.file("/etc/kdump.conf", KDUMP_CONF)
        self.assertEqual(self.bash("check", IN_KDUMP="1").returncode, 1)

    def test_the_hook_and_its_profiles_are_put_in(self):
        self.installed()
        self.assertEqual(self.bash("install").stdout.split("\n")[:-1], [f"binary {HOOK}"])
        self.file("/usr/lib/nfstriage/profiles/a.nfsprofile")
        self.file("/usr/lib/nfstriage/profiles/put-here-by-hook-install")
        done = self.bash("install; echo $?")
        self.assertEqual(done.stdout.splitlines(),
                         [f"binary {HOOK}", "simple /usr/lib/nfstriage/profiles/a.nfsprofile", "0"])


class InitramfsTools(MadeUpRoot):
    def setUp(self):
        super().setUp()
        self.file("/usr/share/initramfs-tools/hook-functions",
                  f'copy_exec() {{ echo "exec $1" >> {self.root}/calls; }}\n'
                  f'copy_file() {{ echo "$1 $2" >> {self.root}/calls; }}\n')
        self.file(HOOK, mode=0o755)
        self.file("/usr/lib/nfstriage/profiles/a.nfsprofile")

    def run_hook(self, confdir):
        done = self.run_script("initramfs-tools/hooks/nfstriage", CONFDIR=confdir)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return self.calls()

    def test_only_kdump_tools_own_initramfs_gets_the_hook(self):
        self.file("/etc/systemd/system/kdump-tools-dump.service.d/nfstriage.conf")
        self.assertEqual(self.run_hook(self.root + "/etc/initramfs-tools"), [])
        self.assertEqual(self.run_hook(self.root + "/var/lib/kdump/initramfs-tools"),
                         [f"exec {self.root}{HOOK}",
                          f"profile {self.root}/usr/lib/nfstriage/profiles/a.nfsprofile"])

    def test_nothing_without_an_installation(self):
        self.assertEqual(self.run_hook(self.root + "/var/lib/kdump/initramfs-tools"), [])

    def test_prerequisites_are_none(self):
        for script in ("initramfs-tools/hooks/nfstriage", "initramfs-tools/scripts/panic/nfstriage"):
            done = self.run_script(script, "prereqs")
            self.assertEqual((done.returncode, done.stdout), (0, "\n"), script)

    def test_a_capture_kernel_without_a_root_file_system_says_its_verdict(self):
        self.stand_in(HOOK, status=1)
        self.file("/dev/console")
        self.assertEqual(self.run_script("initramfs-tools/scripts/panic/nfstriage").returncode, 0)
        self.assertEqual(self.calls(), [])  # an ordinary boot
        self.file("/proc/vmcore", "x")
        self.assertEqual(self.run_script("initramfs-tools/scripts/panic/nfstriage").returncode, 0)
        self.assertEqual(self.calls(), [f"{HOOK} 1"])


class KdumpTools(MadeUpRoot):
    """The order of calls is that of kdump-tools' init script (Debian 12 and 13: 1.8.1, 1.10.7)."""

    def setUp(self):
        super().setUp()
        self.stand_in("/etc/init.d/kdump-tools")
        self.stand_in("/usr/sbin/kdump-config")
        self.stand_in(HOOK)
        for command in ("date", "reboot"):
            self.stand_in("/bin/" + command)
        self.file("/etc/default/kdump-tools", "USE_KDUMP=1\n")
        self.file("/proc/vmcore", "x")

    def run_capture(self):
        script = self.in_root("systemd/kdump-tools-capture")
        with open(script, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("PATH=/bin:", text)
        self.file("/script", text.replace("PATH=/bin:", f"PATH={self.root}/bin:/bin:"), 0o755)
        done = subprocess.run([script], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.calls()

    def test_the_hook_runs_between_the_dump_and_the_reboot(self):
        self.assertEqual(self.run_capture(), ["/usr/sbin/kdump-config savecore", f"{HOOK} 0",
                                              "/bin/date -R", "/bin/reboot -f"])

    def test_a_failed_dump_reaches_the_hook_and_then_the_administrators_command(self):
        self.stand_in("/usr/sbin/kdump-config", status=3)
        self.stand_in("/fail-command")
        self.file("/etc/default/kdump-tools",
                  f'USE_KDUMP=1\nKDUMP_FAIL_CMD="{self.root}/fail-command --now"\n')
        self.assertEqual(self.run_capture(), ["/usr/sbin/kdump-config savecore", f"{HOOK} 3",
                                              "/fail-command --now"])

    def test_a_hook_that_fails_or_is_gone_does_not_keep_the_reboot_away(self):
        self.stand_in(HOOK, status=1)
        self.assertEqual(self.run_capture()[-1], "/bin/reboot -f")
        os.remove(self.root + HOOK)
        os.remove(self.root + "/calls")
        self.assertEqual(self.run_capture(), ["/usr/sbin/kdump-config savecore", "/bin/date -R",
                                              "/bin/reboot -f"])

    def test_an_ordinary_boot_is_the_init_scripts(self):
        self.file("/proc/vmcore", "")
        self.assertEqual(self.run_capture(), ["/etc/init.d/kdump-tools start"])

    def test_kdump_that_is_switched_off_stays_so(self):
        self.file("/etc/default/kdump-tools", "USE_KDUMP=0\n")
        self.assertEqual(self.run_capture(), [])


class Unit(MadeUpRoot):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    def test_the_unit_is_one_that_systemd_takes_without_a_word(self):
        unit = f"{HOOK_FOLDER}/systemd/nfstriage-postboot.service"
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
