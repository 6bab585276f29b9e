#!/usr/bin/env python3
"""The manual pages of the hook against the program's own help, and all pages against groff, where it is
installed: no option is left out, and none is there that the program has not.

NFSTRIAGE_PROGRAM is the program.
"""
import glob
import os
import re
import shutil
import subprocess
import unittest

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]
PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "man")


def options_of(*command):
    text = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, timeout=60,
                          check=True).stdout
    return set(re.findall(r"^  (?:-\w,)?--([\w-]+)", text, re.MULTILINE)) - {"help"}


def options_in(page):
    with open(os.path.join(PAGES, page), encoding="utf-8") as file:
        text = file.read()
    lines = "\n".join(re.findall(r"^\..*\bFl .*$", text, re.MULTILINE))
    return set(re.findall(r"(?:Fl |, )-([a-z][\w-]{2,})", lines))


class Manual(unittest.TestCase):
    def test_the_hooks_pages_have_the_options_of_its_help(self):
        self.assertEqual(options_in("nfstriage-hook.1"), options_of("hook"))
        install = options_of("hook", "install")
        self.assertEqual(options_in("nfstriage-hook-install.1"), install)
        for command in ("uninstall", "status"):
            self.assertEqual(options_of("hook", command) - install, set(), command)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_formats_every_page_without_a_warning(self):
        for page in sorted(glob.glob(PAGES + "/*.1")):
            done = subprocess.run(["groff", "-mandoc", "-Tutf8", "-ww", page], capture_output=True,
                                  text=True, timeout=60, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page)
            self.assertGreater(len(done.stdout), 500, page)


if __name__ == "__main__":
    unittest.main()
