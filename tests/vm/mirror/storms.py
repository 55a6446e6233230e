# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Checks of the mirror after very many changes at once."""

from .common import answer, check_complete, output_of, read
from .lists import compare_all, compare_json


def after_storm(folder):
    """The lines, the states that show gave, the number of errors told, and problems: the mirror is what the kernel says."""
    version = read(folder.parent / "ip-version")
    output, problems = output_of(folder, "snap")
    found, more = answer(folder, "states.json")
    problems += more + compare_json(folder, found) + compare_all(folder, "states-s", "states-s", version)
    problems += check_complete(output, turns=True)
    said = sum(one["n"] for one in output if one.get("type") == "error")
    if len(found) < 5000 or not said:
        problems.append(f"only {len(found)} states and {said} errors: that is no storm")
    return found, said, problems
