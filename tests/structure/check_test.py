#!/usr/bin/env python3
"""Each rule of check.py, on made-up trees that break it and on ones that just do not."""
import os
import tempfile
import unittest

import check


class MadeUpTree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, path, text):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)

    def header(self, path, *body):
        self.write(path, "\n".join(("// What it is for.",) + body) + "\n")

    def found(self):
        return [f"{path}:{number}" for path, number, _ in check.violations(self.folder.name)]

    def test_a_clean_tree_has_no_violation(self):
        self.header("engine/base/result.h")
        self.header("engine/dump/dump.h", '#include "base/result.h"', "#include <vector>")
        self.write("engine/dump/dump.cc", '#include "dump/dump.h"\n')
        self.header("engine/triage.h", '#include "dump/dump.h"')
        self.header("tests/catch.h", "#include <catch2/catch.hpp>")
        self.write("tests/dump/dump_test.cc", '#include "catch.h"\n#include "triage.h"\n')
        self.write("README.md", "Hello\n")
        self.assertEqual(self.found(), [])

    def test_a_room_that_includes_to_its_right(self):
        self.header("engine/verdict/verdict.h")
        self.header("engine/facts/scene.h", "#include <map>", '#include "verdict/verdict.h"')
        self.assertEqual(self.found(), ["engine/facts/scene.h:3"])

    def test_every_pair_of_rooms_goes_one_way_only(self):
        for left in check.ROOMS:
            for right in check.ROOMS:
                both = check.may_include(left, right) and check.may_include(right, left)
                self.assertEqual(both, left == right, (left, right))

    def test_log_and_isa_include_base_only(self):
        self.header("engine/base/names.h")
        self.header("engine/kernel/task.h")
        for room in ("log", "isa"):
            self.header(f"engine/{room}/one.h", '#include "base/names.h"')
            self.header(f"engine/{room}/two.h", '#include "kernel/task.h"')
        self.assertEqual(self.found(), ["engine/isa/two.h:2", "engine/log/two.h:2"])

    def test_a_room_that_includes_the_facade(self):
        self.header("engine/triage.h")
        self.header("engine/report/json.h", '#include "triage.h"')
        self.assertEqual(self.found(), ["engine/report/json.h:2"])

    def test_a_room_without_a_place(self):
        self.header("engine/attic/old.h")
        self.assertEqual(self.found(), ["engine/attic/old.h:1"])

    def test_an_include_that_does_not_exist(self):
        self.header("engine/report/json.h", '#include "verdict/verdict.h"')
        self.assertEqual(self.found(), ["engine/report/json.h:2"])

    def test_catch2_and_spdlog_in_the_wrong_place(self):
        self.header("engine/base/names.h", "#include <spdlog/spdlog.h>")
        self.write("tests/base/base_test.cc", "#include <catch2/catch.hpp>\n")
        self.write("tools/nfstriage/main.cc", "#include <spdlog/spdlog.h>\n")
        self.assertEqual(self.found(), ["engine/base/names.h:2", "tests/base/base_test.cc:1"])

    def test_length_of_files(self):
        self.header("engine/base/fits.h", *["int x;"] * (check.MAX_LINES - 1))
        self.header("engine/base/long.h", *["int x;"] * check.MAX_LINES)
        self.header("tests/base/long_test.cc", *["int x;"] * check.MAX_LINES)
        for table in check.LONG_TABLES:
            self.header(table, *["int x;"] * check.MAX_LINES)
        end = check.MAX_LINES + 1
        self.assertEqual(self.found(), [f"engine/base/long.h:{end}",
                                        f"tests/base/long_test.cc:{end}"])

    def test_files_that_do_not_say_what_they_are(self):
        self.write("engine/base/silent.h", "#pragma once\n")
        self.write("engine/base/silent.cc", '#include "base/silent.h"\n')
        self.write("engine/base/alone.cc", "int x;\n")
        self.assertEqual(self.found(), ["engine/base/alone.cc:1", "engine/base/silent.h:1"])

    def test_paths_of_a_machine(self):
        for number, path in enumerate(("/home/" + "jane/x", "/ro" + "ot/x", "see /wo" + "rk/x")):
            self.write(f"rules/{number}.yaml", f"a: 1\nb: {path}\n")
        self.write("tools/script", f"#!/bin/sh\ncat /ro{'ot'}/x\n")
        self.write("README.md", "/var/crash/vmcore net/work/x \"$root/work/\" /home/\n")
        self.assertEqual(self.found(), ["rules/0.yaml:2", "rules/1.yaml:2", "rules/2.yaml:2",
                                        "tools/script:2"])

    def test_no_newline_at_the_end(self):
        self.write("knowledge/one.json", "{}")
        self.write("build/release/two.json", "{}")
        self.assertEqual(self.found(), ["knowledge/one.json:1"])


if __name__ == "__main__":
    unittest.main()
