#!/usr/bin/env python3
"""Completion as a user's shell does it: the script of the built program, sourced by a real bash; by a
real zsh where there is one.

NFSTRIAGE_PROGRAM is the program.
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["NFSTRIAGE_PROGRAM"]


def script(shell):
    done = subprocess.run([PROGRAM, "completion", shell], capture_output=True, text=True, timeout=60,
                          check=True)
    return done.stdout


class Bash(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        with open(cls.folder + "/script", "w", encoding="utf-8") as file:
            file.write(script("bash"))
        for name in ("a dump", "other.log"):
            with open(f"{cls.folder}/{name}", "w", encoding="utf-8"):
                pass
        os.mkdir(cls.folder + "/a-folder")

    def complete(self, *words):
        """What is offered for the last word, as bash would split the line."""
        commands = ('. ./script; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _nfstriage;'
                    ' printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", commands, "bash", "nfstriage", *words],
                              capture_output=True, text=True, timeout=60, check=False,
                              cwd=self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [line for line in done.stdout.splitlines() if line]

    def test_commands_by_their_first_letters(self):
        self.assertEqual(self.complete("an"), ["analyze"])
        self.assertEqual(sorted(self.complete("hook", "un")), ["uninstall"])
        self.assertIn("verify", self.complete("profile", ""))

    def test_options_of_the_command_at_hand(self):
        self.assertEqual(self.complete("analyze", "--sta"), ["--stable"])
        self.assertEqual(self.complete("hook", "install", "--dry"), ["--dry-run"])
        self.assertEqual(self.complete("hook", "--dry"), [])
        self.assertEqual(self.complete("--ver"), ["--version"])

    def test_choices_of_an_option_in_both_spellings(self):
        self.assertIn("json", self.complete("analyze", "--format", "j"))
        self.assertEqual(self.complete("analyze", "--format", "=", "js"), ["json"])
        self.assertEqual(self.complete("hook", "install", "--family", "s"), ["suse"])

    def test_files_and_folders_where_they_are_wanted(self):
        self.assertEqual(sorted(self.complete("analyze", "a")), ["a dump", "a-folder"])
        self.assertEqual(self.complete("analyze", "--log", "ot"), ["other.log"])
        self.assertEqual(self.complete("analyze", "--log", "x", "ot"), ["other.log"])
        self.assertEqual(self.complete("hook", "--dir", "a"), ["a-folder"])

    def test_a_number_is_the_users(self):
        self.assertEqual(self.complete("hook", "--deadline", ""), [])

    def test_every_command_and_option_of_the_help_is_offered(self):
        def options_in(*command):
            text = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True,
                                  timeout=60, check=True).stdout
            return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", text, re.MULTILINE))
        for command in ((), ("analyze",), ("fixes",), ("profile", "build"), ("hook", "install")):
            self.assertEqual(options_in(*command) - set(self.complete(*command, "--")), set(), command)


class Zsh(unittest.TestCase):
    def test_every_command_has_its_function_and_its_options(self):
        text = script("zsh")
        self.assertTrue(text.startswith("#compdef nfstriage\n"))
        self.assertIn("_nfstriage_hook_install() {", text)
        self.assertRegex(text, r"'\*--family\[[^]]*\]:value:\(redhat suse debian\)'")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_reads_it(self):
        done = subprocess.run(["zsh", "-n"], input=script("zsh"), capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
