# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Least privilege of a run that is ready."""

import re
from collections import Counter

import lines
from guests import read

from ..common import equal, output_of

KEPT = 1 << 19 | 1 << 34 | 1 << 38 | 1 << 39  # SYS_PTRACE, SYSLOG, PERFMON, BPF, as linux/capability.h numbers them
RESERVE = 1 << 12 | 1 << 21  # NET_ADMIN, SYS_ADMIN


def judge_privileges(folder):
    """Once ready the process has no capability and is root no more, nor is its server; one thread keeps six, two of them in
    reserve, for what it still has to do; nobody else may read its maps. Each has the start's filter, and one of its work."""
    told, summary, problems = output_of(folder, "snap")
    problems += lines.incomplete("snap", summary) + judge_later(folder, told)
    threads = sorted(tuple(line.split()) for line in read(folder / "threads").splitlines())
    nobody = ("64815", 0, 0, 0)  # user; permitted, effective, bounding
    wanted = [("first", *nobody), ("other", "0", KEPT | RESERVE, KEPT, KEPT | RESERVE), ("other", *nobody)]
    problems += equal("its threads", threads, [(*(f"{one:016x}" if isinstance(one, int) else one for one in words), "1", "2", "2")
                                               for words in wanted])  # no new privileges, seccomp: two filters
    problems += [] if "\nxfrm_snap_netns " in read(folder / "page") else ["no numbers from behind the filter"]
    shown = read(folder / "shown")
    problems += equal("show without CAP_SYS_ADMIN: exit code", read(folder / "shown.code").strip(), "0")
    problems += [] if re.search(r"\bdev if\d+\b", shown) else [f"show without CAP_SYS_ADMIN: {shown}"]
    modes = [line.split() for line in read(folder / "modes").splitlines()]
    problems += [f"{name} has the mode {mode}" for mode, name in modes if mode not in ("600", "700")]
    return problems + ([] if len(modes) >= 6 else [f"pins: {modes}"])


def judge_later(folder, told):
    """What came after the capabilities went: a netns that only another user's process holds, a migration, the end."""
    netns = Counter()
    for one in told:
        if one["type"] == "error":
            netns[one["netns"]["name"]] += one["n"]
    problems = equal("errors", dict(netns), {"privileges.b": 2, f"sleep[{read(folder / 'stranger').strip()}]": 2})
    moved = [lines.field(one, "policy.templates.0.dst") for one in told
             if one["type"] == "change" and (one["what"], one["op"]) == ("policy", "update")]
    problems += equal("policies that moved", moved, ["10.1.0.1"])
    problems += equal("probes left", read(folder / "left").strip(), "0")
    return problems + equal("pins left", read(folder / "pins").split(), [])
