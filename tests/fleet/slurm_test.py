#!/usr/bin/env python3
"""tools/fleet/nfstriage.sbatch on a real Slurm: slurmctld, two slurmd and munge, started here with keys,
ports and folders of their own. One node is killed in the middle of its work. Long: it waits until Slurm
believes that the node is lost.

Needs root and the packages slurm-wlm and munge, else it is skipped (status 77). NFSTRIAGE_PROGRAM is the
program of the build.
"""
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

from batch_command_test import oops

PROGRAM = os.path.abspath(os.environ["NFSTRIAGE_PROGRAM"])
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "fleet",
                      "nfstriage.sbatch")
INPUTS = 3000
TASKS = 4


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def command_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


class Cluster:
    """Two nodes of one CPU on this machine."""

    def __init__(self, folder):
        self.folder = folder
        self.daemons = {}
        key, munge = os.path.join(folder, "key"), os.path.join(folder, "munge")
        with open(key, "wb") as file:
            file.write(os.urandom(1024))
        os.chmod(key, 0o400)
        os.mkdir(munge, 0o755)
        self.start("munged", "munged", "--foreground", "--force", "--key-file", key, "--socket",
                   f"{munge}/socket", "--pid-file", f"{munge}/pid", "--log-file", f"{munge}/log",
                   "--seed-file", f"{munge}/seed")
        control, first, second = free_ports(3)
        host = socket.gethostname()
        self.config = os.path.join(folder, "slurm.conf")
        for name in ("state", "spool-node1", "spool-node2"):
            os.mkdir(os.path.join(folder, name))
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(f"""\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={control}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={munge}/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobRequeue=1
ReturnToService=2
SlurmdTimeout=6
SlurmctldTimeout=10
KillWait=2
MinJobAge=3600
SchedulerParameters=batch_sched_delay=1,sched_interval=2
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={first} CPUs=1 RealMemory=1000
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={second} CPUs=1 RealMemory=1000
PartitionName=all Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP
""")
        os.environ["SLURM_CONF"] = self.config
        wait_for(lambda: os.path.exists(f"{munge}/socket"), "munge")
        self.start("slurmctld", "slurmctld", "-D", "-i")
        self.start_node("node1")
        self.start_node("node2")
        wait_for(lambda: self.nodes("idle") == 2, "two idle nodes", 60)

    def start(self, name, *command):
        with open(os.path.join(self.folder, f"{name}.out"), "w", encoding="utf-8") as log:
            # In a group of its own, so that a lost node loses all that runs on it.
            self.daemons[name] = subprocess.Popen(command, stdout=log, stderr=log,
                                                  start_new_session=True)

    def start_node(self, node):
        self.start(node, "slurmd", "-D", "-N", node, "-f", self.config)

    def nodes(self, state):
        listing = subprocess.run(["sinfo", "-h", "-N", "-o", "%T"], capture_output=True, text=True,
                                 check=False).stdout
        return listing.split().count(state)

    @staticmethod
    def processes_of(node):
        """What runs there: the steps' processes name their node; above them is what reports for them."""
        found, above = [], set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    ours = b"SLURMD_NODENAME=" + node.encode() + b"\0" in file.read()
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if ours:
                found.append(int(pid))
                above.add(parent)
        steps = [pid for pid in above - set(found) if "slurmstepd" in command_of(pid)]
        return steps + found

    def lose_node(self, node):
        """As if its power was cut."""
        self.daemons[node].kill()
        victims = self.processes_of(node)
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.daemons.pop(node).wait()
        return victims

    def stop(self):
        subprocess.run(["scancel", "--state=RUNNING", "--state=PENDING", "-u", "root"], check=False,
                       capture_output=True, timeout=30)
        for daemon in reversed(list(self.daemons.values())):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def wait_for(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {seconds} s")
        time.sleep(0.2)


def number(store, sql):
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30) as database:
        return database.execute(sql).fetchone()[0]


def submit(arguments, folder):
    done = subprocess.run(
        ["sbatch", "--parsable", f"--array=0-{TASKS - 1}", "--cpus-per-task=1", "--mem=0", "--export",
         f"ALL,NFSTRIAGE={PROGRAM},XDG_CACHE_HOME=/nonexistent", f"--output={folder}/job-%a.out",
         SCRIPT, *arguments], capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().split(";")[0]


def queued(job):
    return subprocess.run(["squeue", "-h", "-r", "-j", job, "-o", "%t"], capture_output=True, text=True,
                          check=False).stdout.split()


def run(folder):
    inputs, out = os.path.join(folder, "in"), os.path.join(folder, "out")
    os.mkdir(inputs)
    for at in range(INPUTS):
        with open(f"{inputs}/{at:05}.log", "w", encoding="utf-8") as file:
            # Every tenth is a copy of the one before.
            base = at - (at % 10 == 9)
            file.write(oops(f"client{base}", second=base % 3600))
    different = INPUTS - INPUTS // 10
    listing = os.path.join(folder, "list")
    with open(listing, "w", encoding="utf-8") as file:
        file.writelines(f"{inputs}/{at:05}.log\n" for at in range(INPUTS))

    cluster = Cluster(folder)
    try:
        job = submit([listing, out], folder)
        parts = [f"{out}/part-{at}-of-{TASKS}.sqlite" for at in range(2)]

        def some_are_done():
            try:
                return all(number(part, "SELECT count(*) FROM result") > 20 for part in parts)
            except sqlite3.Error:
                return False
        wait_for(some_are_done, "results of both nodes", 120)
        victims = cluster.lose_node("node2")
        print(f"node2 lost with {len(victims)} processes", flush=True)
        assert victims, "nothing ran on node2"
        lost = [number(part, "SELECT count(*) FROM result") for part in parts]
        for part in parts:
            assert number(part, "PRAGMA quick_check") == "ok", part
        wait_for(lambda: cluster.nodes("down") + cluster.nodes("down*") == 1, "node that is down", 120)
        assert queued(job), "all was done before the node was lost: give it more inputs"
        cluster.start_node("node2")
        wait_for(lambda: not queued(job), "end of the job", 600)

        states = subprocess.run(["scontrol", "show", "job", job], capture_output=True, text=True,
                                check=False).stdout
        assert states.count("JobState=COMPLETED") == TASKS, states
        assert "Restarts=1" in states, "no task was queued again"
        merged = f"{out}/triage.sqlite"
        assert number(merged, "PRAGMA integrity_check") == "ok"
        counts = [number(merged, sql) for sql in (
            "SELECT count(*) FROM result", "SELECT sum(results) FROM signature",
            "SELECT count(*) FROM source WHERE result IS NOT NULL")]
        assert counts == [different, different, INPUTS], counts
        print(f"{lost} results when the node was lost, {different} of {INPUTS} inputs in the end")

        # The same command again analyses nothing and counts nothing twice.
        job = submit([listing, out], folder)
        wait_for(lambda: not queued(job), "end of the second job", 300)
        assert number(merged, "SELECT count(*) FROM result") == different
    finally:
        cluster.stop()


def main():
    needed = ("slurmctld", "slurmd", "munged", "sbatch")
    if os.geteuid() != 0 or not all(shutil.which(name) for name in needed):
        print("needs root, slurm-wlm and munge")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        try:
            run(folder)
        except (AssertionError, OSError, subprocess.SubprocessError):
            for name in sorted(os.listdir(folder)):
                if name.endswith((".log", ".out")):
                    with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                        print(f"--- {name}\n{file.read()[-3000:]}")
            raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
