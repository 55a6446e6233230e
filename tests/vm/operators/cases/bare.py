# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The static program in an empty root."""

import lines
from guests import read

from .. import prometheus
from ..common import equal, output_of


def judge_bare(folder):
    """The static program needs no file but itself, and no call that its lists refuse."""
    errors, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + equal("check", read(folder / "check.code").strip(), "0")
    problems += equal("errors", sum(one["n"] for one in errors), 5)
    found = prometheus.samples(read(folder / "page"))
    problems += equal("numbers", prometheus.total(found, "xfrm_snap_errors_total"), 5)
    for what in ("states", "policies", "errors"):
        problems += equal(f"show {what}", (read(folder / f"{what}.code").strip(), read(folder / f"{what}.err")), ("0", ""))
    return problems + equal("complaints", read(folder / "snap.err").count("Operation not permitted"), 0)
