# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A netns gets the inode number of another one that was asked for."""

import lines
from guests import read

from ..common import equal, output_of, sums


def judge_netns_reused(folder):
    """Errors of the netns that was asked for; of those that got its inode number or its name later they are counted only."""
    errors, summary, problems = output_of(folder, "snap")
    problems += equal("lines", sums(errors), {("b", "XfrmInNoStates", "0x00000099", "0x0"): 3})
    inum = int(read(folder / "inum"))
    rows = sorted((netns["inum"] == inum, row["kernel"], row["seen"], row.get("filtered", 0))
                  for netns in summary["netns"] for row in netns["counters"].values())
    problems += equal("has its number, kernel, seen, filtered", rows, [(False, 5, 0, 5), (True, 3, 3, 0), (True, 4, 0, 4)])
    return problems + lines.incomplete("snap", summary)
