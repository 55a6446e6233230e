# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A full ring buffer."""

from ..common import equal, output_of, said


def judge_ring(folder):
    """What the ring buffer did not hold is called lost, has no line of its own, and is counted to the last one."""
    errors, summary, problems = output_of(folder, "snap")
    problems += equal("summary", said(summary), {("b", "XfrmInNoStates"): (12000, 12000, 0)})
    problems += equal("Σ n", sum(one["n"] for one in errors), 12000)
    lost = summary.get("lost", {})
    problems += equal("complete", summary.get("complete"), False) + equal("lost in maps", lost.get("map_full"), 0)
    own = [one["packet"]["seq"] for one in errors if one["n"] == 1]
    problems += equal("the first packets", own[:100], list(range(1, 101)))
    return problems + ([] if lost.get("ring", 0) + len(own) == 12000 > len(own) else [f"{len(own)} lines, lost {lost}"])
