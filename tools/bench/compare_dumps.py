"""Groups of tools over dumps: a verdict beside crash and drgn, the state of NFS beside drgn, hosts
with much memory and many tasks."""
import glob
import os
import shutil
import subprocess
import sys

from measure import Group, Tool

HERE = os.path.dirname(os.path.abspath(__file__))
TRUTH = os.path.join(HERE, "..", "..", "tests", "corpus")  # the scripts that walk NFS in drgn
CRASH_COMMANDS = "sys\nbt\nlog\nquit\n"
BASICS = "Linux version"
VERDICT = '"schema_version"'
NO_CACHE = {"XDG_CACHE_HOME": "/nonexistent"}
SIZES_GIB = (512, 2048)
COUNTS = ((0, 0), (10_000, 5_000), (50_000, 25_000), (100_000, 50_000))


def analyze(options, dump, name="nfstriage analyze", environment=None):
    return Tool(name, [options.nfstriage, "analyze", "--format", "json", dump], shows=VERDICT,
                environment=environment or NO_CACHE)


def show(options, dump, name="nfstriage show all"):
    return Tool(name, [options.nfstriage, "show", dump, "all", "--format", "json"], shows=VERDICT,
                environment=NO_CACHE)


def needs_vmlinux(options, tool):
    if not (options.vmlinux and os.path.isfile(options.vmlinux)):
        tool.failure = (f"no {options.vmlinux}" if options.vmlinux else
                        "set NFSTRIAGE_BENCH_VMLINUX to the dump's vmlinux with debuginfo")
    return tool


def crash(options, dump, name="crash: sys, bt, log"):
    command = options.crash + ["-s", str(options.vmlinux), dump]
    return needs_vmlinux(options, Tool(name, command, CRASH_COMMANDS, BASICS))


def drgn(options, dump, folder, name="drgn: the same"):
    script = shutil.copy(os.path.join(HERE, "drgn_basics.py"), folder)
    return needs_vmlinux(options, Tool(name, options.drgn + [script, dump, str(options.vmlinux)],
                                       shows=BASICS))


def with_profile(options, folder):
    tool = analyze(options, options.dump, "nfstriage analyze, profile in the cache",
                   {"XDG_CACHE_HOME": os.path.join(folder, "cache")})
    if not options.debug_root:
        tool.failure = "set NFSTRIAGE_BENCH_DEBUG to a directory like /usr/lib/debug"
        return tool
    command = [options.nfstriage, "analyze", "--debuginfo", options.debug_root, options.dump]
    built = subprocess.run(command, capture_output=True, text=True, check=False,
                           env={**os.environ, **tool.environment})
    if built.returncode or not os.path.isdir(tool.environment["XDG_CACHE_HOME"]):
        tool.failure = f"no profile was made: {built.stderr.strip()}"
    return tool


def make(script, *words):
    """Has a script of this folder write a dump; why it could not, or ""."""
    done = subprocess.run([sys.executable, os.path.join(HERE, script), *map(str, words)],
                          capture_output=True, text=True, check=False)
    return (done.stderr.strip() or f"{script}: {done.returncode}") if done.returncode else ""


def verdict_group(options, folder):
    return Group("One dump: a verdict, and what the others need for sys, bt and log", [
        analyze(options, options.dump, "nfstriage analyze, no debuginfo"),
        with_profile(options, folder),
        crash(options, options.dump),
        drgn(options, options.dump, folder)])


def drgn_walk(options, folder):
    for script in glob.glob(os.path.join(TRUTH, "nfs_truth*.py")):
        shutil.copy(script, folder)
    tool = Tool("drgn: the same, and no more", options.drgn + [
        os.path.join(folder, "nfs_truth.py"), options.dump, str(options.debug_root)],
                shows='"rpc_tasks"')
    if not options.debug_root:
        tool.failure = "set NFSTRIAGE_BENCH_DEBUG to a directory like /usr/lib/debug"
    return tool


def state_group(options, folder):
    return Group("The NFS state as JSON: clients, servers, transports, rpc_tasks, sessions, open "
                 "state, pages, waits",
                 [show(options, options.dump),
                  analyze(options, options.dump, "nfstriage analyze: the verdict out of it"),
                  drgn_walk(options, folder)])


def large_group(options, folder):
    tools = [analyze(options, options.dump, "nfstriage analyze, the guest itself")]
    for size in SIZES_GIB:
        path = os.path.join(folder, f"host-{size}.vmcore")
        name = f"the same, {size} GiB, one page in 50 dumped"
        tools.append(analyze(options, path, name))
        tools[-1].failure = make("large_host.py", options.dump, path, "--gigabytes", size)
    return Group("Hosts with much memory: page descriptors and bitmaps of that size", tools)


def tasks_group(options, folder, like, title):
    """Three tools for each count; the ratios are to the verdict on the first."""
    tools = []
    for tasks, rpc_tasks in COUNTS:
        path = os.path.join(folder, f"tasks-{tasks}.vmcore")
        what = f"+ {tasks} tasks" + (f", {rpc_tasks} rpc_tasks" if like is None else "")
        failure = make("many_tasks.py", options.dump, path, "--nfstriage", options.nfstriage,
                       "--tasks", tasks, "--rpc-tasks", rpc_tasks if like is None else 0,
                       *(["--like", like] if like else []))
        of_count = [analyze(options, path, f"nfstriage analyze {what}"),
                    show(options, path, f"nfstriage show all {what}")]
        if (tasks, rpc_tasks) in (COUNTS[0], COUNTS[-1]):
            of_count.append(crash(options, path, f"crash: sys, bt, log {what}"))
        for tool in of_count:
            tool.failure = tool.failure or failure
        tools += of_count
    return Group(title, tools, most_rounds=3)


def waiting_group(options, folder):
    return tasks_group(options, folder, None, "Hosts with many tasks, all of which wait in NFS")


def idle_group(options, folder):
    return tasks_group(options, folder, 1, "Hosts with many tasks that have nothing to do with NFS")
