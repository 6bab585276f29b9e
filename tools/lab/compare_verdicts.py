#!/usr/bin/env python3
"""compare_verdicts.py ONE OTHER: is verdict ONE at most weaker than OTHER about the same crash?

Weaker is an order (see "Losing pages" in engine/README.md): a clause true or false may have become
unknown, a status one that claims less, a value absent or less trusted, a list shorter. Everything
else that is not equal is a difference. Prints a line for each, and ends with status 0 if ONE is equal
to OTHER or weaker, with 1 if it is not, with 2 if a file cannot be read. With --either, ONE may also
be stronger in some places: two views of one crash that know different parts of it.
"""
import argparse
import json
import sys

# What each status may become when pages are lost.
WEAKENS_TO = {
    "known_bug": {"candidate", "unknown_signature", "inconclusive"},
    "candidate": {"unknown_signature", "inconclusive"},
    "unknown_signature": {"inconclusive"},
    "known_condition": {"inconclusive"},
    "not_nfs": {"inconclusive"},
    "no_crash": {"inconclusive"},
    "inconclusive": set(),
}
CONFIDENCE = ["possible", "likely", "certain"]
# From least to most; what is not named is compared for equality.
TRUST = ["guess", "scan", "log", "frame_pointer", "frame_record", "cfi", "orc", "registers"]
CLAUSE_WEAKENS = {"true": {"unknown"}, "false": {"unknown"}, "unknown": set()}
FIX_WEAKENS = {"fixed": {"unknown"}, "affected": {"unknown"}, "not_affected": {"unknown"},
               "partly_fixed": {"unknown"}, "unknown": set()}


class Comparison:
    def __init__(self):
        self.found = []  # (relation, place, text); relation: weaker, stronger, different

    def add(self, relation, place, one, other):
        self.found.append((relation, place, f"{show(one)} against {show(other)}"))

    def relations(self):
        return {relation for relation, _, _ in self.found}

    def ordered(self, place, one, other, weakens):
        """Values of an order in which `weakens` says what each may become."""
        if one == other:
            return
        if one is None or one in weakens.get(other, ()):
            self.add("weaker", place, one, other)
        elif other is None or other in weakens.get(one, ()):
            self.add("stronger", place, one, other)
        else:
            self.add("different", place, one, other)

    def value(self, place, one, other):
        """A value that is the same or absent."""
        self.ordered(place, one, other, {})

    def level(self, place, one, other, levels):
        """Levels of one scale, of which less is weaker; others have to be equal."""
        if one in levels and other in levels:
            weakens = {level: set(levels[:at]) for at, level in enumerate(levels)}
            self.ordered(place, one, other, weakens)
        else:
            self.value(place, one, other)

    def count(self, place, one, other):
        """A count, which is a lower bound where a list was cut short."""
        if one is not None and other is not None and one != other:
            self.add("weaker" if one < other else "stronger", place, one, other)
        else:
            self.value(place, one, other)


def show(value):
    text = "nothing" if value is None else json.dumps(value)
    return text if len(text) <= 100 else text[:97] + "..."


def at(thing, *keys):
    """The member at the end of a path, None where one of the members is absent."""
    for key in keys:
        thing = thing.get(key) if isinstance(thing, dict) else None
    return thing


def compare_members(found, place, one, other, keys):
    for key in keys:
        found.value(f"{place}.{key}", at(one, key), at(other, key))


def compare_kernel(found, one, other):
    one, other = one.get("kernel", {}), other.get("kernel", {})
    compare_members(found, "kernel", one, other, (
        "release", "version", "arch", "page_size", "build_id", "kaslr_offset", "hz", "vendor",
        "taint", "uptime_s"))
    for key in ("live_patches", "out_of_tree_modules", "modules_of_interest"):
        compare_sets(found, f"kernel.{key}", at(one, key), at(other, key))


def compare_sets(found, place, one, other):
    one, other = set(one or []), set(other or [])
    for item in sorted(other - one):
        found.add("weaker", place, None, item)
    for item in sorted(one - other):
        found.add("stronger", place, item, None)


def compare_crash(found, one, other):
    for part in ("crash", "panic", "culprit"):
        compare_members(found, part, at(one, part), at(other, part), (
            "kind", "message", "time", "cpu", "function", "offset", "module", "component",
            "first_nfs_function", "reason"))
        compare_members(found, f"{part}.task", at(one, part, "task"), at(other, part, "task"),
                        ("pid", "comm", "address"))
        registers = at(one, part, "registers"), at(other, part, "registers")
        for name in sorted(set(registers[0] or {}) | set(registers[1] or {})):
            found.value(f"{part}.registers.{name}", at(registers[0], name), at(registers[1], name))
    compare_members(found, "crash.first_error", at(one, "crash", "first_error"),
                    at(other, "crash", "first_error"), ("kind", "message", "function"))
    compare_members(found, "signature", at(one, "signature"), at(other, "signature"),
                    ("version", "id", "text"))


def compare_verdicts(found, one, other):
    """Verdicts are told apart by their rule; the one without a rule is the answer of last resort."""
    theirs = {verdict.get("rule"): verdict for verdict in other.get("verdicts", [])}
    top = [at((both.get("verdicts") or [{}])[0], "status") for both in (one, other)]
    found.ordered("verdicts[0].status", *top, WEAKENS_TO)
    for verdict in one.get("verdicts", []):
        rule = verdict.get("rule")
        if rule is None:
            continue
        place = f"verdicts({rule})"
        if rule not in theirs:
            found.add(relation_to_none(verdict, other), place, verdict.get("status"), None)
            continue
        same = theirs[rule]
        found.ordered(f"{place}.status", verdict.get("status"), same.get("status"), WEAKENS_TO)
        found.level(f"{place}.confidence", verdict.get("confidence"), same.get("confidence"),
                    CONFIDENCE)
        compare_evidence(found, place, verdict, same)
        compare_records(found, place, verdict, same)
    ours = {verdict.get("rule") for verdict in one.get("verdicts", [])}
    for rule in theirs:
        if rule is not None and rule not in ours:
            found.add("weaker", f"verdicts({rule})", None, theirs[rule].get("status"))


def relation_to_none(verdict, other):
    """Of a rule's verdict to an OTHER that has none of that rule."""
    nearly = {miss.get("rule") for miss in other.get("near_misses", [])}
    if verdict.get("status") == "candidate" and verdict.get("rule") in nearly:
        return "weaker"  # OTHER knows what decides it
    top = (other.get("verdicts") or [{}])[0]
    weakens = WEAKENS_TO.get(verdict.get("status"), ())
    return "stronger" if "rule" not in top and top.get("status") in weakens else "different"


def compare_evidence(found, place, one, other):
    theirs = {item.get("clause"): item for item in other.get("evidence", [])}
    for item in one.get("evidence", []):
        clause = item.get("clause")
        found.ordered(f"{place}.{clause}", item.get("result"), at(theirs.get(clause), "result"),
                      CLAUSE_WEAKENS)


def compare_records(found, place, one, other):
    theirs = {record.get("id"): record for record in other.get("records", [])}
    for record in one.get("records", []):
        same = theirs.get(record.get("id"))
        found.ordered(f"{place}.records({record.get('id')})", record.get("status_here"),
                      at(same, "status_here"), FIX_WEAKENS)


def by_owner(stacks):
    """Stacks by role, task and processor; those of one owner are reports of it, in their order."""
    found, seen = {}, {}
    for stack in stacks:
        owner = stack.get("role"), at(stack, "task", "pid"), stack.get("cpu")
        seen[owner] = seen.get(owner, -1) + 1
        found[owner + (seen[owner],)] = stack
    return found


def compare_stacks(found, one, other):
    """A stack may be cut short; what is there has to be there in the other, in the same order."""
    theirs = by_owner(other.get("stacks", []))
    for key, stack in by_owner(one.get("stacks", [])).items():
        same = theirs.pop(key, None)
        place = f"stacks({key[0]}, {at(stack, 'task', 'comm')})"
        if same is None:
            found.add("stronger", place, len(stack.get("frames", [])), None)
        else:
            compare_frames(found, place, stack.get("frames", []), same.get("frames", []))
    for stack in theirs.values():
        found.add("weaker", f"stacks({stack.get('role')}, {at(stack, 'task', 'comm')})", None,
                  len(stack.get("frames", [])))


def compare_frames(found, place, one, other):
    def key(frame):
        return frame.get("address"), frame.get("function"), bool(frame.get("inlined"))

    fewer, more = sorted((one, other), key=len)
    rest = iter(more)
    for frame in fewer:
        if not any(key(frame) == key(candidate) for candidate in rest):
            found.add("different", place, [f.get("function") for f in one],
                      [f.get("function") for f in other])
            return
    if len(one) != len(other):
        found.add("weaker" if len(one) < len(other) else "stronger", place, len(one), len(other))
        return
    for ours, same in zip(one, other):
        where = f"{place}.{ours.get('function')}"
        found.level(f"{where}.trust", ours.get("trust"), same.get("trust"), TRUST)
        values = {item.get("index"): item for item in same.get("arguments", [])}
        for item in ours.get("arguments", []):
            found.value(f"{where}.argument {item.get('index')}", item.get("value"),
                        at(values.get(item.get("index")), "value"))


def compare_nfs(found, place, one, other):
    """The summary of the NFS state: counts are lower bounds, what is named is the same or absent."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(set(one) | set(other)):
            compare_nfs(found, f"{place}.{key}", one.get(key), other.get(key))
    elif isinstance(one, list) and isinstance(other, list):
        compare_sets(found, place, map(json.dumps, one), map(json.dumps, other))
    elif isinstance(one, bool) or isinstance(other, bool):
        found.ordered(place, one, other, {True: {False}})  # complete
    elif isinstance(one, (int, float)) and isinstance(other, (int, float)):
        found.count(place, one, other)
    else:
        found.value(place, one, other)


def compare(one, other):
    """A Comparison of two verdicts, as read from JSON."""
    found = Comparison()
    compare_kernel(found, one, other)
    compare_crash(found, one, other)
    compare_verdicts(found, one, other)
    compare_stacks(found, one, other)
    compare_nfs(found, "nfs", one.get("nfs"), other.get("nfs"))
    return found


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("one", help="verdict.json that may be weaker")
    parser.add_argument("other", help="verdict.json that it may be weaker than")
    parser.add_argument("--either", action="store_true", help="ONE may also be stronger")
    options = parser.parse_args(arguments)
    verdicts = []
    for path in (options.one, options.other):
        try:
            with open(path, encoding="utf-8") as file:
                verdicts.append(json.load(file))
        except (OSError, ValueError) as error:
            print(f"{path}: no verdict: {error}", file=sys.stderr)
            return 2
    found = compare(*verdicts)
    for relation, place, text in found.found:
        print(f"{relation}: {place}: {text}")
    allowed = {"weaker", "stronger"} if options.either else {"weaker"}
    return 0 if found.relations() <= allowed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
