#!/usr/bin/env python3
"""tools/install-packages: what it asks apt for, with a dpkg and an apt of our own making."""
import os
import subprocess
import tempfile
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools")


def wanted():
    with open(os.path.join(TOOLS, "apt-packages"), encoding="utf-8") as file:
        names = [line.split("#")[0].strip() for line in file]
    return [name for name in names if name]


def asked(installed, *options):
    """The packages that apt is told to install where `installed`, lines of dpkg-query, are there."""
    with tempfile.TemporaryDirectory() as folder:
        def program(name, text):
            path = os.path.join(folder, name)
            with open(path, "w", encoding="utf-8") as file:
                file.write("#!/bin/sh\n" + text)
            os.chmod(path, 0o755)
        program("dpkg-query", "cat <<'END'\n" + "".join(line + "\n" for line in installed) + "END\n")
        program("apt-get", f'echo "$@" >>{folder}/asked\n')
        program("sudo", 'exec "$@"\n')
        open(os.path.join(folder, "asked"), "w", encoding="utf-8").close()
        subprocess.run([os.path.join(TOOLS, "install-packages"), *options], check=True, capture_output=True,
                       env={**os.environ, "PATH": folder + ":" + os.environ["PATH"]})
        with open(os.path.join(folder, "asked"), encoding="utf-8") as file:
            lines = [line.split() for line in file if " install " in line]
    return [word for line in lines for word in line if word in wanted()]


class InstallPackages(unittest.TestCase):
    def test_asks_for_what_is_missing_and_nothing_else(self):
        there = [f"installed {name}, " for name in wanted()]
        self.assertEqual(asked(there), [])
        self.assertEqual(asked([line for line in there if "cmake" not in line]), ["cmake"])
        self.assertEqual(asked([line.replace("installed cmake", "config-files cmake") for line in there]),
                         ["cmake"])

    def test_takes_what_another_package_provides_for_installed(self):
        # As of a nodejs that brings its own npm and conflicts with Debian's.
        there = [f"installed {name}, " for name in wanted() if name not in ("nodejs", "npm")]
        self.assertEqual(asked([*there, "installed nodejs, nodejs-legacy, npm (= 10.8)"]), [])
        self.assertEqual(asked([*there, "config-files other, npm", "installed nodejs, "]), ["npm"])

    def test_leaves_out_what_only_tests_use_that_can_be_skipped(self):
        extra = ["chromium", "graphviz", "libbenchmark-dev", "nodejs", "npm"]
        self.assertEqual(asked([]), wanted())
        self.assertEqual(asked([], "--needed"), [name for name in wanted() if name not in extra])


if __name__ == "__main__":
    unittest.main()
