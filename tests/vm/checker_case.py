# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A run without a fault, and what the checker says of it, for the tests of the checker."""

import copy
import json
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check  # noqa: E402  pylint: disable=wrong-import-position

RECORDS = """\
run main
start init 1 -
scenario drop.4
before drop.4.b 7 -
after drop.4.b 7 -
after drop.4.b 7 XfrmInNoStates 5
EXPECT
netns b drop.4.b
took 12
scenario new.4
skip counter XfrmNew
took 1
stop init 1 -
stop drop.4.b 7 XfrmInNoStates 5
run-end main 0
end
"""

EXPECT = ("expect netns=b counter=XfrmInNoStates n=5 src=10.0.0.1 proto=esp spi=0x00000099 seq=7~9 sport=null "
          "cause=sa-unknown match=nearest~held differs=mark,daddr state.mark=0x1/0xff")
RECORDS = RECORDS.replace("EXPECT", EXPECT)

ERROR = {
    "v": 1, "type": "error", "ts": "2026-11-22T15:03:46.261062368Z", "mono_ns": 1, "counter": "XfrmInNoStates", "n": 3,
    "site": {"function": "xfrm_input", "offset": 4, "module": None}, "netns": {"inum": 7, "name": "drop.4.b"},
    "packet": {"src": "10.0.0.1", "dst": "10.0.0.2", "proto": "esp", "spi": "0x00000099", "seq": 7, "len": 60,
               "mark": "0x0", "ifindex": 2, "ifname": "vb", "sport": None, "dport": None},
    "process": None, "match": "nearest", "differs": ["mark", "daddr"], "state": {"mark": "0x1/0xff"}, "deleted": None,
    "policy": None, "tc": [], "tc_change": None, "cause": "sa-unknown", "why": "because", "advice": "do",
}
LOSS = dict(ERROR, type="loss", counter=None, packets=4, errno=None, cause="too-big", n=2)
READY = {"v": 1, "type": "ready"}
COUNTERS = {"XfrmInNoStates": {"kernel": 5, "seen": 5}}
SUMMARY = {"v": 1, "type": "summary", "netns": [{"inum": 7, "name": "drop.4.b", "counters": COUNTERS}],
           "lost": {"ring": 0, "map_full": 0}, "complete": True}


def good():
    """The lines of a run without a fault: two errors of 3 and 2."""
    second = dict(copy.deepcopy(ERROR), n=2)
    return [READY, copy.deepcopy(ERROR), second, copy.deepcopy(SUMMARY)]


LOSING = RECORDS.replace("netns b", "expect netns=b loss=too-big n=4 packets=4 proto=esp\nnetns b")


def losing():
    """The same, and two lines of losses."""
    lines = good()
    lines[3]["netns"][0]["losses"] = {"too-big": {"n": 4, "packets": 8}}
    return [*lines[:3], copy.deepcopy(LOSS), copy.deepcopy(LOSS), lines[3]]


def judge(lines, text=RECORDS):
    """The verdicts by name."""
    output = "\n".join(json.dumps(one) for one in lines) + "\n"
    return {one.name: one for one in check.judge(text, {"main": output})}


class CheckerCase(unittest.TestCase):
    """Each test breaks one thing."""

    def assert_fails(self, lines, name, words, text=RECORDS):
        """The verdict of that name fails, and says these words."""
        verdict = judge(lines, text)[name]
        self.assertEqual(verdict.word(), "FAIL")
        self.assertIn(words, "\n".join(verdict.problems))
