# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Does scripts/deps wait for another apt, and for nothing else?"""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ("sh", "sort", "uname", "grep", "cat", "rm", "mktemp", "wc", "sed")
# Fails the first $FAILURES times with what apt says; each call is a line in the file calls.
APT_GET = """#!/bin/sh
echo "$*" >>"$FOLDER/calls"
[ "$(wc -l <"$FOLDER/calls")" -gt "$FAILURES" ] || { echo "E: $WHY" >&2; exit 100; }
"""
LOCKED = "Could not get lock /var/lib/apt/lists/lock. It is held by process 711 (apt-get)"


class Deps(unittest.TestCase):
    """With an apt-get of our own, on a machine that has nothing."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for tool in TOOLS:
            (self.folder / tool).symlink_to(shutil.which(tool))
        self.program("apt-get", APT_GET)
        self.program("apt-cache", "#!/bin/sh\n")
        self.program("id", "#!/bin/sh\necho 0\n")
        self.program("sleep", '#!/bin/sh\necho "$1" >>"$FOLDER/slept"\n')

    def program(self, name, text):
        """Puts a program into the only folder of PATH."""
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def install(self, failures, why, *processor):
        """Installs; gives the exit code, what was said on stderr, the calls of apt-get and how often it slept."""
        env = {"PATH": str(self.folder), "FOLDER": str(self.folder), "FAILURES": str(failures), "WHY": why, "LANG": "de_DE"}
        done = subprocess.run(["/bin/sh", TOP / "scripts/deps", "install", "build", *processor], env=env,
                              capture_output=True, text=True, check=False)
        slept = self.folder / "slept"
        return (done.returncode, done.stderr, (self.folder / "calls").read_text().splitlines(),
                len(slept.read_text().splitlines()) if slept.exists() else 0)

    def test_lock(self):
        """It tries until the other one has ended, says once why it waits, and goes on."""
        code, said, calls, slept = self.install(3, LOCKED)
        self.assertEqual((code, slept), (0, 3))
        self.assertEqual(said, "xfrm-snap: waiting for another apt to end\n")
        self.assertEqual([" update " in one for one in calls], [True] * 4 + [False])
        self.assertIn("DPkg::Lock::Timeout=600 install -y", calls[-1])
        self.assertIn(" make", calls[-1])

    def test_other_processor(self):
        """Of another processor it takes compiler and libraries, and leaves this machine's libevent-dev where it is."""
        self.program("dpkg", '#!/bin/sh\necho "$*" >"$FOLDER/asked"\n')
        code, said, calls, _ = self.install(0, "", "arm64")
        self.assertEqual((code, said), (0, ""))
        self.assertEqual((self.folder / "asked").read_text(), "--add-architecture arm64\n")
        packages = calls[-1].split()
        self.assertLessEqual({"crossbuild-essential-arm64", "qemu-user-static", "make"}, set(packages))
        self.assertFalse({"g++", "libevent-dev:arm64", "libbpf-dev"} & set(packages))

    def test_other_failures(self):
        """What waiting does not mend is told at once."""
        code, said, calls, slept = self.install(9, "Unable to locate package make")
        self.assertEqual((code != 0, said, len(calls), slept), (True, "E: Unable to locate package make\n", 1, 0))

    def test_lock_for_ever(self):
        """It does not wait without end."""
        code, said, _, slept = self.install(1000, LOCKED)
        self.assertEqual((code != 0, slept), (True, 120))
        self.assertIn(LOCKED, said)


if __name__ == "__main__":
    unittest.main()
