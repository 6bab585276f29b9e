#!/usr/bin/env python3
"""What `nfstriage show` says of real dumps against what drgn said of them.

NFSTRIAGE_PROGRAM is the program. NFSTRIAGE_CORPUS: a folder with dumps/*/NAME.vmcore[.xz] and the
truth recorded beside them; without it nothing is compared. Where a kernel has no symbols of data,
only what show lists is compared, and that a list that lacks something says so.

  nfs_truth_test.py --derive
compares all that nfs_truth.py finds in the dumps that the file named by NFSTRIAGE_NFS_TRUTH lists,
on each line: a dump, a profile of its kernel or -, and its truth's JSON or - to derive it now, with
the Python that NFSTRIAGE_DRGN names (it has drgn; default: this one) and the debug files in
NFSTRIAGE_DEBUG_ROOT (directories like /usr/lib/debug, separated by colons). Exit status 77: cannot
be tried here.
"""
import glob
import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
import unittest

import nfs_truth_recorded
from nfs_truth_compare import TABLE, Report, compare

FOLDER = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.environ.get("NFSTRIAGE_PROGRAM", "nfstriage")
CORPUS = os.environ.get("NFSTRIAGE_CORPUS")
ENVIRONMENT = {**os.environ, "XDG_CACHE_HOME": "/nonexistent"}  # no profile of an earlier analysis
SHOWN = 40  # differences printed


def show(dump, profile=None):
    command = [PROGRAM, "show", dump, "all", "--format", "json"]
    if profile:
        command += ["--profile", profile]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=300,
                          check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.returncode} {done.stderr}")
    return json.loads(done.stdout)


class Unpacked:
    """The dump as a file, out of NAME.vmcore or NAME.vmcore.xz."""

    def __init__(self, base):
        self.base, self.folder = base, None

    def __enter__(self):
        if os.path.exists(self.base + ".vmcore"):
            return self.base + ".vmcore"
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, os.path.basename(self.base) + ".vmcore")
        with open(path, "wb") as file:
            subprocess.run(["xz", "-dkc", self.base + ".vmcore.xz"], stdout=file, check=True)
        return path

    def __exit__(self, *_):
        if self.folder:
            self.folder.cleanup()


class Comparing(unittest.TestCase):
    """The comparison itself, on made-up answers."""

    def differences(self, task, truth, strict=True, complete=True):
        shown = {"kernel": {"hz": 100}, "nfs": {"rpc_tasks": {"items": task, "complete": complete}}}
        report = Report()
        compare(report, shown, {"rpc_tasks": truth}, {"hz": 100}, strict)
        return ["\t".join(d.split("\t")[1:]) for d in report.differences]

    TASK = {"address": "0x10", "pid": 7, "flags": {"value": "0x81", "names": []}, "rqst": "0x0"}
    TRUTH = {"address": "0x10", "pid": 7, "flags": 0x81, "rqst": None}

    def test_the_same_in_other_words_is_no_difference(self):
        self.assertEqual(self.differences([self.TASK], [self.TRUTH]), [])

    def test_another_value_is_a_difference(self):
        self.assertEqual(self.differences([{**self.TASK, "pid": 8}], [self.TRUTH]),
                         ["0x10\tpid\t8\t7"])
        flags = {"value": "0x80", "names": []}
        self.assertEqual(len(self.differences([{**self.TASK, "flags": flags}], [self.TRUTH])), 1)

    def test_an_unknown_value_is_a_difference_where_the_dump_has_all(self):
        task = {"address": "0x10", "missing": {"pid": "not_dumped", "rqst": "null"}}
        self.assertEqual(self.differences([task], [self.TRUTH]),
                         ["0x10\tpid\tunknown (not_dumped)\t7"])
        self.assertEqual(self.differences([task], [self.TRUTH], strict=False), [])

    def test_objects_that_only_one_has_are_differences(self):
        self.assertEqual(self.differences([], [self.TRUTH]), ["0x10\tobject\tnot listed\texists"])
        self.assertEqual(self.differences([self.TASK], []), ["0x10\tobject\tlisted\tunknown"])

    def test_a_short_list_must_say_so(self):
        self.assertEqual(self.differences([], [self.TRUTH], strict=False, complete=False), [])
        self.assertEqual(len(self.differences([], [self.TRUTH], strict=False)), 1)
        self.assertEqual(len(self.differences([self.TASK], [self.TRUTH], complete=False)), 1)

    def test_jiffies_are_compared_as_time(self):
        kind = next(k for k in TABLE if k.ours == "nfs_clients")
        source, convert = kind.members["lease_time_ns"]
        self.assertEqual((source, convert(250, {"hz": 250})), ("lease_time", 1_000_000_000))


@unittest.skipUnless(CORPUS, "NFSTRIAGE_CORPUS does not name a folder with real dumps")
class RecordedTruth(unittest.TestCase):
    def compare(self, pattern, read, strict):
        truths = sorted(glob.glob(f"{CORPUS}/dumps/{pattern}"))
        self.assertTrue(truths, pattern)
        for path in truths:
            base = path[:path.rindex(".truth-drgn")]
            with self.subTest(os.path.basename(base)), Unpacked(base) as dump:
                report = Report()
                lists = read(path)
                compare(report, show(dump), lists, {}, strict, nfs_truth_recorded.KINDS)
                self.assertEqual(report.differences[:SHOWN], [])
                if strict:
                    self.assertGreaterEqual(report.objects, sum(map(len, lists.values())))
                    self.assertGreater(report.values, report.objects)

    def test_dumps_with_symbols(self):
        self.compare("x86_64/*.truth-drgn.json", nfs_truth_recorded.from_json, True)

    def test_dumps_without_symbols_of_data(self):
        self.compare("aarch64/*.truth-drgn.txt", nfs_truth_recorded.from_text, False)


def drgn_is_here():
    return bool(os.environ.get("NFSTRIAGE_DRGN") or importlib.util.find_spec("drgn"))


def derived(dump):
    command = shlex.split(os.environ.get("NFSTRIAGE_DRGN", sys.executable))
    roots = os.environ["NFSTRIAGE_DEBUG_ROOT"].split(os.pathsep)
    done = subprocess.run([*command, os.path.join(FOLDER, "nfs_truth.py"), dump, *roots],
                          capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode:
        raise RuntimeError(f"nfs_truth.py {dump}: {done.returncode} {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def derive(path):
    """Every line of the file; prints differences as tab separated words. 0: there are none, 77:
    nothing could be tried."""
    failed = tried = False
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    for dump, profile, truth in lines:
        if truth == "-" and not drgn_is_here():
            print(f"{dump}: left out, there is no drgn")
            continue
        if truth == "-":
            known = derived(dump)
        else:
            with open(truth, encoding="utf-8") as file:
                known = json.load(file)
        report = Report()
        try:
            compare(report, show(dump, None if profile == "-" else profile), known["lists"],
                    known["kernel"])
        except RuntimeError as error:
            report.differ("-", "-", "show", error, "an answer")
        name = os.path.basename(dump) + ("" if profile == "-" else "+profile")
        for difference in report.differences:
            print(f"{name}\t{difference}")
        print(f"# {name}: {report.objects} objects and {report.values} values compared in "
              f"{len(report.lists)} lists, {len(report.differences)} differences, "
              f"{report.unknown} unknown; never named: {' '.join(sorted(report.unmapped))}")
        failed, tried = failed or bool(report.differences), True
    return int(failed) if tried else 77


def main(arguments):
    if arguments[:1] != ["--derive"]:
        unittest.main()
    listed = os.environ.get("NFSTRIAGE_NFS_TRUTH")
    if not listed:
        print("skipped: NFSTRIAGE_NFS_TRUTH names no list of dumps")
        return 77
    return derive(listed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
