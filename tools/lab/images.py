"""The two initial RAM file systems of a lab guest, as cpio archives made without root.

first     what the kernel runs that is to crash: NFS server and clients, the fault module, kexec, and
          below /boot the kernel again with
capture   what takes the dump: makedumpfile, the hook, and nothing that it does not need.
"""
import gzip
import lzma
import os
import re
import stat
import subprocess

from packages import Unusable, run

HERE = os.path.dirname(os.path.abspath(__file__))
SERVER = ["sbin/rpcbind", "sbin/rpc.statd", "sbin/mount.nfs", "usr/sbin/exportfs",
          "usr/sbin/rpc.nfsd", "usr/sbin/rpc.mountd", "sbin/kexec"]
CAPTURE = ["usr/bin/makedumpfile", "sbin/vmcore-dmesg"]
# Some of them are built in on some architectures, none is needed by name there.
FIRST_MODULES = ["virtio_pci", "virtio_mmio", "qemu_fw_cfg", "nfsd", "nfsv3", "nfsv4"]
CAPTURE_MODULES = ["virtio_pci", "virtio_mmio", "virtio_blk", "crc32c_generic", "ext4"]
TABLES = {
    "etc/passwd": "root:x:0:0:root:/:/bin/sh\n_rpc:x:101:65534::/run/rpcbind:/bin/false\n"
                  "statd:x:102:65534::/var/lib/nfs:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "".join(f"{name}: files\n" for name in (
        "passwd", "group", "hosts", "services", "protocols", "rpc", "netconfig")),
    "etc/hosts": "127.0.0.1 localhost\n10.9.9.1 nfsguest\n",
    "etc/services": "sunrpc 111/tcp portmapper\nsunrpc 111/udp portmapper\nnfs 2049/tcp\nnfs 2049/udp\n",
    "etc/protocols": "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n",
    "etc/rpc": "rpcbind 100000\nnfs 100003\nmountd 100005\nnlockmgr 100021\nstatus 100024\n",
    "etc/exports": "/export *(rw,async,no_root_squash,no_subtree_check,insecure,fsid=1)\n",
    "etc/nfs.conf": "",
}


class Image:
    """A file system in memory: path without leading slash -> (mode, content)."""

    def __init__(self):
        self.entries = {}

    def put(self, path, content, executable=False):
        if isinstance(content, str):
            content = content.encode()
        self._folders(path)
        self.entries[path] = (stat.S_IFREG | (0o755 if executable else 0o644), content)

    def link(self, path, target):
        self._folders(path)
        self.entries[path] = (stat.S_IFLNK | 0o777, target.encode())

    def copy(self, source, path):
        with open(source, "rb") as file:
            self.put(path, file.read(), os.access(source, os.X_OK))

    def _folders(self, path):
        parts = path.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            self.entries.setdefault("/".join(parts[:count]), (stat.S_IFDIR | 0o755, b""))

    def write(self, path):
        """As a cpio archive of the kind that the kernel takes ("newc"), compressed."""
        with gzip.open(path + ".part", "wb", compresslevel=1) as file:
            for number, name in enumerate(sorted(self.entries), 1):
                mode, content = self.entries[name]
                file.write(self._member(number, mode, name, content))
            file.write(self._member(0, 0, "TRAILER!!!", b""))
        os.rename(path + ".part", path)

    @staticmethod
    def _member(number, mode, name, content):
        bare = name.encode() + b"\0"
        fields = [number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(bare), 0]
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + bare
        return head + b"\0" * (-len(head) % 4) + content + b"\0" * (-len(content) % 4)


class Programs:
    """Adds programs of an unpacked Debian system with the libraries that they name."""

    def __init__(self, system):
        self.system = system
        self.libraries = {}
        for folder, folders, names in os.walk(system):
            folders.sort()
            for name in names:
                if ".so" in name and "/lib" in folder:
                    self.libraries.setdefault(name, os.path.join(folder, name))

    def add(self, image, source, path):
        image.copy(os.path.realpath(source), path)
        self._add_needed(image, source)

    def _add_needed(self, image, source):
        said = run(["readelf", "-lW", "-d", source])
        interpreter = re.search(r"interpreter: /([^\]]+)\]", said)
        if interpreter:
            image.copy(self._library(os.path.basename(interpreter[1]), source), interpreter[1])
        for name in re.findall(r"\(NEEDED\).*\[([^\]]+)\]", said):
            if f"lib/{name}" not in image.entries:
                library = self._library(name, source)
                image.copy(library, f"lib/{name}")
                self._add_needed(image, library)

    def _library(self, name, wanted_by):
        if name not in self.libraries:
            raise Unusable(f"{wanted_by}: needs {name}, which none of the unpacked packages has")
        return os.path.realpath(self.libraries[name])


class Modules:
    """The modules of an unpacked kernel package."""

    def __init__(self, kernel, release):
        self.files = {}
        self.kernel = kernel
        for folder, _, names in os.walk(os.path.join(kernel, "lib", "modules", release)):
            for name in names:
                if ".ko" in name:
                    self.files[name.split(".ko")[0].replace("-", "_")] = os.path.join(folder, name)

    def content(self, name):
        with open(self.files[name], "rb") as file:
            content = file.read()
        return lzma.decompress(content) if self.files[name].endswith(".xz") else content

    def add(self, image, names, listing):
        """The named modules that are not built in, and below them what they need first."""
        order = []

        def visit(name):
            if name in order or name not in self.files:
                return
            depends = re.search(rb"\0depends=([^\0]*)\0", self.content(name))
            for other in depends[1].decode().split(",") if depends else []:
                visit(other.replace("-", "_"))
            order.append(name)

        for name in names:
            visit(name)
        for name in order:
            image.put(f"modules/{name}.ko", self.content(name))
        image.put(f"modules/{listing}", "".join(f"{name}.ko\n" for name in order))


def build_program(compiler, source, folder):
    """A C source of guest/ as a static program; its path."""
    os.makedirs(folder, exist_ok=True)
    program = os.path.join(folder, os.path.splitext(source)[0])
    run([compiler, "-O2", "-Wall", "-Wextra", "-static", "-o", program,
         os.path.join(HERE, "guest", source)])
    return program


def _base(userland):
    image = Image()
    image.copy(os.path.join(userland, "bin", "busybox"), "bin/busybox")
    image.link("bin/sh", "busybox")
    for name in ("init", "functions"):
        image.copy(os.path.join(HERE, "guest", name), name)
    image.entries["init"] = (stat.S_IFREG | 0o755, image.entries["init"][1])
    return image


def capture_image(userland, modules, programs, hook, path):
    """Writes the capture kernel's image; programs are built ones of guest/."""
    image = _base(userland)
    add = Programs(userland)
    for name in CAPTURE:
        add.add(image, os.path.join(userland, name), "sbin/" + os.path.basename(name))
    for program in programs:
        image.copy(program, "bin/" + os.path.basename(program))
    for name in ("capture", "kdump"):
        image.copy(os.path.join(HERE, "guest", name), name)
    image.copy(hook, "sbin/nfstriage-hook")
    if not image.entries["sbin/nfstriage-hook"][0] & 0o100:
        raise Unusable(f"{hook}: not executable")
    modules.add(image, CAPTURE_MODULES, "capture.list")
    image.write(path)


def first_image(userland, modules, programs, fault_module, kernel_image, capture, path):
    """Writes the image of the kernel that is to crash."""
    image = _base(userland)
    add = Programs(userland)
    for name in SERVER:
        add.add(image, os.path.join(userland, name), "sbin/" + os.path.basename(name))
    image.copy(os.path.join(userland, "etc", "netconfig"), "etc/netconfig")
    for name, text in TABLES.items():
        image.put(name, text)
    for program in programs:
        image.copy(program, "bin/" + os.path.basename(program))
    image.copy(os.path.join(HERE, "guest", "crash"), "crash")
    image.copy(fault_module, "nfsfault.ko")
    image.copy(kernel_image, "boot/vmlinuz")
    image.copy(capture, "boot/capture.img")
    modules.add(image, FIRST_MODULES, "first.list")
    image.write(path)


def fault_module(headers, release, architecture, folder):
    """Builds nfsfault.ko against unpacked headers; its path."""
    os.makedirs(folder, exist_ok=True)
    for name in ("Makefile", "nfsfault.c"):
        with open(os.path.join(HERE, "nfsfault", name), "rb") as file:
            content = file.read()
        with open(os.path.join(folder, name), "wb") as file:
            file.write(content)
    source = os.path.join(headers, "usr", "src", f"linux-headers-{release}")
    makefile = os.path.join(source, "Makefile")
    with open(makefile, encoding="utf-8") as file:
        text = file.read()
    with open(makefile, "w", encoding="utf-8") as file:
        # Debian's headers name their other half by its place in a running system.
        file.write(re.sub(r"^include /usr/src/", f"include {headers}/usr/src/", text, flags=re.M))
    options = []
    if architecture == "arm64":
        options = ["ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-"]
    try:
        run(["make", f"KERNEL={source}", *options], cwd=folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise Unusable(f"make: {error}") from error
    return os.path.join(folder, "nfsfault.ko")
