# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Very many states are added, changed and removed while xfrm-snap runs."""

from collections import Counter

from guests import Verdict

from ..common import equal, few, read
from ..storms import after_storm


def judge_storm(folder):
    """The mirror is what the kernel says, each state was seen to come, and every error was told."""
    found, said, problems = after_storm(folder)
    counted = Counter()
    for words in (line.split() for line in read(folder / "counters").splitlines()):
        if len(words) == 5 and words[3] != "-":
            counted[words[3]] += int(words[4])
    problems += equal("Σ n", said, sum(counted.values()))
    problems += few([f"seen in a list alone: {one['state']}" for one in found if one["state"]["added_how"] == "listed"])
    return [Verdict("storm", problems)]
