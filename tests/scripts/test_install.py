# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Do make install, make uninstall and the Debian package put the files where they belong, and take them away again?"""

import gzip
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = {"sbin/xfrm-snap": 0o755, "share/man/man8/xfrm-snap.8": 0o644, "lib/systemd/system/xfrm-snap.service": 0o644,
         "share/bash-completion/completions/xfrm-snap": 0o644, "share/zsh/site-functions/_xfrm-snap": 0o644}


def make(*words):
    """Runs make quietly."""
    subprocess.run(["make", "-s", "-o", "xfrm-snap", *words], cwd=TOP, check=True, stdout=subprocess.DEVNULL)


def files(folder):
    """The files in a folder, with their modes."""
    return {str(one.relative_to(folder)): one.stat().st_mode & 0o777 for one in folder.rglob("*") if one.is_file()}


@unittest.skipUnless((TOP / "xfrm-snap").exists(), "there is no ./xfrm-snap: build it with make")
class Install(unittest.TestCase):
    """Into a folder."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def test_install_and_uninstall(self):
        """All files come, with the right modes, and all go."""
        place = [f"DESTDIR={self.folder}", "PREFIX=/opt/snap"]
        make("install", *place)
        root = self.folder / "opt/snap"
        self.assertEqual(files(root), FILES)
        self.assertIn("ExecStart=/opt/snap/sbin/xfrm-snap ", (root / "lib/systemd/system/xfrm-snap.service").read_text())
        make("uninstall", *place)
        self.assertEqual(files(self.folder), {})

    @unittest.skipUnless((TOP / "build/static/xfrm-snap").exists() and os.geteuid() == 0, "make static, and root")
    def test_static_program_needs_no_other_file(self):
        """It runs where there is nothing else, as in the image of deploy/Containerfile, and finds the sites of a kernel."""
        shutil.copy(TOP / "build/static/xfrm-snap", self.folder)
        with gzip.open(TOP / "tests/fixtures/6.12.json.gz") as image:
            (self.folder / "image").write_bytes(image.read())
        done = subprocess.run(["chroot", self.folder, "/xfrm-snap", "probes", "--json", "--image", "/image"],
                              capture_output=True, text=True, check=False)
        sites = [line for line in done.stdout.splitlines() if '"type":"site"' in line]
        self.assertGreater(len(sites), 50, done.stdout[:500] + done.stderr)

    def test_package(self):
        """Its control file names what it needs, its files run from where they are put, and dpkg takes it away again."""
        done = subprocess.run(["scripts/make_deb", self.folder], cwd=TOP, check=True, capture_output=True, text=True)
        package = pathlib.Path(done.stdout.splitlines()[-1])
        fields = subprocess.run(["dpkg-deb", "-f", package], check=True, capture_output=True, text=True).stdout
        for library in ("libc6", "libbpf1", "libzydis4", "libfmt9", "libevent-core-2.1", "libevent-extra-2.1",
                        "libseccomp2"):
            self.assertIn(library, fields.split("Depends:")[1].splitlines()[0])
        root = self.folder / "root"
        (root / "var/lib/dpkg/updates").mkdir(parents=True)
        (root / "var/lib/dpkg/info").mkdir()
        (root / "var/lib/dpkg/status").touch()
        dpkg = ["dpkg", f"--root={root}", "--force-depends", "--force-not-root", "--force-script-chrootless"]
        subprocess.run([*dpkg, "-i", package], check=True, capture_output=True)
        self.assertTrue((root / "lib/systemd/system/xfrm-snap.service").is_file())
        version = subprocess.run([root / "usr/sbin/xfrm-snap", "--version"], check=True, capture_output=True, text=True)
        self.assertTrue(version.stdout.startswith("xfrm-snap "))
        subprocess.run([*dpkg, "--purge", "xfrm-snap"], check=True, capture_output=True)
        self.assertEqual([one for one in files(root) if not one.startswith("var/")], [])


if __name__ == "__main__":
    unittest.main()
