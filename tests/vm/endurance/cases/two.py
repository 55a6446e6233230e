# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""A second instance."""

import json
from collections import Counter

import lines
from guests import read

from ..common import equal, parts, sums


def shape(errors):
    """What two instances agree upon."""
    return Counter(json.dumps([one[key] for key in ("counter", "n", "site", "netns", "packet", "process")])
                   for one in errors)


def judge_two(folder):
    """Both are complete, and what both watched is the same."""
    first, first_summary, problems = parts(folder, "first")
    second, second_summary, more = parts(folder, "second")
    problems += more + lines.incomplete("first", first_summary) + lines.incomplete("second", second_summary)
    alone = [one for one in second if lines.field(one, "packet.spi") == "0x00004202"]
    both = [one for one in second if one not in alone]
    problems += equal("first", sums(first), {"XfrmInNoStates": 40, "XfrmInHdrError": 5, "XfrmOutPolBlock": 5})
    problems += equal("second, alone", sums(alone), {"XfrmInNoStates": 7})
    if shape(first) != shape(both):
        problems.append(f"the first saw {list((shape(first) - shape(both)).items())[:3]}, "
                        f"the second {list((shape(both) - shape(first)).items())[:3]}")
    return problems + equal("probes at the end", Counter(read(folder / "probes").splitlines()), Counter())
