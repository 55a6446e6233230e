# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Many possible processors."""

import lines
from guests import read

from ..common import equal, output_of, said


def judge_many_cpus(folder):
    """Where there may be many processors, each error is counted once, and the sums over all of them prove it."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary)
    possible = int(read(folder / "possible").strip().split("-")[1]) + 1
    problems += [] if possible >= 64 else [f"{possible} possible processors are not many"]
    told = [one["packet"]["seq"] for one in errors if one["packet"]["spi"] == "0x00000099"]
    problems += equal("packets", sorted(told), [*range(100, 150), *range(200, 250)])
    return problems + equal("summary", said(summary), {("b", "XfrmInNoStates"): (100, 100, 0),
                                                       ("gone", "XfrmInNoStates"): (7, 7, 0)})
