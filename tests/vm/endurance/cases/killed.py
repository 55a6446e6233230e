# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Violent death."""

from collections import Counter

import lines
from guests import read

from ..common import equal, parts, readings, sums


def judge_killed(folder):
    """No moment of death leaves a probe or a changed switch; the next run replaces its pins, and is complete."""
    errors, summary, problems = parts(folder, "snap")
    deaths = [line.split() for line in read(folder / "probes").splitlines()]
    problems += [f"killed at {moment}, it left {left} probes" for moment, _, left in deaths if int(left)]
    if len(deaths) != 10 or sum(int(probes) > 0 for _, probes, _ in deaths) < 3:
        problems.append(f"of the deaths {deaths} fewer than three came when there were probes")
    before, after = (Counter(read(folder / f"switches-{when}").splitlines()) for when in ("before", "after"))
    problems += equal("switches", after, before) + ([] if len(before) > 4 else [f"switches: {before}"])
    problems += judge_together(folder)
    problems += equal("pins at the end", Counter(read(folder / "pins-at-end").splitlines()), Counter())
    text = read(folder / "counters")
    problems += equal("Σ n", sums(errors), readings(text, "after") - readings(text, "before"))
    problems += equal("seen", sums(errors), {"XfrmInNoStates": 20}) + lines.incomplete("snap", summary)
    return problems + equal("probes at the end", Counter(read(folder / "probes-at-end").splitlines()), Counter())


def judge_together(folder):
    """Killed with its group or cgroup it leaves no switch turned; killed with the child that turns them, until the next start."""
    states = dict(line.split(maxsplit=1) for line in read(folder / "together").splitlines())
    problems = equal("killed together: cgroup", {"cgroup": states.pop("cgroup", "0 1")}, {"cgroup": "0 1"})  # since 5.14
    problems += equal("killed together", states, {"group": "0 1", "all": "1 0", "check": "0 0 1"})
    said = "left /sys/kernel/rcu_expedited at 1: turned back"
    return problems + ([] if said in read(folder / "check") else [f"check said {read(folder / 'check')}"])
