#!/usr/bin/env python3
"""10,000 logs and 1,000 small dumps in one run: throughput over the CPUs, and memory that does not grow.

NFSTRIAGE_PROGRAM is the program of the build. NFSTRIAGE_MANY is how many logs (10000). It prints what it
measured, and fails where all CPUs together do less than 0.9 times the work that each could do alone, by the
CPU time that an input costs with one job.
"""
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from batch_command_test import SAMPLES, oops

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
LOGS = int(os.environ.get("NFSTRIAGE_MANY", "10000"))
DUMPS = LOGS // 10
ENVIRONMENT = dict(os.environ, XDG_CACHE_HOME="/nonexistent")


def vary(bytes_, number):
    """The same dump with another host name and time, where it has them as text, and another end."""
    return bytes_ + b"copy %d\n" % number


def make_inputs(folder):
    random.seed(1)
    functions = [f"nfs_made_up_{number}" for number in range(50)]
    noise = [f"usb 1-{n}: new high-speed USB device number {n} using xhci_hcd" for n in range(60)]
    for number in range(LOGS):
        host = f"client{number % 3000}"
        text = "".join(f"2026-11-15T09:00:00.{at:06}+00:00 {host} kernel: [  {at}.5] {line}\n"
                       for at, line in enumerate(random.sample(noise, 40)))
        text += oops(host, random.choice(functions), number % 3600) + f"run {number}\n"
        with open(os.path.join(folder, f"{number:05}.log"), "w", encoding="utf-8") as file:
            file.write(text)
    dumps = []
    for path in sorted(glob.glob(os.path.join(SAMPLES, "cases", "*", "vmcore"))):
        with open(path, "rb") as file:
            dumps.append(file.read())
    for number in range(DUMPS):
        with open(os.path.join(folder, f"{number:05}.vmcore"), "wb") as file:
            file.write(vary(dumps[number % len(dumps)], number))


def memory_of(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


def run(folder, store, *options):
    """(summary, seconds, CPU seconds, memory of the parent in KB over time)"""
    before = os.times()
    start = time.monotonic()
    with subprocess.Popen([PROGRAM, "batch", "--store", store, "--format", "json", *options, folder], stdout=subprocess.PIPE, env=ENVIRONMENT) as process:
        memory = []

        def watch():
            while process.poll() is None:
                try:
                    memory.append(memory_of(process.pid))
                except OSError:
                    return
                time.sleep(0.2)
        watcher = threading.Thread(target=watch)
        watcher.start()
        output = process.stdout.read()
        process.wait()
        watcher.join()
    seconds = time.monotonic() - start
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    return json.loads(output), seconds, cpu, [kilobytes for kilobytes in memory if kilobytes]


def main():
    cpus = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        inputs = os.path.join(folder, "in")
        os.mkdir(inputs)
        make_inputs(inputs)
        summary, alone_s, alone_cpu, _ = run(inputs, f"{folder}/one", "-j1", "--share", "0/5")
        few = summary["inputs"]
        summary, all_s, all_cpu, memory = run(inputs, f"{folder}/all")
        shutil.rmtree(inputs)
    wanted = LOGS + DUMPS
    print(f"1 job: {few} inputs in {alone_s:.1f} s, {1000 * alone_cpu / few:.2f} ms CPU each")
    print(f"as many as there are by default: {wanted} inputs in {all_s:.1f} s, {1000 * all_cpu / wanted:.2f} ms CPU each, "
          f"{all_cpu / all_s:.2f} CPUs at work, {wanted / all_s:.0f}/s")
    # One job keeps one CPU busy, and a little of another while one input ends and the next begins.
    speedup = (wanted / all_s) / (few / alone_cpu)
    quarter = max(1, len(memory) // 4)
    early, late = max(memory[:quarter]), max(memory[-quarter:])
    print(f"throughput {speedup:.2f} times that of one CPU; memory {early} KB in the first quarter, "
          f"{late} KB in the last")
    print(f"summary {summary['statuses']}, failed {summary['failed']}")
    checks = {
        "every input has a verdict": summary["analysed"] == wanted,
        "memory is flat": late < early * 1.15 + 2048,
        "an input costs no more with all CPUs": all_cpu / wanted < alone_cpu / few * 1.25,
    }
    # On a machine that does something else the time tells nothing.
    if os.getloadavg()[0] < cpus + 0.7:
        checks["throughput"] = speedup >= 0.9 * cpus
    for name, holds in checks.items():
        print(f"{'ok  ' if holds else 'FAIL'}  {name}")
    return 0 if all(checks.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
