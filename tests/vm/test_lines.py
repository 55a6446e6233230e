#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that a summary passes only if it is complete. Run it with no arguments."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lines  # noqa: E402  pylint: disable=wrong-import-position


def summary(complete, problems=(), **lost):
    """A summary that lost this."""
    return {"complete": complete, "lost": {"ring": 0, "map_full": 0, **lost}, "problems": list(problems)}


class Incomplete(unittest.TestCase):
    """What lines.incomplete accepts."""

    def passes(self, one, turns=False):
        """Whether it does."""
        return not lines.incomplete("run", one, turns)

    def test_complete(self):
        """Nothing lost, and said to be complete."""
        self.assertTrue(self.passes(summary(True)))
        self.assertTrue(self.passes(summary(True), turns=True))
        for wrong in (summary(False), summary(None), summary(True, ring=1), summary(True, map_full=2), {}, {"complete": True}):
            self.assertFalse(self.passes(wrong), wrong)
            self.assertFalse(self.passes(wrong, turns=True), wrong)

    def test_few_lines(self):
        """A few lines may be lost where processors take turns, if that is said, and is all."""
        self.assertTrue(self.passes(summary(False, ring=25), turns=True))
        self.assertFalse(self.passes(summary(False, ring=25)))
        for wrong in (summary(False, ring=26), summary(True, ring=1), summary(False, ring=1, map_full=1),
                      summary(False, ["no probe"], ring=1)):
            self.assertFalse(self.passes(wrong, turns=True), wrong)


if __name__ == "__main__":
    unittest.main()
