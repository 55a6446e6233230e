#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that the checker fails where losses are wrong. Run it with no arguments."""

import copy
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check  # noqa: E402  pylint: disable=wrong-import-position
from checker_case import CheckerCase, LOSING, LOSS, RECORDS, good, judge, losing  # noqa: E402  pylint: disable=wrong-import-position


class LossChecker(CheckerCase):
    """Losses."""

    def test_losses(self):
        """Losses that were expected; the same where none were."""
        self.assertEqual([one.problems for one in judge(losing(), LOSING).values()], [[], [], []])
        words = "the loss lines add up to {'too-big': 4}, expected nothing"
        self.assert_fails(losing(), "drop.4", words)
        self.assert_fails(losing(), "run main", "losses in drop.4.b, where none were expected")

    def test_losses_missing(self):
        """No losses, one too few, one too many, or of another cause."""
        self.assert_fails(good(), "drop.4", "the loss lines add up to nothing, expected {'too-big': 4}", LOSING)
        for change, seen in ((lambda lines: lines.pop(3), "{'too-big': 2}"),
                             (lambda lines: lines.insert(3, copy.deepcopy(LOSS)), "{'too-big': 6}"),
                             (lambda lines: lines[3].update(cause="unknown"), "{'unknown': 2, 'too-big': 2}")):
            lines = losing()
            change(lines)
            self.assert_fails(lines, "drop.4", f"the loss lines add up to {seen}", LOSING)

    def test_losses_differ(self):
        """The right number of losses, but of other packets."""
        for field, value in (("packets", 5), ("packets", None)):
            lines = losing()
            lines[3][field] = value
            self.assert_fails(lines, "drop.4", "drop.4.b too-big: 2 of 4 as expected", LOSING)

    def test_loss_is_no_error(self):
        """A loss does not stand for an error of a counter, and an error not for a loss."""
        lines = losing()
        lines[1] = dict(lines[3], n=3)
        self.assert_fails(lines, "drop.4", "the error lines add up to {'XfrmInNoStates': 2}", LOSING)
        self.assert_fails(lines, "drop.4", "the loss lines add up to {'too-big': 7}", LOSING)

    def test_form_of_loss(self):
        """A loss with a counter, or with a number of packets that is none."""
        for key, value in (("counter", "XfrmInNoStates"), ("packets", 0), ("packets", "4")):
            lines = losing()
            lines[3][key] = value
            self.assert_fails(lines, "run main", f"{key} of a loss is {value!r}", LOSING)

    def test_losses_of_init(self):
        """A loss in the first namespace, where no scenario expected one."""
        lines = losing()
        lines[4]["netns"] = {"inum": 1, "name": "init"}
        self.assert_fails(lines, "run main", "init: the loss lines add up to {'too-big': 2}, expected nothing", LOSING)

    def test_summary_of_losses(self):
        """The summary has no losses, another number, or some that no line told."""
        for table in ({}, {"too-big": {"n": 3, "packets": 8}}, {"too-big": {"n": 4, "packets": None}},
                      {"too-big": {"n": 4, "packets": 8}, "unknown": {"n": 1, "packets": 1}}):
            lines = losing()
            lines[5]["netns"][0]["losses"] = table
            self.assert_fails(lines, "run main", "summary: drop.4.b lost", LOSING)

    def test_kernel_only(self):
        """Without xfrm-snap only the kernel's counters are judged."""
        words = [(one.name, one.word()) for one in check.judge(RECORDS, None)]
        self.assertEqual(words, [("drop.4", "ok"), ("new.4", "SKIP")])


if __name__ == "__main__":
    unittest.main()
