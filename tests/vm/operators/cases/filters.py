# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Filters: the programs as they are loaded with no field of the packet, with one, and with all."""

import lines

from ..common import equal, output_of, said, sums

# What the guest provokes in each run of `filters`.
ALL = {
    ("b", "XfrmInNoStates", "0x00000099", "0x0"): 5,
    ("b", "XfrmInNoStates", "0x00000098", "0x0"): 3,
    ("b", "XfrmOutNoStates", None, "0x7"): 3,
    ("b", "XfrmOutNoStates", None, "0x9"): 2,
    ("a", "XfrmInNoStates", "0x00000097", "0x0"): 4,
}

# By run: which rows of ALL pass the filter.
PASS = {
    "both": lambda row: True,
    "other": lambda row: row[0] == "a",
    "src": lambda row: row[0] == "b" and row[1] == "XfrmInNoStates",
    "dst": lambda row: row[1] == "XfrmOutNoStates",
    "spi": lambda row: row[2] == "0x00000098",
    "mark": lambda row: row[3] == "0x7",
    "bit": lambda row: row[3] in ("0x7", "0x9"),
    "together": lambda row: row[2] == "0x00000099",
    "rate": lambda row: row[2] == "0x00000099",
}


def summary_of(passed):
    """What the summary has to say of ALL if these rows pass: netns, counter -> (kernel, seen, filtered)."""
    found = {}
    for row, n in ALL.items():
        kernel, seen, filtered = found.get(row[:2], (0, 0, 0))
        found[row[:2]] = (kernel + n, seen + n * passed(row), filtered + n * (not passed(row)))
    return found


def judge_filters(folder, names=("both", "spi", "together")):
    """Each run prints what passes its filter and nothing else, and accounts for all that the kernel counted."""
    problems = []
    for name in names:
        passed = PASS[name]
        errors, summary, wrong = output_of(folder, name)
        problems += wrong
        if not summary:
            continue
        problems += equal(f"{name}: lines", sums(errors), {row: n for row, n in ALL.items() if passed(row)})
        problems += equal(f"{name}: summary", said(summary), summary_of(passed)) + lines.incomplete(name, summary)
    return problems
