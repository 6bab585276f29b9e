"""Groups of tools over a console log: reading it for crashes beside looking for words in it."""
import os

from measure import Group, Tool

LOG_BYTES = 64 << 20
# What headlines of crashes begin with, as somebody would look for them.
WORDS = ("BUG:|Oops|kernel BUG at|WARNING:|general protection fault|Kernel panic|soft lockup|"
         "hard LOCKUP|rcu_sched|blocked for more than|Call Trace|KASAN|list_add corruption|"
         "refcount_t|Unable to handle|not responding")
# Lines as a healthy machine prints them, one in eight of them about NFS.
MESSAGES = (
    "nfs: server 192.0.2.7 OK",
    "eth0: link becomes ready",
    "systemd[1]: Started Session 4711 of user root.",
    'audit: type=1400 audit(1700000000.123:99): apparmor="STATUS" operation="load"',
    "usb 1-1: new high-speed USB device number 5 using xhci_hcd",
    "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)",
    "device veth17 entered promiscuous mode",
    "perf: interrupt took too long (2510 > 2500), lowering the sample rate to 61000")


def write_log(path, size):
    with open(path, "w", encoding="ascii") as file:
        number = 0
        while file.tell() < size:
            lines = (f"[{100 + i // 8:12}.{100000 + i % 900000}] {MESSAGES[(i * 7 + i // 8) % 8]}\n"
                     for i in range(number, number + 8192))
            file.write("".join(lines))
            number += 8192


def log_group(options, folder):
    path = os.path.join(folder, "console.log")
    write_log(path, LOG_BYTES)
    size = os.path.getsize(path)
    in_bytes = {"LC_ALL": "C"}
    return Group(f"A console log of {size >> 20} MiB without a crash", [
        Tool("nfstriage analyze", [options.nfstriage, "analyze", "--format", "json", path],
             shows='"schema_version"', read_bytes=size),
        Tool("grep -c, one word", ["grep", "-c", "not responding", path], statuses=(0, 1),
             read_bytes=size, environment=in_bytes),
        Tool(f"grep -cE, {WORDS.count('|') + 1} words", ["grep", "-cE", WORDS, path],
             statuses=(0, 1), read_bytes=size, environment=in_bytes)])
