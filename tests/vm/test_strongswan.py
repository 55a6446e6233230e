#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that the judge of run_strongswan fails where xfrm-snap or the daemons are wrong. Run it with no arguments."""

import copy
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from strongswan import judge  # noqa: E402  pylint: disable=wrong-import-position

FILES = {
    "marks": "1 rekey\n10 reboot\n20 again\n30 selectors\n40 end\n",
    "code": "0\n",
    "ping": "64 bytes from 10.9.0.2\n" * 101,
    "left.log": "CHILD_SA net{1} established\n" * 5,
    "stat.left": "XfrmInError 0\nXfrmOutNoStates 2\n",
    "stat.right": "XfrmInNoStates 3\n",
}


def error(netns, counter, cause, at, n):
    """An error line at that second."""
    return {"type": "error", "netns": {"name": netns}, "counter": counter, "cause": cause, "why": "so", "n": n,
            "mono_ns": at * 10**9}


LINES = [
    {"type": "ready"},
    error("right", "XfrmInNoStates", "sa-deleted", 12, 3),
    error("left", "XfrmOutNoStates", "acquire-pending", 31, 2),
    {"type": "summary", "complete": True,
     "netns": [{"name": "left", "counters": {"XfrmOutNoStates": {"kernel": 2, "seen": 2}}},
               {"name": "right", "counters": {"XfrmInNoStates": {"kernel": 3, "seen": 3}}}]},
]


def verdicts(lines=None, **changed):
    """The words by the names of the verdicts on a guest that left these lines and files (_ stands for a dot)."""
    files = dict(FILES, **{name.replace("_", "."): text for name, text in changed.items()})
    files["snap.json"] = "".join(json.dumps(one) + "\n" for one in lines or LINES)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (pathlib.Path(folder) / name).write_text(text)
        return {one.name: one.word() for one in judge.judge_folder(folder)}


class Judge(unittest.TestCase):
    """Each test breaks one thing."""

    def assert_fails(self, found, *names):
        """These verdicts fail, and no others."""
        self.assertEqual(sorted(name for name, word in found.items() if word == "FAIL"), sorted(names))

    def test_good(self):
        """A right guest passes."""
        self.assert_fails(verdicts())

    def test_unknown_cause(self):
        """An increment of unknown cause."""
        lines = copy.deepcopy(LINES)
        lines[1]["cause"] = "unknown"
        self.assert_fails(verdicts(lines), "causes", "reboot")

    def test_other_time(self):
        """What a part should provoke came in another one."""
        lines = copy.deepcopy(LINES)
        lines[2]["mono_ns"] = 2 * 10**9
        self.assert_fails(verdicts(lines), "selectors")

    def test_counts(self):
        """The kernel counted more than the summary says, or it is not complete, or not there."""
        self.assert_fails(verdicts(stat_right="XfrmInNoStates 4\n"), "summary")
        lines = copy.deepcopy(LINES)
        lines[3]["complete"] = False
        self.assert_fails(verdicts(lines), "summary")
        self.assert_fails(verdicts(LINES[:3]), "summary")
        self.assert_fails(verdicts(code="1\n"), "summary")

    def test_daemons(self):
        """The tunnel did not work."""
        self.assert_fails(verdicts(ping=""), "daemons")
        self.assert_fails(verdicts(left_log=""), "daemons")

    def test_guest(self):
        """The guest did not come to its end."""
        self.assert_fails(verdicts(marks="1 rekey\n"), "guest")


if __name__ == "__main__":
    unittest.main()
