# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""What tests/run counts and shows again of a suite's output."""

import contextlib
import io
import pathlib
import runpy
import unittest

RUN = runpy.run_path(str(pathlib.Path(__file__).resolve().parents[1] / "run"))


class Run(unittest.TestCase):
    """The forms in which suites speak."""

    def test_failures_of_guests(self):
        """A verdict's line with its reasons, and no other."""
        said = "ok 7.x one\nFAIL 7.x two\n    wanted 1\n    got 2\nok 7.x three\n# 7.x: 3 s\n1 passed, 1 failed, 0 skipped\n"
        self.assertEqual(RUN["failures"](said), ["FAIL 7.x two", "    wanted 1", "    got 2"])
        self.assertEqual(RUN["counts"](said, 1), (1, 1, 0))

    def test_failures_of_doctest(self):
        """The failed check, with its values."""
        said = "TEST CASE:  names\na.cpp:7: ERROR: CHECK( a == b ) is NOT correct!\n  values: CHECK( 1 == 2 )\n" + \
            "[doctest] test cases: 2 | 1 passed | 1 failed | 0 skipped\n"
        self.assertEqual(RUN["failures"](said), ["a.cpp:7: ERROR: CHECK( a == b ) is NOT correct!", "  values: CHECK( 1 == 2 )"])
        self.assertEqual(RUN["counts"](said, 1), (1, 1, 0))

    def test_failures_of_unittest(self):
        """The test that failed."""
        said = "FAIL: test_a (test_b.C.test_a)\n-----\nRan 3 tests in 0.1s\n\nFAILED (failures=1)\n"
        self.assertEqual(RUN["failures"](said), ["FAIL: test_a (test_b.C.test_a)"])
        self.assertEqual(RUN["counts"](said, 1), (2, 1, 0))

    def test_failures_that_nobody_names(self):
        """The end of the output, where it says nothing that is known."""
        said = "".join(f"line {i}\n" for i in range(50))
        self.assertEqual(RUN["failures"](said)[-1], "line 49")
        self.assertEqual(len(RUN["failures"](said)), 20)
        self.assertEqual(RUN["counts"](said, 2), (0, 1, 0))

    def test_longest_first(self):
        """By the last time's seconds; what never ran comes first, and the table's order decides among equals."""
        suites = [(name, []) for name in ("short", "new", "long", "newer")]
        order = [name for name, _ in RUN["longest_first"](suites, {"short": 1.5, "long": 20})]
        self.assertEqual(order, ["new", "newer", "long", "short"])

    def test_times(self):
        """The longest first."""
        self.assertEqual(RUN["times"]([("a", 3.2), ("b", 120.6)]), ["     121 s  b", "       3 s  a"])

    def test_usage(self):
        """A word that nobody knows runs nothing."""
        with contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(RUN["main"](["chekc"]), 2)
        self.assertIn("usage: tests/run ", said.getvalue())

    def test_modes(self):
        """What CI plays on other kernels is fetched for it, and a release's tests have the kernel by clang, too."""
        alone, busy, idle = RUN["MODES"]["kernels-scenarios"]
        self.assertEqual(alone[0][1][1:], ["6.12-rt", "6.12-bookworm"])
        self.assertEqual([busy, [name for name, _ in idle]], [[], ["scenarios"]])
        alone, busy, _ = RUN["MODES"]["kernels"]
        self.assertEqual([name for name, _ in busy], ["scenarios", "states and policies", "tc"])
        self.assertTrue(all({*alone[0][1][1:], "6.12-clang"} <= set(command) for _, command in busy))


if __name__ == "__main__":
    unittest.main()
