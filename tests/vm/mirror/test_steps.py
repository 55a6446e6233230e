#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that the judge of changes fails where a change is missing, wrong or one too many."""

import copy
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from mirror import steps  # noqa: E402  pylint: disable=wrong-import-position

ADD = {"v": 1, "type": "change", "what": "state", "op": "add", "ts": "2026-11-23T09:00:00Z", "mono_ns": 5,
       "netns": {"inum": 7, "name": "step.add"}, "by": {"pid": 3, "comm": "ip"}, "how": "netlink",
       "state": {"src": "10.0.0.1", "dst": "10.0.0.2", "spi": "0x00000101"}}
DELETE = dict(ADD, op="delete", mono_ns=6, how="flush")
STEP = steps.Step("add", 7, [{"op": "add", "by.comm": "ip", "state.spi": "0x00000101"},
                             {"op": "delete", "how": "flush~netlink"}], [{"state.spi": "0x00000101", "how": "flush"}])
GRAVE = {"state": {"spi": "0x00000101"}, "how": "flush"}


def judge(*told, deleted=(GRAVE,)):
    """The problems of a step of which these changes were told."""
    return steps.judge_step(STEP, [copy.deepcopy(one) for one in told], deleted).problems


class Steps(unittest.TestCase):
    """Each test breaks one thing."""

    def test_good(self):
        """All is told, once."""
        self.assertEqual(judge(ADD, DELETE), [])

    def test_missing(self):
        """A change is not told."""
        self.assertIn("no change", judge(ADD)[0])

    def test_too_many(self):
        """A change is told twice."""
        self.assertEqual(judge(ADD, DELETE, dict(DELETE, mono_ns=7)),
                         ["one change too many: state delete flush by ip 10.0.0.1 10.0.0.2 0x00000101"])

    def test_wrong(self):
        """Another process did it, in another way."""
        self.assertIn("by.comm is tc, expected ip", judge(dict(ADD, by={"pid": 3, "comm": "tc"}), DELETE)[0])
        self.assertIn("how is timer, expected flush~netlink", judge(ADD, dict(DELETE, how="timer"))[0])

    def test_order(self):
        """Times go back."""
        self.assertIn("order", judge(dict(ADD, mono_ns=9), DELETE)[0])

    def test_form(self):
        """A field is missing."""
        self.assertIn("ts is missing", judge({key: value for key, value in ADD.items() if key != "ts"}, DELETE)[0])

    def test_tombstone(self):
        """The deleted state is not known."""
        self.assertIn("no tombstone", judge(ADD, DELETE, deleted=())[0])


if __name__ == "__main__":
    unittest.main()
