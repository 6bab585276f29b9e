#!/usr/bin/env python3
"""The installed library as a program of somebody else meets it: the package for developers is installed
into a folder of its own, and the example that it brings is configured, built and run against it.

NFSTRIAGE_CMAKE and NFSTRIAGE_BUILD install it; NFSTRIAGE_CXX is the compiler of that build.
"""
import os
import subprocess
import tempfile
import unittest

CMAKE = os.environ["NFSTRIAGE_CMAKE"]
BUILD = os.environ["NFSTRIAGE_BUILD"]
SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")


class FindPackage(unittest.TestCase):
    def run_command(self, *words):
        done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_the_example_is_built_against_what_is_installed_and_says_who_crashed(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        prefix, built = folder.name + "/prefix", folder.name + "/example"
        self.run_command(CMAKE, "--build", BUILD, "--target", "nfstriage_archive")
        self.run_command(CMAKE, "--install", BUILD, "--prefix", prefix, "--component", "dev")
        self.run_command(CMAKE, "-S", prefix + "/share/doc/nfstriage-dev/example", "-B", built,
                         "-DCMAKE_PREFIX_PATH=" + prefix,
                         "-DCMAKE_CXX_COMPILER=" + os.environ["NFSTRIAGE_CXX"],
                         "-DCMAKE_BUILD_TYPE=Debug")
        self.run_command(CMAKE, "--build", built)
        sample = SAMPLES + "/unlock-request-bug-x86_64.vmcore"
        self.assertRegex(self.run_command(built + "/who", sample),
                         r"\.vmcore: candidate nfs-unlock-request-bug v1:bug:nfs_client:")


if __name__ == "__main__":
    unittest.main()
