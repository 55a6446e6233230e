# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""xfrm-snap starts in the middle of a storm."""

from guests import Verdict

from ..storms import after_storm


def judge_race(folder):
    """The mirror is what the kernel says; what came before the start is no matter of this run."""
    return [Verdict("race", after_storm(folder)[-1])]
