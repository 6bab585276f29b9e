"""Whole processes side by side: CPU time (user and system) and peak memory of each, in turn.

In every round each tool of a group runs once, so that what else the machine does hits all of them
alike; ratios are taken within a round. The first round only warms the page cache. This is a
measurement, not a test: nothing fails because a machine is slow or busy.
"""
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

RUN_ONE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_one.py")


@dataclass
class Tool:
    name: str
    command: list
    stdin: str = ""
    shows: str = ""  # is in the output of a run that did its work
    statuses: tuple = (0,)
    environment: dict = field(default_factory=dict)
    read_bytes: int = 0  # of the input, for MB/s
    failure: str = ""
    cpu_s: list = field(default_factory=list)
    peak_bytes: list = field(default_factory=list)


@dataclass
class Group:
    """Tools that are compared; ratios are to the first one."""
    title: str
    tools: list
    most_rounds: int = 100  # fewer where a round takes minutes


def run_once(tool):
    """One run: CPU seconds, peak bytes. Raises RuntimeError when the tool did not do its work."""
    with tempfile.NamedTemporaryFile() as output:
        done = subprocess.run([sys.executable, "-IS", RUN_ONE, output.name, *tool.command],
                              input=tool.stdin, capture_output=True, text=True, check=False,
                              env={**os.environ, **tool.environment})
        text = output.read().decode("utf-8", "replace")
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["not started"])[-1])
    status, cpu, peak = done.stdout.split()
    last_line = (text.strip().splitlines() or ["no output"])[-1][:200]
    if int(status) not in tool.statuses:
        raise RuntimeError(f"exit status {status}: {last_line}")
    if tool.shows not in text:
        raise RuntimeError(f"not what was asked for: {last_line}")
    return float(cpu), int(peak)


def measure(group, rounds):
    for number in range(min(rounds, group.most_rounds) + 1):
        for tool in group.tools:
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


def ratio(values, base):
    """Median of the ratios of rounds; None where one of both was not measured in all of them."""
    if not base or len(values) != len(base) or min(base) <= 0:
        return None
    return statistics.median(value / by for value, by in zip(values, base))


def shown(number, digits=1):
    return "-" if number is None else f"{number:.{digits}f}"


def print_group(group):
    base = group.tools[0]
    print(f"\n{group.title}")
    print(f"  {'':<44} {'CPU s':>8} {'least':>8} {'most':>8} {'MiB':>8} {'MB/s':>7}"
          f" {'CPU x':>7} {'MiB x':>7}")
    for tool in group.tools:
        if tool.failure or not tool.cpu_s:
            print(f"  {tool.name:<44} not measured: {tool.failure or 'no rounds'}")
            continue
        cpu, peak = statistics.median(tool.cpu_s), statistics.median(tool.peak_bytes)
        speed = tool.read_bytes / 1e6 / cpu if tool.read_bytes and cpu > 0 else None
        print(f"  {tool.name:<44} {cpu:8.3f} {min(tool.cpu_s):8.3f} {max(tool.cpu_s):8.3f}"
              f" {peak / 2**20:8.1f} {shown(speed, 0):>7}"
              f" {shown(ratio(tool.cpu_s, base.cpu_s), 2):>7}"
              f" {shown(ratio(tool.peak_bytes, base.peak_bytes), 2):>7}", flush=True)


def print_markdown(group):
    """The same as a table for the README: ratios, and what they are ratios to."""
    base = group.tools[0]
    print(f"\n| {group.title} | CPU | peak memory |\n|-|-|-|")
    for tool in group.tools:
        if tool.failure or not tool.cpu_s:
            print(f"| {tool.name} | not measured: {tool.failure or 'no rounds'} | |")
            continue
        cpu, peak = statistics.median(tool.cpu_s), statistics.median(tool.peak_bytes)
        speed = f", {tool.read_bytes / 1e6 / cpu:.0f} MB/s" if tool.read_bytes and cpu > 0 else ""
        if tool is base:
            print(f"| {tool.name} | {cpu:.2f} s{speed} | {peak / 2**20:.0f} MiB |")
        else:
            print(f"| {tool.name} | {shown(ratio(tool.cpu_s, base.cpu_s), 2)} x{speed}"
                  f" | {shown(ratio(tool.peak_bytes, base.peak_bytes))} x |")
