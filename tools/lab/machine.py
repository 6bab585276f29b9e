"""One lab guest under QEMU without hardware help: started, watched by its console, and its disks.

The guest has a disk that its dump goes to (vda) and one that takes a tar of evidence (vdb). It ends
when a kernel asks for a reset; until then the console tells how far it is.
"""
import glob
import io
import os
import re
import shutil
import subprocess
import tarfile
import time

from packages import Unusable, run

MACHINES = {
    "x86_64": {"program": "qemu-system-x86_64", "package": "qemu-system-x86", "console": "ttyS0",
               "options": ["-accel", "tcg,thread=multi", "-cpu", "max,la57=off"]},
    "aarch64": {"program": "qemu-system-aarch64", "package": "qemu-system-arm",
                "console": "ttyAMA0",
                "options": ["-M", "virt,gic-version=3", "-accel", "tcg,thread=multi",
                            "-cpu", "max,pauth-impdef=on,lpa2=off"]},
}
EVIDENCE_MIB = 64


LINE = re.compile(rb"^lab: [\d.]+ (.*?)\r?\n", re.M)


class Outcome:
    """How a guest ended: console text, seconds, and whether it asked for the reset by itself.

    spent holds for each of the guest's "lab:" lines the processor seconds of the emulator until it
    was said: unlike time by the clock, these do not grow when the host has other work too.
    """

    def __init__(self, console, seconds, rebooted, spent=()):
        self.console = console
        self.seconds = seconds
        self.rebooted = rebooted
        self.spent = list(spent)

    def spent_between(self, first, last):
        """Processor seconds of the emulator from one line to a later one; None without them."""
        begin = [at for text, at in self.spent if re.match(first, text)]
        end = [at for text, at in self.spent if re.match(last, text)]
        return end[0] - begin[0] if begin and end else None

    def said(self, pattern):
        """Seconds of uptime of the guest's "lab:" line that matches; None if it said no such."""
        found = re.search(rf"lab: ([\d.]+) {pattern}", self.console)
        return float(found[1]) if found else None

    def count(self, pattern):
        return len(re.findall(rf"lab: [\d.]+ {pattern}", self.console))


def processor_seconds(pid):
    """Of a process in user and kernel mode so far; None once it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def emulator(architecture, host_packages):
    """The command that QEMU's options follow: the host's, or one fetched by host_packages(), which
    returns the Packages of the host's architecture."""
    kind = MACHINES[architecture]
    installed = shutil.which(kind["program"])
    if installed:
        return [installed]
    root = host_packages().unpack_with_dependencies([kind["package"]], kind["package"])
    loader = glob.glob(os.path.join(root, "lib*", "ld-linux-*"))
    folders = glob.glob(os.path.join(root, "lib", "*-linux-gnu")) + glob.glob(
        os.path.join(root, "usr", "lib", "*-linux-gnu"))
    modules = [found for folder in folders for found in glob.glob(os.path.join(folder, "qemu"))]
    if not loader or not modules:
        raise Unusable(f"{root}: has no dynamic loader or no modules of QEMU")
    data = [word for name in ("qemu", "seabios") for word in
            ("-L", os.path.join(root, "usr", "share", name))]
    return ["env", f"QEMU_MODULE_DIR={modules[0]}", loader[0], "--library-path", ":".join(folders),
            os.path.join(root, "usr", "bin", kind["program"]), *data]


class Machine:
    def __init__(self, architecture, command, kernel, image, folder):
        self.kind = MACHINES[architecture]
        self.command = command  # of emulator()
        self.kernel = kernel
        self.image = image
        self.folder = folder
        self.dump_disk = os.path.join(folder, "dump.img")
        self.evidence_disk = os.path.join(folder, "evidence.img")
        self.console = os.path.join(folder, "console.txt")

    def _disk(self, path, mib, formatted):
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.truncate(mib << 20)
        if formatted:
            run(["mke2fs", "-q", "-F", "-t", "ext4", "-m", "0", path])

    def boot(self, options, memory_mib, crash_mib, dump_mib, limit_s):
        """Runs the guest to its end, or kills it at the limit; options are lab.NAME=VALUE."""
        os.makedirs(self.folder, exist_ok=True)
        self._disk(self.dump_disk, dump_mib, True)
        self._disk(self.evidence_disk, EVIDENCE_MIB, False)
        console = self.kind["console"]
        words = [f"lab.{name}={value}" for name, value in options.items()]
        append = " ".join([f"console={console},115200 rdinit=/init panic=0 mitigations=off",
                           f"preempt=none crashkernel={crash_mib}M lab.console={console}", *words])
        command = [*self.command, *self.kind["options"], "-smp", "2", "-m", f"{memory_mib}M",
                   "-nodefaults", "-display", "none", "-no-reboot",
                   "-serial", f"file:{self.console}", "-kernel", self.kernel,
                   "-initrd", self.image, "-append", append]
        for number, disk in enumerate((self.dump_disk, self.evidence_disk)):
            command += ["-drive", f"file={disk},format=raw,if=none,id=disk{number},cache=writeback",
                        "-device", f"virtio-blk-pci,drive=disk{number}"]
        if os.path.exists(self.console):
            os.unlink(self.console)
        start = time.monotonic()
        spent = []
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as guest:
            ended = self._watch(guest, spent, start + limit_s)
            if not ended:
                guest.kill()
            said, _ = guest.communicate()
        if ended and guest.returncode:
            raise Unusable(f"{' '.join(command)}: status {guest.returncode}\n{said}")
        return Outcome(self._console_text(), time.monotonic() - start, ended, spent)

    def _watch(self, guest, spent, until):
        """Waits for the end of the guest, noting when it says something; False: it did not end."""
        heard, rest = 0, b""
        while time.monotonic() < until:
            ended = guest.poll() is not None
            now = None if ended else processor_seconds(guest.pid)
            if now is not None and os.path.exists(self.console):
                with open(self.console, "rb") as file:
                    file.seek(heard)
                    fresh = file.read()
                heard += len(fresh)
                whole, _, rest = (rest + fresh).rpartition(b"\n")
                spent += [(text.decode(errors="replace"), now)
                          for text in LINE.findall(whole + b"\n")]
            if ended:
                return True
            time.sleep(0.02)
        return False

    def _console_text(self):
        with open(self.console, encoding="utf-8", errors="replace") as file:
            return file.read()

    def dumps(self, into):
        """Copies what is below /var/crash of the dump's disk; paths relative to the folder."""
        # A forced reboot leaves a journal to be replayed.
        subprocess.run(["e2fsck", "-fy", self.dump_disk], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(into, ignore_errors=True)
        os.makedirs(into)
        run(["debugfs", "-R", f"rdump /var/crash {into}", self.dump_disk])
        root = os.path.join(into, "crash")
        return sorted(os.path.relpath(os.path.join(folder, name), root)
                      for folder, _, names in os.walk(root) for name in names)

    def evidence(self):
        """File name -> bytes of what the capture kernel put on the second disk; {} if nothing."""
        with open(self.evidence_disk, "rb") as file:
            content = file.read()
        try:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                return {member.name.removeprefix("./"): archive.extractfile(member).read()
                        for member in archive if member.isfile()}
        except tarfile.ReadError:
            return {}

    def drop_disks(self):
        for disk in (self.dump_disk, self.evidence_disk):
            if os.path.exists(disk):
                os.unlink(disk)
