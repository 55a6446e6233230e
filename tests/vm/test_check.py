#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that the checker fails where xfrm-snap or a kernel is wrong. Run it with no arguments."""

import copy
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check  # noqa: E402  pylint: disable=wrong-import-position
from checker_case import CheckerCase, ERROR, RECORDS, SUMMARY, good, judge  # noqa: E402  pylint: disable=wrong-import-position


class Checker(CheckerCase):
    """Errors, summaries and kernels."""

    def test_good_run(self):
        """A right run passes; a skipped scenario is no failure."""
        self.assertEqual({name: one.word() for name, one in judge(good()).items()},
                         {"drop.4": "ok", "new.4": "SKIP", "run main": "ok"})
        self.assertEqual([one.problems for one in judge(good()).values()], [[], [], []])

    def test_kernel_counts_less(self):
        """The kernel counted another number than the scenario expected."""
        text = RECORDS.replace("after drop.4.b 7 XfrmInNoStates 5", "after drop.4.b 7 XfrmInNoStates 4")
        words = "counted drop.4.b XfrmInNoStates 4; expected drop.4.b XfrmInNoStates 5"
        self.assert_fails(good(), "drop.4", words, text)

    def test_kernel_counts_another(self):
        """Another counter rose as well."""
        text = RECORDS.replace("expect netns", "after drop.4.b 7 XfrmInError 1\nexpect netns")
        self.assert_fails(good(), "drop.4", "drop.4.b XfrmInError 1", text)

    def test_script_fails(self):
        """The scenario's script failed."""
        text = RECORDS.replace("took 12", "error ended with 2\ntook 12")
        self.assert_fails(good(), "drop.4", "the script ended with 2", text)

    def test_guest_stops(self):
        """The guest did not come to its end."""
        self.assert_fails(good(), "guest", "did not come", RECORDS.replace("\nend\n", "\n"))

    def test_error_missing(self):
        """A line is missing: the sum is too small."""
        lines = good()
        del lines[2]
        self.assert_fails(lines, "drop.4", "{'XfrmInNoStates': 3}, the kernel counted {'XfrmInNoStates': 5}")

    def test_error_twice(self):
        """A line too many."""
        self.assert_fails([*good()[:2], *good()[1:]], "drop.4", "{'XfrmInNoStates': 8}")

    def test_identity(self):
        """A field of the packet is wrong, and the message says which."""
        for key, value in (("src", "10.0.0.9"), ("seq", 8), ("spi", "0x00000098"), ("proto", "ah"), ("src", None)):
            lines = good()
            lines[1]["packet"][key] = value
            self.assert_fails(lines, "drop.4", f"{key} is {'null' if value is None else value}, expected")

    def test_explanation(self):
        """What differs, or the state is wrong."""
        for key, value in (("match", "exact"), ("differs", ["mark"]), ("state", None), ("state", {"mark": "0x2/0xff"})):
            lines = good()
            lines[2][key] = value
            self.assert_fails(lines, "drop.4", f"{key}")

    def test_made_up_zero(self):
        """ESP has no ports: 0 is made up."""
        lines = good()
        lines[1]["packet"]["dport"] = 0
        self.assert_fails(lines, "run main", "packet.dport is 0, but esp has none")

    def test_ports_around_esp(self):
        """ESP in UDP has the ports of the UDP around it."""
        lines = good()
        lines[1]["packet"].update(dport=4500, encap="udp")
        self.assertEqual(judge(lines)["run main"].problems, [])

    def test_spi_of_udp(self):
        """UDP has no SPI."""
        lines = good()
        lines[1]["packet"]["proto"] = "udp"
        self.assert_fails(lines, "run main", "packet.spi is 0x00000099, but udp has none")

    def test_seq_of_ipcomp(self):
        """IPComp has an SPI and no sequence number."""
        lines = good()
        lines[1]["packet"].update(proto="comp", spi="0x00000c01")
        self.assert_fails(lines, "run main", "packet.seq is 7, but comp has none")
        lines[1]["packet"]["seq"] = None
        self.assertEqual(judge(lines)["run main"].problems, [])

    def test_not_built(self):
        """What is not built yet is not asked for."""
        lines = good()
        lines[1].update(tc=None)
        self.assertEqual(judge(lines)["drop.4"].problems, [])

    def test_cause(self):
        """Another cause than expected, or none; a sentence without the value."""
        for cause in ("sa-deleted", "unknown", None):
            lines = good()
            lines[1]["cause"] = cause
            self.assert_fails(lines, "drop.4", f"cause is {cause or 'null'}, expected sa-unknown")
        for key in ("cause", "why", "advice"):
            lines = good()
            lines[1][key] = None
            self.assert_fails(lines, "run main", f"{key} is None, not a text")

    def test_holds(self):
        """Texts that a sentence is to hold."""
        text = RECORDS.replace("cause=sa-unknown", "why=*mark_0x20*wants_mark_0xd00/0xf00")
        for why, good_one in (("it wants mark 0xd00/0xf00, it has mark 0x20", True), ("it has mark 0x20", False)):
            lines = good()
            for line in lines[1:3]:
                line["why"] = why
            self.assertEqual(judge(lines, text)["drop.4"].word(), "ok" if good_one else "FAIL")

    def test_range(self):
        """A number from one to another."""
        text = RECORDS.replace("seq=7~9", "seq=5..7")
        self.assertEqual(judge(good(), text)["drop.4"].problems, [])
        for seq in (4, 8, "7", None):
            lines = good()
            lines[1]["packet"]["seq"] = seq
            self.assert_fails(lines, "drop.4", "expected 5..7", text)

    def test_form(self):
        """A field is missing, or of another form."""
        for change, words in ((lambda one: one.pop("cause"), "cause is missing"),
                              (lambda one: one.update(n=0), "n is 0"),
                              (lambda one: one["netns"].pop("inum"), "netns.inum is null"),
                              (lambda one: one["packet"].update(mark=3), "packet.mark is 3"),
                              (lambda one: one["packet"].update(spi="0x99"), "packet.spi is '0x99'"),
                              (lambda one: one.update(process={"pid": 1}), "without pid and comm")):
            lines = good()
            change(lines[1])
            self.assert_fails(lines, "run main", words)

    def test_inum(self):
        """The namespace's number is another one's."""
        lines = good()
        lines[1]["netns"]["inum"] = 8
        self.assert_fails(lines, "drop.4", "netns.inum is {8, 7}, expected 7")

    def test_order(self):
        """ready is not first, or summary not last, or one is missing."""
        ready, one, two, summary = good()
        for lines in ([one, ready, two, summary], [ready, one, summary, two], [ready, one, two], [one, two, summary],
                      [ready, ready, one, two, summary]):
            self.assert_fails(lines, "run main", "expected ready first and summary last")

    def test_summary(self):
        """The summary is wrong about the kernel, about what was seen, or says that something is missing."""
        for pair in ({"kernel": 4, "seen": 5}, {"kernel": 5, "seen": 4}, {"kernel": None, "seen": 5}):
            lines = good()
            lines[3]["netns"][0]["counters"]["XfrmInNoStates"] = pair
            self.assert_fails(lines, "run main", f"kernel {pair['kernel']}, seen {pair['seen']}; the kernel counted 5")
        for key, value in (("complete", False), ("lost", {"ring": 1, "map_full": 0}), ("netns", [])):
            lines = good()
            lines[3][key] = value
            self.assert_fails(lines, "run main", "summary: ")

    def test_summary_of_deleted_netns(self):
        """A namespace that is gone may have no kernel value, but what was seen must be right."""
        text = RECORDS.replace("stop drop.4.b 7 XfrmInNoStates 5\n", "")
        lines = good()
        lines[3]["netns"][0]["counters"]["XfrmInNoStates"]["kernel"] = None
        self.assertEqual(judge(lines, text)["run main"].problems, [])
        lines[3]["netns"][0]["counters"]["XfrmInNoStates"]["seen"] = 4
        self.assert_fails(lines, "run main", "seen 4; the kernel counted 5", text)

    def test_error_elsewhere(self):
        """An error in a namespace whose counters are flat."""
        lines = good()
        lines[2]["netns"]["name"] = "other"
        self.assert_fails(lines, "run main", "errors in other, where the kernel counted nothing")

    def test_error_in_init(self):
        """An error in the first namespace, whose counters are flat."""
        lines = [*good()[:3], dict(copy.deepcopy(ERROR), netns={"inum": 1, "name": "init"}), SUMMARY]
        self.assert_fails(lines, "run main", "init: the error lines add up to {'XfrmInNoStates': 3}")

    def test_exit_code(self):
        """xfrm-snap ended with an error, or was not ready."""
        self.assert_fails(good(), "run main", "ended with 1", RECORDS.replace("run-end main 0", "run-end main 1"))
        text = RECORDS.replace("scenario drop", "snap-error main is not ready\nscenario drop")
        self.assert_fails(good(), "run main", "not ready", text)

    def test_no_output(self):
        """xfrm-snap said nothing, or no JSON."""
        self.assert_fails([], "run main", "said nothing")
        verdicts = {one.name: one for one in check.judge(RECORDS, {"main": "hello\n[]\n"})}
        self.assertIn("line 1 is no JSON", verdicts["run main"].problems[0])
        self.assertIn("line 2 is no object", verdicts["run main"].problems[1])


if __name__ == "__main__":
    unittest.main()
