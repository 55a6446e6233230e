# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What tests/compilers says of an image: nothing that is missing, invented or wrong passes."""

import importlib
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "compilers"))
truth = importlib.import_module("steps.truth")
verdict = importlib.import_module("steps.verdict")

NOTHING = {"skb": None, "flow": None}
SKB = {"skb": {"place": "rdi"}, "flow": None}
SOURCE = """\
static int helper(struct net *net)
{
	return 1;
}

int xfrm_input(struct sk_buff *skb, int nexthdr)
{
	if (nexthdr)
		XFRM_INC_STATS(net,
			       LINUX_MIB_XFRMINERROR);
	return 0;
}

void late(struct net *net)
{
	XFRM_INC_STATS(net, net ? LINUX_MIB_XFRMINNOPOLS : LINUX_MIB_XFRMINPOLERROR);
	struct sk_buff *skb;
}
"""


def place(offset, counters="XfrmInError", packet=True):
    """One of the truth."""
    return truth.Place("f", offset, counters, "net/xfrm/a.c:1 f", packet)


def site(offset, operands, counter="XfrmInError", **more):
    """A line of probes --json."""
    return {"type": "site", "function": "f", "offset": offset, "counter": counter, "operands": operands, "callers": 0,
            "marked": False, **more}


class Judge(unittest.TestCase):
    """Verdicts."""

    def judge(self, places, sites, complaints=()):
        """The line and the faults."""
        made = verdict.judge(places, sites, complaints)
        return made.text().split(",")[0], made.faults

    def test_all_is_right(self):
        """Also a site whose flow a caller has, or a mark noted."""
        sites = [site(1, SKB), site(2, NOTHING, callers=1), site(3, NOTHING, marked=True)]
        self.assertEqual(self.judge([place(1), place(2), place(3)], sites), ("3 of 3 found", []))

    def test_missing(self):
        """A place without a site."""
        self.assertEqual(self.judge([place(1), place(2)], [site(1, SKB)]),
                         ("1 of 2 found", ["missing: f+0x2 XfrmInError, net/xfrm/a.c:1 f"]))

    def test_invented(self):
        """A site where the source has nothing; not one that the compiler made of several lines."""
        faults = ["invented: f+0x2 XfrmInError"]
        self.assertEqual(self.judge([place(1)], [site(1, SKB), site(2, SKB)]), ("1 of 1 found", faults))
        made = verdict.judge([place(1), place(2, truth.MERGED)], [site(1, SKB), site(2, SKB)], [])
        self.assertEqual((made.merged, made.faults), (1, []))

    def test_wrong_counter(self):
        """Where the source names one or several."""
        self.assertEqual(self.judge([place(1)], [site(1, SKB, "XfrmInNoPols")])[1],
                         ["wrong counter: f+0x1 XfrmInNoPols, in the source XfrmInError, net/xfrm/a.c:1 f"])
        self.assertEqual(self.judge([place(1, "XfrmInError|XfrmInNoPols")], [site(1, SKB, "XfrmInNoPols")])[1], [])

    def test_no_packet(self):
        """A fault where the source has one."""
        self.assertEqual(self.judge([place(1)], [site(1, NOTHING)])[1], ["no packet: f+0x1 XfrmInError, net/xfrm/a.c:1 f"])
        made = verdict.judge([place(1, packet=False)], [site(1, NOTHING)], [])
        self.assertEqual((made.without, made.faults), (1, []))

    def test_complaints(self):
        """What the program says on stderr is a fault."""
        self.assertEqual(self.judge([place(1)], [site(1, SKB)], ["f+1 may count"])[1], ["it complains: f+1 may count"])


class Truth(unittest.TestCase):
    """What the source says of a line."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        (folder / "a.c").write_text(SOURCE)
        (folder / "net/xfrm").mkdir(parents=True)
        (folder / "net/xfrm/xfrm_proc.c").write_text('SNMP_MIB_ITEM("XfrmInError", LINUX_MIB_XFRMINERROR),\n')
        self.source = truth.Source(folder)

    def place(self, *chain):
        """Of an instruction with these frames, innermost first."""
        return truth.place(self.source, chain, "f", 7)

    def test_a_statement_of_two_lines(self):
        """Either may be what the compiler names."""
        for line in (9, 10):
            self.assertEqual(self.place(("xfrm_input", "a.c", line)),
                             truth.Place("f", 7, "XfrmInError", "a.c:9 xfrm_input", True))

    def test_a_choice(self):
        """Both counters; a packet that is named later is none."""
        self.assertEqual(self.place(("late", "a.c", 16)),
                         truth.Place("f", 7, "XFRMINNOPOLS|XFRMINPOLERROR", "a.c:16 late", False))

    def test_inlined(self):
        """The packet may be the outer function's."""
        self.assertTrue(self.place(("late", "a.c", 16), ("xfrm_input", "a.c", 11)).packet)

    def test_other_lines(self):
        """Nothing, unless the compiler cannot say the line."""
        self.assertIsNone(self.place(("helper", "a.c", 3)))
        self.assertIsNone(self.place(("xfrm_input", "a.c", 11)))
        self.assertEqual(self.place(("helper", "a.c", 0)).counters, truth.MERGED)

    def test_saved_and_read(self):
        """They come back."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.truth"
            places = [place(1), place(2, truth.MERGED, False)]
            truth.write(places, path)
            self.assertEqual(truth.read(path), places)


if __name__ == "__main__":
    unittest.main()
