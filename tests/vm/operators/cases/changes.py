# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""--changes with --netns."""

import lines

from ..common import equal, output_of


def judge_changes(folder):
    """Only the change in the netns that was asked for."""
    changes, summary, problems = output_of(folder, "snap")
    problems += equal("changes", [lines.field(one, "state.spi") for one in changes], ["0x00000502"])
    return problems + lines.incomplete("snap", summary)
