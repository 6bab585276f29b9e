"""What a lab guest left on its disks, against what the hook promises and the scenario expects.

A check is a line of text that says what is wrong; a scenario without any has passed.
"""
import json
import os
import re
import subprocess

import compare_verdicts

DUMP_NAMES = ("vmcore", "vmcore-incomplete")


class Result:
    """Of one scenario: what is wrong, and the figures of its row in the table."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.wrong = []
        self.verdict = None     # the hook's, as read from its file
        self.measured = {}      # of guest/measure.c
        self.seconds = None     # that emulating the hook took
        self.comparison = "-"   # with the saved dump
        self.left = "nothing"   # where the verdict is

    def expect(self, condition, text):
        if not condition:
            self.wrong.append(text)


def numbers(text):
    """Lines "name value" as a dictionary."""
    return {name: int(value) for name, value in re.findall(r"^(\w+) (-?\d+)$", text, re.M)}


def whole_verdict(content):
    """The verdict in a file's bytes; None if it is not a whole one."""
    try:
        verdict = json.loads(content)
    except ValueError:
        return None
    good = isinstance(verdict, dict) and "schema_version" in verdict and (
        "verdicts" in verdict or "error" in verdict)
    return verdict if good else None


def brief(verdict):
    """The answer of a verdict in the words of scenarios.json."""
    top = (verdict.get("verdicts") or [{}])[0]
    return {"status": top.get("status"), "confidence": top.get("confidence"),
            "rule": top.get("rule"), "kind": verdict.get("crash", {}).get("kind"),
            "signature": verdict.get("signature", {}).get("text"),
            "culprit": verdict.get("culprit", {}).get("function"),
            "component": verdict.get("culprit", {}).get("component")}


def check_verdict(result, expected, verdict):
    """Expected members are regular expressions of the whole value, or null for no such value."""
    said = brief(verdict)
    for name, value in expected.items():
        fits = said[name] is None if value is None else bool(
            said[name] is not None and re.fullmatch(value, said[name]))
        result.expect(fits, f"{name} is {said[name]}, expected {value}")


def compare_with_dump(result, program, folder, stronger_too):
    """The hook's verdict against a later analysis of the folder that it lies in."""
    done = subprocess.run([program, "analyze", folder, "--format", "json"], capture_output=True,
                          text=True, check=False)
    later = whole_verdict(done.stdout)
    if later is None or "error" in later:
        result.wrong.append(f"analyze of the saved dump: status {done.returncode}: "
                            f"{done.stderr.strip()}{done.stdout[:500]}")
        return
    with open(os.path.join(folder, "verdict-of-dump.json"), "w", encoding="utf-8") as file:
        json.dump(later, file, indent=1)
    found = compare_verdicts.compare(result.verdict, later)
    relations = found.relations()
    allowed = {"weaker", "stronger"} if stronger_too else {"weaker"}
    for relation, place, text in found.found:
        if relation not in allowed:
            result.wrong.append(f"{relation} than analyze: {place}: {text}")
    result.comparison = "equal" if not relations else "/".join(sorted(relations))


def check_run(result, outcome, evidence, crash_folder, files, program):
    """Fills the result of a scenario from what its guest left."""
    scenario = result.scenario
    result.expect(outcome.rebooted and outcome.said("rebooting") is not None,
                  "the reboot was not reached")
    hook = numbers(evidence.get("hook.txt", b"").decode())
    result.measured = hook
    result.expect(bool(hook), "the hook was not run to its end")
    if not hook:
        return
    result.expect(hook["status"] == 0, f"the hook ended with status {hook['status']}")
    # Of a busy host its clock would tell; the emulator's own time is what an idle one would take.
    result.seconds = outcome.spent_between("dumped", "hook done")
    result.expect(result.seconds is not None and result.seconds <= scenario["most_seconds"],
                  f"the hook took {result.seconds} s, {scenario['most_seconds']} s are allowed")
    result.expect(hook["max_rss_kib"] <= scenario["most_mib"] * 1024,
                  f"the hook took {hook['max_rss_kib']} KiB, {scenario['most_mib']} MiB are allowed")
    result.expect(re.search(r"^nfstriage: ", outcome.console, re.M), "no line on the console")

    content = find_verdict(result, evidence, crash_folder, files)
    if content is None:
        check_console(result, outcome.console)
        return
    result.verdict = whole_verdict(content)
    result.expect(result.verdict is not None, "verdict.json is not a whole verdict")
    if result.verdict is None:
        return
    check_verdict(result, scenario["expected"], result.verdict)
    result.expect(scenario["left"] in (result.left, "any"),
                  f"verdict is {result.left}, expected {scenario['left']}")
    if result.left == "beside the dump" and scenario["compare"] != "no":
        folder = next(os.path.dirname(name) for name in files
                      if name.endswith("verdict.json") and not name.startswith("step-"))
        compare_with_dump(result, program, os.path.join(crash_folder, folder),
                          scenario["compare"] == "either")


def check_console(result, console):
    """Where no file could be written, the verdict is said: its first line and then its text."""
    scenario = result.scenario
    said = re.search(r"^nfstriage: ([A-Z ]+) \((\w+)\): .* \[([\w-]+)\]; .* could not be saved "
                     r".*\n\r?\n?\1", console, re.M)
    if not said:
        result.wrong.append(f"no verdict, expected one {scenario['left']}")
        return
    result.left = "on the console"
    result.verdict = {"verdicts": [{"status": said[1].lower().replace(" ", "_"),
                                    "confidence": said[2], "rule": said[3]}]}
    check_verdict(result, scenario["expected"], result.verdict)
    result.expect(scenario["left"] in (result.left, "any"),
                  f"verdict is {result.left}, expected {scenario['left']}")


def find_verdict(result, evidence, crash_folder, files):
    """The bytes of verdict.json on the dump's disk, or in the capture kernel's memory."""
    known = DUMP_NAMES + ("vmcore-dmesg.txt", "vmcore-dmesg-incomplete.txt", "verdict.json",
                          "verdict.txt")
    for name in files:
        # An analysis that is killed cannot tidy up; the next hook does.
        killed = name.startswith(("step-killed", "step-deadline"))
        result.expect(killed or os.path.basename(name) in known, f"left over: {name}")
    for name in files:
        if os.path.basename(name) != "verdict.json" or name.startswith("step-"):
            continue
        beside = any(os.path.join(os.path.dirname(name), dump) in files for dump in DUMP_NAMES)
        result.left = "beside the dump" if beside else "on the disk"
        result.expect(name.replace(".json", ".txt") in files,
                      "verdict.json is there without verdict.txt")
        with open(os.path.join(crash_folder, name), "rb") as file:
            return file.read()
    if "memory-verdict.json" in evidence:
        result.left = "in memory"
        return evidence["memory-verdict.json"]
    return None


def check_steps(result, evidence, crash_folder, files):
    """The steps of the world "torture": whatever was done to the hook, a whole verdict or none."""
    folders = sorted({os.path.dirname(name) for name in files
                      if os.path.dirname(name).startswith("step-")})
    result.expect(len(folders) >= 10, f"only {len(folders)} of the steps of torture were reached")
    for folder in folders:
        path = os.path.join(crash_folder, folder, "verdict.json")
        there = os.path.exists(path)
        if there:
            with open(path, "rb") as file:
                verdict = whole_verdict(file.read())
            result.expect(verdict is not None, f"{folder}: half a verdict")
            if verdict is not None and result.verdict is not None:
                relation = compare_verdicts.compare(verdict, result.verdict).relations()
                result.expect("different" not in relation, f"{folder}: another verdict")
        result.expect(there or not folder.startswith("step-two"), f"{folder}: no verdict")
    for name, content in sorted(evidence.items()):
        if not name.startswith("step-"):
            continue
        step = numbers(content.decode())
        if not step:
            continue
        result.expect(step["status"] == 0, f"{name}: status {step['status']}")
        limit = 5000 if "deadline" in name else 20000
        result.expect(step["wall_ms"] <= limit, f"{name}: took {step['wall_ms']} ms")
