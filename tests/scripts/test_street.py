# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Tests that no header is included from further down the street, see docs/architecture.md."""

import pathlib
import re
import unittest

USER = pathlib.Path(__file__).resolve().parents[2] / "user"
INCLUDES = re.compile(r'^#include "\.\./(\w+)/', re.M)
MAY_INCLUDE = {
    "model": set(),
    "sys": {"model"},
    "resolve": {"model"},
    "attach": {"model", "sys", "resolve"},
    "decode": {"model"},
    "collect": {"model", "sys", "resolve", "attach", "decode"},
    "diagnose": {"model", "decode"},
    "render": {"model", "resolve", "diagnose"},
    "cli": {"model", "sys", "resolve", "attach", "decode", "collect", "diagnose", "render"},
}


def arrows():
    """(from, to, file) of every include that leaves its folder."""
    for path in sorted(USER.glob("*/*.[ch]pp")):
        for goal in INCLUDES.findall(path.read_text()):
            yield path.parent.name, goal, path.relative_to(USER)


class Street(unittest.TestCase):
    """Includes between the folders of user/."""

    def test_every_folder_has_its_place(self):
        """A new folder is on the street, too."""
        self.assertEqual({path.parent.name for path in USER.glob("*/*.cpp")}, set(MAY_INCLUDE))

    def test_includes(self):
        """Nothing includes what comes after it."""
        self.assertGreater(len(list(arrows())), 100)
        self.assertEqual([f"{file} includes {goal}" for place, goal, file in arrows() if goal not in MAY_INCLUDE[place]], [])


if __name__ == "__main__":
    unittest.main()
