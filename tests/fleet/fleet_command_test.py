#!/usr/bin/env python3
"""nfstriage fleet as users meet it: from a folder of logs to a report, and stores that are merged.

NFSTRIAGE_PROGRAM is the program of the build.
"""
import html.parser
import json
import os
import re
import subprocess
import tempfile
import unittest

from batch_command_test import PROGRAM, oops

UNITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "fleet", "systemd")
VOID = {"meta", "br", "input", "col"}


def run(*arguments, status=0):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done.stdout if status == 0 else done.stderr


class Balanced(html.parser.HTMLParser):
    """Every element that begins ends in its turn, and nothing is loaded from elsewhere."""

    def __init__(self):
        super().__init__()
        self.open, self.problems = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "srcset", "data") and not (value or "").startswith("#"):
                self.problems.append((tag, name, value))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)


class Fleet(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.logs = os.path.join(self.folder, "in")
        os.mkdir(self.logs)

    def store(self, name, *logs):
        for number, log in enumerate(logs):
            with open(os.path.join(self.logs, f"{name}-{number}.log"), "w", encoding="utf-8") as file:
                file.write(log)
        path = os.path.join(self.folder, name)
        run("batch", "--store", path, self.logs)
        return path

    def test_two_clients_of_a_server_that_crash_at_once_are_reported(self):
        store = self.store("s", oops("client1", second=0), oops("client2", second=3),
                           oops("client3", second=600))
        report = json.loads(run("fleet", "--store", store, "--format", "json"))
        self.assertEqual([each["sentence"] for each in report["together"]],
                         ["2 clients of 10.1.2.3 crashed within 3 s"])
        self.assertEqual(report["together"][0]["hosts"], ["client1", "client2"])
        self.assertEqual([(each["verdicts"], each["hosts"]) for each in report["groups"]], [(3, 3)])
        text = run("fleet", "--store", store)
        self.assertIn("2 clients of 10.1.2.3 crashed within 3 s", text)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 100)
        self.assertEqual(json.loads(run("fleet", "--store", store, "--format", "json", "--since",
                                        "2100-01-01"))["groups"], [])

    def test_html_is_whole_and_loads_nothing(self):
        store = self.store("s", oops("client1"), oops("client2", second=3))
        path = os.path.join(self.folder, "fleet.html")
        run("fleet", "--store", store, "--format", "html", "-o", path)
        with open(path, encoding="utf-8") as file:
            page = file.read()
        parser = Balanced()
        parser.feed(page)
        self.assertEqual((parser.open, parser.problems), ([], []))
        self.assertIn("default-src 'none'", page)
        self.assertNotRegex(page, r"url\(|@import|https?:")
        self.assertIn("<svg", page)

    def test_merging_stores_counts_nothing_twice(self):
        first = self.store("first", oops("client1"), oops("client2", second=3))
        second = self.store("second", oops("client3", second=5))  # and what the first has
        merged = os.path.join(self.folder, "merged")
        run("fleet", "merge", merged, first, second)
        run("fleet", "merge", merged, second, first)
        report = json.loads(run("fleet", "--store", merged, "--format", "json"))
        self.assertEqual(report["totals"]["verdicts"], 3)
        self.assertEqual(report["together"][0]["clients"], 3)

    def test_a_store_that_cannot_be_read_is_status_3_with_a_remedy(self):
        self.assertIn("check the path", run("fleet", "--store", "/nonexistent/store", status=3))
        path = os.path.join(self.folder, "text")
        with open(path, "w", encoding="utf-8") as file:
            file.write("no store\n" * 1000)
        self.assertIn("not a database", run("fleet", "--store", path, status=3))
        run("fleet", "--since", "tomorrow", status=2)
        merged = os.path.join(self.folder, "merged")
        run("fleet", "merge", merged, path, status=3)
        store = self.store("s", oops())
        run("fleet", "--store", store, "-o", "/nonexistent/report", status=1)

    def test_the_watching_service_runs_commands_that_exist(self):
        with open(os.path.join(UNITS, "nfstriage-watch.service"), encoding="utf-8") as file:
            commands = re.findall(r"^ExecStart=/usr/bin/nfstriage (.*)$", file.read(), re.MULTILINE)
        self.assertEqual(len(commands), 2)
        self.store("unused", oops())
        os.makedirs(os.path.join(self.folder, "fleet"))
        for command in commands:
            command = command.replace("/var/lib/nfstriage/upload", self.logs)
            command = command.replace("/var/lib/nfstriage", self.folder).replace("--settle 20", "--settle 0")
            run(*command.split())
        self.assertTrue(os.path.exists(os.path.join(self.folder, "fleet", "fleet.html")))


if __name__ == "__main__":
    unittest.main()
