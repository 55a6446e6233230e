# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Does deploy/Containerfile build an image that holds the static program alone, and does that run in a container?"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]


@unittest.skipUnless(shutil.which("buildah"), "buildah is not installed: sudo make deps NEEDS=extra")
@unittest.skipUnless((TOP / "build/static/xfrm-snap").exists() and os.geteuid() == 0, "make static, and root")
@unittest.skipIf(subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode,
                 "this machine refuses mount namespaces")
class Image(unittest.TestCase):
    """Built once, in a store of its own; FROM scratch needs no registry."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.buildah("bud", "--isolation", "chroot", "-t", "xfrm-snap", "-f", "deploy/Containerfile", ".")

    @classmethod
    def buildah(cls, *words):
        """What it prints."""
        store = ["--root", cls.folder / "root", "--runroot", cls.folder / "run", "--storage-driver", "vfs"]
        done = subprocess.run(["buildah", *store, *words], cwd=TOP, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"buildah {words[0]} ended with {done.returncode}: {done.stderr[-500:]}")
        return done.stdout

    def container(self):
        """The name of a new one."""
        return self.buildah("from", "localhost/xfrm-snap").strip()

    def in_container(self, *words):
        """What the program prints there, which has a kernel's image at /image."""
        volume = ["-v", f"{TOP / 'tests/fixtures/6.12.json.gz'}:/image:ro"]
        return self.buildah("run", "--isolation", "chroot", *volume, self.container(), "--", "/xfrm-snap", *words)

    def test_holds_the_program_alone(self):
        """Which everybody may run."""
        root = pathlib.Path(self.buildah("mount", self.container()).strip())
        files = {str(one.relative_to(root)): one.stat().st_mode & 0o777 for one in root.rglob("*") if one.is_file()}
        self.assertEqual(files, {"xfrm-snap": 0o755})

    def test_starts_as_the_manifest_does(self):
        """The program, with the options of the DaemonSet but for the address."""
        config = json.loads(self.buildah("inspect", "--type", "image", "localhost/xfrm-snap"))["OCIv1"]["config"]
        self.assertEqual(config["Entrypoint"], ["/xfrm-snap"])
        manifest = (TOP / "deploy/kubernetes/daemonset.yaml").read_text()
        args = next(line.partition(":")[2] for line in manifest.splitlines() if line.strip().startswith("args:"))
        self.assertEqual(config["Cmd"][:-1], json.loads(args)[:-1])
        self.assertEqual([one.rpartition(":")[2] for one in (config["Cmd"][-1], json.loads(args)[-1])], ["9731"] * 2)

    def test_runs_in_a_container(self):
        """It needs nothing that is not there, and finds the sites of a kernel."""
        self.assertTrue(self.in_container("--version").startswith("xfrm-snap "))
        lines = self.in_container("probes", "--json", "--image", "/image").splitlines()
        sites = [line for line in lines if '"type":"site"' in line]
        self.assertGreater(len(sites), 50)


if __name__ == "__main__":
    unittest.main()
