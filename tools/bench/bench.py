#!/usr/bin/env python3
"""What a verdict costs, beside what crash and drgn need for sys, bt and log of the same dump.

All tools run in turn on one dump, several rounds, the first of which only warms the page cache.
Reported are medians of CPU time (user and system) and of peak memory, and their ratios. This is a
measurement, not a test: nothing fails because a machine is slow or busy.
"""
import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

CRASH_COMMANDS = "sys\nbt\nlog\nquit\n"

# The same three answers from drgn, read from standard input by its Python.
DRGN_SCRIPT = """
import sys
import drgn
from drgn.helpers.linux import get_dmesg

program = drgn.Program()
program.set_core_dump(sys.argv[1])
program.load_debug_info([sys.argv[2]])
uts = program["init_uts_ns"].name
print(uts.release.string_().decode(), uts.version.string_().decode())
thread = program.crashed_thread()
print(thread.object.pid.value_(), thread.object.comm.string_().decode())
print(thread.stack_trace())
sys.stdout.buffer.write(get_dmesg(program))
"""

ENVIRONMENT = """
From the environment, where no option is given (both tools may run in a chroot that sees the dump
and vmlinux under the same paths as here):
  NFSTRIAGE_BENCH_DUMP     a vmcore; default: the first of samples/
  NFSTRIAGE_BENCH_VMLINUX  vmlinux with debuginfo of its kernel; crash and drgn need it
  NFSTRIAGE_BENCH_CRASH    command line of crash; default: crash
  NFSTRIAGE_BENCH_DRGN     command line of a python3 that has drgn; default: python3
"""


@dataclass
class Tool:
    name: str
    command: list
    stdin: str = ""
    cpu_s: list = field(default_factory=list)
    peak_bytes: list = field(default_factory=list)
    failure: str = ""


def run_once(tool):
    """One run: CPU seconds, peak bytes. Raises RuntimeError when the tool did not do its work."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output:
        given.write(tool.stdin.encode())
        given.seek(0)
        try:
            process = subprocess.Popen(tool.command, stdin=given, stdout=output,
                                       stderr=subprocess.STDOUT)
        except OSError as failure:
            raise RuntimeError(failure) from failure
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    last_line = (text.strip().splitlines() or ["no output"])[-1]
    if process.returncode != 0:
        raise RuntimeError(f"exit status {process.returncode}: {last_line}")
    if "Linux version" not in text and '"schema_version"' not in text:
        raise RuntimeError(f"no log in its output: {last_line}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def measure(tools, rounds):
    for number in range(rounds + 1):
        for tool in tools:
            if tool.failure:
                continue
            try:
                cpu, peak = run_once(tool)
            except RuntimeError as failure:
                tool.failure = str(failure)
                continue
            if number > 0:
                tool.cpu_s.append(cpu)
                tool.peak_bytes.append(peak)


def print_table(tools, rounds):
    print(f"{'tool':<32} {'CPU s':>8} {'least':>8} {'most':>8} {'peak MiB':>9}"
          f" {'CPU x':>7} {'peak x':>7}")
    ours = tools[0]
    for tool in tools:
        if tool.failure:
            print(f"{tool.name:<32} not measured: {tool.failure}")
            continue
        cpu, peak = statistics.median(tool.cpu_s), statistics.median(tool.peak_bytes)
        row = (f"{tool.name:<32} {cpu:8.3f} {min(tool.cpu_s):8.3f} {max(tool.cpu_s):8.3f}"
               f" {peak / 2**20:9.1f}")
        if not ours.failure:
            row += (f" {cpu / statistics.median(ours.cpu_s):7.1f}"
                    f" {peak / statistics.median(ours.peak_bytes):7.1f}")
        print(row)
    print(f"medians of {rounds} rounds after one to warm up, tools in turn; least and most of CPU s")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=ENVIRONMENT,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    of = os.environ.get
    parser.add_argument("--nfstriage", required=True, help="the program to measure")
    parser.add_argument("--dump", default=of("NFSTRIAGE_BENCH_DUMP"))
    parser.add_argument("--vmlinux", default=of("NFSTRIAGE_BENCH_VMLINUX"))
    parser.add_argument("--crash", default=of("NFSTRIAGE_BENCH_CRASH", "crash"))
    parser.add_argument("--drgn", default=of("NFSTRIAGE_BENCH_DRGN", "python3"))
    parser.add_argument("--rounds", type=int, default=int(of("NFSTRIAGE_BENCH_ROUNDS", "7")))
    return parser.parse_args()


def first_sample():
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
    names = sorted(n for n in os.listdir(folder) if n.endswith(".vmcore"))
    return os.path.normpath(os.path.join(folder, names[0])) if names else None


def main():
    options = parse_arguments()
    dump = options.dump or first_sample()
    if not dump or not os.path.isfile(dump):
        print(f"bench: no dump{f' at {dump}' if dump else ''}: set NFSTRIAGE_BENCH_DUMP"
              f"\n{ENVIRONMENT}", file=sys.stderr)
        return 2
    dump = os.path.abspath(dump)
    crash = Tool("crash: sys, bt, log", shlex.split(options.crash) + ["-s"], CRASH_COMMANDS)
    drgn = Tool("drgn: the same", shlex.split(options.drgn) + ["-", dump], DRGN_SCRIPT)
    vmlinux = options.vmlinux
    if vmlinux and os.path.isfile(vmlinux):
        vmlinux = os.path.abspath(vmlinux)
        crash.command += [vmlinux, dump]
        drgn.command += [vmlinux]
    else:
        reason = "set NFSTRIAGE_BENCH_VMLINUX to the vmlinux with debuginfo of this dump's kernel"
        crash.failure = drgn.failure = f"no {vmlinux}" if vmlinux else reason
    tools = [Tool("nfstriage analyze, no debuginfo",
                  [options.nfstriage, "analyze", "--format", "json", dump]), crash, drgn]
    print(f"dump     {dump}, {os.path.getsize(dump) / 2**20:.1f} MiB")
    print(f"vmlinux  {vmlinux or 'none'}\n", flush=True)
    measure(tools, options.rounds)
    print_table(tools, options.rounds)
    return 1 if tools[0].failure else 0


if __name__ == "__main__":
    sys.exit(main())
