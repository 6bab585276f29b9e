#!/usr/bin/env python3
"""nfs_truth.py DUMP DEBUG_ROOT...: the NFS and SUNRPC state of a dump as drgn reads it, as JSON.

DEBUG_ROOT is a directory like /usr/lib/debug with boot/vmlinux-RELEASE and lib/modules/RELEASE of
the dump's kernel, or holds such directories. Needs drgn 0.0.30 or newer (Debian 13). The lists are
flat and bear the names that `nfstriage show` gives them; members bear the kernel's names as far as
they are plain. It is the oracle of nfs_truth_test.py and shares no code with the engine.
"""
import glob
import json
import os
import sys
import time

import drgn
from drgn import FaultError

import nfs_truth_client
import nfs_truth_server
import nfs_truth_sunrpc
import nfs_truth_waits
from nfs_truth_common import MODULES, Truth


def debug_files(release, roots):
    """vmlinux of that release and its modules, or nothing."""
    for root in roots:
        for base in [root, *sorted(glob.glob(f"{root}/*") + glob.glob(f"{root}/*/usr/lib/debug"))]:
            vmlinux = f"{base}/boot/vmlinux-{release}"
            if os.path.exists(vmlinux):
                files = glob.glob(f"{base}/lib/modules/{release}/**/*.ko*", recursive=True)
                wanted = {name.replace("-", "_") for name in MODULES}
                return [vmlinux] + [f for f in sorted(files) if os.path.basename(f).split(".")[0]
                                    .replace("-", "_") in wanted]
    return []


def kernel(prog):
    uts = prog["init_uts_ns"].name
    found = {"release": uts.release.string_().decode(), "arch": uts.machine.string_().decode()}
    for name, getter in {
            "jiffies": lambda: int(prog["jiffies_64"]),
            "hz": lambda: round(1e9 / int(prog["tick_nsec"])),
            "tcp_mem": lambda: [int(x) for x in prog["sysctl_tcp_mem"]],
            "tcp_memory_allocated": lambda: int(prog["tcp_memory_allocated"].counter),
            "tcp_memory_pressure": lambda: int(prog["tcp_memory_pressure"]),
            "ktime_monotonic_ns": lambda: monotonic_ns(prog)}.items():
        try:
            found[name] = getter()
        except (LookupError, FaultError):
            pass
    return found


def monotonic_ns(prog):
    """CLOCK_MONOTONIC when the timekeeper was last brought forward."""
    mono = prog["tk_core"].timekeeper.tkr_mono
    return int(mono.base) + (int(mono.xtime_nsec) >> int(mono.shift))


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    dump, *roots = arguments
    prog = drgn.Program()
    prog.set_core_dump(dump)
    release = prog["UTS_RELEASE"].string_().decode()
    files = debug_files(release, roots)
    if not files:
        print(f"no vmlinux-{release} under {' '.join(roots)}", file=sys.stderr)
        return 77
    prog.load_debug_info(files)
    truth = Truth(prog)
    result = {"dump": os.path.basename(dump), "drgn": drgn.__version__, "kernel": kernel(prog)}
    seconds = {}
    for part in (nfs_truth_sunrpc, nfs_truth_client, nfs_truth_server, nfs_truth_waits):
        began = time.time()
        part.read(truth)
        seconds[part.__name__] = round(time.time() - began, 2)
    result.update({"lists": truth.lists, "gaps": truth.gaps})
    json.dump(result, sys.stdout, separators=(",", ":"), sort_keys=True)
    print()
    print(dump, {k: len(v) for k, v in truth.lists.items()}, "gaps", truth.gaps, seconds,
          file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
