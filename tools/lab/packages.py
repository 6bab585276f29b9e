"""What the lab takes from Debian: found, downloaded and unpacked in the work folder.

apt runs on lists, cache and an empty package state of its own below the work folder, so that the
host's packages, architectures and sources stay as they are, and no root is needed. Only the host's
way to the network (/etc/apt/apt.conf*) is used.
"""
import glob
import os
import re
import shutil
import subprocess

SUITE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SOURCES = """\
deb [signed-by={key}] {mirror}/debian {suite} main
deb [signed-by={key}] {mirror}/debian {suite}-backports main
deb [signed-by={key}] {mirror}/debian-security {suite}-security main
"""

# What a guest runs: NFS client and server, and what loads, takes and reads a dump.
USERLAND = ["busybox-static", "rpcbind", "nfs-common", "nfs-kernel-server", "kexec-tools",
            "makedumpfile"]


class Unusable(Exception):
    """The host or the mirror cannot give what the lab needs; the text says what and the remedy."""


def run(command, **options):
    """Runs a command and returns what it printed; its errors are told in one piece."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False, **options)
    if done.returncode:
        raise Unusable(f"{' '.join(command)}: status {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def mirror_of_this_host():
    """Where apt of this host finds Debian's main archive, without the archive's own folder."""
    found = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(COMPONENT)|$(SITE)",
         "Created-By: Packages"], capture_output=True, text=True, check=False).stdout
    sites = [line.removeprefix("Debian|Debian|main|") for line in found.splitlines()
             if line.startswith("Debian|Debian|main|")]
    if not sites:
        raise Unusable("apt knows no Debian mirror here; name one with --mirror")
    return sites[0].rstrip("/").removesuffix("/debian")


class Packages:
    """Debian packages of one architecture (Debian's word: amd64, arm64)."""

    def __init__(self, work, arch, mirror):
        self.arch = arch
        self.root = os.path.join(work, f"debian-{arch}")
        self.debs = os.path.join(self.root, "cache", "archives")
        self._configure(mirror)

    def _configure(self, mirror):
        for folder in ("state/lists/partial", "cache/archives/partial", "unpacked"):
            os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        if not os.path.exists(KEYRING):
            raise Unusable(f"{KEYRING}: missing; install debian-archive-keyring")
        self._write("sources.list", SOURCES.format(key=KEYRING, mirror=mirror, suite=SUITE))
        self._write("state/status", "")
        self._write("apt.conf", "".join(f'{name} "{value}";\n' for name, value in {
            "APT::Architecture": self.arch,
            "APT::Architectures": self.arch,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Debug::NoLocking": "true",
            "Dir::State": os.path.join(self.root, "state"),
            "Dir::State::status": os.path.join(self.root, "state", "status"),
            "Dir::Cache": os.path.join(self.root, "cache"),
            "Dir::Etc::sourcelist": os.path.join(self.root, "sources.list"),
            "Dir::Etc::sourceparts": "-",
            "Dir::Etc::preferences": "-",
            "Dir::Etc::preferencesparts": "-",
        }.items()))
        if not glob.glob(os.path.join(self.root, "state", "lists", "*Packages*")):
            self._apt("apt-get", "-q", "update")

    def _write(self, name, text):
        with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
            file.write(text)

    def _apt(self, *command, **options):
        environment = dict(os.environ, APT_CONFIG=os.path.join(self.root, "apt.conf"), LC_ALL="C")
        return run(list(command), env=environment, **options)

    def dependency(self, package, pattern):
        """The name among the package's dependencies that matches the pattern."""
        text = self._apt("apt-cache", "depends", package)
        found = re.search(rf"Depends: ({pattern})$", text, re.M)
        if not found:
            raise Unusable(f"{package}: no dependency like {pattern} on the mirror")
        return found[1]

    def newest(self, pattern):
        """The last in version order of the packages whose whole name matches the pattern."""
        names = self._apt("apt-cache", "pkgnames").split()
        fitting = [name for name in names if re.fullmatch(pattern, name)]
        if not fitting:
            raise Unusable(f"no package like {pattern} on the mirror")
        return max(fitting, key=lambda name: [int(n) for n in re.findall(r"\d+", name)])

    def unpack(self, packages, name):
        """Packages alone, without what they depend on, below unpacked/NAME; the folder."""
        folder = os.path.join(self.root, "unpacked", name)
        if not os.path.exists(folder + ".done"):
            for package in packages:
                if not self._deb(package):
                    self._apt("apt-get", "-q", "download", package, cwd=self.debs)
            self._extract([self._deb(package) for package in packages], folder)
        return folder

    def add_to(self, folder, package):
        """Unpacks one more package alone into a folder that is there already."""
        if not self._deb(package):
            self._apt("apt-get", "-q", "download", package, cwd=self.debs)
        run(["dpkg-deb", "-x", self._deb(package), folder])

    def unpack_with_dependencies(self, packages, name):
        """Packages and all they depend on, below unpacked/NAME; the folder."""
        folder = os.path.join(self.root, "unpacked", name)
        if not os.path.exists(folder + ".done"):
            command = ["apt-get", "-q", "-y", "install", *packages]
            # apt lists no addresses of what its cache has already: ask with an empty one.
            nothing = os.path.join(self.root, "no-cache")
            os.makedirs(os.path.join(nothing, "partial"), exist_ok=True)
            listed = self._apt(*command, "--print-uris", "-o", f"Dir::Cache::archives={nothing}")
            debs = re.findall(r"^'[^']+' (\S+\.deb) ", listed, re.M)
            if not all(os.path.exists(os.path.join(self.debs, deb)) for deb in debs):
                self._apt(*command, "--download-only")
            self._extract([os.path.join(self.debs, deb) for deb in debs], folder)
        return folder

    def _deb(self, package):
        found = glob.glob(os.path.join(self.debs, f"{glob.escape(package)}_*.deb"))
        return found[0] if found else None

    @staticmethod
    def _extract(debs, folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        for deb in debs:
            run(["dpkg-deb", "-x", deb, folder])
        open(folder + ".done", "w", encoding="utf-8").close()
