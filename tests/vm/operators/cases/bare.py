# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The static program in an empty root."""

import lines
from guests import read

from ..common import equal, output_of


def judge_bare(folder):
    """The static program needs no file but itself."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + equal("check", read(folder / "check.code").strip(), "0")
    return problems + equal("errors", sum(one["n"] for one in errors), 5)
