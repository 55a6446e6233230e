# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Do guests use KVM where a trial guest has shown that it works, and nowhere else?"""

import argparse
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/lab"))
from parts import accel, machine, processor  # noqa: E402  pylint: disable=wrong-import-position


class Accel(unittest.TestCase):
    """With files of our own for the device, the machine's boot and what is kept."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.trials, self.works = 0, True
        for name in ("DEVICE", "BOOT", "KEPT"):
            path = pathlib.Path(folder.name) / name
            patch = mock.patch.object(accel, name, path)
            patch.start()
            self.addCleanup(patch.stop)
        accel.DEVICE.touch()
        accel.BOOT.write_text("first\n")
        environment = mock.patch.dict(os.environ)
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop(accel.CHOICE, None)

    def asked(self):
        """Whether KVM is to be used."""
        def trial():
            self.trials += 1
            return self.works
        return accel.use_kvm(trial)

    def test_trial_once(self):
        """The result is kept, good or bad, until the machine boots again."""
        for self.works in (True, False):
            accel.BOOT.write_text(f"{self.works}\n")
            self.trials = 0
            self.assertEqual([self.asked(), self.asked(), self.trials], [self.works, self.works, 1])

    def test_no_device(self):
        """Nothing is tried."""
        accel.DEVICE.unlink()
        self.assertEqual((self.asked(), self.trials), (False, 0))

    def test_choice(self):
        """The environment's word needs no trial."""
        for word, wanted in (("kvm", True), ("tcg", False)):
            os.environ[accel.CHOICE] = word
            self.assertEqual((self.asked(), self.trials), (wanted, 0))

    def test_command(self):
        """Emulated guests get the processor whose flags are mended for that, others the machine's own."""
        job = argparse.Namespace(icount=False, memory=1, smp=2, folder=pathlib.Path("/k"), cmdline="", kvm=False)
        for job.kvm, wanted in ((False, machine.emulated(processor.AMD64)), (True, machine.NATIVE)):
            words = machine.command(job, "/initrd", pathlib.Path("/t"), 3)
            at = words.index("-accel")
            self.assertEqual(words[at:at + 4], wanted)
            self.assertEqual(words.count("-accel"), 1)


if __name__ == "__main__":
    unittest.main()
