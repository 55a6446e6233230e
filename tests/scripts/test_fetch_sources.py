# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Runs scripts/fetch_sources on a package made here, without a network."""

import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
PROGRAM = str(pathlib.Path(__file__).resolve().parents[2] / "scripts/fetch_sources")
LOADER = importlib.machinery.SourceFileLoader("fetch_sources", PROGRAM)
fetch_sources = importlib.util.module_from_spec(importlib.util.spec_from_loader("fetch_sources", LOADER))
LOADER.exec_module(fetch_sources)

CONTROL = """\
Package: linux-source-9.9
Version: 1
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: x
"""


class FakeSuite:
    """A suite that has one package, made from `files`."""

    files, version, downloads = {}, "9.9.1-1", 0

    def __init__(self, root, mirror, suite):
        self.root, self.mirror, self.suite = root, mirror, suite

    def update(self):
        """There is nothing to update."""

    def depends(self, package):
        """What a real linux-source depends on."""
        return ["linux-source-9.9", "xz-utils"] if package == "linux-source" else []

    def run(self, *command):
        """Only asked for the newest package's URL."""
        assert command == ("apt-get", "download", "--print-uris", "linux-source-9.9")
        return f"'{self.mirror}/pool/x.deb' linux-source-9.9_{self.version}_all.deb 100 SHA256:0\n"

    def download(self, packages, folder):
        """Makes the package."""
        FakeSuite.downloads += 1
        build = pathlib.Path(folder, "build")
        for name, text in {"DEBIAN/control": CONTROL, **self.files}.items():
            (build / name).parent.mkdir(parents=True, exist_ok=True)
            (build / name).write_text(text)
        deb = pathlib.Path(folder, packages[0] + ".deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(build), str(deb)], check=True,
                       stdout=subprocess.DEVNULL)
        return [deb]


@unittest.skipUnless(shutil.which("dpkg-deb"), "dpkg-deb is not installed")
class Fetch(unittest.TestCase):
    """One suite's tarball."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        FakeSuite.files = {"usr/src/linux-source-9.9.tar.xz": "kernel", "usr/share/doc/a": "a"}
        FakeSuite.version, FakeSuite.downloads = "9.9.1-1", 0
        for patch in (mock.patch.object(fetch_sources.apt, "Suite", FakeSuite),
                      mock.patch.object(fetch_sources.apt, "debian_mirror", lambda: "http://mirror"),
                      mock.patch.object(fetch_sources, "SUITES", ["sid"])):
            patch.start()
            self.addCleanup(patch.stop)

    def run_program(self):
        """(exit status, stdout, stderr)"""
        said, failed = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(failed):
            status = fetch_sources.main([str(self.folder)])
        return status, said.getvalue(), failed.getvalue()

    def test_takes_the_tarball_out_of_the_package(self):
        goal = self.folder / "linux-source-9.9.tar.xz"
        self.assertEqual(self.run_program(), (0, f"sid: {goal} fetched (linux-source-9.9_9.9.1-1_all.deb)\n", ""))
        self.assertEqual(goal.read_text(), "kernel")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), [".linux-source-9.9.deb", goal.name])

    def test_fetches_again_only_what_is_new(self):
        self.run_program()
        self.assertEqual(self.run_program()[1], f"sid: {self.folder}/linux-source-9.9.tar.xz is there\n")
        self.assertEqual(FakeSuite.downloads, 1)
        FakeSuite.version = "9.9.2-1"
        self.run_program()
        self.assertEqual(FakeSuite.downloads, 2)

    def test_a_package_without_the_tarball_is_an_error(self):
        FakeSuite.files = {"usr/src/other": "x"}
        self.assertEqual(self.run_program(), (
            1, "", "fetch_sources: sid: linux-source-9.9.deb does not hold linux-source-9.9.tar.xz\n"))
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
