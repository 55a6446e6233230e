# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A terminal that goes away."""

import re

from guests import read

from ..common import equal


def judge_terminal(folder):
    """It tells of the errors as long as somebody can see it, and ends by itself, with all that it set."""
    screen = read(folder / "screen")
    problems = [] if "XfrmInNoStates" in screen else [f"the terminal showed no error: {screen[-800:]}"]
    if not re.search(r"^ended with [01]$", screen, re.M):
        problems.append(f"it did not end by itself: {screen[-200:]}")
    problems += equal("probes", read(folder / "probes").strip(), "0")
    problems += equal("rcu_expedited", read(folder / "expedited").strip(), "1")  # as the guest had set it
    return problems + equal("pins", read(folder / "pins").split(), [])
