# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--count with a filter."""

import lines

from ..common import equal, output_of


def judge_count(folder):
    """It left after two lines that passed the filter; what the kernel counted until then is accounted for."""
    errors, summary, problems = output_of(folder, "snap")
    problems += equal("lines", [(one["packet"]["spi"], one["packet"]["seq"]) for one in errors], [("0x00000098", 1)] * 2)
    problems += equal("filtered", [row.get("filtered") for netns in summary["netns"] for row in netns["counters"].values()], [5])
    return problems + lines.incomplete("snap", summary)
