# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""The kernel's stacks."""

import re
from collections import Counter

from guests import read

from ..common import equal, parts, sums

FRAME = re.compile(r"([\w.]+)\+0x[0-9a-f]+(?: \[(\w+)\])?")


def stack_problems(one):
    """What is wrong with an error's stack: each frame has a name, the first one is the site's."""
    frames = one.get("stack") or []
    names = [FRAME.fullmatch(frame) for frame in frames]
    wrong = [f"{one['counter']}: frame {frame!r} has no name" for frame, name in zip(frames, names) if not name]
    site = one["site"]["function"], one["site"]["module"]
    if len(frames) < 4 or not names[0] or names[0].groups() != site:
        wrong.append(f"{one['counter']}: the first of {len(frames)} frames is {frames[:1]}, the site is {site}")
    return wrong


def judge_stack(folder):
    """Every error has its stack, in JSON and in text."""
    errors, _, problems = parts(folder, "snap")
    problems += equal("errors", sums(errors), {"XfrmInNoStates": 1, "XfrmOutPolBlock": 1, "XfrmInStateModeError": 1})
    problems += [wrong for one in errors for wrong in stack_problems(one)]
    firsts = [line.split()[1:] for line in read(folder / "text").splitlines() if line.split()[:1] == ["stack"]]
    wanted = [one["stack"][0].split() for one in errors if one.get("stack")]
    return problems + equal("first frames in text", Counter(map(tuple, firsts)), Counter(map(tuple, wanted)))
