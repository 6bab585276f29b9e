#!/usr/bin/env python3
"""What nfstriage costs, beside crash, drgn and grep, and on hosts of any size.

Groups are measured one after the other, the tools of a group in turn, several rounds: medians of CPU
time (user and system) and of peak memory, and ratios to the first tool of the group, taken within
each round. Nothing fails because a machine is slow or busy.

Groups: verdict (a dump beside crash and drgn), state (the NFS state beside drgn), floor (reading and
unpacking the pages alone; needs --parts), log (MB/s beside grep), large (512 GiB, 2 TiB), waiting
and idle (up to 100,000 tasks that wait in NFS, or do not).
"""
import argparse
import json
import os
import platform
import shlex
import subprocess
import sys
import tempfile
import time

import compare_dumps
import compare_logs
import measure

GROUPS = {
    "verdict": compare_dumps.verdict_group,
    "state": compare_dumps.state_group,
    "log": compare_logs.log_group,
    "large": compare_dumps.large_group,
    "waiting": compare_dumps.waiting_group,
    "idle": compare_dumps.idle_group,
}
FLOOR = ("open_dump", "load_layout", "whole_verdict", "floor_read_touched_pages")

ENVIRONMENT = """
From the environment, where no option is given (both tools may run in a chroot that sees dump,
debuginfo and the temporary folder under the same paths as here):
  NFSTRIAGE_BENCH_DUMP     a vmcore; default: the first of samples/
  NFSTRIAGE_BENCH_VMLINUX  vmlinux with debuginfo of its kernel; crash and drgn need it
  NFSTRIAGE_BENCH_DEBUG    directory like /usr/lib/debug with it and its modules: a profile is made
                           of it, and drgn walks the NFS state with it
  NFSTRIAGE_BENCH_CRASH    command line of crash; default: crash
  NFSTRIAGE_BENCH_DRGN     command line of a python3 that has drgn; default: python3
"""


def print_floor(options):
    """The floor of a verdict, in one process with its caches warm (tests/bench/dump_bench.cc)."""
    print("\nThe floor: opening, types and symbols, the verdict; and the pages alone that it reads")
    if not options.parts or not os.path.exists(options.parts):
        print("  not measured: --parts nfstriage_bench_parts")
        return
    command = [options.parts, "--benchmark_format=json", f"--benchmark_repetitions={options.rounds}",
               f"--benchmark_filter=^({'|'.join(FLOOR)})$", "--benchmark_report_aggregates_only=true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False,
                          env={**os.environ, "NFSTRIAGE_BENCH_DUMP": options.dump})
    if done.returncode:
        print(f"  not measured: {done.stderr.strip()}")
        return
    units = {"us": 1e3, "ms": 1, "ns": 1e6}
    rows = {row["run_name"]: row for row in json.loads(done.stdout)["benchmarks"]
            if row["aggregate_name"] == "median"}
    times = {name: row["cpu_time"] / units[row["time_unit"]] for name, row in rows.items()}
    floor = times["floor_read_touched_pages"]
    pages = int(rows["floor_read_touched_pages"]["pages"])
    for name in FLOOR:
        print(f"  {name:<44} {times[name]:8.2f} ms {times[name] / floor:7.2f} x"
              + (f"  {pages} pages" if name == FLOOR[-1] else ""))


def version_of(command, *words):
    try:
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
    except OSError:
        return "none"
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return lines[0].strip() if done.returncode == 0 and lines else "none"


def print_machine(options):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")),
                     platform.processor())
    print(f"machine    {model}, {os.cpu_count()} CPUs, Linux {platform.release()}")
    print(f"date       {time.strftime('%Y-%m-%d')}")
    print(f"dump       {options.dump}, {os.path.getsize(options.dump) / 2**20:.1f} MiB")
    print(f"versions   {version_of([options.nfstriage], '--version')}; "
          f"{version_of(options.crash, '--version')}; drgn "
          f"{version_of(options.drgn, '-c', 'import drgn; print(drgn.__version__)')}; "
          f"{version_of(['grep'], '--version')}")
    print(f"rounds     {options.rounds} after one to warm up, medians", flush=True)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=ENVIRONMENT,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    of = os.environ.get
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="default: all")
    parser.add_argument("--nfstriage", required=True, help="the program to measure")
    parser.add_argument("--parts", help="nfstriage_bench_parts, for the floor")
    parser.add_argument("--markdown", action="store_true", help="tables as the README has them")
    parser.add_argument("--dump", default=of("NFSTRIAGE_BENCH_DUMP"))
    parser.add_argument("--vmlinux", default=of("NFSTRIAGE_BENCH_VMLINUX"))
    parser.add_argument("--debug-root", default=of("NFSTRIAGE_BENCH_DEBUG"))
    parser.add_argument("--crash", type=shlex.split, default=of("NFSTRIAGE_BENCH_CRASH", "crash"))
    parser.add_argument("--drgn", type=shlex.split, default=of("NFSTRIAGE_BENCH_DRGN", "python3"))
    parser.add_argument("--rounds", type=int, default=int(of("NFSTRIAGE_BENCH_ROUNDS", "7")))
    options = parser.parse_args()
    for group in options.groups:
        if group not in GROUPS and group != "floor":
            parser.error(f"no group {group}")
    return options


def first_sample():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
    names = sorted(n for n in os.listdir(folder) if n.endswith("x86_64.vmcore"))
    return os.path.join(folder, names[0]) if names else None


def main():
    options = parse_arguments()
    options.dump = options.dump or first_sample()
    if not options.dump or not os.path.isfile(options.dump):
        print(f"bench: no dump{f' at {options.dump}' if options.dump else ''}: set "
              f"NFSTRIAGE_BENCH_DUMP\n{ENVIRONMENT}", file=sys.stderr)
        return 2
    options.dump = os.path.abspath(options.dump)
    print_machine(options)
    failed = False
    for name in options.groups or [*GROUPS, "floor"]:
        if name == "floor":
            print_floor(options)
            continue
        with tempfile.TemporaryDirectory(prefix="nfstriage-bench-") as folder:
            os.chmod(folder, 0o755)
            group = GROUPS[name](options, folder)
            measure.measure(group, options.rounds)
            (measure.print_markdown if options.markdown else measure.print_group)(group)
            sys.stdout.flush()
            failed = failed or bool(group.tools[0].failure)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
