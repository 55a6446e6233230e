# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Does the schema refuse what is no line of xfrm-snap?"""

import unittest

import schema

READY = {"v": 1, "type": "ready", "kernel": "6.12", "sites": {"found": 59, "attached": 59},
         "loss_sites": {"found": 25, "attached": 24}, "netns": 1, "states": 0, "policies": 0, "tc": None, "elapsed_ms": 400}
SUMMARY = {"v": 1, "type": "summary", "lost": {"ring": 0, "map_full": 0}, "problems": [], "complete": True, "netns": [
    {"inum": 1, "name": "b", "counters": {"XfrmInNoStates": {"kernel": 5, "seen": 3, "filtered": 2}},
     "losses": {"gso-tail": {"n": 1, "packets": 11}, "too-big": {"n": 3, "packets": None}}}]}
LOSS = {"v": 1, "type": "loss", "ts": "2026-11-22T15:03:46.261062368Z", "mono_ns": 1, "counter": None, "n": 1, "packets": 11,
        "direction": "out", "cpu": 0, "site": None, "netns": {"inum": 1, "name": "b"}, "packet": None, "looked_up": None,
        "process": {"pid": 12, "comm": "curl"}, "match": None, "differs": None, "state": None, "deleted": None,
        "policy": None, "other_policy": None, "near_policy": None, "tc": None, "evidence": None, "cause": "default-block",
        "why": "No policy.", "advice": "Add one.", "errno": "EPERM"}
PLACES = [{"v": 1, "type": "loss-site", "loss": "too-big", "function": "__icmp_send", "offset": 4, "module": None,
           "place": "rdi"},
          {"v": 1, "type": "absent-loss", "loss": "too-big", "file": "net/ipv4/icmp.c", "function": "__icmp_send",
           "why": "the kernel has no such function"}]


@unittest.skipIf(schema.jsonschema is None, "jsonschema is not installed: sudo make deps NEEDS=extra")
class Schema(unittest.TestCase):
    """Lines right and wrong."""

    def test_the_schema_is_one(self):
        """By the rules of its draft."""
        schema.jsonschema.Draft202012Validator.check_schema(schema.SCHEMA)

    def test_right_lines(self):
        """Nothing is found."""
        self.assertEqual(schema.problems(READY), [])
        self.assertEqual(schema.problems(SUMMARY), [])
        self.assertEqual(schema.problems(LOSS), [])
        for place in PLACES:
            self.assertEqual(schema.problems(place), [])

    def test_what_is_missing_or_of_another_type_is_found(self):
        """One problem each."""
        self.assertEqual(len(schema.problems({key: value for key, value in READY.items() if key != "kernel"})), 1)
        self.assertEqual(len(schema.problems(READY | {"tc": "none"})), 1)
        self.assertEqual(len(schema.problems(SUMMARY | {"complete": 1})), 1)
        self.assertEqual(len(schema.problems({key: value for key, value in LOSS.items() if key != "packets"})), 1)
        self.assertEqual(len(schema.problems(LOSS | {"counter": "XfrmInError"})), 1)
        self.assertEqual(len(schema.problems(PLACES[0] | {"loss": None})), 1)

    def test_made_up_zeros_are_found(self):
        """`filtered` and `uncertain` are left out where they are 0; no loss stands for no packet."""
        self.assertEqual(len(schema.problems(LOSS | {"packets": 0})), 1)
        counters = {"XfrmInNoStates": {"kernel": 5, "seen": 5, "filtered": 0}}
        self.assertEqual(len(schema.problems(SUMMARY | {"netns": [{"inum": 1, "name": "b", "counters": counters, "losses": {}}]})), 1)


if __name__ == "__main__":
    unittest.main()
