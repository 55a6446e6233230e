#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that the comparison of tc's lists fails where a row is missing, wrong or one too many."""

import copy
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tc import judge, kernel  # noqa: E402  pylint: disable=wrong-import-position

QDISC = {"kind": "clsact", "handle": "ffff:", "dev": "d0", "parent": "ffff:fff1", "options": {}}
ROOT = {"kind": "prio", "handle": "1:", "dev": "d0", "root": True, "refcnt": 2, "options": {}}
HEAD = {"protocol": "all", "pref": 1, "kind": "bpf", "chain": 0}
BPF = dict(HEAD, options={"handle": "0x1", "bpf_name": "p1:[*fsobj]", "direct-action": True,
                          "prog": {"id": 5, "name": "mark_d00", "tag": "0123456789abcdef"}})
U32 = {"parent": "1:", "protocol": "ip", "pref": 7, "kind": "u32", "chain": 0, "options": {"fh": "800::800"}}


def row(what, **fields):
    """A line of show."""
    made = {"ifname": "d0", "what": what, "kind": "bpf", "parent": "ffff:fff2", "direction": "ingress", "protocol": None,
            "pref": None, "chain": None, "handle": None, "prog": None, "direct_action": None, "link": None,
            "position": None, "label": None, "refcnt": None}
    return {"v": 1, "type": "tc", "netns": {"inum": 7, "name": "a"}, "tc": made | fields}


BPFTOOL = [{"xdp": [], "tc": [{"devname": "d0", "ifindex": 2, "kind": "clsact/ingress", "name": "p1:[*fsobj]", "id": 5}]}]

SHOWN = [
    row("qdisc", kind="clsact", handle="ffff:", parent="ffff:fff1", refcnt=1),
    row("qdisc", kind="prio", handle="1:", parent="root", refcnt=2),
    row("filter", protocol="all", pref=1, chain=0, handle="0x1", label="p1:[*fsobj]", direct_action=True,
        prog={"id": 5, "name": "mark_d00", "tag": "0123456789abcdef"}),
    row("filter", kind="u32", parent="1:", direction="egress", protocol="ip", pref=7, chain=0, handle="800::800"),
    row("tcx", kind="tcx", position=0, prog={"id": 6}, link=3),
]


class Comparing(unittest.TestCase):
    """Each test breaks one thing."""

    def problems(self, shown, bpftool=None):
        """What the comparison says of these lines."""
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            netns = folder / "a"
            netns.mkdir()
            lists = {"qdisc": [QDISC, ROOT], "ingress.d0": [HEAD, BPF], "egress.d0": [], "root.d0": [U32]}
            for path, value in lists.items():
                (netns / path).write_text(json.dumps(value))
            (netns / "tcx_ingress.d0").write_text("6 3\n")
            (netns / "inum").write_text("7\n")
            (netns / "bpftool").write_text(json.dumps(BPFTOOL if bpftool is None else bpftool))
            return kernel.compare(folder, shown)

    def test_equal(self):
        """All is there."""
        self.assertEqual(self.problems(SHOWN), ([], 5))

    def test_missing(self):
        """A row is missing."""
        for at in range(len(SHOWN)):
            problems = self.problems(SHOWN[:at] + SHOWN[at + 1:])[0]
            self.assertIn("only the kernel has", problems[0])
            self.assertEqual(len(problems), 2 if at == 2 else 1)  # bpftool has the filter, too

    def test_bpftool(self):
        """What bpftool lists counts."""
        for bpftool in ([], [{"tc": []}], [{"tc": BPFTOOL[0]["tc"] + [dict(BPFTOOL[0]["tc"][0], id=6)]}]):
            [problem] = self.problems(SHOWN, bpftool)[0]
            self.assertIn("bpftool has", problem)

    def test_too_many(self):
        """A row is there that the kernel has not, or twice."""
        other = copy.deepcopy(SHOWN[2])
        other["tc"]["handle"] = "0x2"
        self.assertIn("only xfrm-snap has", self.problems(SHOWN + [other])[0][0])
        self.assertEqual(self.problems(SHOWN + SHOWN[:1])[0], ["a: xfrm-snap has rows twice"])

    def test_wrong(self):
        """Each field counts."""
        for at, field, value in ((0, "handle", "1:"), (1, "refcnt", 3), (2, "pref", 2), (2, "direct_action", False),
                                 (2, "prog", {"id": 6}), (2, "parent", "ffff:fff3"), (3, "handle", "800::801"),
                                 (3, "protocol", "ipv6"), (4, "position", 1), (4, "link", None), (4, "prog", {"id": 5})):
            shown = copy.deepcopy(SHOWN)
            shown[at]["tc"][field] = value
            seen_by_bpftool = at == 2 and field in ("prog", "parent")
            self.assertEqual(len(self.problems(shown)[0]), 3 if seen_by_bpftool else 2, (at, field))


EVENT = {"counter": "XfrmInNoStates", "n": 1, "netns": {"name": "c.b"}, "match": "nearest", "differs": ["mark"],
         "packet": {"spi": "0x00000101", "mark": "0x0", "ifname": "vb"},
         "state": {"spi": "0x00000101", "mark": "0xd00/0xf00"}, "tc_change": {"op": "delete"},
         "tc": [{"ifname": "vb", "direction": "ingress", "kind": "bpf", "prog": {"name": "mark_d00"},
                 "removed": {"by": {"comm": "tc"}, "how": "netlink", "ago_ms": 5}}]}
RECORDS = {"kept cls_bpf": ["0", "3"], "lost cls_bpf": ["1"]}


class Cause(unittest.TestCase):
    """The event that explains a program that went."""

    def test_good(self):
        """All is said."""
        self.assertEqual(judge.judge_lost("cls_bpf", EVENT, RECORDS).problems, [])

    def test_bad(self):
        """Each part of it counts."""
        for change in ({"tc": []}, {"differs": ["mark", "daddr"]}, {"state": None}, {"tc_change": None}, {"match": "none"},
                       {"tc": [dict(EVENT["tc"][0], removed={"by": None, "how": "netlink", "ago_ms": 5})]},
                       {"tc": [dict(EVENT["tc"][0], removed={"by": {"comm": "tc"}, "how": "netlink", "ago_ms": None})]}):
            self.assertTrue(judge.judge_lost("cls_bpf", EVENT | change, RECORDS).problems, change)
        self.assertTrue(judge.judge_lost("cls_bpf", EVENT, RECORDS | {"kept cls_bpf": ["1", "2"]}).problems)
        self.assertTrue(judge.judge_lost("cls_bpf", EVENT, RECORDS | {"lost cls_bpf": ["0"]}).problems)


if __name__ == "__main__":
    unittest.main()
