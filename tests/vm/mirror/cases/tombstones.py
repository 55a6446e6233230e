# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""More states are removed than there is room for tombstones."""

from collections import Counter

from guests import Verdict

from ..common import answer, check_complete, equal, few, output_of

TOMBSTONES = 4096

OVERWRITTEN = 2  # of 300: two states whose numbers have the same bits share a tombstone, in one of 2,000 runs


def judge_tombstones(folder):
    """The last states to go have their tombstones, the oldest ones have made room."""
    output, problems = output_of(folder, "snap")
    found, more = answer(folder, "deleted.json")
    problems += more + equal("netns of tombstones", {one["netns"]["name"] for one in found}, {"storm.1"})
    times = Counter(one["deleted"]["state"]["spi"] for one in found)
    problems += few([f"{spi} has {n} tombstones" for spi, n in times.items() if n > 1])
    if not TOMBSTONES * 0.9 < len(found) <= TOMBSTONES:
        problems.append(f"{len(found)} tombstones of 6000 states")
    last = {f"{0x10000 + number:#010x}" for number in range(5700, 6000)}
    if len(last - set(times)) > OVERWRITTEN:
        problems += few([f"{spi} was among the last to go and has none" for spi in last - set(times)])
    errors = [one for one in output if one.get("type") == "error"]
    for one in errors:
        if not one["deleted"] or one["deleted"]["state"]["spi"] != one["packet"]["spi"]:
            problems.append(f"the error with SPI {one['packet']['spi']} has the tombstone {one['deleted']}")
    return [Verdict("tombstones", few(problems) + equal("errors", len(errors), 19) + check_complete(output))]
