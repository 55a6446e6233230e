# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Modules that come and go."""

from collections import Counter

from guests import read

from ..common import equal, named_loss, parts, readings, summary_sums


def judge_modules(folder):
    """The summary is complete, or says what was missed; all that was seen is on lines."""
    errors, summary, problems = parts(folder, "snap")
    text = read(folder / "counters")
    kernel = readings(text, "after") - readings(text, "before")
    problems += equal("the summary's kernel", summary_sums(summary, "kernel"), kernel) + named_loss(summary, errors)
    if kernel["XfrmInStateModeError"] != 30 or len(read(folder / "probed").split()) != 2:
        problems.append(f"the kernel counted {dict(kernel)}, probes were set in turns {read(folder / 'probed').split()}; "
                        "expected 30 XfrmInStateModeError, and probes in two turns")
    return problems + equal("probes at the end", Counter(read(folder / "probes").splitlines()), Counter())
