# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Errors in the interrupts of errors."""

import lines
from guests import read

from ..common import equal, output_of, said


def judge_interrupted(folder):
    """No probe's program is interrupted by the errors of an interrupt, which the kernel would pass over; not either once
    another run has ended that had turned the switch."""
    _, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary)
    problems += equal("kprobes-optimization", read(folder / "switches").split()[0], "0")
    problems += equal("kprobes-optimization after the run", read(folder / "after").strip(), "1")
    return problems + equal("summary", said(summary), {("b", "XfrmInNoStates"): (3000, 3000, 0),
                                                       ("b", "XfrmOutNoStates"): (60000, 60000, 0)})
