# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Does the schema refuse what is no line of xfrm-snap?"""

import unittest

import schema

READY = {"v": 1, "type": "ready", "kernel": "6.12", "sites": {"found": 59, "attached": 59}, "netns": 1, "states": 0,
         "policies": 0, "tc": None, "elapsed_ms": 400}
SUMMARY = {"v": 1, "type": "summary", "lost": {"ring": 0, "map_full": 0}, "problems": [], "complete": True, "netns": [
    {"inum": 1, "name": "b", "counters": {"XfrmInNoStates": {"kernel": 5, "seen": 3, "filtered": 2}}}]}


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

    def test_what_is_missing_or_of_another_type_is_found(self):
        """One problem each."""
        self.assertEqual(len(schema.problems({key: value for key, value in READY.items() if key != "kernel"})), 1)
        self.assertEqual(len(schema.problems(READY | {"tc": "none"})), 1)
        self.assertEqual(len(schema.problems(SUMMARY | {"complete": 1})), 1)

    def test_made_up_zeros_are_found(self):
        """`filtered` and `uncertain` are left out where they are 0."""
        counters = {"XfrmInNoStates": {"kernel": 5, "seen": 5, "filtered": 0}}
        self.assertEqual(len(schema.problems(SUMMARY | {"netns": [{"inum": 1, "name": "b", "counters": counters}]})), 1)


if __name__ == "__main__":
    unittest.main()
