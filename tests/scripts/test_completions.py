# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Do the shells accept the completions, and does bash offer what it should?"""

import pathlib
import shutil
import subprocess
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
BASH = TOP / "docs/completions/xfrm-snap.bash"


def offered(*words):
    """What bash offers for the last word."""
    script = f'. {BASH}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _xfrm_snap; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", script, "bash", "xfrm-snap", *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


class Completions(unittest.TestCase):
    """bash and zsh."""

    def test_commands_and_options_come_first(self):
        """Nothing is typed yet."""
        first = offered("")
        for word in ("trace", "show", "check", "probes", "--json", "--counter", "-c", "--help"):
            self.assertIn(word, first)

    def test_the_command_decides_which_options_there_are(self):
        """Options of tracing are not offered behind show."""
        self.assertIn("--statistics", offered("show", "--s"))
        self.assertNotIn("--stack", offered("show", "--s"))
        self.assertEqual(offered("show", "p"), ["policies"])
        self.assertNotIn("show", offered("trace", ""))
        self.assertEqual(offered("show", "e"), ["errors"])
        self.assertEqual(offered("show", "--sort", ""), ["count", "last"])

    def test_explain_takes_a_counter(self):
        """Its argument is not one of a few words of its own."""
        self.assertEqual(offered("explain", "XfrmInNoS"), ["XfrmInNoStates"])
        self.assertEqual(offered("explain", "--m"), ["--markdown"])

    def test_values_of_options(self):
        """Words that an option takes."""
        self.assertEqual(offered("--color", ""), ["auto", "always", "never"])
        self.assertEqual(offered("--counter", "XfrmInNoS"), ["XfrmInNoStates"])
        self.assertEqual(offered("--rate", ""), [])

    def test_zsh_can_read_its_file(self):
        """Syntax alone."""
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        subprocess.run(["zsh", "-n", TOP / "docs/completions/_xfrm-snap"], check=True)

    def test_man_finds_nothing_to_warn_of(self):
        """The manual page is correct roff."""
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-ww", "-z", TOP / "docs/xfrm-snap.8"], capture_output=True, text=True,
                              check=True)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
